"""A person's device: a browser context with one page, what it tells, and what it sends."""

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Error, Locator, Page, Request

from widget_gateway.rehearsal.errors import StoryEndedError
from widget_gateway.rehearsal.scripts import ANSWER, BINDING, LISTEN, STATE
from widget_gateway.rehearsal.traffic import Traffic

LOOK_MS = 25
"""How often a condition is looked at, in milliseconds."""

ELEMENT = "test-widget, test-widget-frame"

State = dict[str, Any]

_SHAPE: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("gateway", "attribute", "screen"), (str,)),
    **dict.fromkeys(("answered", "pending"), (int, float)),
    **dict.fromkeys(("sandbox", "token", "online"), (bool,)),
    "session": (str, type(None)),
}
"""What the widget says of itself. A page may have an element that only has the name."""


def is_state(told: Any) -> bool:
    """Whether what an element said is what a widget says."""
    return isinstance(told, dict) and all(
        isinstance(told.get(name), kinds) for name, kinds in _SHAPE.items()
    )


class Device:
    """A browser of one person. `patience_s` is how long it waits for what should come soon."""

    def __init__(self, context: BrowserContext, traffic: Traffic, patience_s: float) -> None:
        self.context = context
        self.patience_s = patience_s
        self.events: list[tuple[str, State]] = []
        self.traffic = traffic
        context.set_default_timeout(patience_s * 1_000)
        context.expose_binding(BINDING, self._hear)
        context.add_init_script(LISTEN)
        context.on("request", self._see)
        context.on("requestfinished", traffic.read)
        self.page = context.new_page()

    def _hear(self, _source: Any, name: str, detail: str) -> None:
        try:
            known = json.loads(detail)
        except (ValueError, TypeError):
            return
        if isinstance(known, dict):
            self.events.append((str(name), known))

    def _see(self, request: Request) -> None:
        self.traffic.note(request, self.context)

    def heard(self, name: str, since: int = 0) -> list[State]:
        """Return the details of all events of this name, from a moment of `moment` on."""
        return [detail for event, detail in self.events[since:] if event == name]

    @property
    def moment(self) -> int:
        """Where the events of now begin."""
        return len(self.events)

    def until(self, condition: Callable[[], Any], patience_s: float | None = None) -> bool:
        """Wait until a condition holds; return whether it came to hold."""
        end = time.monotonic() + (self.patience_s if patience_s is None else patience_s)
        while True:
            if condition():
                return True
            if time.monotonic() > end:
                return False
            self.page.wait_for_timeout(LOOK_MS)

    @property
    def widget(self) -> Locator:
        """The element `<test-widget>`, on the page or in the widget's frame."""
        if self.page.locator("test-widget-frame").count():
            frame = self.page.frame_locator("test-widget-frame iframe")
            return frame.locator("test-widget").first
        return self.page.locator("test-widget").first

    def state(self) -> State | None:
        """What the widget says of itself; None where there is none, or it is no widget yet."""
        try:
            if not self.page.locator(ELEMENT).count():
                return None
            known = self.widget.evaluate(STATE, timeout=1_000)
        except Error:  # The page is being left.
            return None
        return known if is_state(known) else None

    def screen(self) -> str:
        """The widget's screen; empty if there is no widget."""
        state = self.state()
        return str(state["screen"]) if state else ""

    def shows_widget(self) -> bool:
        """Wait until the widget shows something, and return whether it did."""
        return self.until(lambda: self.screen() not in {"", "loading"})

    def answer(self, until: int) -> State:
        """Answer until so many questions are answered, or the widget stops to ask.

        Raises:
            StoryEndedError: the widget is gone, or goes on no more.
        """
        try:
            self.widget.evaluate(ANSWER, {"until": until, "forMs": self.patience_s * 1_000})
        except Error as error:
            raise StoryEndedError(error.message.partition("\n")[0]) from None
        state = self.state()
        if state is None:
            raise StoryEndedError("no widget")
        if state["answered"] < until:
            raise StoryEndedError(f"{state['answered']} of {until} questions, {state['screen']}")
        return state

    def saved(self) -> bool:
        """Wait until all answers are durable; return whether they became so."""

        def nothing_pends() -> bool:
            state = self.state()
            return state is not None and state["pending"] == 0 and state["online"]

        return self.until(nothing_pends)

    def start(self) -> None:
        """Begin a new attempt by the page's own button, or by the element's method."""
        button = self.widget.locator("[data-action=start]")
        if button.count() and button.first.is_visible():
            button.first.click()
        else:
            self.widget.evaluate("(widget) => void widget.start()")

    def open(self, address: str) -> Page:
        """Load a page; return it."""
        self.page.goto(address, wait_until="domcontentloaded")
        return self.page

    def close(self) -> None:
        """Close the browser's windows of this person."""
        self.context.close()
