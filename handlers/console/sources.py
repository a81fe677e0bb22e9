"""The source of an uploaded file with line numbers, and what was found at its lines."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from widget_gateway.domain.console.drafts import Finding
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.importers.sources import Source

SHORT = 300
"""Lines of a file that is always shown as a whole."""

AROUND = 3
"""Lines that are shown before and after a line at which something was found."""

MAX_LINES = 20_000
"""The most lines of a file that a page shows."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its number from 1, and what was found at it. Lines before a gap are left out."""

    number: int
    text: str
    findings: tuple[Finding, ...]
    is_behind_gap: bool

    @property
    def mark(self) -> str:
        """How the line is marked: `found` for a fault, `noted` for notes only, else not."""
        if not self.findings:
            return ""
        return "noted" if all(found.is_note for found in self.findings) else "found"


@dataclass(frozen=True, slots=True)
class SourceText:
    """The lines of a file that are shown. `elsewhere` are findings at no line."""

    lines: list[Line]
    elsewhere: list[Finding]
    count: int

    @property
    def is_whole(self) -> bool:
        """Whether all lines are shown."""
        return len(self.lines) == self.count


def text_of(name: str, content: bytes) -> str | None:
    """Return the text of a file in whatever encoding it has; None if it is no text."""
    source = Source(Path(name), content)
    if source.is_zip:
        return None
    try:
        return source.text
    except DefinitionError:
        return None


def source_text(text: str, findings: Iterable[Finding], *, is_whole: bool) -> SourceText:
    """Return the lines of a text: of a long one those around findings, unless `is_whole`."""
    rows = text.removesuffix("\n").split("\n")[:MAX_LINES]
    at: defaultdict[int, list[Finding]] = defaultdict(list)
    elsewhere: list[Finding] = []
    for finding in findings:
        places = [number for number in finding.lines if number <= len(rows)]
        for number in places:
            at[number].append(finding)
        if not places:
            elsewhere.append(finding)
    if is_whole or len(rows) <= SHORT:
        numbers: Sequence[int] = range(1, len(rows) + 1)
    else:
        near = {n for place in at for n in range(place - AROUND, place + AROUND + 1)}
        numbers = sorted(number for number in near if 1 <= number <= len(rows))
    lines = []
    for index, number in enumerate(numbers):
        before = numbers[index - 1] if index else 0
        lines.append(
            Line(number, rows[number - 1], tuple(at.get(number, ())), number != before + 1)
        )
    return SourceText(lines, elsewhere, len(rows))
