"""The go-live list: its lines, and what was found about each."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What is known about a line."""

    PASSED = "passed"
    FAILED = "failed"
    UNSEEN = "unseen"


LINES = (
    "origin-allowed",
    "csp-lets-widget",
    "widget-starts",
    "survives-outage",
    "session-survives-reload",
    "second-device",
    "blocked-websocket",
    "people-kept-apart",
    "pause-shown",
    "payment-from-server",
    "paid-goes-on",
    "paid-once",
    "finishes",
    "result-after-attach",
    "attached",
    "attach-checks-user",
    "attached-once",
    "result-shown",
    "expired-token",
    "webhook-received",
    "webhook-verified",
    "webhook-repeats",
    "key-stays-on-server",
)
"""All lines, in the order in which they are printed."""

ENDED_EARLY = "ended-early"
"""The reason of lines that nobody looked at, since the visitor's way ended before."""


@dataclass(frozen=True)
class Line:
    """A line of the list.

    `reason` names the words that say why a line was not seen, or what to do about it where a line
    can fail in several ways. `seen` is what was observed, such as a request and its status; it is
    shown as it is and holds no secret.
    """

    name: str
    status: Status
    reason: str = ""
    seen: str = ""


class Findings:
    """What was found so far. A failure stays, whatever is found about its line later."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def passed(self, name: str, seen: str = "") -> None:
        """Note that a line is right, unless it failed before."""
        self._note(Line(name, Status.PASSED, seen=seen))

    def failed(self, name: str, seen: str = "", *, reason: str = "") -> None:
        """Note that a line is wrong."""
        self._note(Line(name, Status.FAILED, reason, seen))

    def unseen(self, name: str, reason: str, seen: str = "") -> None:
        """Note that a line could not be seen, unless something is known about it."""
        if name not in self._lines:
            self._note(Line(name, Status.UNSEEN, reason, seen))

    def status(self, name: str) -> Status | None:
        """What is known about a line so far."""
        line = self._lines.get(name)
        return line.status if line else None

    def _note(self, line: Line) -> None:
        if line.name not in LINES:
            raise KeyError(line.name)
        known = self._lines.get(line.name)
        if known is None or known.status is not Status.FAILED:
            self._lines[line.name] = line

    def __iter__(self) -> Iterator[Line]:
        """Iterate over all lines in their order."""
        for name in LINES:
            yield self._lines.get(name) or Line(name, Status.UNSEEN, ENDED_EARLY)

    @property
    def has_failed(self) -> bool:
        """Whether any line is wrong."""
        return any(line.status is Status.FAILED for line in self)
