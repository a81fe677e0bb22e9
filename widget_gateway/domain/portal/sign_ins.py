"""Sign-ins of people: how long they last, and how guessing a PIN is made hopeless."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from widget_gateway.domain.portal.people import PersonId

ACCESS_TOKEN_LIFETIME = timedelta(hours=6)
REFRESH_TOKEN_LIFETIME = timedelta(days=14)

REPLAY_WINDOW = timedelta(seconds=10)
"""How long after its rotation a refresh token gets the same successor again."""

TRIES_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)

TRIES_BEFORE_BURNING = 10
"""Wrong tries in all, after which only a new PIN of the portal opens the login."""

ADDRESS_TRIES = 20
"""Wrong tries from one address within ADDRESS_WINDOW."""

ADDRESS_WINDOW = timedelta(hours=1)

MAX_USER_AGENT = 512
"""Characters kept of a User-Agent."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a call comes from: the address behind trusted proxies, and the User-Agent as sent."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who calls with an access token, and in which session."""

    person: PersonId
    sign_in_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A session: one device that signed in and has neither left nor stayed away for too long.

    `generation` counts the refresh tokens, the current one included; `nonce` tells this session
    from any other that ever had its number.
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
    """What a client keeps of its session."""

    sign_in: SignIn
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def whole_second(moment: datetime) -> datetime:
    """The second that it is in: tokens and the portal's times know nothing finer."""
    return moment.replace(microsecond=0)


def may_be_replayed(sign_in: SignIn, generation: int, now: datetime) -> bool:
    """Whether a used refresh token is the last one, presented by a client that lost the answer."""
    return generation == sign_in.generation - 1 and now - sign_in.rotated_at <= REPLAY_WINDOW


def lock_durations() -> list[timedelta]:
    """How long the first lock in a row lasts, the second, and so on; the last stands for the rest.

    15 minutes, doubling to a day.
    """
    durations = [FIRST_LOCK]
    while durations[-1] < LONGEST_LOCK:
        durations.append(min(2 * durations[-1], LONGEST_LOCK))
    return durations
