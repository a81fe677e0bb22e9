"""Firefox, driven over WebDriver BiDi, which it speaks itself: Playwright can't drive Debian's."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from tests.support.waiting import PATIENCE_S, wait_for

KEYS = {
    "Enter": "\ue007",
    "Tab": "\ue004",
    "Space": " ",
    "ArrowDown": "\ue015",
    "ArrowUp": "\ue013",
}
"""What WebDriver calls keys that have names."""

PREFERENCES: dict[str, Any] = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "en-US",
    "ui.prefersReducedMotion": 1,
    # The browser asks before an answer is lost, although this visitor is a program.
    "dom.disable_beforeunload": False,
}

STILL_S = 0.1
"""An element that has not moved for so many seconds may be clicked."""

WIDGET = "document.querySelector('test-widget')"


class Firefox:
    """A running Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._last_id = 0
        self.events: list[dict[str, Any]] = []
        ignored = {"unhandledPromptBehavior": {"default": "ignore", "beforeUnload": "ignore"}}
        self.send("session.new", capabilities={"alwaysMatch": ignored})
        self.send("session.subscribe", events=["browsingContext.userPromptOpened"])

    @classmethod
    @contextmanager
    def started(cls, profile: Path, **preferences: Any) -> Iterator[Self]:
        """Start it with a profile of its own; names of preferences have `__` for their dots."""
        named = {name.replace("__", "."): value for name, value in preferences.items()}
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in (PREFERENCES | named).items()
        ]
        (profile / "user.js").write_text("".join(lines), "utf-8")
        process = subprocess.Popen(
            [
                *("firefox-esr", "--headless", "--no-remote", "--remote-debugging-port", "0"),
                *("--profile", str(profile), "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            told = profile / "WebDriverBiDiServer.json"
            wait_for(lambda: told.exists() and told.read_text("utf-8").endswith("}"))
            port = json.loads(told.read_text("utf-8"))["ws_port"]
            with connect(f"ws://127.0.0.1:{port}/session", max_size=None) as socket:
                yield cls(socket)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command; return its result. Events that come before it go to `events`."""
        self._last_id += 1
        command = {"id": self._last_id, "method": method, "params": parameters}
        self._socket.send(json.dumps(command))
        while True:
            message = json.loads(self._socket.recv(PATIENCE_S))
            if message["type"] == "event":
                self.events.append(message)
            elif message["id"] == self._last_id:
                assert message["type"] == "success", f"{method}: {message}"
                return dict(message["result"])


class FirefoxVisitor:
    """A visitor in a tab, or in a frame of it."""

    def __init__(self, firefox: Firefox, context: str, widget: str = WIDGET) -> None:
        self.firefox = firefox
        self._context = context
        self._card = f"{widget}?.shadowRoot?.querySelector('.card')"

    @classmethod
    def in_a_tab(cls, firefox: Firefox) -> Self:
        """Open a tab."""
        return cls(firefox, firefox.send("browsingContext.create", type="tab")["context"])

    def in_the_frame(self) -> "FirefoxVisitor":
        """Wait for a frame in the tab; return a visitor of its widget."""
        children: list[Mapping[str, Any]] = []

        def look() -> bool:
            tree = self.firefox.send("browsingContext.getTree", root=self._context)
            children[:] = tree["contexts"][0]["children"]
            return bool(children)

        wait_for(look)
        return FirefoxVisitor(self.firefox, children[0]["context"])

    def close(self) -> None:
        """Close the tab, whatever the page says."""
        self.firefox.send("browsingContext.close", context=self._context)

    def goto(self, address: str) -> None:
        """Load a page."""
        where = {"context": self._context, "url": address, "wait": "interactive"}
        self.firefox.send("browsingContext.navigate", **where)

    def reload(self) -> None:
        """Load the page anew."""
        self.firefox.send("browsingContext.reload", context=self._context, wait="interactive")

    def run(self, function: str, *arguments: Any) -> Any:
        """Call a function in the page; return what it returns, or what its promise brings."""
        wrapped = f"async (text) => JSON.stringify(await ({function})(...JSON.parse(text)))"
        answer = self.firefox.send(
            "script.callFunction",
            functionDeclaration=wrapped,
            target={"context": self._context},
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"].get("value", "null"))

    def sees(self, *words: str) -> None:
        """Wait until the card shows all these words."""
        shown: list[str] = []

        def look() -> bool:
            shown[:] = [self.run(f"() => {self._card}?.innerText.replaceAll('\\u00a0', ' ') ?? ''")]
            return all(each in shown[0] for each in words)

        try:
            wait_for(look)
        except TimeoutError:
            raise AssertionError(f"{words} are not in {shown}") from None

    def click(self, selector: str, index: int = 0) -> None:
        """Click an element of the card with the mouse, once it is there."""
        find = f"{self._card}?.querySelectorAll(selector)[index]"
        wait_for(lambda: self.run(f"(selector, index) => Boolean({find})", selector, index))
        look = f"""(selector, index) => {{
          const element = {find};
          element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
          const {{ x, y, width, height }} = element.getBoundingClientRect();
          return {{ x: Math.round(x + width / 2), y: Math.round(y + height / 2) }};
        }}"""
        # A frame grows with its content: a click where the element was a moment ago would miss it.
        before, place = None, self.run(look, selector, index)
        while before != place:
            time.sleep(STILL_S)
            before, place = place, self.run(look, selector, index)
        button: list[dict[str, Any]] = [
            {"type": "pointerMove", **place},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": button})

    def press(self, *keys: str) -> None:
        """Press these keys, or type these characters, one after the other."""
        strokes = [
            {"type": way, "value": KEYS.get(key, key)}
            for key in keys
            for way in ("keyDown", "keyUp")
        ]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def begin(self) -> None:
        """Go from the welcome screen to the first question."""
        self.click("[data-action=start]")

    def answer(self, first: int, last: int, of: int) -> None:
        """Answer these questions by clicks: question 1 by the second option, and so on."""
        for number in range(first, last + 1):
            self.sees(f"Question {number} of {of}")
            self.click("[type=radio]", number % 4)

    def heard(self, name: str) -> list[dict[str, Any]]:
        """Return the details of all events of this name since the page was loaded."""
        return list(
            self.run("(name) => heard.filter(([own]) => own === name).map((e) => e[1])", name)
        )

    def _act(self, source: dict[str, Any]) -> None:
        self.firefox.send("input.performActions", context=self._context, actions=[source])
