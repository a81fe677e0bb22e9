"""Erasures: which are going on, and which were done and have to be repeated after a restore.

A row is `{_id, erased_at}`. The `_id` is a keyed pseudonym, from which nobody can tell who was
erased without the key and the id. While the erasure is going on, the row also has

- `state`: `removing`, while data of the user may be stored, and then `forgetting`;
- `user` or `person`: whose data is to be removed, and in `asked_at` since when;
- `subjects`: ids by which kept answers of calls are still to be forgotten, with their `world`.

So an erasure whose process died is gone on with by any other one, and nothing that identifies the
person is left in the row at its end.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.client import Database, Document, translated
from storage.transactions import Session
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.portal.people import Login, PersonId

_REMOVING = "removing"
_FORGETTING = "forgetting"


@dataclass(frozen=True, slots=True)
class UserErasure:
    """An erasure of a user that is going on.

    `user_id` and `asked_at` are None once only `subjects` are left.
    """

    pseudonym: bytes
    asked_at: datetime | None
    provider: ProviderSlug
    sandbox: bool
    user_id: UserId | None
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonErasure:
    """An erasure of a person of the portal that is going on."""

    pseudonym: bytes
    person: PersonId
    login: Login | None


def _erasure_from(row: Document) -> UserErasure | PersonErasure:
    if "person" in row:
        person = row["person"]
        login = None if person["login"] is None else Login(person["login"])
        return PersonErasure(bytes(row["_id"]), PersonId(person["id"]), login)
    user = row.get("user")
    return UserErasure(
        pseudonym=bytes(row["_id"]),
        asked_at=row.get("asked_at"),
        provider=ProviderSlug(row["world"]["provider"]),
        sandbox=row["world"]["sandbox"],
        user_id=None if user is None else UserId(user),
        subjects=tuple(row["subjects"]),
    )


class ErasureStore:
    """Erasures by pseudonym."""

    def __init__(self, database: Database) -> None:
        self._erasures = database["erasures"]

    async def begin_user(self, pseudonym: bytes, place: UserPlace, now: datetime) -> None:
        """Write down that the user's data is to be removed. Subjects of an earlier call stay."""
        world = {"provider": place.provider, "sandbox": place.sandbox}
        started = {"state": _REMOVING, "user": place.user_id, "world": world, "asked_at": now}
        await self._begin(
            pseudonym,
            {
                "$set": started,
                "$max": {"erased_at": now},
                "$addToSet": {"subjects": {"$each": []}},
            },
        )

    async def begin_person(
        self, pseudonym: bytes, person: PersonId, login: Login | None, now: datetime
    ) -> None:
        """Write down that the person's data is to be removed."""
        started = {"state": _REMOVING, "person": {"id": person, "login": login}}
        await self._begin(pseudonym, {"$set": started, "$max": {"erased_at": now}})

    async def _begin(self, pseudonym: bytes, change: Document) -> None:
        with translated():
            await self._erasures.update_one({"_id": pseudonym}, change, upsert=True)

    async def note_within(  # noqa: PLR0913 - the erasure, and what the transaction has done
        self,
        session: Session,
        pseudonym: bytes,
        place: UserPlace,
        subjects: Collection[str],
        *,
        removed_at: datetime | None,
        is_last: bool,
    ) -> None:
        """Note in the caller's transaction by which subjects kept answers are to be forgotten.

        With `is_last` nothing else is left of the user, whose id is then removed from the row.
        `removed_at` is None if the transaction has removed nothing. Then only the row of an erasure
        that is going on is changed, since another call may have finished the same erasure.
        """
        change: Document = {"$addToSet": {"subjects": {"$each": sorted(subjects)}}}
        wanted: Document = {"_id": pseudonym}
        fields: Document = {"state": _FORGETTING if is_last else _REMOVING}
        if is_last:
            change["$unset"] = {"user": "", "asked_at": ""}
        if removed_at is None:
            wanted["state"] = {"$exists": True}
        else:
            fields["world"] = {"provider": place.provider, "sandbox": place.sandbox}
            change["$max"] = {"erased_at": removed_at}
            if not is_last:
                fields |= {"user": place.user_id, "asked_at": removed_at}
        await self._erasures.update_one(
            wanted, change | {"$set": fields}, upsert=removed_at is not None, session=session
        )

    async def find(self, pseudonym: bytes) -> UserErasure | PersonErasure | None:
        """Find an erasure that is going on."""
        with translated():
            row = await self._erasures.find_one({"_id": pseudonym, "state": {"$exists": True}})
        return _erasure_from(row) if row else None

    async def find_running(self) -> list[UserErasure | PersonErasure]:
        """List the erasures that are going on, or whose process has died."""
        with translated():
            rows = self._erasures.find({"state": {"$exists": True}})
            return [_erasure_from(row) async for row in rows]

    async def strike(self, pseudonym: bytes, subjects: Sequence[str]) -> bool:
        """Strike off subjects that were forgotten; returns whether the erasure is done by that.

        It is not while another call of the same erasure has more to do.
        """
        with translated():
            await self._erasures.update_one(
                {"_id": pseudonym}, {"$pullAll": {"subjects": list(subjects)}}
            )
            done = await self._erasures.update_one(
                {"_id": pseudonym, "state": _FORGETTING, "subjects": []}, _CLEARED
            )
        return bool(done.matched_count)

    async def finish_person(self, pseudonym: bytes) -> None:
        """Note that nothing is left of a person."""
        with translated():
            await self._erasures.update_one({"_id": pseudonym}, _CLEARED)

    async def find_done(self, pseudonyms: Sequence[bytes]) -> dict[bytes, datetime]:
        """Find those of the pseudonyms whose data was to be erased, and the last time of that."""
        with translated():
            rows = self._erasures.find({"_id": {"$in": list(pseudonyms)}}, {"erased_at": 1})
            return {bytes(row["_id"]): row["erased_at"] async for row in rows}


_CLEARED: Document = {
    "$unset": dict.fromkeys(("state", "user", "person", "world", "asked_at", "subjects"), "")
}
"""The change that leaves an erasure with its pseudonym and its time."""
