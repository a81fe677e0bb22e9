"""Saving answers that were given offline, on two devices, or while the database hangs."""

import time

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway, frozen

pytestmark = pytest.mark.browser

LENGTH = 24
ELECTION_S = 12
"""How long the database hangs, in seconds: a usual election with MongoDB's default timeouts."""


class Line:
    """The connection of a page to the gateway, which the test cuts and mends."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._is_cut = False
        self._routes: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/v1/widget", self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        if self._is_cut:
            route.close(code=1012)
            return
        route.connect_to_server()
        self._routes.append(route)

    def cut(self) -> None:
        """Break all connections, and each new one."""
        self._is_cut = True
        for route in self._routes:
            route.close(code=1012)
        self._routes.clear()

    def mend(self) -> None:
        """Let connections through again, and tell the page that the browser is online."""
        self._is_cut = False
        self._page.evaluate("dispatchEvent(new Event('online'))")


def widget(gateway: Gateway, **attributes: str) -> str:
    """The HTML of a page with the widget."""
    told = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return (
        f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="work-values" {told}></test-widget>'
    )


def option(number: int) -> int:
    """Return the index of the option that these visitors choose at first, from 0."""
    return number % 4


def correct(visitor: Visitor, *numbers: int, to: int) -> None:
    """Go back to the first of these questions, and choose option `to` in each of them."""
    back = visitor.button("Back")
    while f"Question {numbers[0]} of" not in visitor.status.inner_text():
        before = visitor.status.inner_text()
        back.click()
        expect(visitor.status).not_to_have_text(before)
    for number in numbers:
        visitor.sees_question(number, LENGTH)
        visitor.choices.nth(to).click()


def test_what_two_devices_gave_in_turn_is_stored_and_shown_in_the_order_of_giving(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    laptop = new_visitor()
    line = Line(laptop.page)
    laptop.page.goto(host.add("/laptop", widget(gateway)))
    laptop.begin()
    laptop.answer(1, 3, option, of=LENGTH)
    expect(laptop.status).to_contain_text("Saved")
    [start] = laptop.heard("start")
    line.cut()
    correct(laptop, 2, 3, to=4)
    expect(laptop.status).to_contain_text("Waiting to be sent: 2 answers")

    phone = new_visitor()
    identity = {"session": start["session"], "resume-token": start["resumeToken"]}
    phone.page.goto(host.add("/phone", widget(gateway, **identity)))
    phone.sees_question(4, LENGTH)
    correct(phone, 3, to=1)
    phone.answer(4, 4, option, of=LENGTH)
    expect(phone.status).to_contain_text("Saved")

    line.mend()
    phone.sees("The test is open in another window")
    expect(laptop.status).to_contain_text("Saved")
    # Question 3 has its later correction, question 2 that of the laptop, and question 4 stays.
    expected = {"1": ["2"], "2": ["5"], "3": ["2"], "4": ["1"]}
    assert site.stored(start["session"]) == expected
    laptop.page.wait_for_function(
        """expected => {
          const widget = document.querySelector('test-widget');
          const { online, pending } = widget.getState();
          const shown = JSON.stringify(Object.fromEntries(widget.getAnswers()));
          return online && pending === 0 && shown === JSON.stringify(expected);
        }""",
        arg=expected,
    )
    laptop.answer(4, LENGTH, option, of=LENGTH)
    laptop.sees("Test completed")
    assert laptop.heard("error") == []
    expected |= {str(number): [str(option(number) + 1)] for number in range(4, LENGTH + 1)}
    assert site.stored(start["session"]) == expected


def test_while_there_is_no_primary_a_visitor_sees_saving_and_keeps_the_line(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    visitor = new_visitor()
    opened: list[str] = []
    closed: list[str] = []
    visitor.page.on(
        "websocket",
        lambda socket: (
            opened.append(socket.url),
            socket.on("close", lambda _: closed.append(socket.url)),
        ),
    )
    visitor.page.goto(host.add("/frozen", widget(gateway)))
    visitor.begin()
    visitor.answer(1, LENGTH - 2, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    [start] = visitor.heard("start")
    before = len(opened), len(closed)

    with frozen(gateway.mongod_pid()):
        until = time.monotonic() + ELECTION_S
        visitor.answer(LENGTH - 1, LENGTH - 1, option, of=LENGTH)
        expect(visitor.status).to_contain_text("Saving…")
        # The time is the point: until it is over, the widget may say nothing else.
        while time.monotonic() < until - ELECTION_S / 2:
            expect(visitor.status).to_contain_text("Saving…")
            visitor.page.wait_for_timeout(500)
        visitor.answer(LENGTH, LENGTH, option, of=LENGTH)
        visitor.sees("Saving your answers")
        while time.monotonic() < until:
            visitor.sees("Saving your answers")
            visitor.page.wait_for_timeout(500)
        assert visitor.heard("finish") == []

    visitor.sees("Test completed")
    assert (len(opened), len(closed)) == before
    assert visitor.heard("error") == []
    assert [each["state"] for each in visitor.heard("connection")] == ["online"]
    assert visitor.faults == []
    answers = {str(number): [str(option(number) + 1)] for number in range(1, LENGTH + 1)}
    assert site.stored(start["session"]) == answers
