"""The forms of modern words, most of which no dictionary of forms has."""

from collections.abc import Iterator
from enum import Enum
from functools import cache

from pymorphy3.analyzer import Parse

from widget_gateway.services.morphology import russian
from widget_gateway.services.spelling.modern_words import ModernList, read

_LIKE = {
    **dict.fromkeys("бвдзлмнпрстфц", "завод"),
    **dict.fromkeys("гкх", "банк"),
    **dict.fromkeys("жшчщ", "этаж"),
    "й": "случай",
    "ь": "отель",
    "а": "проблема",
    "я": "неделя",
}
"""Nouns as models, by the last letter of the words that have the same endings.

The dictionary takes `эксель` for feminine and `деплой` for an adjective."""

_LIKE_LAST = {**dict.fromkeys(("га", "ка", "ха"), "книга"), "ия": "акция", "ца": "больница"}
"""The same by the last two letters."""

_UNLIKE = "книг"
"""A form of a model that others do not have: `кибербулка` has `кибербулок`."""

_CASES = ["а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах"]
"""Endings that an abbreviation may get if it is read as a word: `снилса`, `по мроту`."""

_SHORTEST_SPOKEN = 4
"""Letters of the shortest abbreviation that may get endings: with these, shorter ones would be like
too many words."""

_SELDOM = frozenset({"PRTF", "PRTS", "GRND", "ADJS", "COMP"})
"""Parts of speech of forms that are right, but seldom meant: participles and the like."""

_VOWELS = frozenset("аеиоуыэюя")


class Use(Enum):
    """How often a form is meant."""

    COMMON = 1
    NAME = 2
    SELDOM = 3


_KINDS = {
    ModernList.NOUNS: "NOUN",
    ModernList.VERBS: "INFN",
    ModernList.ADJECTIVES: "ADJF",
    ModernList.NAMES: "NOUN",
}
"""Parts of speech of the lists whose words have forms."""

_SELDOM_MEANT = {ModernList.NAMES, ModernList.FORMS}


def _use_of(which: ModernList) -> Use:
    return Use.NAME if which in _SELDOM_MEANT else Use.COMMON


def modern_words() -> Iterator[tuple[str, Use]]:
    """Yield modern words, names and abbreviations in their dictionary forms."""
    for which in ModernList:
        yield from ((word, _use_of(which)) for word in read(which))


def modern_forms() -> Iterator[tuple[str, Use]]:
    """Yield the same words in all forms; some more than once."""
    yield from modern_words()
    for word in filter(_is_spoken, read(ModernList.ABBREVIATIONS)):
        yield from ((word + ending, Use.COMMON) for ending in _CASES)
    for which, part in _KINDS.items():
        for word in read(which):
            for form, is_seldom in _forms(word, part):
                yield form, Use.SELDOM if is_seldom else _use_of(which)


def _is_spoken(abbreviation: str) -> bool:
    """Whether it is read as a masculine word, not letter by letter: `снилс`, but not `ндфл`."""
    return (
        len(abbreviation) >= _SHORTEST_SPOKEN
        and abbreviation[-1] not in _VOWELS
        and not _VOWELS.isdisjoint(abbreviation[:-1])
    )


def _forms(word: str, part: str) -> Iterator[tuple[str, bool]]:
    """Yield the forms of a word, which is this part of speech, and whether they are seldom used."""
    head, _, tail = word.rpartition("-")  # the dictionary knows no new words with a hyphen
    head = head and f"{head}-"
    readings = [
        found
        for found in russian().parse(tail)
        if found.normal_form == tail and part == found.tag.POS
    ]
    if readings:
        lexeme = max((found.lexeme for found in readings), key=lambda forms: _likeness(forms, tail))
        for form in lexeme:
            yield head + form.word.replace("ё", "е"), _is_seldom(form)
    if part == "NOUN" and (not readings or word.endswith("ель") or "Fixd" in readings[0].tag):
        yield from ((head + form, False) for form in _as_model(tail))


def _likeness(forms: list[Parse], word: str) -> int:
    """Count the forms that begin as the word does up to its ending."""
    stem = word.removesuffix("ся").removesuffix("ть")
    return sum(form.word.startswith(stem) for form in forms)


def _is_seldom(form: Parse) -> bool:
    return form.tag.POS in _SELDOM or form.tag.mood == "impr" or form.word.endswith(("ою", "ею"))


def _as_model(word: str) -> Iterator[str]:
    """Yield the word with the endings of the model noun for its last letters, if there is one."""
    model = _LIKE_LAST.get(word[-2:]) or _LIKE.get(word[-1])
    if model is None or word.endswith(("ая", "яя")):
        return
    stem = len(model) - (model[-1] in "йьая")
    ended = len(word) - (word[-1] in "йьая")
    for form in _forms_of_model(model):
        if form.startswith(model[:stem]) and form != _UNLIKE:
            yield word[:ended] + form[stem:]


@cache
def _forms_of_model(model: str) -> tuple[str, ...]:
    return tuple(form.word for form in russian().parse(model)[0].lexeme)
