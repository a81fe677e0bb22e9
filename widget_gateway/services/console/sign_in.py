"""Signs accounts in to the console: the password first, then the second factor."""

import hashlib
import math
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from storage.console.accounts import AccountStore
from storage.tries import TryStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import (
    ADDRESS_TRIES,
    LOGIN_TRIES,
    Account,
    ConsoleSession,
    normalise_login,
)
from widget_gateway.domain.console.trail import Actor, Deed
from widget_gateway.domain.errors import (
    CodeWrongError,
    CredentialsWrongError,
    RateLimitedError,
)
from widget_gateway.domain.web import network_of
from widget_gateway.services.console.passkeys import CHALLENGE, Passkeys
from widget_gateway.services.console.second_factors import SecondFactors
from widget_gateway.services.console.sessions import ConsoleSessions
from widget_gateway.services.console.trail import Trail
from widget_gateway.services.slow_hashes import SlowHashes

_A_SECOND = timedelta(seconds=1)

Guards = tuple[tuple[bytes, int], ...]
"""The keys under which tries are counted, each with the most tries in a window."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that has begun: its token, and whether nothing more is to be shown."""

    token: str
    account: Account
    is_complete: bool


class ConsoleSignIn:
    """Checks passwords and codes. Each try is counted before it is checked."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        accounts: AccountStore,
        sessions: ConsoleSessions,
        factors: SecondFactors,
        passkeys: Passkeys,
        tries: TryStore,
        hashes: SlowHashes,
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._factors = factors
        self._passkeys = passkeys
        self._tries = tries
        self._hashes = hashes
        self._trail = trail
        self._clock = clock

    async def begin(self, login: str, password: str, actor: Actor) -> Begun:
        """Check a login and a password, and begin a session.

        Raises:
            CredentialsWrongError: one of them is wrong, or the account is disabled. All take the
                same time.
            RateLimitedError: there were too many tries for this login, or from this network.
            BusyError: there are too many tries at once; this one was not counted.
        """
        name = normalise_login(login) or ""
        network = network_of(actor.address)
        guards = _guards(network, name)
        known = replace(actor, login=name)
        with self._hashes.place(network):
            await self._count(guards, (known, Deed.SIGN_IN))
            async with self._trail.acting(known, Deed.SIGN_IN, f"account {name}"):
                account, secrets = await self._accounts.find_by_login(name) or (None, None)
                stored = secrets.password if secrets is not None else None
                is_right = await self._hashes.verify(stored, password.encode(), network)
                if account is None or secrets is None or account.disabled or not is_right:
                    raise CredentialsWrongError
                await self._give_back(guards)
                is_complete = not account.has_second_factor
                token = await self._sessions.begin(
                    account, actor, is_complete=is_complete, version=secrets.version
                )
        return Begun(token, account, is_complete)

    async def show_code(self, token: str, account: Account, code: str, actor: Actor) -> str:
        """Check the code of an authenticator app, and complete the session under a new token.

        Raises:
            CodeWrongError: the code is wrong or was used before, or the session is over.
            RateLimitedError: there were too many tries for this account, or from this network.
        """
        check = self._factors.use_code(account.id, code)
        return await self._show(token, account, actor, "app", check)

    async def show_recovery_code(
        self, token: str, account: Account, code: str, actor: Actor
    ) -> str:
        """Use a recovery code up, and complete the session under a new token.

        Raises: as `show_code`.
        """
        check = self._factors.use_recovery_code(account.id, code)
        return await self._show(token, account, actor, "recovery code", check)

    async def show_passkey(
        self, token: str, account: Account, credential: str, origin: str, actor: Actor
    ) -> str:
        """Check what a passkey has signed, and complete the session under a new token.

        `credential` is WebAuthn's answer as JSON.

        Raises: as `show_code`.
        """
        challenge = await self._sessions.take(token, CHALLENGE)
        check = self._passkeys.use(account, credential, challenge, origin)
        return await self._show(token, account, actor, "passkey", check)

    async def _show(
        self,
        token: str,
        account: Account,
        actor: Actor,
        factor: str,
        check: Coroutine[Any, Any, bool],
    ) -> str:
        guards = _guards(network_of(actor.address), account.login)
        deed, subject = Deed.SECOND_FACTOR_SHOW, f"{factor} of {account.login}"
        with closing(check):  # It is not run at all if there were too many tries.
            await self._count(guards, (actor, deed))
            async with self._trail.acting(actor, deed, subject, provider=account.provider):
                if not await check:
                    raise CodeWrongError
                await self._give_back(guards)
                completed = await self._sessions.complete(token)
                if completed is None:
                    raise CodeWrongError
        return completed

    async def confirm(self, account: Account, password: str, actor: Actor) -> None:
        """Check that whoever uses a session knows the account's password, too.

        Raises:
            CredentialsWrongError: it is another password.
            RateLimitedError: there were too many tries for this account, or from this network.
            BusyError: too many passwords are checked at once.
        """
        network = network_of(actor.address)
        guards = _guards(network, account.login)
        with self._hashes.place(network):
            await self._count(guards)
            stored = (await self._accounts.find_secrets(account.id)).password
            if not await self._hashes.verify(stored, password.encode(), network):
                raise CredentialsWrongError
        await self._give_back(guards)

    async def sign_out(self, token: str, session: ConsoleSession, actor: Actor) -> None:
        """End a session."""
        async with self._trail.acting(actor, Deed.SIGN_OUT, f"session {session.id}"):
            await self._sessions.end(token)

    async def _count(self, guards: Guards, noted: tuple[Actor, Deed] | None = None) -> None:
        """Count a try, and refuse those that are too many.

        If it is `noted`, the first refusal of a window is in the trail. The others are not, so
        strangers can't fill the trail, which is kept for years.
        """
        now = self._clock()
        # The network comes first: without tries left, it can't lock further logins.
        for guard, most in guards:
            tries, until = await self._tries.count(guard, now)
            if tries <= most:
                continue
            refusal = RateLimitedError(max(1, math.ceil((until - now) / _A_SECOND)))
            if noted is None or tries > most + 1:
                raise refusal
            actor, deed = noted
            async with self._trail.acting(actor, deed, f"account {actor.login}"):
                raise refusal

    async def _give_back(self, guards: Guards) -> None:
        for guard, _ in guards:
            await self._tries.give_back(guard)


def _guards(network: str, login: str) -> Guards:
    return (
        (_guard("network", network), ADDRESS_TRIES),
        (_guard("login", login), LOGIN_TRIES),
    )


def _guard(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind} {value}".encode()).digest()
