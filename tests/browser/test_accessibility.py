"""axe finds no violation on any screen, in light and dark, on a desktop and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite, free_port
from tests.browser.test_flow import answers_between, choose_test, pay, sign_in
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


DRAWN_TWICE = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def check(page: Page) -> None:
    """Run all rules of axe in each colour scheme and at each size of the page."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for viewport in (DESKTOP, PHONE):
            page.set_viewport_size(viewport)
            # Scripts learn of the new size when the page is drawn.
            page.evaluate(DRAWN_TWICE)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= viewport["width"], "the page must not scroll sideways"
            found += [
                (scheme, viewport["width"], rule["id"], node["target"], node["failureSummary"])
                for rule in Axe().run(page).response["violations"]
                for node in rule["nodes"]
            ]
    assert found == []


def host_page(host: HostPages, gateway: Gateway, path: str, attributes: str) -> str:
    return host.add(
        path,
        f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<main><h1>Host</h1><test-widget provider="{PROVIDER}" {attributes}></test-widget></main>',
    )


@pytest.fixture
def visitor(new_visitor: NewVisitor, site: PartnerSite) -> Visitor:
    assert site
    return new_visitor()


def test_the_start_page(visitor: Visitor, gateway: Gateway) -> None:
    for language in ("ru", "en"):
        visitor.page.goto(f"{gateway.url}/?locale={language}")
        check(visitor.page)


def test_the_partners_pages_before_the_test(visitor: Visitor, site: PartnerSite) -> None:
    visitor.page.goto(site.url)
    check(visitor.page)
    visitor.page.goto(f"{site.url}/sign-in")
    check(visitor.page)
    visitor.page.goto(f"{site.url}/no-such-page")
    check(visitor.page)


def test_the_way_through_a_paid_test(visitor: Visitor, site: PartnerSite) -> None:
    page = visitor.page
    sign_in(page, site, "Paula")
    page.goto(f"{site.url}/results")
    check(page)
    page.goto(site.url)
    choose_test(page, "Career interests")
    visitor.sees("Career interests")
    check(page)
    visitor.button("Start the test").click()
    visitor.answer(1, 1, lambda _: 2)
    visitor.sees_question(2)
    visitor.button("Back").click()  # The chosen answer is marked.
    visitor.sees_question(1)
    check(page)
    resume = "answers => document.querySelector('test-widget').resume({ answers })"
    page.evaluate(resume, answers_between(1, 70))
    visitor.sees("More than half is done")
    check(page)
    visitor.widget.get_by_role("link", name="Go to the payment").click()
    expect(page.get_by_role("heading", name="Payment")).to_be_visible()
    check(page)
    pay(page)
    check(page)
    page.get_by_role("link", name="Continue the test").click()
    visitor.sees_question(71)
    check(visitor.page)


def test_the_way_through_a_free_test_to_the_result(visitor: Visitor, site: PartnerSite) -> None:
    page = visitor.page
    sign_in(page, site, "Frida")
    choose_test(page, "Work values")
    visitor.begin()
    visitor.sees_question(1, 24)
    check(page)
    visitor.answer(1, 24, lambda number: number % 5, of=24)
    visitor.sees("Test completed")
    expect(page.get_by_text("Your result is ready")).to_be_visible()
    check(page)
    page.get_by_role("link", name="See my result").click()
    expect(page.frame_locator("#report").locator("section > .bar")).to_have_count(6)
    check(page)
    report = page.frame_locator("#report").locator(":root").inner_html()
    page.goto("about:blank")
    page.set_content(f"<!doctype html><html lang=en>{report}</html>")
    check(page)
    page.goto(f"{site.url}/results")
    check(visitor.page)


def test_the_pause_as_the_widget_shows_it_itself(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    visitor.page.goto(host_page(host, gateway, "/pause", 'test="career-interests"'))
    visitor.sees("Career interests")
    visitor.page.evaluate(
        "answers => document.querySelector('test-widget').resume({ answers })",
        answers_between(1, 70),
    )
    visitor.sees("A short pause")
    check(visitor.page)


def test_taken_over_by_another_window(
    visitor: Visitor, new_visitor: NewVisitor, host: HostPages, gateway: Gateway
) -> None:
    visitor.page.goto(host_page(host, gateway, "/taken", 'test="work-values"'))
    visitor.begin()
    visitor.sees_question(1, 24)
    identity = visitor.started()
    other = new_visitor()
    other.page.goto(
        host_page(
            host,
            gateway,
            "/taking",
            f'test="work-values" session="{identity["session"]}"'
            f' resume-token="{identity["resumeToken"]}"',
        )
    )
    other.sees_question(1, 24)
    visitor.sees("The test is open in another window")
    check(visitor.page)


def test_a_token_that_needs_renewing(visitor: Visitor, host: HostPages, gateway: Gateway) -> None:
    spent = "00000000-0000-4000-8000-000000000000"
    visitor.page.goto(
        host_page(host, gateway, "/token", f'test="work-values" access-token="{spent}"')
    )
    visitor.button("Start the test").click()
    visitor.sees("Your access needs renewing")
    assert visitor.heard("token-needed") == [{"reason": "token_invalid"}]
    check(visitor.page)


def test_no_such_test(visitor: Visitor, host: HostPages, gateway: Gateway) -> None:
    visitor.page.goto(host_page(host, gateway, "/unknown", 'test="unknown"'))
    visitor.sees("Test not found")
    check(visitor.page)


def test_a_host_that_is_not_allowed(
    visitor: Visitor, foreign_host: HostPages, gateway: Gateway
) -> None:
    visitor.page.goto(host_page(foreign_host, gateway, "/", 'test="work-values"'))
    visitor.sees("The test is not available on this page")
    check(visitor.page)


def test_the_page_for_frames(visitor: Visitor, gateway: Gateway) -> None:
    visitor.page.goto(f"{gateway.url}/widget/{PROVIDER}/work-values?locale=en")
    visitor.begin()
    visitor.sees_question(1, 24)
    check(visitor.page)


def test_no_connection_from_the_start_and_in_the_middle(
    restarted: Gateway, visitor: Visitor, host: HostPages
) -> None:
    page = visitor.page
    nothing_there = f'test="work-values" gateway="http://localhost:{free_port()}"'
    page.goto(host_page(host, restarted, "/unreachable", nothing_there))
    visitor.sees("The server can’t be reached")
    check(page)
    page.goto(host_page(host, restarted, "/offline", 'test="work-values"'))
    visitor.begin()
    visitor.sees_question(1, 24)
    restarted.kill()
    visitor.answer(1, 2, lambda _: 0, of=24)
    expect(visitor.status).to_contain_text("Offline")
    check(visitor.page)
