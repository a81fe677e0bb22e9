"""Reads texts in several languages: an element's own content, or its children `<ru>`, `<en>` ….

Where a text lacks one of the test's languages, another one of it stands in.
"""

import re
from collections.abc import Collection, Mapping
from html import escape

from lxml import etree

from widget_gateway.services.catalogue.markup import Markup, read_markup, scheme_of
from widget_gateway.services.catalogue.predecessor.elements import Element, Findings, name_of

LOCALES = {
    "ru": "Russian",
    "en": "English",
    "hy": "Armenian",
    "az": "Azerbaijani",
    "kk": "Kazakh",
    "mn": "Mongolian",
    "fr": "French",
}
"""The languages of the predecessor's texts, by the names of their elements. Other short names are
no languages in these files: `<it>` is a type, and `<tr>` belongs to a table."""

MAX_LENGTH = 20_000
"""Most characters of a text, as in the schema of definitions; here markup counts too."""

ANY = ""
"""Stands for the language of content without Cyrillic: a number, a name, a formula."""

LocalTexts = dict[str, str]

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|[a-zA-Z]+);")
_SECOND_CHOICE = {"hy": "ru", "az": "ru", "kk": "ru", "mn": "ru", "fr": "en"}
"""Which language stands in for one that a text lacks: the one that more of its readers know. Where
the text lacks it too, the first language of the text stands in."""

_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LATIN = re.compile("[a-z]", re.IGNORECASE)


class Pictures:
    """Makes addresses of pictures; `base`, if not None, is put before relative names."""

    def __init__(self, base: str | None) -> None:
        self.left_relative: dict[str, None] = {}
        self._base = base

    def address(self, name: str) -> str:
        """Return the address of the picture of this name."""
        if scheme_of(name) or name.startswith("/"):
            return name
        if self._base is None:
            self.left_relative[name] = None
            return name
        return f"{self._base.rstrip('/')}/{name}"


class Texts:
    """Reads the texts of a quiz and its config. The languages are known once all texts are read."""

    def __init__(self, pictures: Pictures) -> None:
        self.pictures = pictures
        self._read: list[tuple[Findings | None, Element | None, LocalTexts]] = []
        self._own: list[LocalTexts] = []

    def contents(self, element: Element | None, findings: Findings) -> dict[str, Markup]:
        """Return the element's content by language, without empty content."""
        if element is None:
            return {}
        if name_of(element) != "option":  # the caller checks the attributes of an option
            findings.lose_unknown(element, (), None)
        said = [part for part in element if part.tag in LOCALES]
        for part in said:
            findings.lose_unknown(part, (), None)
        if not said:
            return self._by_language([(None, element)], findings)
        for other in element:
            if other.tag not in LOCALES:
                findings.lost(other, f"<{name_of(other)}> beside {_tags(said)}")
        if (element.text or "").strip() or any((part.tail or "").strip() for part in element):
            findings.lost(element, f"words of <{name_of(element)}> beside its {_tags(said)}")
        return self._by_language([(name_of(part), part) for part in said], findings)

    def _by_language(
        self, parts: list[tuple[str | None, Element]], findings: Findings
    ) -> dict[str, Markup]:
        found: dict[str, Markup] = {}
        for language, part in parts:
            markup = _markup(_raw(part), self.pictures)
            if not markup.plain and not markup.pictures:
                continue
            locale = language or _language(markup.plain)
            if locale in found:
                findings.lost(part, f"a second <{locale}>")
            else:
                found[locale] = markup
        return found

    def plain(
        self,
        contents: dict[str, Markup],
        element: Element,
        findings: Findings,
        kept: Collection[str] = (),
    ) -> LocalTexts | None:
        """Return the text without markup, and note the lost tags except those in `kept`."""
        for tag in (tag for markup in contents.values() for tag in markup.formatting):
            if tag not in kept:
                findings.lost(element, f"{tag} in <{name_of(element)}>, whose text is plain")
        return self.add({k: v.plain for k, v in contents.items() if v.plain}, element, findings)

    def html(
        self, contents: dict[str, Markup], element: Element, findings: Findings
    ) -> LocalTexts | None:
        """Return the text with sanitised markup, and note what was removed."""
        for markup in contents.values():
            for lost in markup.lost:
                findings.lost(element, f"{lost} in a text")
        return self.add({k: v.html for k, v in contents.items() if v.html}, element, findings)

    def attributes(
        self, element: Element, findings: Findings | None, name: str
    ) -> LocalTexts | None:
        """Return the text of the attributes `name` and `name-ru`, `name-en` …."""
        own = element.get(name, "").strip()
        text = {locale: element.get(f"{name}-{locale}", "").strip() for locale in LOCALES}
        text = {locale: words for locale, words in text.items() if words}
        if own:
            text = {("ru" if text else _language(own)): own} | text
        return self.add(text, element, findings)

    def add(
        self, text: LocalTexts, element: Element | None = None, findings: Findings | None = None
    ) -> LocalTexts | None:
        """Register a text, which `complete` changes in place. Returns it, or None if it is empty.

        Without an element and its findings there is no note if one language stands in for another.
        """
        if text:
            self._read.append((findings, element, text))
        return text or None

    def own(self, words: Mapping[str, str]) -> LocalTexts:
        """Return a text that is not in the files. It adds nothing to the test's languages."""
        text = dict(words)
        self._own.append(text)
        return text

    def complete(self) -> list[str]:
        """Give each text all languages of the test, with notes. Returns these languages."""
        texts = [text for _, _, text in self._read]
        locales = [locale for locale in LOCALES if any(locale in text for text in texts)]
        if not locales:
            latin = any(_LATIN.search(words) for text in texts for words in text.values())
            locales = ["en" if latin else "ru"]
        for findings, element, text in self._read:
            if ANY in text:
                words = text.pop(ANY)
                text |= {locale: words for locale in locales if locale not in text}
                continue
            said = dict(text)
            stood_in: dict[str, list[str]] = {}
            for missing in [locale for locale in locales if locale not in said]:
                source = _stand_in(said, missing)
                text[missing] = said[source]
                stood_in.setdefault(source, []).append(LOCALES[missing])
            if findings and element is not None:
                for source, names in stood_in.items():
                    stand_in = f"the {LOCALES[source]} one stands in"
                    findings.note(element, f"a text had no {', '.join(names)}; {stand_in}")
        for text in self._own:
            whole = {locale: text[_stand_in(text, locale)] for locale in locales}
            text.clear()
            text.update(whole)
        return locales


def _raw(element: Element) -> str:
    """Return the element's content as HTML: elements, escaped markup or CDATA sections."""
    if not len(element):
        text = (element.text or "").strip()
        return text if _MARKUP.search(text) else escape(text, quote=False)
    parts = [etree.tostring(child, method="html", encoding="unicode") for child in element]
    return (escape(element.text or "", quote=False) + "".join(parts)).strip()


def _markup(raw: str, pictures: Pictures) -> Markup:
    """Read the HTML, unless it is too long: then it is left as it is, for the schema to refuse."""
    if len(raw) > MAX_LENGTH:
        return Markup(html=raw, plain=raw, formatting=(), pictures=(), lost=())
    return read_markup(raw, pictures.address)


def _stand_in(text: Mapping[str, str], locale: str) -> str:
    wished = (locale, _SECOND_CHOICE.get(locale, locale))
    return next((tag for tag in wished if tag in text), next(iter(text)))


def _tags(parts: Collection[Element]) -> str:
    return " and ".join(dict.fromkeys(f"<{name_of(part)}>" for part in parts))


def _language(words: str) -> str:
    return "ru" if _CYRILLIC.search(words) else ANY
