"""docs/integrations.md shows the files of examples/snippets, which `make test-clients` runs.

With DOCS_SNIPPETS=1 the pages are written anew from the files.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = tuple(ROOT / "docs" / name for name in ("integrations.md", "integrations.ru.md"))
SNIPPETS = ROOT / "examples" / "snippets"
FENCES = {".mjs": "js", ".js": "js", ".py": "python", ".php": "php", ".html": "html"}

_SHOWN = re.compile(
    r"^(\[[^\]]+\]\(\.\./examples/snippets/([\w./-]+)\)\n)(?:\n```\w+\n(.*?)\n```\n)?",
    re.MULTILINE | re.DOTALL,
)


def shown_in(page):
    """Return the code that a page shows of each file, by its path."""
    return {path: code for _, path, code in _SHOWN.findall(page.read_text("utf-8"))}


def files():
    """The files of all snippets, by their paths."""
    return {
        str(path.relative_to(SNIPPETS)): path.read_text("utf-8").strip("\n")
        for path in SNIPPETS.rglob("*.*")
        if path.is_file() and path.suffix in FENCES
    }


@pytest.fixture(autouse=True, scope="module")
def _written():
    if "DOCS_SNIPPETS" in os.environ:
        code = files()
        for page in PAGES:
            anew = _SHOWN.sub(
                lambda found: (
                    f"{found[1]}\n```{FENCES[Path(found[2]).suffix]}\n{code[found[2]]}\n```\n"
                ),
                page.read_text("utf-8"),
            )
            page.write_text(anew, "utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_every_snippet_as_it_is(page):
    assert shown_in(page) == files(), "DOCS_SNIPPETS=1 writes the pages anew"


def test_no_snippet_contains_what_would_end_its_block():
    assert not [name for name, code in files().items() if "```" in code]


@pytest.mark.skipif(not shutil.which("php"), reason="there is no PHP; `make system` installs it")
def test_php_understands_all_snippets():
    for path in SNIPPETS.rglob("*.php"):
        done = subprocess.run(
            ["php", "-l", path], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
