"""Types of options: slugs, names, origins, amounts of money, durations, dates, colours, logos."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from widget_gateway.domain.errors import LogoInvalidError
from widget_gateway.domain.partners.brands import (
    MAX_BRAND_NAME,
    Logo,
    parse_brand_name,
    parse_color,
)
from widget_gateway.domain.partners.money import parse_amount
from widget_gateway.domain.partners.providers import MAX_NAME, parse_name, parse_origin, parse_slug
from widget_gateway.services.language_tags import canonical_tag, is_registered
from widget_gateway.services.partners.currencies import is_in_use
from widget_gateway.services.partners.logos import MAX_FILE_BYTES, read_logo

_DURATION = re.compile(r"(\d{1,5})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class SlugType(click.ParamType[str]):
    """The slug of a provider, which is its public name."""

    name = "slug"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Check the slug."""
        slug = parse_slug(value)
        if slug is None:
            self.fail("1 to 64 Latin letters, digits, hyphens and underscores.", param, ctx)
        return slug


class ProviderNameType(click.ParamType[str]):
    """The name of a provider, for people."""

    name = "name"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Check the name."""
        name = parse_name(value)
        if name is None:
            self.fail(f"1 to {MAX_NAME} characters on a line.", param, ctx)
        return name


class OriginType(click.ParamType[str]):
    """The origin of a page, such as `https://example.org`."""

    name = "url"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Normalise the origin as browsers send it."""
        origin = parse_origin(value)
        if origin is None:
            self.fail("an origin is like https://example.org or http://localhost:8000.", param, ctx)
        return origin


class PriceType(click.ParamType[Decimal]):
    """An amount of money."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        """Read the amount exactly. Whether it suits the currency is checked later."""
        price = value if isinstance(value, Decimal) else parse_amount(str(value))
        if price is None:
            self.fail("an amount is like 100.00.", param, ctx)
        return price


class BrandNameType(click.ParamType[str]):
    """The name of a brand, on a line of a report."""

    name = "name"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Check the name."""
        name = parse_brand_name(value)
        if name is None:
            self.fail(f"1 to {MAX_BRAND_NAME} characters on a line.", param, ctx)
        return name


class ColorType(click.ParamType[str]):
    """A colour, such as `#2a7f62`."""

    name = "color"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Normalise the colour."""
        color = parse_color(value)
        if color is None:
            self.fail("a colour is like #2a7f62.", param, ctx)
        return color


class LogoType(click.ParamType[Logo]):
    """The path of a file with a logo."""

    name = "file"

    def convert(self, value: Any, param: Any, ctx: Any) -> Logo:
        """Read the file."""
        if isinstance(value, Logo):
            return value
        path = Path(value)
        try:
            if not path.is_file():  # A pipe would be waited for without end.
                self.fail(f"{value}: no such file.", param, ctx)
            with path.open("rb") as file:
                return read_logo(file.read(MAX_FILE_BYTES + 1))
        except OSError as error:
            self.fail(f"{value}: can't be read: {error.strerror}", param, ctx)
        except LogoInvalidError as error:
            self.fail(f"{value}: {error.message}", param, ctx)


class DurationType(click.ParamType[timedelta]):
    """A duration, such as `10s`, `30m`, `24h` or `7d`."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        """Read the duration."""
        if isinstance(value, timedelta):
            return value
        match = _DURATION.fullmatch(value)
        if match is None:
            self.fail("a duration is like 10s, 30m, 24h or 7d.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


class DateType(click.ParamType[date]):
    """A date, such as `2026-01-31`."""

    name = "date"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        """Read the date."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail("a date is like 2026-01-31.", param, ctx)


class MomentType(click.ParamType[datetime]):
    """A moment, such as `2026-01-31` or `2026-01-31T12:30:00`."""

    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Read the moment; without a zone it is in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("a moment is like 2026-01-31 or 2026-01-31T12:30:00.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class CurrencyType(click.ParamType[str]):
    """A currency, by its code of ISO 4217."""

    name = "currency"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Check the code; it may be in lower case."""
        code = value.upper()
        if not is_in_use(code, datetime.now(UTC).date()):
            self.fail("a currency is a code of ISO 4217 that is in use, like RUB.", param, ctx)
        return code


class LocaleTagType(click.ParamType[str]):
    """The tag of a language, such as `kk-KZ`."""

    name = "tag"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Check that there is such a language, and write its tag in the canonical form."""
        tag = canonical_tag(value.replace("_", "-"))
        if tag is None or not is_registered(tag):
            self.fail("a language is a tag of BCP 47, like ru or kk-KZ.", param, ctx)
        return tag
