"""The words of a query: as they are typed, and as documents may join or separate them.

`user name` finds `username` and `getUserName`, and `трудовойкодекс` finds "трудовой кодекс".
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from widget_gateway.services.search.analysis import FUNCTION_WORDS, LONGEST_WORD, SHORT_PAIR
from widget_gateway.services.search.spellings import (
    grouped_numbers,
    identifiers,
    joined_words,
)
from widget_gateway.services.search.texts import folded, normalise, words
from widget_gateway.services.search.view import SearchView, Wanted

MAX_CONSIDERED_WORDS = 128
"""Words of a query that are looked up to find the rarest."""

MAX_JOINED = 16
"""Joined words of a query that are looked up."""

_SHORTEST_PART = 4
"""Letters of the shortest word that another one is separated into. Shorter ones are in many words
by chance."""

_JOINS_ANYWAY = re.compile(r"[a-z]+ [a-z]+|\d+ [^\W\d_]")
"""Neighbours that may be one word although each is one, too: `user name` and `404 б`."""


def look_up_all(view: SearchView, query: str, *, typing: bool) -> tuple[list[Wanted], bool]:
    """Look the words of a query up; those that make no topic only if there are no others.

    Returns what is in some document, and whether that includes each word. A word that is only in
    documents joined to another, or separated, is included. If `typing`, the last word may be the
    beginning of one.
    """
    text = normalise(query)
    in_order = list(words(text))
    distinct = list(dict.fromkeys(in_order))
    telling = [word for word in distinct if word not in FUNCTION_WORDS] or distinct
    last = in_order[-1] if query[-1:].isalnum() else None
    found = {
        word: view.look_up_last(word, typing=typing) if word == last else view.look_up(word)
        for word in telling[:MAX_CONSIDERED_WORDS]
    }
    covered: set[str] = set()
    more: dict[str, Wanted] = {}
    for parts in _joined(text, in_order, found)[:MAX_JOINED]:
        joined = "".join(parts)
        wanted = None if joined in found else view.look_up(joined)
        if wanted is not None:
            more[joined] = wanted
            covered.update(parts)
    for word in [word for word in telling if found.get(word, ...) is None and word not in covered]:
        separated = _separated(view, word)
        more.update((part.word, part) for part in separated if part.word not in found)
        if separated:
            covered.add(word)
    present = [wanted for wanted in found.values() if wanted is not None]
    is_complete = all(wanted or word in covered for word, wanted in found.items())
    return [*present, *more.values()], is_complete


def telling_words(query: str) -> list[str]:
    """Return the different words of a query in order, without function words if it has others.

    If its last word came before, that is last.
    """
    in_order = list(words(normalise(query)))
    distinct = list(dict.fromkeys(reversed(in_order)))[::-1]
    telling = [word for word in distinct if word not in FUNCTION_WORDS]
    return telling or distinct


def _joined(
    text: str, in_order: list[str], found: dict[str, Wanted | None]
) -> list[tuple[str, ...]]:
    """Return words of the query that may be one: with a hyphen between, or side by side."""
    joined = [tuple(map(folded, parts)) for _, _, parts in joined_words(text)]
    joined += [(folded(part),) for _, _, parts in identifiers(text) for part in parts]
    joined += [parts for _, _, parts in grouped_numbers(text)]
    joined += [
        pair
        for pair in pairwise(in_order)
        if _JOINS_ANYWAY.fullmatch(" ".join(pair))
        or all(found.get(word, ...) is None for word in pair)
        or (SHORT_PAIR.fullmatch(" ".join(pair)) and FUNCTION_WORDS.isdisjoint(pair))
    ]
    return list(dict.fromkeys(parts for parts in joined if len("".join(parts)) <= LONGEST_WORD))


def _separated(view: SearchView, word: str) -> list[Wanted]:
    """Return two words that documents have and that make up this one; those that are frequent."""
    pairs = [
        (frequency, first, second)
        for first, second in _halves(word)
        if view.is_word(first)
        and view.is_word(second)
        and (frequency := min(view.frequency(first), view.frequency(second)))
    ]
    if not pairs:
        return []
    _, *parts = max(pairs)
    return [wanted for part in parts if (wanted := view.look_up(part)) is not None]


def _halves(word: str) -> Iterator[tuple[str, str]]:
    if word.isalpha() and len(word) <= LONGEST_WORD:
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            yield word[:at], word[at:]
