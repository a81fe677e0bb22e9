"""People of the intranet portal, and how the portal's logins, PINs and times are read."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import NewType

PersonId = NewType("PersonId", str)
"""The portal's own id of a person, `id_phperson` on the wire: up to 256 characters."""

Login = NewType("Login", str)
"""A login in the form in which logins are compared; `login_of` makes it."""

Pin = NewType("Pin", str)
"""Four ASCII digits."""


class PersonOrder(Enum):
    """By what people are listed and found."""

    LOGIN = auto()
    ID = auto()


FUTURE_SKEW = timedelta(hours=1)
"""How far the portal's clock may be ahead of the gateway's."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_PIN = re.compile(r"[0-9]{4}")
_SMALLEST_NUMBER, _LARGEST_NUMBER = 1_000, 9_999
_UNIX_TIME = re.compile(r"[0-9]{1,12}")
_ISO_BEGINNING = re.compile(r"[0-9]{4}[0-9W-]*([T ]|$)")
_EMAIL = re.compile(r"""[^\s@"(),:;<>\[\\\]]{1,64}@[^\W_]([\w-]*\w)?(\.[^\W_]([\w-]*\w)?)*""")
_MAX_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Person:
    """A person who may sign in; `login` is spelled as the portal wrote it.

    `pin_hash` is a slow, salted hash. `pin_created_at` is when the PIN was made, by the portal's
    clock, to the millisecond.
    """

    id: PersonId
    tab_no: str
    login: str
    pin_hash: str = field(repr=False)
    pin_created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PinUpdate:
    """What the portal says about a person (docs/protocol/http.md, `pin/update`)."""

    person: PersonId
    tab_no: str
    login: str
    pin: Pin = field(repr=False)
    created_at: datetime


def login_of(text: str) -> Login:
    """Convert a login for comparison: without outer space, and in one case and Unicode form."""
    return Login(
        unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    )


def is_email(text: str) -> bool:
    """Whether the text has the form of an e-mail address."""
    stripped = text.strip()
    return len(stripped) <= _MAX_EMAIL and _EMAIL.fullmatch(stripped) is not None


def parse_pin(value: object) -> Pin | None:
    """Read four digits from text or from a number; returns None for anything else.

    Only text can have leading zeros.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        whole = _SMALLEST_NUMBER <= value <= _LARGEST_NUMBER and value == int(value)
        return Pin(str(int(value))) if whole else None
    return Pin(value) if isinstance(value, str) and _PIN.fullmatch(value) else None


def parse_moment(value: object) -> datetime | None:
    """Read a time: ISO 8601, `YYYY-MM-DD HH:MM:SS`, or Unix seconds as a number or as digits.

    A time without a zone is in UTC. It is cut to milliseconds, which is what the database stores.
    Returns None for anything else, and for times before 1970.
    """
    try:
        moment = _read_moment(value)
        if moment is None or moment < _EPOCH:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def _read_moment(value: object) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str):
        return None
    if _UNIX_TIME.fullmatch(value):
        return datetime.fromtimestamp(int(value), UTC)
    if not _ISO_BEGINNING.match(value):
        return None  # `fromisoformat` accepts any character between date and time.
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_future(moment: datetime, now: datetime) -> bool:
    """Whether a time is further in the future than FUTURE_SKEW explains."""
    return moment > now + FUTURE_SKEW
