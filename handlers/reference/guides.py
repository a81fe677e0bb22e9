"""The guides of `docs/` for those who call the APIs, as pages beside the reference."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from handlers.languages import Locale

DOCS_ROOT = Path(__file__).parent.parent.parent / "docs"

GUIDES = {
    "partner": (
        *("partner-kit", "integrations", "partner-api", "widget", "webhooks", "rehearsal"),
        *("invoices", "console-partners", "catalogue", "languages", "privacy"),
    ),
    "portal": ("portal", "portal-channel"),
    "qua": ("qua", "search"),
}
"""The names of the guides by API family, in the order in which the pages list them."""

IMAGES = "/docs/guides/images/"
"""Where the pictures of `docs/images/` are served."""

_OTHER_LANGUAGE = r"(?:По-русски: |In English: )?\[[^\]]+\]\({name}(?:\.ru)?\.md\)\.?"
"""A guide's link to itself in the other language, which the pages have in their heads."""

_INCLUDED = re.compile(r'^--8<-- "([\w./-]+)"$', re.MULTILINE)
"""A line that stands for a file of the repository, as MkDocs' snippets spell it."""

_ADVISING_COLUMNS = ("reason", "status", "what to do", "what to tell the visitor")
"""The columns of the table with an advice for each reason."""

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@dataclass(frozen=True)
class Heading:
    """A heading below a guide's title. `level` is 2 for a part, 3 for a part of it."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Guide:
    """A guide in a language. `locale` differs from the wanted one if there is no translation."""

    name: str
    locale: Locale
    title: str
    headings: tuple[Heading, ...]
    body: Markup

    @property
    def address(self) -> str:
        """The path of its page."""
        return f"/docs/guides/{self.name}/"


def guide_names() -> tuple[str, ...]:
    """Return the names of all guides."""
    return tuple(name for names in GUIDES.values() for name in names)


@cache
def guide(name: str, locale: Locale, query: str = "") -> Guide:
    """Return a guide of `guide_names`. `query` is added to its links to other guides.

    It is English if there is no other.
    """
    source, found = _source(name, locale)
    text = re.sub(_OTHER_LANGUAGE.format(name=re.escape(name)), "", source)
    tokens = _PARSER.parse(text)
    headings = list(_headings(tokens))
    for token in tokens:
        if token.type == "inline":
            token.children = list(_with_own_links(token.children or [], locale, query))
    _label_cells(tokens)
    body = _shown(_PARSER.renderer.render(tokens[3:], _PARSER.options, {}))
    return Guide(
        name=name,
        locale=found,
        title=headings[0].text,
        headings=tuple(headings[1:]),
        body=body,
    )


@cache
def advice(locale: Locale, query: str = "") -> dict[str, Markup]:
    """Return what to do on each reason of a refusal, as the guide `partner-kit` says in a table."""
    source, _ = _source("partner-kit", locale)
    told: dict[str, Markup] = {}
    row: list[Token] = []
    tokens = _PARSER.parse(source)
    for number, token in enumerate(tokens):
        if token.type == "tr_open":
            row = []
        elif token.type == "td_open":
            row.append(tokens[number + 1])
        elif token.type == "tr_close" and len(row) == len(_ADVISING_COLUMNS):
            named, _, what = row[:3]
            children = list(_with_own_links(what.children or [], locale, query))
            told[named.content.strip("`")] = _shown(
                _PARSER.renderer.render(children, _PARSER.options, {})
            )
    return told


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """Give each heading the anchor that GitHub gives it. The first one is the title."""
    known: dict[str, int] = {}
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            text = _text(tokens[number + 1].children or [])
            anchor = re.sub(r"[^\w\s-]", "", text.lower()).replace(" ", "-")
            repeats = known[anchor] = known.get(anchor, -1) + 1
            anchor = f"{anchor}-{repeats}" if repeats else anchor
            token.attrSet("id", anchor)
            yield Heading(int(token.tag[1]), anchor, text)


def _label_cells(tokens: list[Token]) -> None:
    """Give each cell of a table its heading, since a phone shows the cells of a row as a list."""
    headings: list[str] = []
    column = 0
    for number, token in enumerate(tokens):
        if token.type == "thead_open":
            headings = []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            headings.append(_text(tokens[number + 1].children or []))
        elif token.type == "td_open":
            token.attrSet("data-label", headings[column])
            column += 1


def _text(tokens: Sequence[Token]) -> str:
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline"))


def _with_own_links(tokens: Sequence[Token], locale: Locale, query: str) -> Iterator[Token]:
    """Lead links to where the gateway serves what they name. Others become plain text.

    A guide that a text calls by the name of its file is called by its title.
    """
    is_left_out = False
    for token in tokens:
        if token.type == "link_open":
            address = _served(str(token.attrGet("href") or ""), locale, query)
            is_left_out = address is None
            token.attrSet("href", address or "")
        elif token.type == "image":
            name = str(token.attrGet("src") or "").removeprefix("images/")
            token.attrSet("src", IMAGES + quote(name))
            token.attrSet("loading", "lazy")
        elif token.type == "text" and (file := _file_name(token.content)) is not None:
            token.content = _title(file, locale)
        if not (is_left_out and token.type in ("link_open", "link_close")):
            yield token


def _served(address: str, locale: Locale, query: str) -> str | None:
    """Return where a link of a guide leads on the gateway; None if it has no such page."""
    parts = urlsplit(address)
    if parts.scheme or address.startswith(("#", "/")):
        return address
    name = _file_name(parts.path)
    if name is None:
        return None
    meant: Locale = "ru" if parts.path.endswith(".ru.md") else "en"
    anchor = _anchor_in(name, unquote(parts.fragment), meant, locale) if parts.fragment else None
    return f"/docs/guides/{name}/{query}" + (f"#{anchor}" if anchor else "")


def _anchor_in(name: str, anchor: str, meant: Locale, locale: Locale) -> str | None:
    """Return the anchor of the same heading in another language of a guide.

    It is found by its place. There is none if the two languages have different headings.
    """
    before, after = _anchors(name, meant), _anchors(name, locale)
    is_alike = len(before) == len(after) and anchor in before
    return after[before.index(anchor)] if is_alike else None


@cache
def _anchors(name: str, locale: Locale) -> tuple[str, ...]:
    source, _ = _source(name, locale)
    return tuple(heading.anchor for heading in _headings(_PARSER.parse(source)))


def _file_name(path: str) -> str | None:
    """Return the name of the guide in a file such as `webhooks.ru.md`; None if there is none."""
    name = path.removesuffix(".md").removesuffix(".ru")
    return name if path.endswith(".md") and name in guide_names() else None


def _source(name: str, locale: Locale) -> tuple[str, Locale]:
    """Return the text of a guide in a language, or else in English, with the files it includes."""
    path, found = DOCS_ROOT / f"{name}.{locale}.md", locale
    if locale == "en" or not path.exists():
        path, found = DOCS_ROOT / f"{name}.md", "en"
    text = path.read_text("utf-8")
    return _INCLUDED.sub(lambda line: _included(line[1]), text), found


def _included(name: str) -> str:
    return (DOCS_ROOT.parent / name).read_text("utf-8").rstrip("\n")


@cache
def _title(name: str, locale: Locale) -> str:
    text, _ = _source(name, locale)
    return text.partition("\n")[0].removeprefix("# ").strip()


_ATTRIBUTES: dict[str, set[str]] = {
    **{tag: nh3.ALLOWED_ATTRIBUTES.get(tag, set()) | {"id"} for tag in ("h2", "h3", "h4")},
    "code": {"class"},
    "td": nh3.ALLOWED_ATTRIBUTES.get("td", set()) | {"data-label"},
    "img": {"src", "alt", "loading"},
}


def _shown(html: str) -> Markup:
    """Sanitise a guide's HTML. What may be wider than a phone gets a frame that scrolls."""
    attributes: Any = nh3.ALLOWED_ATTRIBUTES | _ATTRIBUTES
    clean = nh3.clean(html, attributes=attributes, link_rel=None)
    framed = clean.replace("<table>", '<div class="scrolls" tabindex="0"><table>')
    framed = framed.replace("</table>", "</table></div>")
    return Markup(framed.replace("<pre>", '<pre tabindex="0">'))  # noqa: S704 - sanitised above
