"""`show-result`: the report in the widget, once the host's server has attached the result."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

POLICY = (
    "script-src {0}; style-src 'none'; connect-src {0} {1}; frame-src {0}; "
    "require-trusted-types-for 'script'"
)


@pytest.fixture
def opens_results(site: PartnerSite, gateway: Gateway) -> Iterator[None]:
    assert site
    gateway.command("provider", "update", PROVIDER, "--open-results")
    yield
    gateway.command("provider", "update", PROVIDER, "--closed-results")


def finished(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, attributes: str = "show-result"
) -> Visitor:
    """Let a visitor take a test on a page with the strictest content security policy."""
    visitor = new_visitor()
    script = f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
    widget = f'<test-widget provider="{PROVIDER}" test="work-values" {attributes}></test-widget>'
    policy = POLICY.format(gateway.url, gateway.url.replace("http", "ws", 1))
    visitor.page.goto(host.add("/show", script + widget, Content_Security_Policy=policy))
    visitor.begin()
    visitor.answer(1, 24, lambda number: number % 5, of=24)
    visitor.sees("Test completed")
    return visitor


@pytest.mark.usefixtures("opens_results")
def test_the_report_comes_when_the_hosts_server_has_attached_the_result(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    visitor = finished(new_visitor, host, gateway)
    report = visitor.widget.get_by_title("Your result")
    expect(report).to_have_count(0)
    [finish] = visitor.heard("finish")
    site.ask("result/attach", user_id="Nina", result_key=finish["resultKey"])
    expect(report).to_be_visible()
    inside = report.content_frame
    expect(inside.get_by_role("heading", name="Work values")).to_be_visible()
    expect(inside.locator(".headline .bar")).to_have_count(3)
    expect(inside.locator("section > .bar")).to_have_count(6)
    visitor.picture("20-report-in-the-widget")
    link = visitor.widget.get_by_role("link", name="Open the result in a window of its own")
    expect(link).to_have_attribute("target", "_blank")
    refused = [
        fault for fault in visitor.faults if "403" not in fault
    ]  # 403: the result is not attached.
    assert refused == []


@pytest.mark.usefixtures("opens_results")
def test_nothing_is_asked_for_where_the_host_does_not_want_it(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    visitor = finished(new_visitor, host, gateway, "")
    [finish] = visitor.heard("finish")
    site.ask("result/attach", user_id="Olga", result_key=finish["resultKey"])
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.evaluate("document.querySelector('test-widget').showResult = true")
    expect(visitor.widget.get_by_title("Your result")).to_be_visible()
    assert any("result/get" in url for url in asked)
    visitor.page.evaluate("document.querySelector('test-widget').showResult = false")
    expect(visitor.widget.get_by_title("Your result")).to_have_count(0)


def test_closed_results_stay_closed(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    with_answer = "**/partner/api/v3/result/get**"
    visitor = new_visitor()
    asked: list[int] = []
    visitor.page.on(
        "response", lambda answer: "result/get" in answer.url and asked.append(answer.status)
    )
    visitor.page.goto(
        host.add(
            "/closed",
            f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
            f'<test-widget provider="{PROVIDER}" test="work-values" show-result></test-widget>',
        )
    )
    visitor.begin()
    with visitor.page.expect_response(with_answer):
        visitor.answer(1, 24, lambda _: 0, of=24)
    visitor.sees("Test completed")
    [finish] = visitor.heard("finish")
    site.ask("result/attach", user_id="Petra", result_key=finish["resultKey"])
    # The wait is the point: it is longer than the first two pauses between looks.
    visitor.page.wait_for_timeout(1_500)
    assert asked == [400]
    expect(visitor.widget.get_by_title("Your result")).to_have_count(0)
