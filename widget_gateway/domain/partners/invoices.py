"""Invoices: the price of the accesses that were issued in a period."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from widget_gateway.domain.ids import UserId
from widget_gateway.domain.partners import money
from widget_gateway.domain.partners.money import Price
from widget_gateway.domain.partners.providers import Provider, Terms

_SMALLEST = timedelta(milliseconds=1)
"""The smallest difference between two times of the ledger."""


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
    """An access of the ledger: which of the partner's users it was issued to, when, for what."""

    user_id: UserId
    issued_at: datetime
    price: Price


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many accesses were issued at a price on a day in UTC."""

    day: date
    count: int
    price: Price


@dataclass(frozen=True, slots=True)
class Charge:
    """The accesses of an invoice that were issued at one price."""

    price: Price
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """What an invoice charges in one currency."""

    currency: str
    count: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """The accesses of a period, each at the price at which it was issued. The sandbox has none.

    They are either listed in `entries`, oldest first, or counted in `days`, in order; the other
    one is empty. Later changes of the agreement change nothing in the invoice of a past period.
    """

    provider: Provider
    period: Period
    drawn_at: datetime
    entries: tuple[LedgerEntry, ...] = ()
    days: tuple[DayCount, ...] = ()
    sandbox: bool = False

    @cached_property
    def terms(self) -> Terms:
        """The provider's terms at the end of the period."""
        return self.provider.terms_at(self.period.end - _SMALLEST)

    @cached_property
    def access_count(self) -> int:
        """How many accesses the invoice charges."""
        return len(self.entries) or sum(day.count for day in self.days)

    @cached_property
    def charges(self) -> tuple[Charge, ...]:
        """The accesses by price, sorted by currency and amount; empty if there are no accesses.

        Raises:
            AmountTooLargeError: an amount has more digits than can be exact.
        """
        counts: Counter[Price] = Counter()
        # Neighbours mostly have the same price, and a group is counted faster than its members.
        for price, group in groupby(entry.price for entry in self.entries):
            counts[price] += sum(1 for _ in group)
        for day in self.days:
            counts[day.price] += day.count
        by_price = sorted(counts.items(), key=lambda item: (item[0].currency, item[0].amount))
        return tuple(
            Charge(price, count, money.times(price.amount, count)) for price, count in by_price
        )

    @cached_property
    def totals(self) -> tuple[Total, ...]:
        """What is owed in each currency; 0 in the currency of the terms if there are no accesses.

        Raises:
            AmountTooLargeError: an amount has more digits than can be exact.
        """
        if not self.charges:
            return (Total(self.terms.price.currency, 0, Decimal(0)),)
        return tuple(
            Total(
                currency,
                sum(charge.count for charge in charges),
                money.sum_of(charge.amount for charge in charges),
            )
            for currency, group in groupby(self.charges, lambda charge: charge.price.currency)
            for charges in [list(group)]
        )

    @property
    def only_price(self) -> Price | None:
        """The price, if all accesses have the same; that of the terms if there are no accesses."""
        if not self.charges:
            return self.terms.price
        return self.charges[0].price if len(self.charges) == 1 else None

    @property
    def only_total(self) -> Total | None:
        """The total, if all accesses have the same currency."""
        return self.totals[0] if len(self.totals) == 1 else None


def by_day(days: Iterable[DayCount]) -> dict[str, int]:
    """Add up the counts by day, such as `2026-05-04`; the days keep their order."""
    return _counted((day.day.isoformat(), day.count) for day in days)


def by_month(days: Iterable[DayCount]) -> dict[str, int]:
    """Add up the counts by month, such as `2026-05`; the months keep the order of the days."""
    return _counted((day.day.isoformat()[: len("2026-05")], day.count) for day in days)


def _counted(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for name, count in counts:
        counted[name] += count
    return dict(counted)
