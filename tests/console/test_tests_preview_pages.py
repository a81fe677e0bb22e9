"""The page of a preview, its token, its payment and its reports."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from tests.catalogue.test_definitions import VALID
from tests.console.test_tests_pages import catalogue as catalogue  # noqa: PLC0414 - a fixture
from tests.console.test_tests_pages import import_sample as import_sample  # noqa: PLC0414 - a fixture
from tests.console.test_tests_pages import uploaded
from widget_gateway.composition.application import make_console_application

pytestmark = pytest.mark.gen_test

WORK_VALUES = "/console/tests/test/work-values/preview/"


async def begun(browser, path=WORK_VALUES, page="/console/tests/", **fields):
    """Begin a preview; return its page's address."""
    answer = await browser.post(path, page=page, **({"version": 1} | fields))
    assert answer.status == 303, answer.main
    return answer.location


async def test_a_version_and_a_draft_are_shown_in_the_widget(console, base_url):
    editor = await console.sign_in("editor")
    draft = await uploaded(editor, VALID)
    for address in (
        await begun(editor),
        await begun(editor, f"{draft}preview/", draft, test="sample"),
    ):
        page = await editor.get(address)
        assert page.status == 200
        slug = address.split("/")[-2]
        (stage,) = page.tree.xpath("//*[@id='stage']")
        assert stage.get("data-gateway") == base_url
        assert stage.get("data-widget").startswith(f"{base_url}/widget/_preview/{slug}?host=")
        policy = page.headers["Content-Security-Policy"]
        assert f"frame-src 'self' {base_url}" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.tree.xpath("//select[@id='locale']/option/@value") == ["ru", "en"]
        frame = await editor.get(f"/widget/_preview/{slug}")
        assert f"frame-ancestors 'self' {base_url}" in frame.headers["Content-Security-Policy"]


async def test_the_choices_are_kept_in_the_address(console):
    editor = await console.sign_in("editor")
    address = await begun(editor)
    page = await editor.get(f"{address}?locale=en&size=phone&seed=7")
    assert page.tree.xpath("//option[@selected]/@value") == ["en", "phone"]
    assert page.tree.xpath("//iframe[@loading]/@src") == [f"{address}report/?seed=7&locale=en"]
    page = await editor.get(f"{address}?locale=xx&size=%22%3E&seed={'9' * 99}")
    assert page.tree.xpath("//option[@selected]/@value")[1] == "full"


async def test_a_token_opens_one_attempt_whose_payment_is_confirmed(
    console, connect, base_url, database
):
    editor = await console.sign_in("editor")
    draft = await uploaded(editor, VALID)
    address = await begun(editor, f"{draft}preview/", draft, test="sample")
    slug = address.split("/")[-2]
    answer = await editor.post(f"{address}token/", page=address)
    token = json.loads(answer.body)["token"]
    widget = await connect(origin=base_url)
    opened = await widget.open("_preview", test=slug, access_token=token, locale="en")
    await widget.answer_all(opened["questions"][:1])
    await widget.expect("pause")
    paid = await editor.post(f"{address}payment/", page=address, session=opened["session"])
    assert paid.status == 200
    resumed = await widget.expect("resumed")
    await widget.answer_all(resumed["questions"], seq=1)
    await widget.send("finish")
    key = (await widget.expect("finished"))["result_key"]
    report = await editor.get(f"{address}report/?key={key}&locale=ru")
    assert (report.status, "Проба" in report.text) == (200, True)
    assert "frame-ancestors 'self'" in report.headers["Content-Security-Policy"]
    assert database["statistics"].count_documents({}) == 0
    for wrong in (uuid4(), "nothing", ""):
        refused = await editor.post(f"{address}payment/", page=address, session=wrong)
        assert refused.status == 404, wrong


async def test_reports_of_simulated_answers_come_as_html_and_pdf(console):
    editor = await console.sign_in("editor")
    address = await begun(editor)
    report = await editor.get(f"{address}report/?seed=1&locale=en")
    assert report.status == 200
    again = await editor.get(f"{address}report/?seed=1&locale=en")
    other = await editor.get(f"{address}report/?seed=2&locale=en")
    assert again.body == report.body != other.body
    pdf = await editor.get(f"{address}report/?seed=1&locale=en&form=pdf")
    assert pdf.body.startswith(b"%PDF")
    assert pdf.headers["Content-Type"] == "application/pdf"


async def test_a_preview_is_only_for_the_account_that_began_it(console):
    editor, other = await console.sign_in("editor"), await console.sign_in("editor")
    address = await begun(editor)
    assert (await other.get(address)).status == 404
    assert (await other.get(f"{address}report/?seed=1")).status == 404
    for path in ("token/", "payment/"):
        answer = await other.post(f"{address}{path}", page="/console/tests/", session=uuid4())
        assert answer.status == 404
    assert (await console.browser().get(address)).status == 303


async def test_a_partner_looks_at_the_current_version_of_its_tests_only(
    console, register, import_sample, database
):
    await register("college", main_tests=("work-values",))
    partner = await console.sign_in("partner", "college")
    address = await begun(partner)
    assert (await partner.get(address)).status == 200
    other = await partner.get("/console/tests/")
    assert other.tree.xpath("//tbody//code/text()") == ["work-values"]
    await import_sample()
    for path, version, status in (
        ("/console/tests/test/sample/preview/", 1, 404),
        (WORK_VALUES, 2, 404),
        (WORK_VALUES, "x", 404),
        (f"/console/tests/drafts/{'0' * 32}/preview/", 1, 403),
    ):
        answer = await partner.post(path, page="/console/tests/", version=version, test="sample")
        assert answer.status == status, path
    assert database["test_previews"].count_documents({}) == 1


async def test_without_public_url_a_console_of_its_own_says_what_is_missing(console, backend):
    editor = await console.sign_in("editor")
    address = await begun(editor)
    families = backend.services
    own = replace(families, console=replace(families.console, has_own_address=True))
    sock, port = bind_unused_port()
    server = HTTPServer(make_console_application(own))
    server.add_socket(sock)
    browser = await console.sign_in("editor", url=f"http://localhost:{port}")
    browser.cookies = editor.cookies
    page = await browser.get(address)
    assert "PUBLIC_URL" in page.main
    assert not page.tree.xpath("//script | //iframe[@id='widget']")
    assert page.headers["Content-Security-Policy"].endswith("frame-src 'self'")
    assert (await browser.get(f"{address}report/?seed=1")).status == 200
    server.stop()
    await server.close_all_connections()
