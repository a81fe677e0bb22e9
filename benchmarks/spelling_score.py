"""Precision and recall of corrections, word by word, as SpellRuEval counts them.

The source is aligned with its right form and with the system's form. A misspelling is a run of
words of the source that differs in the right form. A correction is a run that differs in the
system's form; it is right if the right form has the same words in its place. Case, `ё` and signs
around words don't count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_STEPS = (
    *((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 0)),
    *((0, 1), (2, 2), (1, 4), (4, 1), (2, 3), (3, 2)),
)
"""Pairs of numbers: so many words of the source may stand for so many of the other side."""

_REGROUPED = 0.3
"""The cost of each further word in a group of more than one word to one. Without it larger groups
would cost nothing."""

_FURTHEST = 6
"""How many words the positions in the two sides may differ."""

Span = tuple[int, int]
Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts over lines. Scores can be added."""

    right: int = 0
    corrections: int = 0
    misspellings: int = 0
    correct_words: int = 0
    changed_words: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            right=self.right + other.right,
            corrections=self.corrections + other.corrections,
            misspellings=self.misspellings + other.misspellings,
            correct_words=self.correct_words + other.correct_words,
            changed_words=self.changed_words + other.changed_words,
        )

    @property
    def precision(self) -> float:
        """Right corrections among all corrections, in percent."""
        return _percent(self.right, self.corrections)

    @property
    def recall(self) -> float:
        """Right corrections among all misspellings, in percent."""
        return _percent(self.right, self.misspellings)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, in percent."""
        return _percent(2 * self.right, self.corrections + self.misspellings)

    @property
    def spoiled(self) -> float:
        """Correct words that were changed, in percent."""
        return _percent(self.changed_words, self.correct_words)


def score(lines: Iterable[tuple[str, str, str]]) -> Score:
    """Count over lines, each as it was typed, as it should be, and as the system has it."""
    return sum((score_line(*line) for line in lines), Score())


def score_line(typed: str, wanted: str, made: str) -> Score:
    """Count in a line, as it was typed, as it should be, and as the system has it."""
    source, gold, system = words_of(typed), words_of(wanted), words_of(made)
    misspellings = _edits(source, gold, ())
    corrections = _edits(source, system, tuple(misspellings))
    wrong = {at for first, last in misspellings for at in range(first, last)}
    changed = {at for first, last in corrections for at in range(first, last)}
    return Score(
        right=sum(misspellings.get(span) == words for span, words in corrections.items()),
        corrections=len(corrections),
        misspellings=len(misspellings),
        correct_words=len(source) - len(wrong),
        changed_words=len(changed - wrong),
    )


def words_of(line: str) -> Words:
    """The line's words in lower case, with `е` for `ё`, without signs around them."""
    return tuple(filter(None, (_bare(word) for word in line.lower().replace("ё", "е").split())))


def _bare(word: str) -> str:
    inside = [at for at, sign in enumerate(word) if sign.isalnum()]
    return word[inside[0] : inside[-1] + 1] if inside else ""


def _edits(source: Words, other: Words, groups: Sequence[Span]) -> dict[Span, Words]:
    """The spans of the source that differ, with their words on the other side.

    Spans that together are one of `groups` count as a single span.
    """
    aligned = _align(source, other)
    for first, last in groups:
        inside = [span for span in aligned if first <= span[0] < span[1] <= last]
        if len(inside) > 1 and inside[0][0] == first and inside[-1][1] == last:
            start, end = aligned.index(inside[0]), aligned.index(inside[-1])
            aligned[start : end + 1] = [(first, last, inside[0][2], inside[-1][3])]
    return {
        (first, last): other[start:end]
        for first, last, start, end in aligned
        if source[first:last] != other[start:end]
    }


def _align(source: Words, other: Words) -> list[tuple[int, int, int, int]]:
    """Spans of both sides that stand for each other, with the least sum of edit distances."""
    start = 0
    while start < min(len(source), len(other)) and source[start] == other[start]:
        start += 1
    best: dict[Span, tuple[float, Span]] = {(start, start): (0.0, (0, 0))}
    for row in range(start, len(source) + 1):
        for column in range(start, len(other) + 1):
            if (row, column) not in best or abs(row - column) > _FURTHEST:
                continue
            cost = best[row, column][0]
            for rows, columns in _STEPS:
                to = (row + rows, column + columns)
                if to[0] > len(source) or to[1] > len(other):
                    continue
                step = _distance(" ".join(source[row : to[0]]), " ".join(other[column : to[1]]))
                step += _REGROUPED * (rows + columns - 2) if rows and columns else 0
                if to not in best or cost + step < best[to][0] - 1e-9:
                    best[to] = (cost + step, (row, column))
    spans = []
    to = (len(source), len(other))
    while to != (start, start):
        since = best[to][1]
        spans.append((since[0], to[0], since[1], to[1]))
        to = since
    return [*((at, at + 1, at, at + 1) for at in range(start)), *spans[::-1]]


@lru_cache(1 << 17)
def _distance(source: str, other: str) -> int:
    """The edit distance (Levenshtein) of two texts."""
    if source == other:
        return 0
    row = list(range(len(other) + 1))
    for at, letter in enumerate(source, 1):
        above, row = row, [at]
        for column, wanted in enumerate(other, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (letter != wanted)))
    return row[-1]


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
