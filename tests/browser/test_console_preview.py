"""The console's preview in a real browser: a draft in the widget, its payment and its reports."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import START
from tests.browser.sites import free_port
from tests.browser.test_accessibility import check
from tests.catalogue.test_definitions import VALID
from tests.support.console import PASSWORD
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

LOGIN = "author@example.org"
BROKEN = VALID.replace("type: option", "type: nonsense", 1)

MAKE_ACCOUNT = f"""
import asyncio
from widget_gateway.composition.application import open_backend
from widget_gateway.domain.console.roles import Role
from widget_gateway.settings import read_settings

async def main():
    async with open_backend(read_settings()) as backend:
        await backend.console.accounts.create(
            login={LOGIN!r}, name="Author", role=Role.EDITOR, provider=None,
            password={PASSWORD!r}, locale=None,
        )

asyncio.run(main())
"""

PHONE = {"width": 375, "height": 800}
LANGUAGES = {"en": "en-US", "ru": "ru-RU"}


def make_author(gateway):
    """Make the account of an author beside a running gateway."""
    subprocess.run([sys.executable, "-c", MAKE_ACCOUNT], env=gateway.environ, check=True)
    return LOGIN


@pytest.fixture(scope="module")
def author(gateway):
    """The login of an author."""
    return make_author(gateway)


@pytest.fixture
def sign_in(gateway, author, new_context):
    """Sign the author in; returns the list of drafts."""

    def signed_in(url=gateway.url, **options):
        page = new_context(**options).new_page()
        page.goto(f"{url}/console/tests/drafts/")
        page.locator("#login").fill(author)
        page.locator("#password").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(f"{url}/console/tests/drafts/")
        return page

    return signed_in


def upload(page, source, name="sample.yaml"):
    """Upload a file by the form."""
    page.locator("#files").set_input_files(
        {"name": name, "mimeType": "application/yaml", "buffer": source.encode()}
    )
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/drafts/*/**")


def look(page, name):
    """Keep a picture of the page for the eyes of who asks for it by SCREENSHOTS."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_author_takes_a_draft_on_a_phone(sign_in, language):
    page = sign_in(viewport=PHONE, locale=LANGUAGES[language])
    upload(page, VALID)
    page.locator("form[action$='preview/'] button").click()
    page.wait_for_url("**/previews/*/")
    page.locator("#locale").select_option(language)
    page.locator("#size").select_option("phone")
    widget = page.frame_locator("#widget")
    widget.get_by_role("button", name=START[language]).click()
    words = {"en": ("One", "Two"), "ru": ("Раз", "Два")}[language]
    expect(widget.get_by_text(words[0], exact=True)).to_be_visible()
    widget.get_by_role("radio").first.click()
    expect(page.locator("#pay")).to_be_visible()
    look(page, f"preview-paused-{language}")
    page.locator("#pay").click()
    expect(page.locator("#pay")).to_be_hidden()
    expect(widget.get_by_text(words[1], exact=True)).to_be_visible()
    widget.get_by_role("radio").first.click()
    expect(page.locator("#finished")).to_be_visible()
    report = page.frame_locator("#report")
    title = {"en": "Sample", "ru": "Проба"}[language]
    expect(report.get_by_text(title).first).to_be_visible()
    assert "key=" in page.locator("#finished-pdf").get_attribute("href")
    look(page, f"preview-finished-{language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_begin_anew_begins_another_attempt(sign_in):
    page = sign_in()
    upload(page, VALID)
    page.locator("form[action$='preview/'] button").click()
    widget = page.frame_locator("#widget")
    widget.get_by_role("button", name=START["en"]).click()
    widget.get_by_role("radio").first.click()
    expect(page.locator("#pay")).to_be_visible()
    page.locator("#again").click()
    expect(page.locator("#pay")).to_be_hidden()
    widget.get_by_role("button", name="Start over").click()
    expect(widget.get_by_text("One", exact=True)).to_be_visible()
    assert not widget.get_by_role("radio").first.is_checked()


def test_a_console_on_an_address_of_its_own_frames_the_gateways_widget(sign_in, tmp_path, data_dir):
    port, own_port = free_port(), free_port()
    place = f"127.0.0.1:{own_port}"
    public = f"http://127.0.0.1:{port}"
    gateway = Gateway(tmp_path / "own", CONSOLE_ADDRESS=place, PUBLIC_URL=public)
    gateway.with_dictionary(data_dir)
    gateway.port = port
    gateway.start()
    try:
        make_author(gateway)
        page = sign_in(url=f"http://{place}")
        upload(page, VALID)
        page.locator("form[action$='preview/'] button").click()
        framed = re.compile(f"{public}/widget/")
        expect(page.locator("#widget")).to_have_attribute("src", framed)
        widget = page.frame_locator("#widget")
        widget.get_by_role("button", name=START["en"]).click()
        widget.get_by_role("radio").first.click()
        page.locator("#pay").click()
        expect(widget.get_by_text("Two", exact=True)).to_be_visible()
        widget.get_by_role("radio").first.click()
        expect(page.frame_locator("#report").get_by_text("Sample").first).to_be_visible()
    finally:
        gateway.stop()


def test_other_answers_make_another_report(sign_in):
    page = sign_in()
    upload(page, VALID)
    page.locator("form[action$='preview/'] button").click()
    frame = page.locator("#simulated iframe")
    before = frame.get_attribute("src")
    page.locator("#other").click()
    assert frame.get_attribute("src") != before
    with page.expect_download() as download:
        page.locator("#simulated-pdf").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_a_file_is_dropped_onto_the_form(sign_in):
    page = sign_in()
    dropped = page.evaluate_handle(
        """(text) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], 'dropped.yaml'));
            return transfer;
        }""",
        VALID,
    )
    page.dispatch_event(".drop-zone", "drop", {"dataTransfer": dropped})
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/drafts/*/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("dropped.yaml")


def test_a_fault_is_mended_without_scripts(sign_in):
    page = sign_in(java_script_enabled=False)
    upload(page, BROKEN)
    expect(page.locator("li.found")).to_contain_text("must be one of")
    page.locator("a[href*='source/']").click()
    page.locator("textarea").fill(VALID)
    page.locator("button[value='edit']").click()
    expect(page.locator("button[value='publish']")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_tests_are_accessible(sign_in, gateway, language):
    page = sign_in(locale=LANGUAGES[language])
    check(page)
    look(page, f"drafts-{language}")
    upload(page, BROKEN)
    check(page)
    look(page, f"draft-broken-{language}")
    page.locator("a[href*='source/']").click()
    check(page)
    look(page, f"source-{language}")
    page.goto(f"{gateway.url}/console/tests/drafts/")
    upload(page, VALID.replace("slug: sample", f"slug: published-{language}"))
    look(page, f"draft-{language}")
    check(page)
    page.locator("button[value='publish']").click()
    page.wait_for_url(f"**/test/published-{language}/**")
    check(page)
    look(page, f"test-{language}")
    page.goto(f"{gateway.url}/console/tests/")
    check(page)
    look(page, f"tests-{language}")
    page.goto(f"{gateway.url}/console/tests/test/work-values/comparison/?old=1&new=1&results=yes")
    check(page)
    look(page, f"comparison-{language}")
