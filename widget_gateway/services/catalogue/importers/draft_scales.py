"""The scales of a draft: questions that count, and questions that are keyed in scales by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

Document = dict[str, Any]
Text = dict[str, str]
"""A text by language."""

MAX_ID = 100
"""Most characters of the id of a question or scale, of an option's value and of a group's name, as
in the schema of definitions."""

MAX_WEIGHT = 1_000
"""Largest weight of a question in a scale, as in the schema of definitions."""

_PRECISION = 100
"""Largest denominator of a share of a grade: 33.33333 % is a third, and 7 % is 7/100."""

_DECIMALS = 6
"""Decimals of weights that have no end."""


@dataclass(slots=True)
class Choice:
    """An option as an importer reads it. `share` is the part of the question's grade it gives."""

    value: str
    text: Text | None = None
    image: str | None = None
    correct: bool = False
    share: Fraction | None = None


@dataclass(slots=True)
class _Graded:
    """A question that counts, and what each point of it adds to the scale that it belongs to."""

    question: str
    weight: Fraction
    group: str | None


@dataclass(slots=True)
class _Scale:
    document: Document = field(default_factory=dict)
    keyed: dict[str, tuple[str, Fraction]] = field(default_factory=dict)


class DraftScales:
    """The scales while a definition is made.

    `text` registers a text of the source, and `own` words of our own in Russian and English.
    """

    def __init__(self, text: Callable[[str], Text | None], own: Callable[[str, str], Text]) -> None:
        self._text = text
        self._own = own
        self._graded: list[_Graded] = []
        self._scales: dict[str, _Scale] = {}

    def count(self, question: str | None, weight: Fraction, group: str | None = None) -> None:
        """Count a question in the scale of the whole test, and in that of its group."""
        if question is not None and weight > 0:
            self._graded.append(_Graded(question, weight, group))

    def add(self, id_: str, title: Text | None, part_of: str | None = None) -> None:
        """Add a scale if there is none with this id."""
        if id_ not in self._scales:
            document: Document = {"id": id_, "title": title or self._text(id_)}
            self._scales[id_] = _Scale(document | ({"part_of": part_of} if part_of else {}))

    def key(self, scale: str, question: str, *, minus: bool, weight: Fraction) -> bool:
        """Key a question in a scale; returns False if it is keyed there already."""
        keyed = self._scales[scale].keyed
        if question in keyed:
            return False
        keyed[question] = ("minus" if minus else "plus", weight)
        return True

    def documents(self, group_titles: Mapping[str, Text], notes: list[str]) -> list[Document]:
        """Return the scales as a definition has them; what became of weights is noted."""
        self._add_graded(group_titles, notes)
        return [_document_of(scale) for scale in self._scales.values()]

    def _add_graded(self, group_titles: Mapping[str, Text], notes: list[str]) -> None:
        """Add the scales of graded questions: one of all, and one of each group if several."""
        if not self._graded:
            return
        total = _free("total", self._scales)
        self.add(total, self._own("Результат", "Result"))
        groups = list(dict.fromkeys(graded.group for graded in self._graded))
        if len(groups) == 1 or None in groups:
            groups = []
        ids = {}
        for group in groups:
            ids[group] = _free(str(group), self._scales)
            self.add(ids[group], group_titles.get(str(group)), part_of=total)
        for graded in self._graded:
            scale = ids.get(graded.group, total)
            self.key(scale, graded.question, minus=False, weight=graded.weight)
        unit = lcm(*(_without_decimals(graded.weight) for graded in self._graded))
        if unit * max(graded.weight for graded in self._graded) > MAX_WEIGHT:
            notes.append("the weights of the scales are rounded")
        elif unit > 1:
            for scale in (total, *ids.values()):
                keyed = self._scales[scale].keyed
                for question, (sign, weight) in keyed.items():
                    keyed[question] = (sign, weight * unit)
            notes.append(f"the scales count parts of points: {unit} are a point")


def _document_of(scale: _Scale) -> Document:
    keys: Document = {}
    weights = {}
    for question, (sign, weight) in scale.keyed.items():
        keys.setdefault(sign, []).append(question)
        if weight != 1:
            whole = weight.denominator == 1
            weights[question] = int(weight) if whole else round(float(weight), _DECIMALS)
    return scale.document | keys | ({"weights": weights} if weights else {})


def graded(choices: Sequence[Choice], *, several: bool) -> Fraction | None:
    """Turn shares of a grade into right options or values; return what a point is worth.

    If one answer gives the whole grade and all others give nothing, the options are right or
    wrong. Otherwise each value is the number of equal parts of the grade that its option gives.
    Returns None if no option gives anything.
    """
    shares = [choice.share or Fraction(0) for choice in choices]
    if not any(shares):
        return None
    if not several and set(shares) <= {Fraction(0), Fraction(1)}:
        for choice, share in zip(choices, shares, strict=True):
            choice.correct = share == 1
        return Fraction(1)
    parts = lcm(*(share.denominator for share in shares))
    for choice, share in zip(choices, shares, strict=True):
        choice.value = str(int(share * parts))
    return Fraction(1, parts)


def share_of(percent: float, whole: float = 100) -> Fraction:
    """Return a part of a grade as the plain fraction that it stands for."""
    return (Fraction(percent) / Fraction(whole)).limit_denominator(_PRECISION)


def _free(wanted: str, taken: Iterable[str]) -> str:
    found, number = wanted[:MAX_ID], 1
    while found in taken:
        number += 1
        found = f"{wanted[: MAX_ID - 8]}~{number}"
    return found


def _without_decimals(weight: Fraction) -> int:
    """Return by what a weight is multiplied to have an end as a decimal number."""
    rest = weight.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    return rest
