"""Signing in with a PIN, staying signed in, and being signed out."""

import secrets
from datetime import datetime

from storage.portal.audit import AuditStore
from storage.portal.people import PersonStore
from storage.portal.sign_ins import Rotation, SignInStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    PersonNotFoundError,
    SessionNotFoundError,
    TokenInvalidError,
)
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.people import Login, PersonId, Pin
from widget_gateway.domain.portal.sign_ins import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    IssuedTokens,
    Remote,
    SignedIn,
    SignIn,
    may_be_replayed,
    whole_second,
)
from widget_gateway.services.portal.live_sign_ins import LiveSignIns
from widget_gateway.services.portal.pin_guard import PinGuard
from widget_gateway.services.portal.tokens import PortalTokens

NONCE_BYTES = 16


class SignInService:
    """Use cases around the sessions of people who signed in."""

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
        """Begin a session.

        Raises:
            CredentialsInvalidError: unknown login, wrong PIN or locked login, in the same time.
            RateLimitedError: too many wrong tries from the address.
            BusyError: too many people sign in just now.
        """
        person = await self._guard.admit(login, pin, remote)
        now = self._clock()
        access_expire_at, refresh_expire_at = _expiries(now)
        sign_in = SignIn(
            id=await self._sign_ins.next_id(),
            person=person,
            remote=remote,
            created_at=now,
            updated_at=now,
            access_expire_at=access_expire_at,
            refresh_expire_at=refresh_expire_at,
            generation=1,
            rotated_at=now,
            nonce=secrets.token_bytes(NONCE_BYTES),
        )
        entry = self._entry(AuditAction.SIGN_IN, sign_in.id, person, remote, login=login)
        await self._sign_ins.add(sign_in, entry)
        return self._issued(sign_in)

    async def refresh(self, token: str, remote: Remote) -> IssuedTokens:
        """Go on with a session: a refresh token is used once, and gets its successor.

        One that was used ends its session, since it was stolen, or its owner's was. Only a client
        that lost the answer may ask again, for a few seconds, and gets the same answer.

        Raises:
            TokenInvalidError: none of a session that lives, or a used one.
        """
        now = self._clock()
        sign_in = await self._find_of(token, now)
        if self._tokens.refreshed_generation(token, sign_in) == sign_in.generation:
            rotation = Rotation(now, *_expiries(now))
            entry = self._entry(AuditAction.REFRESH, sign_in.id, sign_in.person, remote)
            rotated = await self._sign_ins.rotate(sign_in, rotation, entry)
            if rotated is not None:
                return self._issued(rotated)
            sign_in = await self._find_of(token, now)  # somebody else was faster
        generation = self._tokens.refreshed_generation(token, sign_in)
        if may_be_replayed(sign_in, generation, now):
            return self._issued(sign_in)
        entry = self._entry(
            AuditAction.REFRESH, sign_in.id, sign_in.person, remote, Outcome.TOKEN_REUSED
        )
        await self._end(sign_in.person, sign_in.id, entry)
        raise TokenInvalidError

    async def _find_of(self, token: str, now: datetime) -> SignIn:
        sign_in = await self._sign_ins.find(self._tokens.claimed_session(token), now)
        if sign_in is None:
            raise TokenInvalidError
        return sign_in

    async def authenticate(self, token: str) -> SignedIn:
        """Who calls with this access token; its session lives.

        Raises:
            TokenInvalidError: none of ours, expired, or its session has ended.
        """
        signed_in = self._tokens.read_access_token(token)
        await self._live.check(signed_in)
        return signed_in

    async def sign_out(self, signed_in: SignedIn, remote: Remote) -> None:
        """End one's own session."""
        entry = self._entry(AuditAction.SIGN_OUT, signed_in.session, signed_in.person, remote)
        await self._end(signed_in.person, signed_in.session, entry)

    async def list_of(self, person: PersonId) -> list[SignIn]:
        """The person's sessions, oldest first.

        Raises:
            PersonNotFoundError: the portal never told of this person.
        """
        await self._require(person)
        return await self._sign_ins.list_of(person, self._clock())

    async def delete(self, person: PersonId, session: int, remote: Remote) -> None:
        """End a session of this person, on the portal's word.

        Raises:
            PersonNotFoundError: the portal never told of this person.
            SessionNotFoundError: no such session, or another person's.
        """
        await self._require(person)
        entry = self._entry(AuditAction.SESSION_DELETE, session, person, remote)
        if not await self._end(person, session, entry):
            refusal = self._entry(
                AuditAction.SESSION_DELETE, session, person, remote, Outcome.NOT_FOUND
            )
            await self._audit.add(refusal)
            raise SessionNotFoundError

    async def delete_all(self, person: PersonId, remote: Remote) -> None:
        """End all sessions of this person, on the portal's word.

        Raises:
            PersonNotFoundError: the portal never told of this person.
        """
        await self._require(person)

        def entry_of(session: int) -> AuditEntry:
            return self._entry(AuditAction.SESSION_DELETE, session, person, remote)

        for session in await self._sign_ins.end_all(person, entry_of):
            self._live.end(session)

    async def _require(self, person: PersonId) -> None:
        if await self._people.find(person) is None:
            raise PersonNotFoundError

    async def _end(self, person: PersonId, session: int, entry: AuditEntry) -> bool:
        has_ended = await self._sign_ins.end(person, session, self._clock(), entry)
        if has_ended:  # else it may be another person's, which lives
            self._live.end(session)
        return has_ended

    def _issued(self, sign_in: SignIn) -> IssuedTokens:
        return IssuedTokens(
            sign_in, self._tokens.access_token(sign_in), self._tokens.refresh_token(sign_in)
        )

    def _entry(  # noqa: PLR0913, PLR0917 - the parts of a line
        self,
        action: AuditAction,
        session: int,
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
            session=session,
        )


def _expiries(now: datetime) -> tuple[datetime, datetime]:
    """Of the access and of the refresh token, in whole seconds as tokens have them."""
    began = whole_second(now)
    return began + ACCESS_LIFETIME, began + REFRESH_LIFETIME
