"""`test preview`: the widget with the test of a file, which is read anew as it is saved."""

import json
import os
import signal
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import START
from tests.catalogue.test_definitions import VALID
from tests.support.processes import PREFIX
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The file that is previewed; each test writes what it needs."""
    file = tmp_path_factory.mktemp("preview") / "sample.yaml"
    file.write_text(VALID, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def url(path):
    """The address of the page of a running preview."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    process = subprocess.Popen(
        [sys.executable, "-m", "widget_gateway", "test", "preview", str(path), "--json"],
        env=inherited | {f"{PREFIX}DATA_DIR": str(path.parent / "data")},
        stdout=subprocess.PIPE,
        text=True,
    )
    text = ""
    while not text.endswith("}\n"):
        line = process.stdout.readline()
        assert line, f"it ended with status {process.wait()} and said: {text}"
        text += line
    yield json.loads(text)["url"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    process.stdout.close()
    assert not (path.parent / "data").exists()


@pytest.fixture
def page(url, path, new_context):
    path.write_text(VALID, encoding="utf-8")
    opened = new_context().new_page()
    opened.goto(url)
    expect(opened.get_by_role("status")).to_have_text("The file has no fault.")
    return opened


def widget(page):
    return page.frame_locator("#widget")


def start(page, language="en"):
    page.get_by_label("Language").select_option(language)
    widget(page).get_by_role("button", name=START[language]).click()


def test_a_fault_is_shown_as_the_file_is_saved_and_the_widget_as_it_is_mended(page, path):
    start(page)
    expect(widget(page).get_by_text("One")).to_be_visible()
    path.write_text(VALID.replace("type: option", "type: opinion", 1), encoding="utf-8")
    fault = page.get_by_role("listitem")
    expect(fault).to_contain_text("sample.yaml:7: questions[0].type: must be one of: option")
    expect(page.get_by_role("status")).to_contain_text("last good one")
    expect(widget(page).get_by_text("One")).to_be_visible()
    path.write_text(VALID.replace("One", "First"), encoding="utf-8")
    expect(fault).to_have_count(0)
    start(page)
    expect(widget(page).get_by_text("First")).to_be_visible()


def test_the_language_and_the_width_of_a_phone_can_be_chosen(page):
    start(page, "ru")
    expect(widget(page).get_by_text("Раз", exact=True)).to_be_visible()
    start(page, "en")
    expect(widget(page).get_by_text("One")).to_be_visible()
    page.get_by_label("Phone width").check()
    assert page.locator("#widget").bounding_box()["width"] == 390


def test_the_report_is_that_of_the_finished_test_or_of_random_answers(page):
    page.get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Report of random answers").click()
    expect(
        page.frame_locator("#report").get_by_role("heading", name="Sample", level=1)
    ).to_be_visible()
    page.get_by_role("button", name="Begin anew").click()
    start(page)
    widget(page).get_by_label("for").click()
    page.get_by_role("button", name="Confirm the payment").click()
    expect(widget(page).get_by_text("Two")).to_be_visible()
    widget(page).get_by_label("for").click()
    expect(
        page.frame_locator("#report").get_by_role("heading", name="Sample", level=1)
    ).to_be_visible()


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("state", {"Host": "evil.example"}, 403),
        ("state", {"Origin": "https://evil.example"}, 403),
        ("report?key=9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90", {}, 404),
    ],
)
def test_other_sites_and_unknown_results_are_refused(url, address, headers, status):
    request = Request(url + address, headers=headers)  # noqa: S310 - it is the page's address
    with pytest.raises(HTTPError) as refusal:
        urlopen(request)  # noqa: S310
    refusal.value.close()
    assert refusal.value.code == status
