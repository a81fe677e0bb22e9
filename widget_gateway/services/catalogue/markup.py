"""Reads the HTML in texts, and finds what a definition can't keep of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3
from lxml import etree

_BREAKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "blockquote", "hr"}
    | {f"h{level}" for level in range(1, 7)}
)
"""Elements that begin a new line in the text without markup."""

_PLAIN = frozenset({"p", "div", "br", "span"})
"""Elements that can be dropped from a text and leave it looking almost the same."""

_AROUND = frozenset({"html", "head", "body"})
"""Elements that the parser puts around every text."""

_SILENT = frozenset({"script", "style"})
"""Elements whose content is not shown."""

_EVERYWHERE = frozenset({"lang", "title"})
"""Attributes that the sanitiser keeps on every element."""

_ADDRESSES = frozenset({"href", "src", "cite"})
"""Attributes that hold an address."""

_MARKED = re.compile("[<>&\xa0]")
"""What the sanitiser may change."""

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """A text with sanitised markup, and without markup.

    `formatting` has the tags that matter to the look, `pictures` the addresses of pictures, and
    `lost` describes what the sanitiser removed.
    """

    html: str
    plain: str
    formatting: tuple[str, ...]
    pictures: tuple[str, ...]
    lost: tuple[str, ...]


def read_markup(raw: str, picture: Callable[[str], str]) -> Markup:
    """Read HTML; `picture` turns the `src` of a picture into its address."""

    def addressed(tag: str, name: str, value: str) -> str:
        return picture(value) if (tag, name) == ("img", "src") else value

    if not _MARKED.search(raw):  # Most texts are plain words, and this is faster for them.
        return Markup(raw.strip(), " ".join(raw.split()), (), (), ())
    survey = _Survey(raw)
    return Markup(
        html=nh3.clean(raw, attribute_filter=addressed).strip(),
        plain=survey.plain(),
        formatting=tuple(f"<{tag}>" for tag in survey.tags if tag not in _PLAIN),
        pictures=tuple(survey.pictures),
        lost=tuple(survey.lost),
    )


def scheme_of(address: str) -> str:
    """Return the scheme of an address in lower case; a relative address has an empty one."""
    match = _SCHEME.match(address)
    return match[1].lower() if match else ""


class _Survey:
    """The facts of one walk through the markup. Dictionaries without values are ordered sets."""

    def __init__(self, raw: str) -> None:
        self.tags: dict[str, None] = {}
        self.pictures: dict[str, None] = {}
        self.lost: dict[str, None] = {}
        self._pieces: list[str] = []
        # libxml2 reads any broken HTML in linear time; the standard library's parser does not.
        parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
        root = etree.fromstring(f"<div>{raw}", parser)
        ours = root.find("body/div")
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = str(element.tag)
            if tag in _BREAKS:
                self._pieces.append("\n")
            if event == "start" and tag not in _AROUND and element is not ours:
                self._look_at(tag, {str(k): str(v) for k, v in element.attrib.items()})
            if tag not in _SILENT or event == "end":
                words = element.text if event == "start" else element.tail
                self._pieces.append(re.sub(r"\s+", " ", words or ""))

    def _look_at(self, tag: str, attributes: dict[str, str]) -> None:
        self.tags[tag] = None
        if tag not in nh3.ALLOWED_TAGS:
            self.lost[f"<{tag}>"] = None
            return
        allowed = _EVERYWHERE | nh3.ALLOWED_ATTRIBUTES.get(tag, set())
        for name, value in attributes.items():
            scheme = scheme_of(value) if name in _ADDRESSES else ""
            if name not in allowed:
                self.lost[f"the attribute {name} of <{tag}>"] = None
            elif scheme and scheme not in nh3.ALLOWED_URL_SCHEMES:
                self.lost[f"an address of <{tag}> that begins with {scheme}:"] = None
            elif (tag, name) == ("img", "src") and value:
                self.pictures[value] = None

    def plain(self) -> str:
        """Return the text without markup, with a line for each block."""
        lines = (re.sub(" +", " ", line).strip() for line in "".join(self._pieces).split("\n"))
        return "\n".join(filter(None, lines))
