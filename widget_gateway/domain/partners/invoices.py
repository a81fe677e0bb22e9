"""Invoices: what the accesses that were issued in a period cost."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from widget_gateway.domain.ids import UserId
from widget_gateway.domain.partners.providers import Provider


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


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many accesses were issued on a day, by the UTC calendar."""

    day: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """The accesses of a period at the provider's present price. The sandbox has none.

    They are listed in `entries`, oldest first, or summed up in `days`, in order: one of the two is
    empty.
    """

    provider: Provider
    period: Period
    drawn_at: datetime
    entries: tuple[LedgerEntry, ...] = ()
    days: tuple[DayCount, ...] = ()
    sandbox: bool = False

    @property
    def access_count(self) -> int:
        """How many accesses it charges."""
        return len(self.entries) or sum(one.count for one in self.days)

    @property
    def total(self) -> Decimal:
        """In the provider's currency; exact."""
        return self.provider.price * self.access_count


def by_month(days: Iterable[DayCount]) -> dict[str, int]:
    """The same accesses by month, `2026-05`, in order."""
    months: Counter[str] = Counter()
    for one in days:
        months[one.day.isoformat()[: len("2026-05")]] += one.count
    return dict(months)
