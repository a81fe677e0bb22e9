"""HTML as the predecessor's authors wrote it: what of it a definition can say, and what not."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3
from lxml import etree

_BREAKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "blockquote", "hr"}
    | {f"h{level}" for level in range(1, 7)}
)
"""Where the text without its markup goes on in the next line."""

_PLAIN = frozenset({"p", "div", "br", "span"})
"""Markup without which a text looks the same, or nearly."""

_AROUND = frozenset({"html", "head", "body"})
"""What the parser puts around a text."""

_SILENT = frozenset({"script", "style"})
_EVERYWHERE = frozenset({"lang", "title"})
_ADDRESSES = frozenset({"href", "src", "cite"})
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """A text with its markup sanitised, and without any; what neither can say is `lost`."""

    html: str
    plain: str
    formatting: tuple[str, ...]
    pictures: tuple[str, ...]
    lost: tuple[str, ...]


def read_markup(raw: str, picture: Callable[[str], str]) -> Markup:
    """Read HTML; `picture` gives the address of a picture that the text names."""

    def addressed(tag: str, name: str, value: str) -> str:
        return picture(value) if (tag, name) == ("img", "src") else value

    survey = _Survey(raw)
    return Markup(
        html=nh3.clean(raw, attribute_filter=addressed).strip(),
        plain=survey.plain(),
        formatting=tuple(f"<{tag}>" for tag in survey.tags if tag not in _PLAIN),
        pictures=tuple(survey.pictures),
        lost=tuple(survey.lost),
    )


def scheme_of(address: str) -> str:
    """The scheme of an address, in lower case; empty for a relative one."""
    match = _SCHEME.match(address)
    return match[1].lower() if match else ""


class _Survey:
    """One walk through the markup. Lists are dictionaries without values: each entry once."""

    def __init__(self, raw: str) -> None:
        self.tags: dict[str, None] = {}
        self.pictures: dict[str, None] = {}
        self.lost: dict[str, None] = {}
        self._pieces: list[str] = []
        # libxml2 reads any tag soup in linear time; the standard library's parser does not.
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
        """The words, a line for each block."""
        lines = (re.sub(" +", " ", line).strip() for line in "".join(self._pieces).split("\n"))
        return "\n".join(filter(None, lines))
