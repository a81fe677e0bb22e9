"""The first question comes before the gateway has opened the attempt, and loses nothing by that."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

LENGTH = 24
DEFINITIONS = Path(__file__).parents[1] / "catalogue" / "definitions"


class HeldSocket:
    """A socket of the page that reaches the gateway only when it is released."""

    def __init__(self, route: WebSocketRoute) -> None:
        self._route = route
        self._said: list[str | bytes] = []
        route.on_message(self._keep)

    def _keep(self, message: str | bytes) -> None:
        self._said.append(message)

    def release(self) -> None:
        """Let everything through, and what was said meanwhile, too."""
        server = self._route.connect_to_server()
        self._route.on_message(server.send)
        for message in self._said:
            server.send(message)


class Line:
    """The page's sockets. While the line is held, the gateway hears and says nothing on it."""

    def __init__(self, page: Page) -> None:
        self._sockets: list[HeldSocket] = []
        self.is_held = False
        page.route_web_socket("**/ws/v1/widget", self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        if self.is_held:
            self._sockets.append(HeldSocket(route))
        else:
            route.connect_to_server()

    def release(self) -> None:
        """Let everything through from now on."""
        self.is_held = False
        for socket in self._sockets:
            socket.release()


@pytest.fixture
def address(host: HostPages, gateway: Gateway) -> str:
    return host.add(
        "/ahead",
        f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="work-values"></test-widget>',
    )


def stored(visitor: Visitor, site: PartnerSite) -> dict[str, list[str]]:
    expect(visitor.status).to_contain_text("Saved")
    return site.stored(visitor.heard("ready")[-1]["session"])


def focused(visitor: Visitor) -> str:
    text: str = visitor.page.evaluate(
        "document.querySelector('test-widget').shadowRoot.activeElement?.className ?? ''"
    )
    return text


def test_the_start_needs_no_round_trip(
    new_visitor: NewVisitor, site: PartnerSite, address: str
) -> None:
    visitor = new_visitor()
    line = Line(visitor.page)
    line.is_held = True
    with visitor.page.expect_response("**/info/**questions=true"):
        visitor.page.goto(address)
    visitor.page.wait_for_load_state("networkidle")
    visitor.begin()
    visitor.answer(1, 2, lambda _number: 1, of=LENGTH)
    visitor.sees_question(3, LENGTH)
    assert "heading" in focused(visitor)
    assert visitor.heard("start") == []
    assert [answer["question"] for answer in visitor.heard("answer")] == ["1", "2"]
    line.release()
    expect(visitor.status).to_contain_text("Saved")
    assert len(visitor.heard("start")) == 1
    assert [answer["question"] for answer in visitor.heard("answer")] == ["1", "2"]
    assert len(stored(visitor, site)) == 2
    visitor.sees_question(3, LENGTH)
    assert "heading" in focused(visitor)
    assert visitor.faults == []


def test_the_first_question_of_a_random_order_waits_for_the_gateway(
    new_visitor: NewVisitor, site: PartnerSite, host: HostPages, gateway: Gateway
) -> None:
    assert site
    gateway.command("test", "import", str(DEFINITIONS / "shuffled.yaml"))
    visitor = new_visitor()
    line = Line(visitor.page)
    line.is_held = True
    page = (
        f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="shuffled"></test-widget>'
    )
    with visitor.page.expect_response("**/info/**questions=true"):
        visitor.page.goto(host.add("/ahead/shuffled", page))
    visitor.page.wait_for_load_state("networkidle")
    visitor.begin()
    expect(visitor.button("Start the test")).to_have_count(0)
    expect(visitor.choices).to_have_count(0)
    line.release()
    visitor.sees_question(1, 9)
    visitor.choices.nth(0).click()
    visitor.sees_question(2, 9)
    [answer] = visitor.heard("answer")
    assert list(stored(visitor, site)) == [answer["question"]]
    assert visitor.faults == []


def test_a_reloaded_page_waits_for_nothing(
    new_visitor: NewVisitor, site: PartnerSite, address: str
) -> None:
    visitor = new_visitor()
    line = Line(visitor.page)
    visitor.page.goto(address)
    visitor.begin()
    visitor.answer(1, 2, lambda _number: 0, of=LENGTH)
    before = stored(visitor, site)
    line.is_held = True
    visitor.page.reload()
    visitor.answer(3, 4, lambda _number: 1, of=LENGTH)
    visitor.sees_question(5, LENGTH)
    line.release()
    expect(visitor.status).to_contain_text("Saved")
    after = stored(visitor, site)
    assert len(before) == 2
    assert list(after) == ["1", "2", "3", "4"]
    assert {question: after[question] for question in before} == before
    assert visitor.faults == []
