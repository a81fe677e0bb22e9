"""Families of Russian words: what "уволиться", "увольнять" and "увольнение" have in common.

People ask with verbs ("как зарегистрироваться") where titles have nouns ("Регистрация"). The family
of a word is its dictionary form without the ending and the suffixes that make nouns, verbs and
adjectives of each other, and with consonants and vowels as one that alternate in such words. It is
no linguistic root: prefixes stay, as they change what a word means.
"""

import re

from widget_gateway.services.morphology import russian

_VOWELS = "аеиоуыэюя"

_VOWEL = re.compile(f"[{_VOWELS}]")

_SHORTEST_WORD = 5
"""Letters of the shortest word that is cut. Shorter ones would leave almost nothing."""

_SHORTEST_STEM = 3
_SHORTEST_ALTERNATING = 4
"""Letters of the shortest stem whose last letters are made one. In shorter ones it would confuse
words such as "луг" and "луч"."""

_SUFFIXES = """
ировать ировка ирование ированный изация изировать овывать евывать ывать ивать авать евать овать
ять ать еть ить уть оть ти чь ывание ивание ование евание ение ание яние ция ация яция иция сия зия
ство ствие ость тель ник ница щик чик щица ка ок ец ие ье ия ья а я о е ь й и ы у ованный енный
анный янный нный ный ний ной ний ский ской овый евый ливый ый ий ой овка евка инг
"""
_KNOWN_SUFFIXES = frozenset(_SUFFIXES.split())
_LONGEST_SUFFIX = max(map(len, _KNOWN_SUFFIXES))

_LOAN_VERB = "ировать"
_LOAN_PREFIXES = "пере про при под от об из ис рас раз вос за вы на до по с у о"

_ALTERNATING = str.maketrans("чщкжгзшх", "тттдддсс")
"""Consonants that alternate at the end of stems: "оплата" and "оплачивать", "друг" and "дружба"."""


_LAST_O = re.compile(rf"(?<=.)о([^{_VOWELS}]*)$")
"""The last vowel of a stem, if it is `о`, as "отработать" and "отрабатывать" are one family."""


def family(word: str) -> str:
    """Return what a folded Russian dictionary form has in common with words made like it."""
    if len(word) < _SHORTEST_WORD:
        return word
    stem = _without_suffix(_without_prefix(word.removesuffix("ся").removesuffix("сь")))
    if len(stem) > _SHORTEST_ALTERNATING:
        stem = stem.removesuffix("ьн")
    if len(stem) < _SHORTEST_ALTERNATING:
        return stem
    if stem[-1] == "л" and stem[-2] in "бвмпф":  # "оформить" and "оформление"
        stem = stem[:-1]
    stem = stem.removesuffix("ь")
    if stem.endswith("жд"):
        stem = f"{stem[:-2]}д"
    stem = stem[:-1] + stem[-1].translate(_ALTERNATING)
    return _LAST_O.sub(r"а\1", stem)


def _without_prefix(word: str) -> str:
    """Return a verb of foreign origin without a prefix, which only says that something is done."""
    if word.endswith(_LOAN_VERB):
        for prefix in _LOAN_PREFIXES.split():
            rest = word.removeprefix(prefix)
            if rest != word and russian().word_is_known(rest):
                return rest
    return word


def _without_suffix(word: str) -> str:
    """Return the word without its longest suffix that leaves a stem with a vowel."""
    for start in range(max(len(word) - _LONGEST_SUFFIX, _SHORTEST_STEM), len(word)):
        if word[start:] in _KNOWN_SUFFIXES and _VOWEL.search(word, 0, start):
            return word[:start]
    return word
