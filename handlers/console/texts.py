"""The console's texts, one file for each area and language; dates and numbers by Babel (CLDR)."""

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from babel import Locale as BabelLocale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from handlers.console.messages import message_in
from handlers.documents.invoices import amount_shown
from handlers.languages import Locale
from widget_gateway.domain.partners.money import Price

LANGUAGES: dict[Locale, str] = {"ru": "Русский", "en": "English"}
"""The console's languages by their own names."""

_SUFFIX = ".toml"


@cache
def areas() -> tuple[str, ...]:
    """The names of all areas, each of which has a file in every language."""
    folder = files("handlers").joinpath("console/words/en")
    names = (file.name for file in folder.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


@cache
def words_of(locale: Locale) -> dict[str, str | dict[str, str]]:
    """All texts of a language as `area.key`; a text with plural forms has them by category."""
    folder = files("handlers").joinpath(f"console/words/{locale}")
    return {
        f"{area}.{key}": text
        for area in areas()
        for key, text in tomllib.loads(folder.joinpath(area + _SUFFIX).read_text("utf-8")).items()
    }


class Texts:
    """The console's texts in a language. `{name}` in a text is filled in by `text`."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self._words = words_of(locale)
        self._babel = BabelLocale.parse(locale)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._words

    def text(self, key: str, /, **values: object) -> str:
        """Return a text with these values; of its plural forms the one that `n` needs.

        Raises:
            KeyError: there is no such text, which is a fault of ours.
        """
        text = self._words[key]
        if isinstance(text, dict):
            n = values["n"]
            assert isinstance(n, int)  # noqa: S101 - a count chooses the form
            text = text.get(self._babel.plural_form(n)) or text["other"]
        shown = {name: self._shown(value) for name, value in values.items()}
        return text.format(**shown) if values else text

    def message(self, message: str) -> str:
        """Return a message of the import or of `doctor` in the language."""
        return message_in(self.locale, message)

    def _shown(self, value: object) -> object:
        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        return self.number(value) if is_number else value  # type: ignore[arg-type]

    def number(self, number: float | Decimal) -> str:
        """Write a number with the separators of the language."""
        return format_decimal(number, locale=self._babel)

    def share(self, share: float) -> str:
        """Write a share of 1 as per cent."""
        return format_percent(share, locale=self._babel)

    def money(self, price: Price) -> str:
        """Write an amount of money with its currency. It is never rounded."""
        return amount_shown(price.amount, price.currency, self.locale)

    def moment(self, moment: datetime) -> str:
        """Write a time in UTC, to the minute."""
        in_utc = moment.astimezone(UTC)
        return f"{format_datetime(in_utc, 'd MMM y, HH:mm', locale=self._babel)} UTC"

    def second(self, moment: datetime) -> str:
        """Write a time in UTC, to the second."""
        in_utc = moment.astimezone(UTC)
        return f"{format_datetime(in_utc, 'd MMM y, HH:mm:ss', locale=self._babel)} UTC"

    def day(self, day: date) -> str:
        """Write a day."""
        return format_date(day, "d MMM y", locale=self._babel)
