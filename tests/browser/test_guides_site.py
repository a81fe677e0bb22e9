"""The guides' site in a browser: search in Russian, snippets to copy, both themes, a phone."""

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PHONE = {"width": 375, "height": 740}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *arguments):
        """Print nothing."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of the site, served by a plain web server."""
    folder = tmp_path_factory.mktemp("guides")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "-f",
            ROOT / "mkdocs.yml",
            "-d",
            folder,
        ],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        check=True,
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(new_context, address):
    """Open a page of the site; whatever it asks another host for fails the test."""
    foreign = []

    def open_it(path, **options):
        context = new_context(**options)
        page = context.new_page()
        page.on(
            "request",
            lambda asked: foreign.append(asked.url) if not asked.url.startswith(address) else None,
        )
        page.goto(f"{address}/{path}")
        return page

    yield open_it
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []


def search(page, query):
    """Type a query by key, since the page reads it when a key comes up."""
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially(query)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("вебхуками", "Вебхуки"),
        ("доступами", "API для партнёров: от ключа до первого результата за десять минут"),
        ("result/attach", "Partner API: from key to first result in ten minutes"),
    ],
)
def test_search_finds_other_forms_of_a_word(open_page, query, found):
    page = open_page("index.ru.html")
    search(page, query)
    expect(page.locator(".md-search-result__item h1", has_text=found).first).to_be_attached()


def test_search_says_that_it_found_nothing(open_page):
    page = open_page("index.ru.html")
    search(page, "абракадабрами")
    expect(page.locator(".md-search-result__meta")).to_have_text("Совпадений не найдено")


def test_a_snippet_is_copied_as_it_stands(open_page):
    page = open_page("partner-api.html", permissions=["clipboard-read", "clipboard-write"])
    block = page.locator(".highlight", has_text="GATEWAY=${GATEWAY:-")
    block.hover()
    block.locator("button[data-md-type=copy], .md-clipboard").first.click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.length > 0)")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.strip() in (ROOT / "docs" / "partner-api.md").read_text("utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_site_follows_the_systems_theme(open_page, theme):
    page = open_page("index.html", color_scheme=theme)
    expected = {"light": "default", "dark": "slate"}[theme]
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", expected)


@pytest.mark.parametrize(
    "path", ["index.ru.html", "partner-api.ru.html", "protocol/http.html", "deploy.html"]
)
def test_a_page_fits_a_phone(open_page, path):
    page = open_page(path, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.querySelector('article').scrollWidth") <= PHONE["width"]
