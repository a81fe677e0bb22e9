"""The guides as a site: built strictly, read as in the repository, with links that lead on."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import lxml.html
import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
SHAPE = ("h1", "h2", "h3", "h4", "ul", "ol", "li", "pre", "table", "tr", "img")
"""What a page of the site has to have as often as the repository's view of the same page."""


def build(config, site):
    """Build the site; return the exit code and what was complained about."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", config, "-d", site],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("guides")
    code, complaints = build(ROOT / "mkdocs.yml", folder)
    assert code == 0, complaints
    return folder


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose guides a test may spoil."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and entry.name not in {"docs", "mkdocs.yml", "build"}:
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "mkdocs.yml").write_text((ROOT / "mkdocs.yml").read_text("utf-8"), "utf-8")
    for page in (ROOT / "docs").rglob("*.*"):
        copy = tmp_path / page.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(page.read_bytes())
    return tmp_path


def article(site, page):
    built = site / page.relative_to(ROOT / "docs").with_suffix(".html")
    if page.name == "README.md":
        built = built.with_name("index.html")
    return lxml.html.parse(str(built)).getroot().find(".//article")


def test_a_page_reads_in_the_site_as_in_the_repository(site):
    """Python-Markdown, which the site is made with, sees fewer lists than GitHub does."""
    markdown = MarkdownIt("commonmark").enable("table")
    different = {}
    for page in sorted((ROOT / "docs").rglob("*.md")):
        text = page.read_text("utf-8")
        shapes = [
            Counter(element.tag for element in root.iter() if element.tag in SHAPE)
            for root in (lxml.html.fromstring(markdown.render(text)), article(site, page))
        ]
        if shapes[0] != shapes[1]:
            different[page.name] = shapes
    assert not different


def test_what_leads_nowhere_is_named(checkout):
    with (checkout / "docs" / "webhooks.ru.md").open("a", encoding="utf-8") as page:
        page.write("\n[a](no-such-page.md) [b](privacy.ru.md#нет-такого)\n")
        page.write("[c](../deploy/no-such-file.yaml) [d](../README.md#no-such-heading)\n")
    (checkout / "docs" / "forgotten.md").write_text("# A page without a place\n", "utf-8")
    code, complaints = build(checkout / "mkdocs.yml", checkout / "build")
    assert code == 1
    for fault in (
        "no-such-page.md",
        "#нет-такого",
        "no-such-file.yaml",
        "#no-such-heading",
        "forgotten.md",
    ):
        assert fault in complaints


def test_links_to_files_of_the_repository_show_these_files(site):
    page = article(site, ROOT / "docs" / "deploy.md")
    links = {link.get("href") for link in page.iter("a")}
    shown = "repository/deploy/helm/widget-gateway/values.yaml.html"
    assert shown in links
    text = lxml.html.parse(str(site / shown)).getroot().find(".//article").text_content()
    first = (ROOT / "deploy/helm/widget-gateway/values.yaml").read_text("utf-8").splitlines()[0]
    assert first in text


@pytest.mark.parametrize(
    ("page", "language", "other", "search"),
    [
        ("partner-api.html", "en", "partner-api.ru.html", "Search"),
        ("partner-api.ru.html", "ru", "partner-api.html", "Поиск"),
        ("protocol/http.html", "en", "../index.ru.html", "Search"),
    ],
)
def test_a_page_speaks_its_language_and_leads_to_its_twin(site, page, language, other, search):
    root = lxml.html.parse(str(site / page)).getroot()
    assert root.get("lang") == language
    assert root.find('.//input[@name="query"]').get("placeholder") == search
    led = {
        link.get("hreflang"): link.get("href") for link in root.iter("a") if link.get("hreflang")
    }
    assert led["en" if language == "ru" else "ru"] == other
    side = root.find('.//nav[@data-md-level="0"]').text_content()
    assert ("Партнёрам" in side, "Partners" in side) == (language == "ru", language == "en")


def test_no_page_loads_anything_from_elsewhere(site):
    loaded = set()
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        loaded.update(re.findall(r'<(?:script|img|iframe)[^>]* src="?(https?:[^" >]+)', text))
        loaded.update(
            re.findall(r'<link[^>]* rel="?(?!canonical)[^>]* href="?(https?:[^" >]+)', text)
        )
    assert not loaded
