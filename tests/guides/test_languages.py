"""Each guide is there in English and in Russian, and both say the same."""

import itertools
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

pytestmark = pytest.mark.fast

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH_ONLY = {"architecture.md", "performance.md"}
"""Pages for developers of the gateway, beside the contracts and decisions in folders."""

GUIDES = sorted(
    page.name
    for page in DOCS.glob("*.md")
    if not page.name.endswith(".ru.md") and page.name not in ENGLISH_ONLY
)

_COMMENT = re.compile(r"^\s*(?:#(?!!)|//|--|<!--).*$|\s+(?:#|//)\s.*$|<!--.*?-->", re.MULTILINE)
_LOCALE = re.compile(r" --locale \w+")
_NAME = re.compile(r"[a-z_]{3,}")
_LETTERS = re.compile(r"[A-Za-zА-Яа-яЁё]")


def tokens(text):
    return MarkdownIt("commonmark").enable("table").parse(text)


def prose(text):
    """The text outside of code and of addresses."""
    parts = [part for token in tokens(text) for part in token.children or []]
    return " ".join(part.content for part in parts if part.type == "text")


def headings(text):
    """The levels of the headings, in order."""
    return [token.tag for token in tokens(text) if token.type == "heading_open"]


def code(text):
    """The lines of each block of code, in order, without comments and empty lines."""
    blocks = [t for t in tokens(text) if t.type in {"fence", "code_block"}]
    return [
        [line.rstrip() for line in _COMMENT.sub("", block.content).splitlines() if line.strip()]
        for block in blocks
    ]


def is_translation(block, english, russian):
    """Whether a line of a block of code is the same, but for texts for people that are in Russian.

    The names that a Russian line has in Latin letters the English block has, too.
    """
    english, russian = (_LOCALE.sub("", line) for line in (english, russian))
    if english == russian or not re.search("[А-Яа-яЁё]", russian):
        return english == russian
    return set(_NAME.findall(russian)) <= set(_NAME.findall("\n".join(block)))


def tables(text):
    """How many rows and cells the tables have, in order."""
    sizes = []
    for token in tokens(text):
        if token.type == "table_open":
            sizes.append([0, 0])
        elif token.type == "tr_open":
            sizes[-1][0] += 1
        elif token.type in {"td_open", "th_open"}:
            sizes[-1][1] += 1
    return sizes


def read(name):
    return (DOCS / name).read_text("utf-8")


def differences(english, russian):
    """Return what two pages do not have in common."""
    found = [
        (part(english), part(russian))
        for part in (headings, tables)
        if part(english) != part(russian)
    ]
    for pair in itertools.zip_longest(code(english), code(russian), fillvalue=[]):
        for ours, theirs in itertools.zip_longest(*pair, fillvalue=""):
            if not is_translation(pair[0], ours, theirs):
                found.append((ours, theirs))
    return found


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_says_the_same_in_both_languages(name):
    twin = name.replace(".md", ".ru.md")
    assert (DOCS / twin).exists(), f"docs/{name} has no Russian version"
    assert not differences(read(name), read(twin))


def test_no_russian_page_is_without_an_english_one():
    for page in DOCS.glob("*.ru.md"):
        assert (DOCS / page.name.replace(".ru.md", ".md")).exists()


@pytest.mark.parametrize("name", GUIDES)
def test_both_versions_lead_to_each_other_and_are_in_their_language(name):
    twin = name.replace(".md", ".ru.md")
    english, russian = read(name), read(twin)
    assert f"({twin})" in english
    assert f"({name})" in russian
    letters = _LETTERS.findall(prose(russian))
    cyrillic = sum(letter > "z" for letter in letters)
    assert cyrillic > len(letters) / 2


@pytest.mark.parametrize(
    "spoilt",
    ["## A\n\n### C\n", "## A\n\n    y()\n", "## A\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"],
)
def test_a_difference_is_seen(spoilt):
    page = "## A\n\n## B\n\n    x()\n\n| a | b |\n| - | - |\n"
    assert not differences(page, page)
    assert differences(page, spoilt)
