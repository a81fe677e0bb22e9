"""The FAQ of the ranking's benchmark: entries of the files in `faq/`, with questions about them.

A line that begins with `#` is the title of an entry, one with `=` its keywords, and one with `?` is
a question that the entry answers, in the words of somebody who has not read it. All other lines are
the answer. All of it was written before the ranking was tuned.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FAQ = Path(__file__).parent / "faq"


@dataclass(frozen=True, slots=True)
class Entry:
    """A question of the FAQ with its answer."""

    title: str
    keywords: tuple[str, ...]
    text: str
    questions: tuple[str, ...]
    """How people ask for it."""


def read_faq(directory: Path = FAQ) -> list[Entry]:
    """Read all entries, in the order of the files' names."""
    return [
        _entry(block)
        for file in sorted(directory.glob("*.txt"))
        for block in _blocks(file.read_text(encoding="utf-8").splitlines())
    ]


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line.startswith("#") and block:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _entry(lines: list[str]) -> Entry:
    marked = {mark: [line[1:].strip() for line in lines if line.startswith(mark)] for mark in "#=?"}
    keywords = [word.strip() for line in marked["="] for word in line.split(",")]
    return Entry(
        title=marked["#"][0],
        keywords=tuple(keywords),
        text=" ".join(line for line in lines if line[:1] not in marked),
        questions=tuple(marked["?"]),
    )
