"""Invoices: the price of the accesses that were issued in a period."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from widget_gateway.domain.ids import UserId
from widget_gateway.domain.partners.providers import Provider


@dataclass(frozen=True, slots=True)
class Period:
    """A period of whole days in UTC, from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first moment of the period."""
        return datetime.combine(self.first, datetime.min.time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        if self.last == date.max:
            return datetime.max.replace(tzinfo=UTC)
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), UTC)


def month_of(day: date) -> Period:
    """The calendar month that contains a day."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(first, following - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An access of the ledger: which of the partner's users it was issued to, and when."""

    user_id: UserId
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many accesses were issued on a day in UTC."""

    day: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """The accesses of a period at the provider's current price. Those of the sandbox are free.

    They are either listed in `entries`, oldest first, or counted in `days`, in order; the other
    one is empty.
    """

    provider: Provider
    period: Period
    drawn_at: datetime
    entries: tuple[LedgerEntry, ...] = ()
    days: tuple[DayCount, ...] = ()
    sandbox: bool = False

    @property
    def access_count(self) -> int:
        """How many accesses the invoice charges."""
        return len(self.entries) or sum(day.count for day in self.days)

    @property
    def total(self) -> Decimal:
        """The exact amount in the provider's currency."""
        return self.provider.price * self.access_count


def by_month(days: Iterable[DayCount]) -> dict[str, int]:
    """Add up the counts by month, such as `2026-05`; the months keep the order of the days."""
    months: Counter[str] = Counter()
    for count in days:
        months[count.day.isoformat()[: len("2026-05")]] += count.count
    return dict(months)
