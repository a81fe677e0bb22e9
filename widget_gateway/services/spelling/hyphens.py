"""Russian words that are written with a hyphen, and words that are written apart."""

import re

_PRONOUNS = """
кто кого кому кем ком что чего чему чем какой какая какое какие какого какому каким каком
какую каких какими чей чья чье чьи где когда куда откуда как почему зачем отчего сколько
"""
PRONOUNS = frozenset(_PRONOUNS.split())
PARTICLES = ("то", "либо", "нибудь")
"""Particles that follow a pronoun with a hyphen."""

_FIXED = """
все-таки опять-таки так-таки довольно-таки прямо-таки из-за из-под как-никак
во-первых во-вторых в-третьих в-четвертых еле-еле чуть-чуть точь-в-точь мало-помалу
кое-кто кое-кого кое-кому кое-что кое-чего кое-как кое-где кое-когда кое-куда
кое-какие кое-каких кое-какой по-моему по-твоему по-своему по-нашему по-вашему
"""
FIXED = frozenset(_FIXED.split())
"""Other words that have a hyphen."""

_NEVER_APART = frozenset(word for word in FIXED if not word.startswith("по-"))
"""Words of `FIXED` that are never two words. `по моему` can be right, as in `по моему мнению`."""

_APART = re.compile(r"(?P<word>[а-я]{2,}(?:-[а-я]+)*)-(?P<particle>ли|ль|же|ж|бы|б)\Z")
"""A word with a particle that must stand apart from it."""

_SHORTENED = re.compile(r"(?P<word>[а-я]{2,}?)-?нить\Z")
"""A word with the colloquial short form of `нибудь`."""


def joined(left: str, right: str) -> str | None:
    """Return the two words with the hyphen that they need, or None: `кто нибудь`, `кто-нибудь`."""
    word = f"{left}-{right}"
    if word in _NEVER_APART or (left in PRONOUNS and right in PARTICLES):
        return word
    return None


def apart(word: str) -> str | None:
    """Return the words that must be written apart, or None: `что-ли` gives `что ли`."""
    found = _APART.match(word)
    return f"{found['word']} {found['particle']}" if found else None


def unshortened(word: str) -> str | None:
    """Return the full form of a shortened pronoun, or None: `кто-нить` gives `кто-нибудь`."""
    found = _SHORTENED.match(word)
    return f"{found['word']}-нибудь" if found and found["word"] in PRONOUNS else None
