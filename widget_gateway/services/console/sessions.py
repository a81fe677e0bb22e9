"""Sessions of the console: a random token in a cookie, whose hash is stored."""

import hashlib
import secrets
from dataclasses import replace
from uuid import UUID, uuid4

from storage.console.accounts import AccountStore
from storage.console.sessions import SessionStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import Account, ConsoleSession
from widget_gateway.domain.console.trail import Actor
from widget_gateway.domain.errors import AccountNotFoundError
from widget_gateway.domain.ids import AccountId


class ConsoleSessions:
    """Begins, finds and ends sessions. Nothing is kept in memory, so an end counts at once."""

    def __init__(self, sessions: SessionStore, accounts: AccountStore, clock: Clock) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._clock = clock

    async def begin(
        self, account: Account, actor: Actor, *, is_complete: bool, version: int | None = None
    ) -> str:
        """Begin a session of an account; return its token.

        `version` is the account's when its password was checked: if another password was set
        meanwhile, the session is over at once. None takes the present version.

        Raises:
            AccountNotFoundError: there is no such account any more.
        """
        if version is None:
            found = await self._accounts.find(account.id)
            if found is None:
                raise AccountNotFoundError
            version = found[1]
        now = self._clock()
        session = ConsoleSession(
            id=uuid4(),
            account=account.id,
            is_complete=is_complete,
            created_at=now,
            seen_at=now,
            address=actor.address,
            user_agent=actor.user_agent,
        )
        return await self._add(session, version)

    async def find(self, token: str) -> tuple[ConsoleSession, Account] | None:
        """Find the session of a token, and its account; None if either is over or disabled."""
        found = await self._sessions.find(_hash(token), self._clock())
        if found is None:
            return None
        session, version = found
        account = await self._accounts.find(session.account)
        if account is None or account[0].disabled or account[1] != version:
            return None
        return session, account[0]

    async def complete(self, token: str) -> str | None:
        """Complete a session whose second factor was shown, under a new token.

        None if it is over. The old token opens nothing any more.
        """
        token_hash = _hash(token)
        found = await self._sessions.find(token_hash, self._clock())
        if found is None or not await self._sessions.remove(token_hash):
            return None
        session, version = found
        return await self._add(replace(session, is_complete=True), version)

    async def keep(self, token: str, name: str, value: bytes) -> None:
        """Keep something in a session that a later request needs, such as a challenge."""
        await self._sessions.keep(_hash(token), name, value)

    async def take(self, token: str, name: str) -> bytes | None:
        """Take what was kept in a session; nobody else gets it."""
        return await self._sessions.take(_hash(token), name)

    async def read(self, token: str, name: str) -> bytes | None:
        """Read what is kept in a session."""
        return await self._sessions.read(_hash(token), name)

    async def list_of(self, account: AccountId) -> list[ConsoleSession]:
        """List an account's sessions that are not over, the newest first."""
        return await self._sessions.list_of(account, self._clock())

    async def end_of(self, account: AccountId, session: UUID) -> bool:
        """End a session of an account; False if there is none with this id."""
        return await self._sessions.remove_of(account, session)

    async def end_others(self, session: ConsoleSession) -> int:
        """End all sessions of the account but this one; return how many there were."""
        return await self._sessions.remove_others(session.account, session.id)

    async def end(self, token: str) -> None:
        """End the session of a token."""
        await self._sessions.remove(_hash(token))

    async def _add(self, session: ConsoleSession, version: int) -> str:
        token = secrets.token_urlsafe(32)
        await self._sessions.add(_hash(token), session, version)
        return token


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
