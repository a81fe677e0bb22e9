"""People of the intranet portal, and what makes a login, a PIN and a moment of the portal's."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NewType

PersonId = NewType("PersonId", str)
"""`id_phperson` on the wire: the portal's own, any string to 256 characters."""

Login = NewType("Login", str)
"""A login in the one form in which logins are compared: see `login_of`."""

Pin = NewType("Pin", str)
"""Four ASCII digits."""

FUTURE_SKEW = timedelta(hours=1)
"""How far the portal's clock may be ahead of ours."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_PIN = re.compile(r"[0-9]{4}")
_SMALLEST_NUMBER, _LARGEST_NUMBER = 1_000, 9_999
_UNIX_TIME = re.compile(r"[0-9]{1,12}")
_ISO_BEGINNING = re.compile(r"[0-9]{4}[0-9W-]*([T ]|$)")
_EMAIL = re.compile(r"""[^\s@"(),:;<>\[\\\]]{1,64}@[^\W_]([\w-]*\w)?(\.[^\W_]([\w-]*\w)?)*""")
_MAX_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in. `login` is as the portal wrote it; `pin_hash` is slow and salted.

    `pin_created_at` is the portal's time of the PIN, to the millisecond.
    """

    id: PersonId
    tab_no: str
    login: str
    pin_hash: str = field(repr=False)
    pin_created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PinUpdate:
    """What the portal says of a person (docs/protocol/http.md, `pin/update`)."""

    person: PersonId
    tab_no: str
    login: str
    pin: Pin = field(repr=False)
    created_at: datetime


def login_of(text: str) -> Login:
    """A login for comparing: no space around it, no difference of case or of composition."""
    return Login(
        unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    )


def is_email(text: str) -> bool:
    """Whether it looks like an e-mail address; whether it reaches anybody, nobody can see."""
    stripped = text.strip()
    return len(stripped) <= _MAX_EMAIL and _EMAIL.fullmatch(stripped) is not None


def parse_pin(value: object) -> Pin | None:
    """Four digits, as text, which keeps leading zeros, or as a number; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        whole = _SMALLEST_NUMBER <= value <= _LARGEST_NUMBER and value == int(value)
        return Pin(str(int(value))) if whole else None
    return Pin(value) if isinstance(value, str) and _PIN.fullmatch(value) else None


def parse_moment(value: object) -> datetime | None:
    """ISO 8601, `YYYY-MM-DD HH:MM:SS`, or Unix seconds as number or digits; None for anything else.

    Without a zone it is UTC. Cut to milliseconds, which is what is stored; none is before 1970.
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
        return None  # `fromisoformat` takes any character between date and time
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_future(moment: datetime, now: datetime) -> bool:
    """Whether it has not come yet, even by a clock that is a little ahead."""
    return moment > now + FUTURE_SKEW
