"""Reads the texts of a test's report, in which variables stand: `{{ SCALE }}`."""

import re
from collections.abc import Callable, Mapping

from widget_gateway.domain.catalogue.variables import PLACEHOLDER
from widget_gateway.services.catalogue.predecessor.elements import Element, Findings
from widget_gateway.services.catalogue.predecessor.texts import LocalTexts, Texts


class ConfigTexts:
    """Reads texts of one file; `has_variable` tells which variables are computed for the test."""

    def __init__(
        self, texts: Texts, findings: Findings, has_variable: Callable[[str], bool]
    ) -> None:
        self.texts = texts
        self.findings = findings
        self.has_variable = has_variable

    def plain(self, element: Element | None) -> LocalTexts | None:
        """Return the text of an element without markup; None if there is none."""
        if element is None:
            return None
        contents = self.texts.contents(element, self.findings)
        text = self.texts.plain(contents, element, self.findings)
        return self._without_unknown(text, element)

    def html(self, element: Element | None) -> LocalTexts | None:
        """Return the text of an element with sanitised markup; None if there is none."""
        if element is None:
            return None
        contents = self.texts.contents(element, self.findings)
        return self._without_unknown(self.texts.html(contents, element, self.findings), element)

    def attributes(self, element: Element, name: str) -> LocalTexts | None:
        """Return the text of the attributes `name`, `name-ru`, `name-en` …; None if none is set."""
        text = self.texts.attributes(element, self.findings, name)
        return self._without_unknown(text, element)

    def own(self, words: Mapping[str, str]) -> LocalTexts:
        """Return a text of the importer, which is not in the files."""
        return self.texts.own(words)

    def _without_unknown(self, text: LocalTexts | None, element: Element) -> LocalTexts | None:
        """Remove `{{ … }}` with unknown variables; returns None if a language is then empty."""

        def kept(match: re.Match[str]) -> str:
            if self.has_variable(match[1]):
                return match[0]
            self.findings.lost(element, f"{match[0]}, which is no variable of this test")
            return ""

        for locale, words in list((text or {}).items()):
            text[locale] = PLACEHOLDER.sub(kept, words)  # type: ignore[index]
        return text if text and all(words.strip() for words in text.values()) else None
