"""The files and headings that comments, docstrings and pages cite exist."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
SUFFIXES = {".py", ".js", ".ts", ".md", ".toml", ".html", ".css", ".yaml"}
PLANTED = {"CHANGELOG.md", "test_citations.py", "test_layers.py"}
"""Files that name other files which no longer exist, or never did."""
_FLOORS = (
    r"(?:docs|handlers|storage|static|tests|benchmarks|examples|widget_gateway|services|domain)"
)
_PATH = re.compile(rf"(?<![\w./<-])({_FLOORS}/[\w./-]+\.(?:py|md|js|css|html|json|yaml|toml|ts))\b")
_HEADING = re.compile(r'(docs/[\w./-]+\.md),\s+"([^"]+)"')
_LINK = re.compile(r"\]\(([^)#:\s]+)(#[\w-]+)?\)")


FOLDERS = (
    *("docs", "handlers", "storage", "static", "tests"),
    *("benchmarks", "examples", "widget_gateway"),
)


def texts():
    """All files with text in which something may be cited."""
    files = [*ROOT.iterdir(), *(file for name in FOLDERS for file in (ROOT / name).rglob("*"))]
    for path in files:
        if path.suffix in SUFFIXES and path.is_file() and path.name not in PLANTED:
            yield path, path.read_text(encoding="utf-8")


def is_there(cited):
    return any((base / cited).exists() for base in (ROOT, ROOT / "widget_gateway"))


def anchors(page):
    """Return the anchors that GitHub makes of the headings of a page."""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\s-]", "", line.lstrip("#").strip().lower())
            yield words.replace(" ", "-")


def lost(path, text):
    """Return what a text cites that does not exist."""
    for cited in _PATH.findall(text):
        if not is_there(cited) and not (path.parent / cited).exists():
            yield cited
    for page, heading in _HEADING.findall(text):
        if is_there(page) and not re.search(
            rf"^#+ .*{re.escape(heading)}", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE
        ):
            yield f"{page}, {heading}"
    if path.suffix == ".md":
        for link, anchor in _LINK.findall(text):
            page = path.parent / link
            if not page.exists():
                yield link
            elif anchor and page.suffix == ".md" and anchor[1:] not in anchors(page):
                yield link + anchor


def test_all_that_is_cited_is_there():
    missing = {
        f"{path.relative_to(ROOT)}: {cited}" for path, text in texts() for cited in lost(path, text)
    }
    assert not missing, "\n".join(sorted(missing))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("storage/client.py", '"""As storage/no_such_file.py does."""'),
        ("storage/client.py", '"""See docs/architecture.md, "No such heading"."""'),
        ("docs/qua.md", "[there](no-such-page.md)"),
        ("docs/qua.md", "[there](search.md#no-such-heading)"),
    ],
)
def test_what_is_not_there_is_found(name, text):
    assert len(list(lost(ROOT / name, text))) == 1
