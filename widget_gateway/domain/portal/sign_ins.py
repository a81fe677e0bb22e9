"""Sign-ins of people: how long they last, and how many wrong PINs may be tried."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from widget_gateway.domain.portal.people import PersonId

ACCESS_TOKEN_LIFETIME = timedelta(hours=6)
REFRESH_TOKEN_LIFETIME = timedelta(days=14)
"""How long tokens are valid after a sign-in or a refresh (docs/protocol/http.md)."""

REPLAY_WINDOW = timedelta(seconds=10)
"""How long a used refresh token still gets its successor, for clients that lost the answer."""

TRIES_BEFORE_LOCK = 5
"""Wrong PINs in a row for one login, after which the login is locked for a while."""

FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)
"""How long the first lock in a row lasts, and how long later ones last at most."""

TRIES_BEFORE_BURNING = 10
"""Wrong PINs in all for one login, after which it needs a new PIN from the portal. Ten of 10,000
PINs leave a guesser one chance in a thousand."""

ADDRESS_TRIES = 20
"""Wrong PINs from one address within ADDRESS_WINDOW, after which the address is refused."""

ADDRESS_WINDOW = timedelta(hours=1)

MAX_USER_AGENT = 512
"""Characters of a User-Agent that are stored; the rest is cut off."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a call comes from: the address, as trusted proxies tell it, and the User-Agent."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person who calls with an access token, and the id of the sign-in that it belongs to."""

    person: PersonId
    sign_in_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in: a device has signed in and neither signed out nor let its tokens expire.

    `generation` counts the refresh tokens so far, including the current one, and `rotated_at` is
    when that was issued. `nonce` tells this sign-in from any other that ever had the same id.
    """

    id: int
    person: PersonId
    remote: Remote
    created_at: datetime
    updated_at: datetime
    access_token_expires_at: datetime
    refresh_token_expires_at: datetime
    generation: int
    rotated_at: datetime
    nonce: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """A sign-in and the tokens that its device keeps."""

    sign_in: SignIn
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def whole_second(moment: datetime) -> datetime:
    """Cut a moment to seconds, since tokens and the portal's times have no fractions."""
    return moment.replace(microsecond=0)


def may_be_replayed(sign_in: SignIn, generation: int, now: datetime) -> bool:
    """Whether a used refresh token may be exchanged again, by a client that lost the answer.

    `generation` is the token's. It may be if it is the last used one and within REPLAY_WINDOW.
    """
    return generation == sign_in.generation - 1 and now - sign_in.rotated_at <= REPLAY_WINDOW


def lock_durations() -> list[timedelta]:
    """The durations of consecutive locks: each twice the last, from FIRST_LOCK to LONGEST_LOCK.

    Further locks last as long as the last of them.
    """
    durations = [FIRST_LOCK]
    while durations[-1] < LONGEST_LOCK:
        durations.append(min(2 * durations[-1], LONGEST_LOCK))
    return durations
