"""People of the portal, with the hashes of their PINs."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from storage.client import Client, Database, Document, translated
from storage.portal.audit import AuditStore
from storage.portal.guards import GuardStore
from storage.transactions import Session, run
from widget_gateway.domain.errors import LoginTakenError
from widget_gateway.domain.portal.audit import AuditEntry
from widget_gateway.domain.portal.people import Login, Person, PersonId, PersonOrder, login_of

_LAST_CHARACTER = "\U0010ffff"
"""The last character in the order of the database, which is that of UTF-8."""


class _OutdatedError(Exception):
    """A newer PIN is stored, so the transaction must change nothing."""


def _person_from(row: Document) -> Person:
    return Person(
        id=PersonId(row["_id"]),
        tab_no=row["tab_no"],
        login=row["login"],
        pin_hash=row["pin_hash"],
        pin_created_at=row["pin_created_at"],
    )


class PersonStore:
    """People by the portal's `id_phperson`. A unique index allows each login once."""

    def __init__(
        self, client: Client, database: Database, guards: GuardStore, audit: AuditStore
    ) -> None:
        self._client = client
        self._people = database["people"]
        self._guards = guards
        self._audit = audit

    async def find(self, person: PersonId) -> Person | None:
        """Find a person by the portal's id."""
        with translated():
            row = await self._people.find_one({"_id": person})
        return _person_from(row) if row else None

    async def find_by_login(self, login: Login) -> Person | None:
        """Find a person by login."""
        with translated():
            row = await self._people.find_one({"login_key": login})
        return _person_from(row) if row else None

    async def known(self, ids: Sequence[PersonId]) -> set[PersonId]:
        """Return those of these ids that are stored."""
        with translated():
            # All rows are read in one batch and at once: further batches would be round trips, and
            # each single row would take a turn of the event loop.
            found = self._people.find({"_id": {"$in": ids}}, {"_id": 1}, batch_size=len(ids) + 1)
            return {PersonId(row["_id"]) for row in await found.to_list(None)}

    async def list_batch(self, after: PersonId | None, limit: int) -> list[Person]:
        """List people in the order of their ids, behind the id `after`."""
        beyond = {} if after is None else {"_id": {"$gt": after}}
        with translated():
            found = self._people.find(beyond).sort("_id", 1).limit(limit)
            return [_person_from(row) async for row in found]

    async def list_page(
        self, order: PersonOrder, beginning: str, after: str | None, limit: int
    ) -> list[Person]:
        """List people whose login or id begins with `beginning`, in the order of logins or ids.

        The page follows the login or id `after`. Logins are compared as `login_of` makes them.
        """
        field = "login_key" if order is PersonOrder.LOGIN else "_id"
        wanted: Document = {"$gte": beginning}
        if beginning:
            wanted["$lt"] = beginning + _LAST_CHARACTER
        if after is not None:
            wanted["$gt"] = after
        with translated():
            found = self._people.find({field: wanted}).sort(field, 1).limit(limit)
            return [_person_from(row) async for row in found]

    async def remove_within(self, session: Session, person: PersonId) -> int:
        """Remove a person in the caller's transaction; returns how many there were."""
        removed = await self._people.delete_one({"_id": person}, session=session)
        return int(removed.deleted_count)

    async def put(self, person: Person, guard: bytes | None, entry: AuditEntry) -> bool:
        """Add the person, or replace the stored one unless its PIN is newer; atomic.

        Returns False, and changes nothing, where the stored PIN is newer. `guard` is the guard of
        the login if the PIN is new; its tries are then forgotten. `entry` goes into the audit
        trail.

        Raises:
            LoginTakenError: another person has the login.
        """
        fields = {
            "tab_no": person.tab_no,
            "login": person.login,
            "login_key": login_of(person.login),
            "pin_hash": person.pin_hash,
            "pin_created_at": person.pin_created_at,
        }
        not_newer = {"_id": person.id, "pin_created_at": {"$lte": person.pin_created_at}}

        async def work(session: Session) -> None:
            try:
                await self._people.update_one(
                    not_newer, {"$set": fields}, upsert=True, session=session
                )
            except DuplicateKeyError as error:
                # If `_id` is taken, the person is stored with a newer PIN. Otherwise the login is
                # another person's.
                pattern = (error.details or {}).get("keyPattern", {})
                raise (_OutdatedError if "_id" in pattern else LoginTakenError) from None
            if guard is not None:
                await self._guards.forgive_within(session, guard)
            await self._audit.add_within(session, entry)

        try:
            await run(self._client, work)
        except _OutdatedError:
            return False
        return True
