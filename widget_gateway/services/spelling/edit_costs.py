"""An edit distance of Russian words: how unlikely it is to type one word and mean another.

Each kind of mistake has a price, and 1 is that of an ordinary slip. Sounds written as they are
heard, letters forgotten in a cluster and neighbouring keys are cheap; any other change is more
expensive. The prices were chosen by hand and measured as a whole (docs/spelling.md).
"""

from widget_gateway.services.spelling.keyboard import NEIGHBOURS

IMPOSSIBLE = 99.0
"""The cost of anything above the limit."""

_VOWELS = frozenset("аеиоуыэюя")

_HYPHEN = 0.15
_DOUBLED = 0.35
_SOFTNESS = 0.3
_FORGOTTEN_VOWEL = 0.85
_FORGOTTEN_IN_CLUSTER = 0.7
_FORGOTTEN = 0.95
_SUPERFLUOUS = 0.95
_SUPERFLUOUS_NEIGHBOUR = 0.75
_SWAPPED = 0.6
_NEIGHBOUR_KEY = 0.75
_OTHER_VOWEL = 0.85
_OTHER_LETTER = 1.15
_FURTHER = 0.15
"""Added for each edit but one, as it is rare to make two mistakes in a word."""

_FIRST_LETTER = 0.35
"""Added if the first letters differ, as the first letter is seldom mistyped."""

_CONFUSED = {
    pair: price
    for pairs, price in (
        ("оа еи бп вф гк дт жш зс", 0.42),
        ("эе иы ия ея", 0.5),
        ("яа ую юу ыэ щч цс чш", 0.6),
        ("шщ ий", 0.38),
        ("ьъ", 0.2),
    )
    for letters in pairs.split()
    for pair in (letters, letters[::-1])
}
"""Prices of two letters written for each other because they sound or look alike."""

_AS_HEARD = (
    *(("цца", "тся", 0.35), ("ца", "тся", 0.5), ("цца", "ться", 0.4), ("ца", "ться", 0.6)),
    *(("тца", "тся", 0.4), ("тца", "ться", 0.5), ("ццо", "ться", 0.7), ("цо", "ться", 0.8)),
    *(("щ", "сч", 0.4), ("щ", "зч", 0.4), ("щ", "жч", 0.4), ("щщ", "сч", 0.5), ("сч", "щ", 0.4)),
    *(("шт", "чт", 0.4), ("што", "что", 0.2), ("шн", "чн", 0.4)),
    *((f"{hissing}о", f"{hissing}е", 0.42) for hissing in "жчшщ"),
    *((f"{hissing}е", f"{hissing}о", 0.42) for hissing in "жчшщ"),
    *(
        (f"{hissing}{heard}", f"{hissing}{meant}", 0.3)
        for hissing in "жшцчщ"
        for heard, meant in ("ыи", "яа", "юу")
    ),
    *(("ево", "его", 0.25), ("ово", "ого", 0.25)),
    *(("йо", "е", 0.35), ("ье", "ъе", 0.2), ("ек", "ик", 0.3), ("ег", "ик", 0.5)),
    *(("ы", "ый", 0.5), ("и", "ий", 0.5)),
)
"""Groups of letters written as they are heard, the groups that are meant, and the prices."""

_BY_LAST_LETTERS: dict[str, list[tuple[str, str, float]]] = {}
for _heard, _meant, _price in _AS_HEARD:
    _BY_LAST_LETTERS.setdefault(_heard[-1] + _meant[-1], []).append((_heard, _meant, _price))
_NONE: list[tuple[str, str, float]] = []


