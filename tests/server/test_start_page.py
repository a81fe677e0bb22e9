"""The start page `/` and the icon: what newcomers see, and that it can be switched off."""

import re
from dataclasses import replace
from html import unescape

import pytest
from PIL import Image
from tornado.httpclient import HTTPClientError
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from handlers.public.start import STATIC_ROOT
from widget_gateway.composition.application import make_application
from widget_gateway.services.first_steps import CREATE_PROVIDER, IMPORT_TESTS

pytestmark = pytest.mark.gen_test


@pytest.fixture
def fetch(http_client, base_url):
    """Fetch an address of this node; any status is an answer."""

    async def get(path, url=base_url, **options):
        return await http_client.fetch(url + path, raise_error=False, **options)

    return get


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/", "ru", "ru"),
        ("/", "en-GB, ru;q=0.5", "en"),
        ("/", "", "ru"),
        ("/?locale=en", "ru", "en"),
        ("/?locale=ru", "en", "ru"),
        ("/?locale=<script>", "en", "en"),
    ],
)
async def test_the_page_is_in_the_language_of_its_reader(fetch, path, accepted, language):
    answer = await fetch(path, headers={"Accept-Language": accepted})
    assert answer.code == 200
    assert answer.headers["Content-Language"] == language
    page = answer.body.decode()
    assert f'<html lang="{language}">' in page
    assert ("Справочник API" if language == "ru" else "API reference") in page


async def test_the_page_shows_the_first_steps_and_every_link_leads_somewhere(fetch, base_url):
    page = unescape((await fetch("/")).body.decode()).replace("<span>", "").replace("</span>", "")
    assert IMPORT_TESTS in page
    assert CREATE_PROVIDER in page
    assert f'src="{base_url}/static/widget/widget.js"' in page
    links = set(re.findall(r'(?:href|src)="(/[^"]*)"', page))
    assert {"/docs/", "/qua/", "/openapi.json", "/favicon.svg"} <= links
    for link in links:
        assert (await fetch(link)).code == 200, link


async def test_the_page_runs_nothing_and_tells_nothing_that_is_stored(fetch, college):
    answer = await fetch("/", headers={"Accept-Language": "en"})
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    page = answer.body.decode()
    assert "<script" not in page
    assert "style=" not in page
    assert college.client_key not in page
    assert "work-values" not in page


async def test_a_hostile_host_stays_text(fetch):
    answer = await fetch("/", headers={"Host": 'x"><script>alert(1)</script>'})
    assert b"<script>alert" not in answer.body


async def test_an_unchanged_page_is_not_sent_again(fetch):
    first = await fetch("/")
    again = await fetch("/", headers={"If-None-Match": first.headers["Etag"]})
    assert (again.code, again.body) == (304, b"")
    head = await fetch("/", method="HEAD")
    assert (head.code, head.body) == (200, b"")


async def test_the_page_takes_no_other_method(fetch):
    answer = await fetch("/", method="POST", body="")
    assert answer.code == 405
    assert "GET" in answer.headers["Allow"]


async def test_a_page_that_is_switched_off_is_an_unknown_address(fetch, backend):
    public = replace(backend.services.public, has_start_page=False)
    sock, port = bind_unused_port()
    server = HTTPServer(make_application(replace(backend.services, public=public)))
    server.add_socket(sock)
    url = f"http://127.0.0.1:{port}"
    for method in ("GET", "POST"):
        body = "" if method == "POST" else None
        answer = await fetch("/", url, method=method, body=body)
        assert (answer.code, b"not_found" in answer.body) == (404, True)
    assert (await fetch("/favicon.ico", url)).code == 200
    server.stop()
    await server.close_all_connections()


async def test_the_icon_is_an_icon(fetch):
    old, new = await fetch("/favicon.ico"), await fetch("/favicon.svg")
    assert old.headers["Content-Type"] == "image/x-icon"
    assert new.headers["Content-Type"] == "image/svg+xml"
    for answer in (old, new):
        assert answer.code == 200
        assert answer.headers["Cache-Control"].startswith("public")
    with Image.open(STATIC_ROOT / "favicon.ico") as icon:
        assert icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert (STATIC_ROOT / "favicon.ico").read_bytes() == old.body


async def test_pages_of_the_gateway_have_the_icon_and_may_load_it(fetch, college):
    assert college
    for path in ("/", "/docs/", "/qua/", "/widget/college/work-values"):
        answer = await fetch(path)
        assert b'<link rel="icon" href="/favicon.svg"' in answer.body
        assert re.search(r"img-src ('self'|\*)", answer.headers["Content-Security-Policy"])


async def test_files_beside_the_page_can_not_be_read(http_client, base_url):
    for path in ("/static/start/../../setup.py", "/static/start/%2e%2e/%2e%2e/setup.py"):
        with pytest.raises(HTTPClientError) as refused:
            await http_client.fetch(base_url + path)
        assert refused.value.code in (403, 404)
