"""Time as a collaborator: the domain has no clock, services are given one."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns an aware UTC datetime."""


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment as the database keeps it: what is answered now is what is read later."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`: `2026-05-04T12:30:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_micros(moment: datetime) -> str:
    """As `iso` with microseconds, as QUA's document shows them: `2017-01-08T00:14:45.323298Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
