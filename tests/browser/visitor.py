"""A visitor of a page with the widget: reads the screen, chooses answers, and hears events."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.waiting import PATIENCE_S

SCREENSHOTS = Path(__file__).parent / "screenshots"

_LISTEN = """
if (window === top) // a frame tells its host
for (const name of [
  'ready', 'start', 'answer', 'saved', 'connection',
  'pause', 'resumed', 'finish', 'token-needed', 'load-failed', 'error',
]) addEventListener(`test-widget:${name}`, ({ detail }) => hearWidgetEvent(name, detail));
"""

POSITION = {"en": "Question {} of {}", "ru": "Вопрос {} из {}"}


class Visitor:
    """A visitor in a tab; events are heard from its opening on."""

    def __init__(self, context: BrowserContext, *, language: str = "en") -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.expose_function("hearWidgetEvent", lambda *event: self.events.append(event))
        self.page.add_init_script(_LISTEN)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console",
            lambda message: message.type == "error" and self.faults.append(message.text),
        )
        self.widget: Locator = self.page.locator("test-widget")
        self.status = self.widget.get_by_role("status")
        self.choices = self.widget.get_by_role("radio")
        self._position = POSITION[language]

    def button(self, name: str) -> Locator:
        """Find a button of the widget."""
        return self.widget.get_by_role("button", name=name)

    def sees_question(self, number: int, of: int = 120) -> None:
        """Wait until this question is on the screen."""
        expect(self.status).to_contain_text(self._position.format(number, of))

    def sees(self, heading: str) -> None:
        """Wait until the screen with this heading is shown."""
        expect(self.widget.get_by_role("heading", name=heading)).to_be_visible()

    def begin(self) -> None:
        """Go from the welcome screen to the first question."""
        self.button("Start the test").click()

    def answer(self, first: int, last: int, choose: Callable[[int], int], of: int = 120) -> None:
        """Answer these questions by clicks; `choose` returns the index of the option, from 0."""
        for number in range(first, last + 1):
            self.sees_question(number, of)
            self.choices.nth(choose(number)).click()

    def press(self, *keys: str) -> None:
        """Press these keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def heard(self, name: str) -> list[dict[str, Any]]:
        """Return the details of all events of this name."""
        return [detail for event, detail in self.events if event == name]

    def started(self, attempts: int = 1) -> dict[str, Any]:
        """Wait until the gateway has opened so many attempts; return who the last one is.

        The first question may be on the screen before.
        """
        for _ in range(round(PATIENCE_S) * 20):
            if len(self.heard("start")) >= attempts:
                break
            self.page.wait_for_timeout(50)
        assert len(self.heard("start")) == attempts
        return self.heard("start")[-1]

    def picture(self, name: str) -> None:
        """Save a screenshot for people to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")
