"""Signing in with a PIN, staying signed in, and signing out."""

import secrets
from datetime import datetime

from storage.portal.audit import AuditStore
from storage.portal.people import PersonStore
from storage.portal.sign_ins import SignInStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    PersonNotFoundError,
    SignInNotFoundError,
    TokenInvalidError,
)
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.people import Login, PersonId, Pin
from widget_gateway.domain.portal.sign_ins import (
    IssuedTokens,
    Remote,
    SignedIn,
    SignIn,
    as_rotated,
    expiries,
)
from widget_gateway.services.portal.live_sign_ins import LiveSignIns
from widget_gateway.services.portal.pin_guard import PinGuard
from widget_gateway.services.portal.tokens import PortalTokens

NONCE_BYTES = 16
"""Random bytes of a sign-in that its refresh tokens are computed from."""


class SignInService:
    """Use cases around sign-ins. The wire calls them sessions (docs/portal.md)."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        sign_ins: SignInStore,
        people: PersonStore,
        guard: PinGuard,
        tokens: PortalTokens,
        live: LiveSignIns,
        audit: AuditStore,
        clock: Clock,
    ) -> None:
        self._sign_ins = sign_ins
        self._people = people
        self._guard = guard
        self._tokens = tokens
        self._live = live
        self._audit = audit
        self._clock = clock

    async def sign_in(self, login: Login, pin: Pin, remote: Remote) -> IssuedTokens:
        """Sign a person in.

        Raises:
            CredentialsInvalidError: the login is unknown or locked, or the PIN is wrong. Each takes
                the same time.
            RateLimitedError: there were too many wrong tries from the address.
            BusyError: too many people are signing in.
        """
        person = await self._guard.admit(login, pin, remote)
        now = self._clock()
        access_token_expires_at, refresh_token_expires_at = expiries(now)
        sign_in = SignIn(
            id=await self._sign_ins.next_id(),
            person=person,
            remote=remote,
            created_at=now,
            updated_at=now,
            access_token_expires_at=access_token_expires_at,
            refresh_token_expires_at=refresh_token_expires_at,
            generation=1,
            nonce=secrets.token_bytes(NONCE_BYTES),
        )
        entry = self._entry(AuditAction.SIGN_IN, sign_in.id, person, remote, login=login)
        await self._sign_ins.add(sign_in, entry)
        return self._issued(sign_in)

    async def refresh(self, refresh_token: str, remote: Remote) -> IssuedTokens:
        """Exchange a refresh token for new tokens. Each refresh token can be used once.

        A second use ends the sign-in, as either the first or the second user has stolen the token.
        Only within REPLAY_WINDOW a repeat gets the same answer, in case the client lost it, even if
        further exchanges have followed (docs/adr/0016-used-refresh-tokens.md).

        Raises:
            TokenInvalidError: the token is of no living sign-in, or was used before.
        """
        sign_in, now = await self._find_of(refresh_token)
        if self._tokens.refreshed_generation(refresh_token, sign_in) == sign_in.generation:
            entry = self._entry(AuditAction.REFRESH, sign_in.id, sign_in.person, remote)
            rotated = await self._sign_ins.rotate(sign_in, entry)
            if rotated is not None:
                return self._issued(rotated)
            sign_in, now = await self._find_of(refresh_token)  # another call was faster
        generation = self._tokens.refreshed_generation(refresh_token, sign_in)
        if answered := as_rotated(sign_in, generation, now):
            return self._issued(answered)
        entry = self._entry(
            AuditAction.REFRESH, sign_in.id, sign_in.person, remote, Outcome.TOKEN_REUSED
        )
        await self._end(sign_in.person, sign_in.id, entry)
        raise TokenInvalidError

    async def _find_of(self, refresh_token: str) -> tuple[SignIn, datetime]:
        claimed = self._tokens.claimed_sign_in(refresh_token)
        found = await self._sign_ins.find_by_database_clock(claimed)
        if found is None:
            raise TokenInvalidError
        return found

    async def authenticate(self, access_token: str) -> SignedIn:
        """Return who calls with this access token. The token's sign-in is alive.

        Raises:
            TokenInvalidError: the token is not valid or has expired, or its sign-in has ended.
        """
        signed_in = self._tokens.read_access_token(access_token)
        await self._live.check(signed_in)
        return signed_in

    async def sign_out(self, signed_in: SignedIn, remote: Remote) -> None:
        """End the caller's own sign-in."""
        entry = self._entry(AuditAction.SIGN_OUT, signed_in.sign_in_id, signed_in.person, remote)
        await self._end(signed_in.person, signed_in.sign_in_id, entry)

    async def list_of(self, person: PersonId) -> list[SignIn]:
        """Return the person's sign-ins, oldest first.

        Raises:
            PersonNotFoundError: the portal never sent this person.
        """
        await self._require(person)
        return await self._sign_ins.list_of(person, self._clock())

    async def list_page(self, person: PersonId, before: int | None, limit: int) -> list[SignIn]:
        """Return at most `limit` sign-ins of the person, newest first, below the id `before`."""
        return await self._sign_ins.list_page(person, self._clock(), before, limit)

    async def delete(self, person: PersonId, sign_in_id: int, remote: Remote) -> None:
        """End a sign-in of this person, as the portal demands.

        Raises:
            PersonNotFoundError: the portal never sent this person.
            SignInNotFoundError: the person has no such sign-in.
        """
        await self._require(person)
        entry = self._entry(AuditAction.SIGN_IN_DELETE, sign_in_id, person, remote)
        if not await self._end(person, sign_in_id, entry):
            refusal = self._entry(
                AuditAction.SIGN_IN_DELETE, sign_in_id, person, remote, Outcome.NOT_FOUND
            )
            await self._audit.add(refusal)
            raise SignInNotFoundError

    async def delete_all(self, person: PersonId, remote: Remote) -> int:
        """End all sign-ins of this person, as the portal demands; returns how many.

        Raises:
            PersonNotFoundError: the portal never sent this person.
        """
        await self._require(person)

        def entry_of(sign_in_id: int) -> AuditEntry:
            return self._entry(AuditAction.SIGN_IN_DELETE, sign_in_id, person, remote)

        ended = await self._sign_ins.end_all(person, entry_of)
        for sign_in_id in ended:
            self._live.end(sign_in_id)
        return len(ended)

    async def _require(self, person: PersonId) -> None:
        if await self._people.find(person) is None:
            raise PersonNotFoundError

    async def _end(self, person: PersonId, sign_in_id: int, entry: AuditEntry) -> bool:
        has_ended = await self._sign_ins.end(person, sign_in_id, self._clock(), entry)
        if has_ended:  # otherwise it may be another person's sign-in, which is alive
            self._live.end(sign_in_id)
        return has_ended

    def _issued(self, sign_in: SignIn) -> IssuedTokens:
        return IssuedTokens(
            sign_in, self._tokens.access_token(sign_in), self._tokens.refresh_token(sign_in)
        )

    def _entry(  # noqa: PLR0913, PLR0917 - the parts of a line
        self,
        action: AuditAction,
        sign_in_id: int,
        person: PersonId,
        remote: Remote,
        outcome: Outcome = Outcome.DONE,
        login: Login | None = None,
    ) -> AuditEntry:
        return AuditEntry(
            at=self._clock(),
            action=action,
            outcome=outcome,
            remote=remote,
            person=person,
            login=login,
            sign_in_id=sign_in_id,
        )
