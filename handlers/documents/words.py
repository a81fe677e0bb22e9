"""The report's own words, one file for each language, with numbers and dates by Babel (CLDR)."""

import tomllib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from widget_gateway.domain.catalogue.languages import with_parents
from widget_gateway.domain.catalogue.numbers import Number

FALLBACK = "en"
"""The language of the words of a report whose own language has no file."""

_SUFFIX = ".toml"


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a file, by their tags (BCP 47), sorted."""
    folder = files("handlers").joinpath("documents/words")
    names = (file.name for file in folder.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


@cache
def texts_of(language: str) -> dict[str, str | dict[str, str]]:
    """The words of a language that has a file; a text with plural forms has them by category."""
    file = files("handlers").joinpath(f"documents/words/{language}{_SUFFIX}")
    return tomllib.loads(file.read_text("utf-8"))


class Words:
    """The words of a report in a language.

    If the language has no file, its primary language stands in, and else FALLBACK. Numbers and
    dates are then written as that language has them, too.
    """

    def __init__(self, tag: str) -> None:
        known = languages()
        primary = tag.partition("-")[0].lower()
        self.language = next((each for each in (tag, primary) if each in known), FALLBACK)
        self._texts = texts_of(self.language)
        self._locale = _locale_of(tag, self.language)
        self._tag = tag

    @property
    def direction(self) -> str:
        """The direction in which the test's texts are written, `ltr` or `rtl`.

        It is that of the whole report: in a language without a file these words are few among them.
        """
        for tag in with_parents(self._tag):
            with suppress(ValueError, UnknownLocaleError):
                return Locale.parse(tag, sep="-").text_direction
        return "ltr"

    def __getitem__(self, name: str) -> str:
        return self.text(name)

    def text(self, name: str, /, **values: str) -> str:
        """A text with these values in place of its braces."""
        text = self._texts[name]
        assert isinstance(text, str)  # noqa: S101 - a test compares the names with the files
        return text.format(**values)

    def plural(self, name: str, number: Number, /, **values: str) -> str:
        """A text in the form that the number needs, which is filled in as `number`."""
        forms = self._texts[name]
        assert isinstance(forms, dict)  # noqa: S101 - as above
        form = forms[Locale.parse(self.language, sep="-").plural_form(number)]
        return form.format(number=self.number(number), **values)

    def number(self, number: Number) -> str:
        """A number as the language writes it."""
        return format_decimal(number, locale=self._locale)

    def percent(self, percentage: int) -> str:
        """A percentage as the language writes it."""
        return format_percent(percentage / 100, locale=self._locale)

    def date(self, moment: datetime) -> str:
        """The date of a moment, with the month as a word."""
        return format_date(moment, format="long", locale=self._locale)

    def listed(self, names: Sequence[str]) -> str:
        """A list of names: `a, b and c`."""
        return format_list(names, locale=self._locale)


def _locale_of(tag: str, language: str) -> Locale:
    """The locale of the tag if CLDR has it in this language, else the locale of the language."""
    try:
        locale = Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = None
    if locale is not None and language.partition("-")[0] == locale.language:
        return locale
    return Locale.parse(language, sep="-")
