"""Completion: the terms that the last word of a query may become while it is typed.

`больнич` may become any form of "больничный", and `люд` a form of "человек", whose dictionary form
begins otherwise. Only terms that some document has are proposed, so nothing is kept beside the
index: whatever searches of a process find, its completions are made of.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from tantivy import Searcher

from widget_gateway.domain.qua.search import SearchField
from widget_gateway.services.morphology import russian
from widget_gateway.services.search.analysis import CYRILLIC_SOUND, LATIN_SOUND, LONGEST_WORD
from widget_gateway.services.search.sounds import sounds
from widget_gateway.services.search.texts import folded

SHORTEST = 2
"""Letters of the shortest beginning that is completed. One letter may become almost any word."""

SHORTEST_UNASKED = 4
"""Letters of the shortest beginning that is completed although nobody says that it is one. A
shorter unknown word rather is an abbreviation or a slip."""

MOST = 10
"""Terms that a beginning is completed to: the most frequent ones. Each costs a search up to four
lists of documents."""

_LOOKED_THROUGH = 1_000
"""Words of the dictionary with the beginning that are looked at for other dictionary forms. Three
or four letters have more; their completions are frequent words, which begin alike in all forms."""

_SHORTEST_STEM = 4
"""Letters of the shortest English stem that an ending is taken off for."""

_ENDINGS = (
    "able ably ance ation ations ed ence er ers es ful ing ings ion ions ity ive ively ly ment "
    "ments ness"
)
_ENGLISH_ENDINGS = tuple(_ENDINGS.split())
"""Endings that stems of English words lack."""


def completions(
    searcher: Searcher,
    beginning: str,
    *,
    fields: Iterable[str] = tuple(SearchField),
    by_sound: bool = False,
) -> list[str]:
    """Return terms of words in fields of the documents that begin with these folded letters.

    If there are none and `by_sound`, they are sounds of words in the other alphabet that begin like
    these letters sound. They are at most MOST, the most frequent ones first.
    """
    if not SHORTEST <= len(beginning) <= LONGEST_WORD:
        return []
    found: dict[str, int] = {}
    for field in fields:
        for term, count in searcher.terms_with_prefix(field, beginning, limit=MOST):
            found[term] = max(count, found.get(term, 0))
    for term in _terms_that_begin_otherwise(beginning):
        count = max(searcher.doc_freq(field, term) for field in fields)
        if count:
            found[term] = count
    if by_sound and not found:
        for heard in _heard(beginning):
            for field in fields:
                found.update(searcher.terms_with_prefix(field, heard, limit=MOST))
    return sorted(found, key=lambda term: (-found[term], term))[:MOST]


def _heard(beginning: str) -> list[str]:
    """Return the beginning of the sounds that documents have of words in the other alphabet."""
    if not beginning.isalpha():
        return []
    mark = CYRILLIC_SOUND if beginning.isascii() else LATIN_SOUND
    return [mark + heard for heard in sounds(beginning)[:1]]


def _terms_that_begin_otherwise(beginning: str) -> Iterator[str]:
    """Yield terms that lack the beginning which a form of their words has."""
    dictionary = russian().dictionary
    forms = {
        folded(dictionary.build_normal_form(paradigm, number, word))
        for word, (paradigm, number) in islice(
            dictionary.words.iteritems(beginning), _LOOKED_THROUGH
        )
    }
    yield from (form for form in forms if not form.startswith(beginning))
    for length in range(_SHORTEST_STEM, len(beginning)):
        rest = beginning[length:]
        if any(ending.startswith(rest) for ending in _ENGLISH_ENDINGS):
            yield beginning[:length]
