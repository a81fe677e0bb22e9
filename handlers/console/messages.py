"""The messages of the import and of `doctor`, which are English, in the console's languages.

They are translated as a whole, by their English words: messages/<language>.toml has a text for
each, in which `{0}`, `{1}` … stand for what is put into it. What has no translation, such as the
words of a parser, stays as it is.
"""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from handlers.languages import Locale

_SLOT = re.compile(r"\{(\d)\}")
_FIELD = re.compile(
    r"([^\s:]+|[a-z_]+\[[^:]*|(?:item|question) \"[^\"]*\" > [^:]+|texts > [^:]+"
    r"|the definition|the name of the file[^:]*): (.+)",
    re.DOTALL,
)
"""The name of a field, as the formats write it, before what is said of it."""

_AND = "; "

SHORT = 5
"""A template with fewer characters of its own fits nearly anything. It is taken only if all that is
put into it is a message, too."""

DEEPEST = 4
"""How deep messages stand in one another."""


class _Template(NamedTuple):
    """A message: its own words around the slots, and its translation."""

    pieces: tuple[str, ...]
    slots: tuple[int, ...]
    text: str

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def values_in(self, message: str) -> list[str] | None:
        """Return what stands in the slots; None if it is another message.

        Each slot ends where the next words first occur, so the time is linear.
        """
        first, *others = self.pieces
        if not message.startswith(first):
            return None
        begin, values = len(first), []
        for number, piece in enumerate(others, 1):
            is_last = number == len(others)
            end = len(message) - len(piece) if is_last else message.find(piece, begin)
            if end < begin or not message.startswith(piece, end):
                return None
            values.append(message[begin:end])
            begin = end + len(piece)
        return values


@cache
def _messages_of(locale: Locale) -> tuple[dict[str, str], tuple[_Template, ...]]:
    """Return the messages without slots, and the templates, those with most words first."""
    source = files("handlers").joinpath(f"console/messages/{locale}.toml")
    plain: dict[str, str] = {}
    templates = []
    for message, text in tomllib.loads(source.read_text("utf-8")).items():
        pieces = _SLOT.split(message)
        if len(pieces) == 1:
            plain[message] = text
        else:
            slots = tuple(map(int, pieces[1::2]))
            templates.append(_Template(tuple(pieces[0::2]), slots, text))
    return plain, tuple(sorted(templates, key=lambda template: -template.size))


@lru_cache(maxsize=4096)
def message_in(locale: Locale, message: str) -> str:
    """Return a message in a language; as it is if there is no translation of it."""
    return message if locale == "en" else _translated(locale, message, DEEPEST) or message


def _translated(locale: Locale, message: str, depth: int) -> str | None:
    plain, templates = _messages_of(locale)
    if message in plain:
        return plain[message]
    if not depth:
        return None
    of_field = _FIELD.fullmatch(message)
    if of_field and (told := _translated(locale, of_field[2], depth - 1)):
        return f"{_translated(locale, of_field[1], 1) or of_field[1]}: {told}"
    for template in templates:
        values = template.values_in(message)
        if values is not None:
            told = _filled(locale, template, values, depth - 1)
            if told is not None:
                return told
    if _AND in message:
        parts = message.split(_AND, 1)
        found = [_translated(locale, part, depth - 1) for part in parts]
        if any(found):
            return _AND.join(told or part for told, part in zip(found, parts, strict=True))
    return None


def _filled(locale: Locale, template: _Template, values: list[str], depth: int) -> str | None:
    shown = {}
    for slot, before, value in zip(template.slots, template.pieces, values, strict=False):
        # What is quoted are an author's words.
        told = None if before.endswith('"') else _translated(locale, value, depth)
        if told is None and template.size < SHORT:
            return None
        shown[slot] = told or value
    return _SLOT.sub(lambda match: shown[int(match[1])], template.text)
