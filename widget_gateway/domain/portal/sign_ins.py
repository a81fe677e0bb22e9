"""Sign-ins of people: how long they last, and how many wrong PINs may be tried."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from widget_gateway.domain.portal.people import PersonId

ACCESS_TOKEN_LIFETIME = timedelta(hours=6)
REFRESH_TOKEN_LIFETIME = timedelta(days=14)
"""How long tokens are valid after a sign-in or a refresh (docs/protocol/http.md)."""

REPLAY_WINDOW = timedelta(seconds=10)
"""How long after its exchange a used refresh token still gets its own successor, for clients that
lost the answer (docs/adr/0016-used-refresh-tokens.md)."""

MAX_ROTATIONS_KEPT = 100
"""Rotations that a sign-in remembers at most, the latest ones. A device makes four a day. The limit
bounds the document of a client that refreshes in a loop."""

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


@dataclass(frozen=True, slots=True)
class Rotation:
    """The exchange of a refresh token, of this generation, at a time of the database's clock."""

    generation: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in: a device has signed in and neither signed out nor let its tokens expire.

    `generation` counts the refresh tokens so far, including the current one. `rotations` has the
    exchanges of the last REPLAY_WINDOW, and perhaps older ones, the oldest first. `nonce` tells
    this sign-in from any other that ever had the same id.
    """

    id: int
    person: PersonId
    remote: Remote
    created_at: datetime
    updated_at: datetime
    access_token_expires_at: datetime
    refresh_token_expires_at: datetime
    generation: int
    rotations: tuple[Rotation, ...] = ()
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


def expiries(now: datetime) -> tuple[datetime, datetime]:
    """Return when an access and a refresh token expire; tokens have whole seconds."""
    began = whole_second(now)
    return began + ACCESS_TOKEN_LIFETIME, began + REFRESH_TOKEN_LIFETIME


def as_rotated(sign_in: SignIn, generation: int, now: datetime) -> SignIn | None:
    """Return the sign-in as it was when the refresh token of `generation` had been exchanged.

    The result is None if that was longer ago than REPLAY_WINDOW: the token may be stolen. `now` has
    to be the time of the clock that dated the rotations.
    """
    for rotation in sign_in.rotations:
        if rotation.generation == generation and now - rotation.at <= REPLAY_WINDOW:
            if generation + 1 == sign_in.generation:
                return sign_in
            access_token_expires_at, refresh_token_expires_at = expiries(rotation.at)
            return replace(
                sign_in,
                generation=generation + 1,
                access_token_expires_at=access_token_expires_at,
                refresh_token_expires_at=refresh_token_expires_at,
            )
    return None


def lock_durations() -> list[timedelta]:
    """The durations of consecutive locks: each twice the last, from FIRST_LOCK to LONGEST_LOCK.

    Further locks last as long as the last of them.
    """
    durations = [FIRST_LOCK]
    while durations[-1] < LONGEST_LOCK:
        durations.append(min(2 * durations[-1], LONGEST_LOCK))
    return durations
