"""Erasures of users and of people of the portal (docs/privacy.md).

An erasure is written down before its first step, and each step may be repeated. So an erasure whose
process dies is gone on with: by a repeat of the call, at the start of a node, and every minute by
any node. What stays is a keyed pseudonym and a time, by which `apply_again` erases the same people
from a backup that was restored.
"""

import asyncio
import random
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from storage.partners.idempotency import IdempotencyStore
from storage.partners.users import UserStore
from storage.portal.person_records import PersonRecords
from storage.privacy.erasures import ErasureStore, PersonErasure, UserErasure
from storage.privacy.user_records import UserRecords
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError, UserNotNamedError, UsersDifferError
from widget_gateway.domain.ids import UserId
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.people import Login, Person, PersonId, login_of
from widget_gateway.domain.portal.sign_ins import Remote
from widget_gateway.domain.privacy.erasures import ErasedPerson, ErasedUser
from widget_gateway.services.partners.accesses import UserReference
from widget_gateway.services.partners.idempotency import EVERYBODY, about_user
from widget_gateway.services.portal.live_sign_ins import LiveSignIns
from widget_gateway.services.portal.pins import PinHasher
from widget_gateway.services.privacy.pseudonyms import Pseudonyms

RESUME_INTERVAL_S = 60.0
"""Mean seconds between two looks for erasures whose process has died. Nodes look for them by turns,
since the pauses are random."""

BATCH = 500
"""How many users, or people, `apply_again` compares with the erasures at once."""

CLOCK_SKEW = timedelta(seconds=5)
"""How far the clocks of two nodes may differ; `doctor` warns beyond it. A user that is registered
later than this after an erasure was asked for is never taken for the erased one."""

_NOWHERE = Remote("", "")
"""What the audit trail says of an erasure that the gateway itself has gone on with."""

_log = structlog.get_logger(__name__)


