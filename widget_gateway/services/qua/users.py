"""QUA's users: manages them, signs them in, and finds the user who calls."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import timedelta

from storage.counters import CounterStore
from storage.qua.users import QuaUserStore
from storage.tries import TryStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    CredentialsWrongError,
    NotSignedInError,
    QuaCredentialsUnfitError,
    QuaUserNotFoundError,
    RateLimitedError,
)
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.questions import Authorship
from widget_gateway.domain.qua.users import (
    ADDRESS_TRIES,
    MAX_PASSWORD,
    NAME_TRIES,
    User,
    normalise_username,
)
from widget_gateway.domain.web import network_of
from widget_gateway.services.qua.live_users import LiveQuaUsers
from widget_gateway.services.qua.tokens import QuaTokens
from widget_gateway.services.slow_hashes import SlowHashes

People = Mapping[QuaUserId, User]

_A_SECOND = timedelta(seconds=1)

_OPERATOR = "operator"
"""The party of the command line (`FairTurns`)."""


class QuaUserService:
    """Use cases around users, who are created and removed on the command line."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        users: QuaUserStore,
        live: LiveQuaUsers,
        tries: TryStore,
        counters: CounterStore,
        hashes: SlowHashes,
        tokens: QuaTokens,
        clock: Clock,
    ) -> None:
        self._users = users
        self._live = live
        self._tries = tries
        self._counters = counters
        self._hashes = hashes
        self._tokens = tokens
        self._clock = clock

    async def create(
        self, username: str, password: str, *, first_name: str, last_name: str, editor: bool
    ) -> User:
        """Create a user.

        Raises:
            QuaCredentialsUnfitError: the name or the password is not valid.
            QuaUserExistsError: the name is taken.
        """
        hashed = await self._hash(password)
        user = User(
            id=QuaUserId(await self._counters.next("qua_users")),
            username=_username(username),
            first_name=first_name,
            last_name=last_name,
            editor=editor,
            created_at=self._clock(),
        )
        await self._users.add(user, hashed)
        return user

    async def list_all(self) -> list[User]:
        """Return all users in the order of their names, without removed ones."""
        return await self._users.list_all()

    async def list_page(self, after: str | None, limit: int) -> list[User]:
        """Return at most `limit` users in the order of their names, behind the name `after`."""
        return await self._users.list_page(after, limit)

    async def get(self, user: QuaUserId) -> User:
        """Return a user.

        Raises:
            QuaUserNotFoundError: there is no such user, or it was removed.
        """
        found = await self._users.find(user)
        if found is None or found.removed:
            raise QuaUserNotFoundError
        return found

    async def update(
        self,
        username: str,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        editor: bool | None = None,
    ) -> User:
        """Change those fields of a user that are not None.

        Raises:
            QuaCredentialsUnfitError: the name is not valid.
            QuaUserNotFoundError: there is no such user.
        """
        fields = {"first_name": first_name, "last_name": last_name, "editor": editor}
        changes = {name: value for name, value in fields.items() if value is not None}
        return await self._users.update(_username(username), changes)

    async def remove(self, username: str) -> User:
        """Remove a user. Its tokens become invalid now; what it wrote stays.

        Raises:
            QuaCredentialsUnfitError: the name is not valid.
            QuaUserNotFoundError: there is no such user.
        """
        return await self._users.remove(_username(username))

    async def set_password(self, username: str, password: str) -> User:
        """Set a user's password. Tokens that were issued for the old one become invalid now.

        Raises:
            QuaCredentialsUnfitError: the name or the password is not valid.
            QuaUserNotFoundError: there is no such user.
        """
        return await self._users.set_password(_username(username), await self._hash(password))

    async def _hash(self, password: str) -> str:
        if not 1 <= len(password) <= MAX_PASSWORD:
            raise QuaCredentialsUnfitError(f"A password has 1 to {MAX_PASSWORD} characters.")
        with self._hashes.place(_OPERATOR):
            return await self._hashes.hash(password.encode(), _OPERATOR)

    async def sign_in(self, username: str, password: str, address: str) -> str:
        """Check a name and a password, and return a token.

        Each try is counted before it is checked, so that parallel tries can't exceed the limit. A
        right one is taken off the count again.

        Raises:
            CredentialsWrongError: the name or the password is wrong. Both take the same time.
            RateLimitedError: there were too many wrong tries for this name, or from this address.
            BusyError: there are too many tries of the address at once; this one was not counted.
        """
        name = normalise_username(username) or ""
        # The address comes first: without tries left, it can't lock further names.
        network = network_of(address)
        guards = (
            (_guard("address", network), ADDRESS_TRIES),
            (_guard("name", name), NAME_TRIES),
        )
        with self._hashes.place(network):
            for guard, most in guards:
                await self._count(guard, most)
            user, stored = await self._users.find_by_name(name) or (None, None)
            is_right = await self._hashes.verify(stored, password.encode(), network)
        if user is None or not is_right:
            raise CredentialsWrongError
        for guard, _ in guards:
            await self._tries.give_back(guard)
        return self._tokens.issue(user, self._clock())

    async def _count(self, guard: bytes, most: int) -> None:
        now = self._clock()
        tries, until = await self._tries.count(guard, now)
        if tries > most:
            raise RateLimitedError(max(1, math.ceil((until - now) / _A_SECOND)))

    async def authenticate(self, token: str) -> User:
        """Return the user who calls with this token.

        Raises:
            NotSignedInError: the token is not valid or has expired, or its user was removed or has
                a new password.
        """
        claim = self._tokens.read(token)
        user = await self._live.find(claim.user)
        if user is None or user.removed or user.password_version != claim.password_version:
            raise NotSignedInError("The user of this token was removed, or has a new password.")
        return user

    async def find_authors(self, written: Iterable[Authorship]) -> People:
        """Return the users who created and updated these, including removed users."""
        return await self.find_people(
            who for item in written for who in (item.created_by, item.updated_by)
        )

    async def find_people(self, users: Iterable[QuaUserId]) -> People:
        """Return these users, including removed ones."""
        return await self._users.find_all(set(users))


def _username(text: str) -> str:
    name = normalise_username(text)
    if name is None:
        raise QuaCredentialsUnfitError(
            "A username has 1 to 150 letters, digits and the characters . @ + - _"
        )
    return name


def _guard(kind: str, value: str) -> bytes:
    """Return the key under which tries are counted: a hash, so that no name is stored as it is."""
    return hashlib.sha256(f"{kind} {value}".encode()).digest()
