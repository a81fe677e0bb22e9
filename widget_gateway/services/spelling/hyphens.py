"""Words that Russian orthography writes with a hyphen, and those that it writes apart."""

import re

_PRONOUNS = """
кто кого кому кем ком что чего чему чем какой какая какое какие какого какому каким каком
какую каких какими чей чья чье чьи где когда куда откуда как почему зачем отчего сколько
"""
PRONOUNS = frozenset(_PRONOUNS.split())
PARTICLES = ("то", "либо", "нибудь")

_FIXED = """
все-таки опять-таки так-таки довольно-таки прямо-таки из-за из-под как-никак
во-первых во-вторых в-третьих в-четвертых еле-еле чуть-чуть точь-в-точь мало-помалу
кое-кто кое-кого кое-кому кое-что кое-чего кое-как кое-где кое-когда кое-куда
кое-какие кое-каких кое-какой по-моему по-твоему по-своему по-нашему по-вашему
"""
FIXED = frozenset(_FIXED.split())
_NEVER_APART = frozenset(word for word in FIXED if not word.startswith("по-"))
"""`по моему мнению` is right: no guessing there."""

_APART = re.compile(r"(?P<word>[а-я]{2,}(?:-[а-я]+)*)-(?P<particle>ли|ль|же|ж|бы|б)\Z")
_SHORTENED = re.compile(r"(?P<word>[а-я]{2,}?)-?нить\Z")


def joined(left: str, right: str) -> str | None:
    """The word that must be written with a hyphen here: `кто нибудь` is `кто-нибудь`."""
    word = f"{left}-{right}"
    if word in _NEVER_APART or (left in PRONOUNS and right in PARTICLES):
        return word
    return None


def apart(word: str) -> str | None:
    """The words that must be written apart here: `что-ли` is `что ли`."""
    found = _APART.match(word)
    return f"{found['word']} {found['particle']}" if found else None


def unshortened(word: str) -> str | None:
    """The pronoun that is spoken so: `кто-нить` is `кто-нибудь`."""
    found = _SHORTENED.match(word)
    return f"{found['word']}-нибудь" if found and found["word"] in PRONOUNS else None
