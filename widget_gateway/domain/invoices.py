"""Invoices: what the accesses that were issued in a period cost."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from widget_gateway.domain.ids import UserId
from widget_gateway.domain.providers import Provider


@dataclass(frozen=True, slots=True)
class Period:
    """Days by the UTC calendar, the first and the last one included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first moment of the period."""
        return datetime.combine(self.first, datetime.min.time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        if self.last == date.max:
            return datetime.max.replace(tzinfo=UTC)
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), UTC)


def month_of(day: date) -> Period:
    """The calendar month of a day."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(first, following - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One access: the partner's user that it was issued to, and when."""

    user_id: UserId
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """The accesses of a period, oldest first, at the provider's price. The sandbox has none."""

    provider: Provider
    period: Period
    entries: tuple[LedgerEntry, ...]
    drawn_at: datetime
    sandbox: bool = False

    @property
    def total(self) -> Decimal:
        """In the provider's currency; exact."""
        return self.provider.price * len(self.entries)

    def by_day(self) -> list[tuple[date, int]]:
        """Accesses of each day that had some, in order."""
        return sorted(Counter(one.issued_at.astimezone(UTC).date() for one in self.entries).items())
