"""Time is a collaborator: the domain reads no clock, and services get one when they are made."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns an aware UTC datetime."""


def whole_milliseconds(moment: datetime) -> datetime:
    """Cut a moment to milliseconds, as the database does, so that it reads back unchanged."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """Format a moment by ISO 8601, with milliseconds and `Z`: `2026-05-04T12:30:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_micros(moment: datetime) -> str:
    """Format a moment like `iso`, with QUA's microseconds: `2017-01-08T00:14:45.323298Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
