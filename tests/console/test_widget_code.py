"""The code for a page, on the pages of a provider and of a test."""

from dataclasses import replace

import pytest
from lxml import html
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from tests.catalogue.test_definitions import VALID
from widget_gateway.composition.application import make_console_application
from widget_gateway.services.catalogue.files import read_definition_file
from widget_gateway.services.widget_files import read_release

pytestmark = pytest.mark.gen_test

PROVIDER = "/console/providers/college/"
TEST = "/console/tests/test/work-values/"


@pytest.fixture
def catalogue(backend):
    return backend.services.public.catalogue


@pytest.fixture
def import_sample(catalogue, tmp_path):
    """Import a definition as the command does."""

    async def imported(source=VALID, *, draft=False):
        path = tmp_path / "sample.yaml"
        path.write_text(source, encoding="utf-8")
        await catalogue.add(path, read_definition_file(path), draft=draft)

    return imported


def code(page):
    """Return the script and the element that a page gives, or None."""
    found = page.tree.xpath("//textarea[@id='widget-code']")
    return html.fragments_fromstring(found[0].text.lstrip("\n")) if found else None


@pytest.mark.usefixtures("make_two_providers")
async def test_the_code_on_a_partner_s_test_can_be_pasted_as_it_is(console, base_url):
    partner = await console.sign_in("partner", "college")
    script, element = code(await partner.get(TEST))
    release = read_release()
    assert dict(script.attrib) == {
        "type": "module",
        "src": f"{base_url}/static/widget/{release.version}/widget.js",
        "integrity": release.integrity("widget.js"),
        "crossorigin": "anonymous",
    }
    assert dict(element.attrib) == {"provider": "college", "test": "work-values"}


@pytest.mark.usefixtures("make_two_providers")
async def test_whoever_has_no_provider_is_told_where_to_write_one(console):
    for role in ("admin", "editor", "support"):
        page = await (await console.sign_in(role)).get(TEST)
        _, element = code(page)
        assert element.get("provider") == "PROVIDER"
        assert "place of PROVIDER" in page.main


async def test_a_provider_s_page_has_a_test_that_it_may_use(console, register, catalogue):
    await register("college", main_tests=("work-values",))
    support = await console.sign_in("support")
    _, element = code(await support.get(PROVIDER))
    assert dict(element.attrib) == {"provider": "college", "test": "work-values"}
    await catalogue.withdraw("work-values")
    assert code(await support.get(PROVIDER)) is None
    assert code(await support.get(TEST)) is None


async def test_the_sandbox_s_code_is_for_its_guests(console, register):
    await register("college")
    await register("school", sandbox_guests=True)
    support = await console.sign_in("support")
    for slug, sandbox in (("college", None), ("school", "")):
        page = await support.get(f"/console/providers/{slug}/?world=sandbox")
        assert code(page)[1].get("sandbox") == sandbox


async def test_a_disabled_provider_s_page_has_no_code(console, register):
    await register("college", enabled=False)
    assert code(await (await console.sign_in("support")).get(PROVIDER)) is None


async def test_a_test_that_no_page_can_show_has_no_code(console, import_sample):
    await import_sample(VALID, draft=True)
    editor = await console.sign_in("editor")
    page = await editor.get("/console/tests/test/sample/")
    assert page.status == 200
    assert code(page) is None


@pytest.mark.usefixtures("make_two_providers")
async def test_the_code_has_public_url_and_there_is_none_where_the_widget_s_address_is_unknown(
    console, backend
):
    families = backend.services
    for public_url, expected in (("https://gateway.example", True), (None, False)):
        changed = replace(families.console, has_own_address=True, public_url=public_url)
        sock, port = bind_unused_port()
        server = HTTPServer(make_console_application(replace(families, console=changed)))
        server.add_socket(sock)
        editor = await console.sign_in("editor")
        browser = await console.sign_in("editor", url=f"http://localhost:{port}")
        browser.cookies = editor.cookies
        found = code(await browser.get(TEST))
        assert (found is not None) is expected
        if found:
            assert found[0].get("src").startswith("https://gateway.example/static/widget/")
        server.stop()
        await server.close_all_connections()


@pytest.mark.usefixtures("make_two_providers")
async def test_the_words_are_in_russian_too(console):
    partner = await console.sign_in("partner", "college", language="ru")
    page = await partner.get(PROVIDER)
    assert "Код для страницы" in page.main
    assert code(page) is not None
