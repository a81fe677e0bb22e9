"""The page of the cluster: kill buttons, both languages, and a screen reader."""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import check
from tests.support.cluster_command import ClusterCommand

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    command = ClusterCommand(tmp_path_factory.mktemp("cluster"))
    command.start()
    yield command
    command.stop()


def row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def press(page, name, act):
    row(page, name).get_by_role("button", name=f"{act}: {name}", exact=True).click()


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("locale", "kill", "start", "dead", "running"),
    [
        ("en-US", "Kill", "Start", "dead", "running"),
        ("ru-RU", "Убить", "Запустить", "не работает", "работает"),
    ],
)
def test_a_part_is_killed_and_started_by_its_buttons(
    cluster, new_context, locale, kill, start, dead, running
):
    page = new_context(locale=locale).new_page()
    page.goto(cluster.told["url"])
    state = row(page, "site").get_by_role("cell").nth(2)
    expect(state).to_have_text(running)
    press(page, "site", kill)
    expect(state).to_have_text(dead)
    assert cluster.parts()["site"]["state"] == "dead"
    expect(row(page, "site").get_by_role("button", name=f"{kill}: site")).to_be_disabled()
    press(page, "site", start)
    expect(state).to_have_text(running)
    assert cluster.parts()["site"]["state"] == "running"


def test_the_primary_is_named_and_a_new_one_after_it_stepped_down(cluster, new_context):
    page = new_context().new_page()
    page.goto(cluster.told["url"])
    status = page.get_by_role("status")
    before = cluster.call("/state")[1]["primary"]
    expect(status).to_have_text(f"Primary: {before}")
    press(page, before, "Step down")
    expect(status).not_to_have_text(f"Primary: {before}")
    expect(status).to_contain_text("Primary: ")


def test_the_page_is_accessible_light_and_dark_wide_and_narrow(cluster, new_context):
    page = new_context().new_page()
    page.goto(cluster.told["url"])
    expect(row(page, "site")).to_be_visible()
    check(page)


def test_an_ended_command_is_told(cluster, new_context):
    page = new_context().new_page()
    page.goto(cluster.told["url"])
    expect(row(page, "site")).to_be_visible()
    cluster.end(signal.SIGTERM)
    expect(page.get_by_role("status")).to_have_text("The command has ended, or does not answer.")
    cluster.start()
    expect(page.get_by_role("status")).to_contain_text("Primary: ")
