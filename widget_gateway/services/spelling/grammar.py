"""What pymorphy3 tells of the grammar of words, known or not."""

from functools import lru_cache

from pymorphy3.tagset import OpencorporaTag

from widget_gateway.services.morphology import russian

_GOVERNED = {
    preposition: frozenset(cases.split())
    for prepositions, cases in (
        ("в во на о об", "accs loct loc2"),
        ("с со", "gent gen2 ablt"),
        ("за под", "accs ablt"),
        ("над", "ablt"),
        ("по", "datv accs loct"),
        ("из от до у для без", "gent gen2"),
        ("к ко", "datv"),
        ("через про", "accs"),
        ("при", "loct"),
    )
    for preposition in prepositions.split()
}
"""Cases that may follow a preposition."""

PREPOSITIONS = frozenset(_GOVERNED)

_CACHED_WORDS = 2**12

_VERBS = frozenset({"VERB", "INFN"})
_INFLECTED = _VERBS | {"NOUN", "ADJF"}
_WITHOUT_CASE = frozenset({"ADVB", "NUMB", None})
"""Parts of speech that may follow a preposition though they have no case: `на завтра`."""


def may_follow(preposition: str, word: str) -> bool:
    """Whether a word is in a case that the preposition governs; True for any other first word."""
    cases = _GOVERNED.get(preposition)
    if cases is None:
        return True
    return any(
        tag.case in cases or (tag.case is None and tag.POS in _WITHOUT_CASE) for tag in _tags(word)
    )


def is_verb(word: str) -> bool:
    """Whether a word may be a form of a verb."""
    return any(tag.POS in _VERBS for tag in _tags(word))


def is_first_name(word: str) -> bool:
    """Whether a word may be the first name of a person, or a name by the father's."""
    return any("Name" in tag or "Patr" in tag for tag in _tags(word))


@lru_cache(_CACHED_WORDS)
def lemmas(word: str) -> frozenset[str]:
    """Return the dictionary forms that an unknown word may have, by its ending."""
    return frozenset(
        found.normal_form.replace("ё", "е")
        for found in russian().parse(word)
        if found.tag.POS in _INFLECTED
    ) - {word}


@lru_cache(_CACHED_WORDS)
def _tags(word: str) -> tuple[OpencorporaTag, ...]:
    return tuple(found.tag for found in russian().parse(word))
