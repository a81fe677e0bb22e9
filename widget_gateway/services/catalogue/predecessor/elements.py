"""Reads untrusted XML: without DTD, entities and network, and within limits of size and depth."""

from collections.abc import Iterable

from lxml import etree

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Path, Place, check_size

Element = etree._Element  # noqa: SLF001 -- the name that lxml gives the type of its elements

MAX_DEPTH = 50
"""Most levels of elements. A table in the text of an item has 15."""

MAX_ELEMENTS = 50_000
"""Most elements of a file. 300 questions of ten options in two languages have 10,000."""

_ITEM_STEPS = 2
"""Length of the path to an item, such as `questions`, 3. Places in an item are named with it."""

LOST = "could not be carried over: "
"""How a note begins, after its place, that tells what a definition can't express."""

SHOWN_LINES = 5
"""Most line numbers in a note; of the others it tells only the number."""


def parse_xml(source: bytes, name: str) -> Element:
    """Parse a file of the predecessor without comments, processing instructions and namespaces.

    Raises:
        DefinitionError: it is not XML, is too large or too deep, or has a document type (DTD).
    """
    check_size(source, name)
    return parse_elements(source, name, MAX_ELEMENTS)


def parse_elements(source: bytes, name: str, most: int) -> Element:
    """Parse a source whose size is checked already, with at most `most` elements.

    Raises:
        DefinitionError: it is not XML, is too large or too deep, or has a document type (DTD).
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        why = " ".join(str(error.msg).split())
        told = f"{name}:{error.lineno or 1}: not XML: {why}{_remedy(why)}"
        raise DefinitionError([told]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DefinitionError([f"{name}:1: a document type (<!DOCTYPE …>) is not taken"])
    _check_bounds(root, name, most)
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    etree.cleanup_namespaces(root)
    return root


_ENCODING = "save the file as UTF-8, or name its encoding in the first line"

_REMEDIES = {
    "Unescaped '<'": "write &lt; for < in the value of an attribute",
    "xmlParseEntityRef": "write &amp; for an ampersand",
    "EntityRef": "write &amp; for an ampersand",
    "Entity 'nbsp'": "write &#160; for a space that doesn't break",
    "Entity '": "write the character itself: files may not define entities",
    "Opening and ending tag mismatch": "close each element where it was opened, as in <b>a</b>",
    "not proper UTF-8": _ENCODING,
    "Invalid bytes in character encoding": _ENCODING,
    "StartTag: invalid element name": "write &lt; for < in a text",
    "Premature end of data": "an element is not closed, or the file is cut off",
    "Document is empty": "the file has no element",
}
"""What to do about an error of the parser, by a part of its message."""


def _remedy(why: str) -> str:
    return next((f"; {remedy}" for part, remedy in _REMEDIES.items() if part in why), "")


def _check_bounds(root: Element, name: str, most: int) -> None:
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH:
            line = line_of(element)
            raise DefinitionError([f"{name}:{line}: elements lie more than {MAX_DEPTH} deep"])
        if count > most:
            raise DefinitionError([f"{name}:1: the file has more than {most} elements"])


def name_of(element: Element) -> str:
    """Return the element's name, without a namespace."""
    return str(element.tag)


def line_of(spot: Element | int) -> int:
    """Return the line on which an element's start tag ends, from 1; a line number as it is."""
    return spot if isinstance(spot, int) else int(spot.sourceline or 1)


def value_in(element: Element, name: str) -> str:
    """Return an attribute, or else the text of the child of that name, or else an empty text."""
    child = element.find(name)
    found = element.get(name)
    if found is None and child is not None:
        found = "".join(child.itertext())
    return (found or "").strip()


class Findings:
    """Notes about one file, and the places in it that the parts of the document were read from."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path, Place] = {}
        self._lines: dict[str, dict[int, None]] = {}

    def place(self, path: tuple[str | int, ...], element: Element | int, field: str) -> None:
        """Remember the element or line that the part of the document at `path` was read from."""
        item = self.places.get(path[:_ITEM_STEPS]) if len(path) > _ITEM_STEPS else None
        within = f"{item.field} > " if item else ""
        self.places[path] = Place(self.file, line_of(element), within + field)

    def note(self, element: Element | int, what: str) -> None:
        """Note a difference between the file and the document."""
        self._lines.setdefault(what, {})[line_of(element)] = None

    def lost(self, element: Element | int, what: str) -> None:
        """Note something that a document can't express."""
        self.note(element, f"{LOST}{what}")

    def lose_unknown(
        self, element: Element, attributes: Iterable[str], children: Iterable[str] | None
    ) -> None:
        """Note all other attributes and children as lost; `children` is None if they are a text."""
        for name in map(str, element.attrib):
            if name not in attributes:
                self.lost(element, f"the attribute {name} of <{name_of(element)}>")
        for child in element if children is not None else ():
            if name_of(child) not in (children or ()):
                self.lost(child, f"<{name_of(child)}> in <{name_of(element)}>")

    def tell(self, file: str) -> list[str]:
        """Return the notes in the order of the file, each once with the numbers of its lines."""
        return [
            f"{file}:{_listed(list(lines))}: {what}"
            for what, lines in sorted(self._lines.items(), key=lambda noted: next(iter(noted[1])))
        ]


def _listed(lines: list[int]) -> str:
    shown = ", ".join(map(str, sorted(lines)[:SHOWN_LINES]))
    more = len(lines) - SHOWN_LINES
    return f"{shown} and {more} more" if more > 0 else shown
