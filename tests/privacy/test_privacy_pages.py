"""docs/privacy.md tells of every collection, in both languages, and of nothing else."""

import re
from pathlib import Path

import pytest

from storage.indexes import COLLECTIONS

ROOT = Path(__file__).parents[2]
PAGES = ("docs/privacy.md", "docs/privacy.ru.md")
CELLS = 5


def rows(text):
    """The rows of the table whose first cell is the name of a collection, by that name."""
    lines = (line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `"))
    return {name[0].strip("`"): name for name in lines if re.fullmatch(r"`[a-z_]+`", name[0])}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_tells_of_every_collection(page):
    told = rows((ROOT / page).read_text(encoding="utf-8"))
    assert sorted(told) == sorted(COLLECTIONS)
    assert {len(cells) for cells in told.values()} == {CELLS}
    assert all(cell.strip() for cells in told.values() for cell in cells)


def test_both_pages_have_the_same_parts():
    shapes = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        headings = [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]
        commands = re.findall(r"^    (widget-gateway [^#\n]*)", text, re.MULTILINE)
        shapes.append((headings, [" ".join(command.split()) for command in commands]))
    assert shapes[0] == shapes[1]


def test_a_collection_that_is_missing_is_found():
    text = (ROOT / PAGES[0]).read_text(encoding="utf-8").replace("| `results` |", "| results |")
    assert set(COLLECTIONS) - set(rows(text)) == {"results"}