def edit_cost(typed: str, meant: str, limit: float) -> float:
    """Return the least cost of typing `typed` for `meant`, or `IMPOSSIBLE` if it is above `limit`.

    Both words are in lower case and have no `ё`. The cost is not symmetric.
    """
    if typed == meant:
        return 0.0
    start = _common_start(typed, meant)
    end = _common_end(typed, meant, start)
    # Groups and doubled letters depend on up to two letters before and after.
    first, last = max(0, start - 2), max(0, end - 2)
    extra = _FIRST_LETTER if start == 0 else 0.0
    middle = typed[first : len(typed) - last], meant[first : len(meant) - last]
    cost = _distance(*middle, limit + _FURTHER) - _FURTHER + extra
    return cost if cost <= limit else IMPOSSIBLE


def _common_start(typed: str, meant: str) -> int:
    at = 0
    shorter = min(len(typed), len(meant))
    while at < shorter and typed[at] == meant[at]:
        at += 1
    return at


def _common_end(typed: str, meant: str, start: int) -> int:
    at = 0
    most = min(len(typed), len(meant)) - start
    while at < most and typed[-1 - at] == meant[-1 - at]:
        at += 1
    return at


def _distance(typed: str, meant: str, limit: float) -> float:
    """Compute the Damerau-Levenshtein distance by rows; stop when the rows are above the limit."""
    width = len(meant)
    rows = [[0.0] * (width + 1)]
    for column in range(1, width + 1):
        forgotten = _forgotten("", typed[:1], meant[column - 1]) + _FURTHER
        rows[0][column] = rows[0][column - 1] + forgotten
    for row, letter in enumerate(typed, 1):
        before = typed[row - 2] if row > 1 else ""
        after = typed[row] if row < len(typed) else ""
        above = rows[row - 1]
        superfluous = _superfluous(before, after, letter) + _FURTHER
        current = [above[0] + superfluous]
        for column, wanted in enumerate(meant, 1):
            best = above[column - 1]
            if letter != wanted:
                best += _replaced(letter, wanted) + _FURTHER
                if row > 1 and column > 1 and letter == meant[column - 2] and before == wanted:
                    best = min(best, rows[row - 2][column - 2] + _SWAPPED + _FURTHER)
            best = min(
                best,
                above[column] + superfluous,
                current[column - 1] + _forgotten(letter, after, wanted) + _FURTHER,
            )
            for heard, group, price in _BY_LAST_LETTERS.get(letter + wanted, _NONE):
                if typed.endswith(heard, 0, row) and meant.endswith(group, 0, column):
                    before_group = rows[row - len(heard)][column - len(group)]
                    best = min(best, before_group + price + _FURTHER)
            current.append(best)
        rows.append(current)
        # A swap or a group spans at most three rows, and has a cost.
        if min(current) > limit and min(map(min, rows[-3:])) > limit:
            return IMPOSSIBLE
    return rows[-1][-1]


def _replaced(typed: str, meant: str) -> float:
    if price := _CONFUSED.get(typed + meant):
        return price
    if typed + meant in NEIGHBOURS:
        return _NEIGHBOUR_KEY
    return _OTHER_VOWEL if typed in _VOWELS and meant in _VOWELS else _OTHER_LETTER


def _forgotten(before: str, after: str, letter: str) -> float:
    """Return the cost of `letter`, which was meant between two letters and not typed."""
    if letter == "-":
        return _HYPHEN
    if letter in (before, after):
        return _DOUBLED
    if letter in "ьъ":
        return _SOFTNESS
    if letter in _VOWELS:
        return _FORGOTTEN_VOWEL
    if before and after and before not in _VOWELS and after not in _VOWELS:
        return _FORGOTTEN_IN_CLUSTER
    return _FORGOTTEN


def _superfluous(before: str, after: str, letter: str) -> float:
    """Return the cost of `letter`, which was typed between two letters and not meant."""
    if letter == "-":
        return _HYPHEN
    if letter in (before, after):
        return _DOUBLED
    if letter in "ьъ":
        return _SOFTNESS
    if letter + before in NEIGHBOURS or letter + after in NEIGHBOURS:
        return _SUPERFLUOUS_NEIGHBOUR
    return _SUPERFLUOUS