class Erasures:
    """Removes all that is stored of a user, or of a person, but for pseudonyms."""

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        *,
        erasures: ErasureStore,
        records: UserRecords,
        users: UserStore,
        calls: IdempotencyStore,
        person_records: PersonRecords,
        live_sign_ins: LiveSignIns,
        pins: PinHasher,
        pseudonyms: Pseudonyms,
        clock: Clock,
    ) -> None:
        self._erasures = erasures
        self._records = records
        self._users = users
        self._calls = calls
        self._people = person_records
        self._live_sign_ins = live_sign_ins
        self._pins = pins
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def erase(self, caller: Caller, reference: UserReference) -> ErasedUser:
        """Remove all that is stored of a user of the caller's world; returns what it was.

        A repeat, and a user who is not known, are fine: there is nothing to remove then. The same
        id may be registered again afterwards, as a new user with a new access.

        Raises:
            UserNotNamedError: neither id nor key is given.
            UsersDifferError: the key belongs to another user than the id.
        """
        place = await self._place_of(caller, reference)
        if place is None:  # Nobody has the key, perhaps since an earlier call that died.
            await self.resume_all()
            return ErasedUser()
        pseudonym = self._pseudonyms.of_user(place)
        user = await self._users.find(caller, place.user_id)
        if user is not None:
            # A clock may be behind that of the node that registered the user.
            erased_at = max(self._clock(), user.created_at)
            await self._erasures.begin_user(pseudonym, place, erased_at)
        counts = await self._remove_user(pseudonym, place)
        running = await self._erasures.find(pseudonym)
        if running is not None:  # An earlier call has left kept answers to be forgotten.
            await self._go_on(running)
        _log.info("user_erased", provider=place.provider, results=counts.results)
        return counts

    async def _place_of(self, caller: Caller, reference: UserReference) -> UserPlace | None:
        user_id = reference.user_id
        if reference.user_key is not None:
            named = await self._users.find_by_key(caller, reference.user_key)
            if named is None and user_id is None:
                return None
            if named is None and await self._users.find(caller, UserId(str(user_id))):
                raise UsersDifferError
            if named is not None:
                if user_id not in (None, named.user_id):
                    raise UsersDifferError
                user_id = named.user_id
        if user_id is None:
            raise UserNotNamedError
        return UserPlace(caller.provider.slug, caller.sandbox, user_id)

    async def _remove_user(
        self,
        pseudonym: bytes,
        place: UserPlace,
        *,
        asked_at: datetime | None = None,
        now: datetime | None = None,
    ) -> ErasedUser:
        """Remove batches to the end. Kept answers are forgotten last, when nothing new names them.

        With `asked_at`, a user that was registered after it is another one, who stays. `now` is
        what the erasure is dated with.
        """
        about = frozenset((EVERYBODY, about_user(place.user_id)))
        counts = ErasedUser()
        while True:
            removed = await self._records.remove_some(
                place,
                pseudonym,
                self._pseudonyms.of_access,
                about,
                asked_at=asked_at,
                now=now or self._clock(),
            )
            forgotten = await self._forget(pseudonym, place, removed.subjects)
            counts += removed.counts + ErasedUser(kept_answers=forgotten)
            if removed.is_last:
                return counts

    async def _forget(self, pseudonym: bytes, place: UserPlace, subjects: Collection[str]) -> int:
        forgotten = await self._calls.forget(place.provider, subjects, sandbox=place.sandbox)
        await self._erasures.strike(pseudonym, list(subjects))
        return forgotten

    async def erase_person(self, person: PersonId, remote: Remote) -> ErasedPerson:
        """Remove all that is stored of a person of the portal; returns what it was.

        The person's sign-ins end, on all nodes. The audit trail keeps what was done, under a
        pseudonym and without addresses. A repeat is fine.
        """
        known = await self._people.find(person)
        pseudonym = self._pseudonyms.of_person(person)
        login = None if known is None else login_of(known.login)
        outcome = Outcome.NOT_FOUND
        if known is not None:
            outcome = Outcome.DONE
            # The portal's clock may be ahead.
            erased_at = max(self._clock(), known.pin_created_at)
            await self._erasures.begin_person(pseudonym, person, login, erased_at)
        counts = await self._remove_person(pseudonym, person, login, remote, outcome)
        running = await self._erasures.find(pseudonym)
        if running is not None:
            await self._go_on(running)
        return counts

    async def _remove_person(
        self,
        pseudonym: bytes,
        person: PersonId,
        login: Login | None,
        remote: Remote = _NOWHERE,
        outcome: Outcome = Outcome.DONE,
    ) -> ErasedPerson:
        audited = self._pseudonyms.of_audited(person)
        entry = AuditEntry(
            at=self._clock(),
            action=AuditAction.PERSON_ERASE,
            outcome=outcome,
            remote=remote,
            person=audited,
        )
        guard = None if login is None else self._pins.login_guard(login)
        counts, ended = await self._people.remove(person, guard, entry)
        for sign_in in ended:
            self._live_sign_ins.end(sign_in)
        counts += await self._people.remove_traces(person, login, audited)
        await self._erasures.finish_person(pseudonym)
        return counts

    async def resume_all(self) -> int:
        """Go on with all erasures that are not at their end; returns how many.

        Some may be going on right now in other processes, which does no harm.
        """
        running = await self._erasures.find_running()
        for erasure in running:
            await self._go_on(erasure)
        return len(running)

    async def _go_on(self, erasure: UserErasure | PersonErasure) -> None:
        if isinstance(erasure, PersonErasure):
            await self._remove_person(erasure.pseudonym, erasure.person, erasure.login)
            return
        if erasure.user_id is None or erasure.asked_at is None:
            await self._calls.forget(erasure.provider, erasure.subjects, sandbox=erasure.sandbox)
            await self._erasures.strike(erasure.pseudonym, erasure.subjects)
            return
        place = UserPlace(erasure.provider, erasure.sandbox, erasure.user_id)
        await self._forget(erasure.pseudonym, place, erasure.subjects)
        await self._remove_user(erasure.pseudonym, place, asked_at=erasure.asked_at + CLOCK_SKEW)

    async def apply_again(self) -> int:
        """Erase the users and people whom a restored backup has brought back; returns how many.

        Those who were registered after their erasure stay: they have come back by themselves.
        """
        return await self._erase_restored_users() + await self._erase_restored_people()

    async def _erase_restored_users(self) -> int:
        erased = 0
        after: UserPlace | None = None
        while users := await self._users.list_batch(after, BATCH):
            places = [UserPlace(user.provider, user.sandbox, user.user_id) for user in users]
            after = places[-1]
            named = [self._pseudonyms.of_user(place) for place in places]
            done = await self._erasures.find_done(named)
            for user, place, pseudonym in zip(users, places, named, strict=True):
                erased_at = done.get(pseudonym)
                if erased_at is not None and user.created_at <= erased_at:
                    await self._erasures.begin_user(pseudonym, place, erased_at)
                    # The date stays, for a later restore of a user who came back after it.
                    await self._remove_user(pseudonym, place, asked_at=erased_at, now=erased_at)
                    erased += 1
        return erased

    async def _erase_restored_people(self) -> int:
        erased = 0
        after: PersonId | None = None
        while people := await self._people.list_batch(after, BATCH):
            after = people[-1].id
            done = await self._erasures.find_done([self._of(person) for person in people])
            for person in people:
                erased_at = done.get(self._of(person))
                if erased_at is not None and person.pin_created_at <= erased_at:
                    login, pseudonym = login_of(person.login), self._of(person)
                    await self._erasures.begin_person(pseudonym, person.id, login, erased_at)
                    await self._remove_person(pseudonym, person.id, login)
                    erased += 1
        return erased

    def _of(self, person: Person) -> bytes:
        return self._pseudonyms.of_person(person.id)

    async def run(self) -> None:
        """Go on with interrupted erasures, at once and from time to time, until cancelled."""
        while True:
            try:
                resumed = await self.resume_all()
            except StorageError as error:
                _log.warning("erasures_not_resumed", reason=error.reason)
            else:
                if resumed:
                    _log.warning("erasures_resumed", count=resumed)
            await asyncio.sleep(RESUME_INTERVAL_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
