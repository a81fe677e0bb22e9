"""A hook of MkDocs: each page of the guides stands in the site of its own language.

`guide.md` and `guide.ru.md` are one page in two languages. The navigation has one part for each
language; a page shows the part of its own, speaks that language in its controls, and leads to its
twin, or to the start page of the other language if it has none.
"""

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

NAMES = {"en": "English", "ru": "Русский"}
"""The languages, by the tags of the theme, with the titles of their parts of the navigation."""


def language_of(source: str) -> str:
    """Return the language of a page by its path."""
    return "ru" if source.endswith(".ru.md") else "en"


def twin_of(source: str, language: str) -> str:
    """Return the path that the page has in a language, whether it exists or not."""
    stem = source.removesuffix(".md").removesuffix(".ru")
    return f"{stem}.ru.md" if language == "ru" else f"{stem}.md"


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Make the part of each language the root of its pages; the last of one leads nowhere."""
    del config, files
    for part in _parts(nav).values():
        for item in part.children or []:
            item.parent = None
    for page in nav.pages:
        follower = page.next_page
        if follower and language_of(follower.file.src_uri) != language_of(page.file.src_uri):
            page.next_page = follower.previous_page = None
    return nav


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Show a page with the controls, the navigation and the start page of its language."""
    language = language_of(page.file.src_uri)
    theme: Any = config.theme
    theme["language"] = language
    parts = _parts(nav)
    shown = Navigation(list(parts[language].children or []), nav.pages)
    start = parts[language].children[0]
    shown.homepage = start if isinstance(start, Page) else None
    context["nav"] = shown
    by_source = {each.file.src_uri: each for each in nav.pages}
    config.extra["alternate"] = [
        {"name": name, "lang": tag, "link": _address(page, by_source, tag)}
        for tag, name in NAMES.items()
    ]
    return context


def _parts(nav: Navigation) -> dict[str, Section]:
    """Return the part of the navigation of each language."""
    titled = {item.title: item for item in nav.items if isinstance(item, Section)}
    return {tag: titled[name] for tag, name in NAMES.items()}


def _address(page: Page, by_source: dict[str, Page], language: str) -> str:
    """Return the address in the site of the page's twin in a language, or of the start page."""
    twin = by_source.get(twin_of(page.file.src_uri, language))
    if language == language_of(page.file.src_uri):
        twin = page
    target = twin or by_source[twin_of("index.md", language)]
    return target.file.url
