"""The users of providers. storage/partners/accesses.py registers them."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

from storage.client import Database, Document, translated
from storage.driver.adapter import wait_of
from storage.driver.gathered import GatheredReads
from storage.migrations import MigrationStore
from storage.transactions import Session
from widget_gateway.domain.attempts.results import ProviderUser
from widget_gateway.domain.ids import ProviderSlug, TestSlug, UserId
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.users import UserPlace

_UserPlace = tuple[ProviderSlug, bool, UserId]
"""The fields of a user's `_id`: the provider, whether it is the sandbox, the partner's own id."""

_EPOCH = datetime.fromtimestamp(0, UTC)


class InvalidCursorError(ValueError):
    """The cursor was not returned with any page of users."""


def user_document_id(caller: Caller, user_id: UserId) -> Document:
    """The `_id` of a user. Users of the sandbox are others than those of the live world."""
    return {"provider": caller.provider.slug, "sandbox": caller.sandbox, "user_id": user_id}


def user_from(row: Document) -> ProviderUser:
    """The user that a document of `provider_users` stores."""
    return ProviderUser(
        provider=ProviderSlug(row["_id"]["provider"]),
        sandbox=row["_id"]["sandbox"],
        user_id=UserId(row["_id"]["user_id"]),
        key=row["key"],
        created_at=row["created_at"],
        main=row["main"],
        bonus=row["bonus"],
        # Most users have neither.
        results_removed=row.get("results_removed", 0),
        tokens_issued=row.get("tokens_issued", 0),
    )


class UserStore:
    """Reads `provider_users`, whose `_id` is {provider, sandbox, user_id}.

    A USER_KEY is looked up in `user_keys`, whose `_id` it is, so that a sharded cluster knows where
    it is stored.
    """

    def __init__(self, database: Database) -> None:
        self._users = database["provider_users"]
        self._keys = database["user_keys"]
        self._migrations = MigrationStore(database)
        self._by_id = GatheredReads(self._find_many, wait_of(database))
        self._by_key = GatheredReads(self._find_places, wait_of(database))

    async def find(self, caller: Caller, user_id: UserId) -> ProviderUser | None:
        """Find a user of the caller's world by the partner's own id."""
        return await self._by_id.get((caller.provider.slug, caller.sandbox, user_id))

    async def _find_many(self, keys: list[_UserPlace]) -> dict[_UserPlace, ProviderUser]:
        ids = [dict(zip(("provider", "sandbox", "user_id"), key, strict=True)) for key in keys]
        with translated():
            found = self._users.find({"_id": {"$in": ids}})
            return {tuple(row["_id"].values()): user_from(row) async for row in found}

    async def find_by_key(self, caller: Caller, key: UUID) -> ProviderUser | None:
        """Find a user of the caller's world by USER_KEY."""
        place = await self._by_key.get(key)
        if place is None or place[:2] != (caller.provider.slug, caller.sandbox):
            return None
        return await self._by_id.get(place)

    async def find_owner_of_key(self, key: UUID) -> tuple[ProviderSlug, bool] | None:
        """Find the provider whose user has this USER_KEY, and whether the user is a sandbox one."""
        place = await self._by_key.get(key)
        return place[:2] if place else None

    async def _find_places(self, keys: list[UUID]) -> dict[UUID, _UserPlace]:
        with translated():
            found = self._keys.find({"_id": {"$in": keys}})
            places = {row["_id"]: _place(row) async for row in found}
            unknown = [key for key in keys if key not in places]
            if unknown and not await self._migrations.is_finished():
                # A gateway of the former version may have registered these users.
                rows = self._users.find({"key": {"$in": unknown}}, {"key": 1})
                places |= {row["key"]: _place(row["_id"]) async for row in rows}
        return places

    async def find_within(self, session: Session, place: UserPlace) -> ProviderUser | None:
        """Find a user in the caller's transaction."""
        row = await self._users.find_one({"_id": _id_of(place)}, session=session)
        return user_from(row) if row else None

    async def remove_within(self, session: Session, place: UserPlace) -> int:
        """Remove a user, and the USER_KEY, in the caller's transaction; returns how many."""
        row = await self._users.find_one_and_delete({"_id": _id_of(place)}, session=session)
        if row is None:
            return 0
        await self._keys.delete_one({"_id": row["key"]}, session=session)
        return 1

    async def note_removed_within(
        self, session: Session, place: UserPlace, removed: int, passed: list[TestSlug]
    ) -> None:
        """Note in the caller's transaction that the user has lost some results.

        Their places stay taken, since an access was paid for them. `removed` says how many places
        have no result any more, and `passed` which tests still have results.
        """
        change = {"$inc": {"results_removed": removed}, "$set": {"passed": passed}}
        await self._users.update_one({"_id": _id_of(place)}, change, session=session)

    async def list_batch(self, after: UserPlace | None, limit: int) -> list[ProviderUser]:
        """List users of all providers in the order of their ids, behind the user `after`."""
        beyond = {} if after is None else {"_id": {"$gt": _id_of(after)}}
        with translated():
            found = self._users.find(beyond).sort("_id", 1).limit(limit)
            return [user_from(row) async for row in found]

    async def count(self, caller: Caller) -> int:
        """Count the users of the caller's world."""
        with translated():
            return int(await self._users.count_documents(_of(caller)))

    async def list_page(
        self,
        caller: Caller,
        *,
        test: TestSlug | None,
        passed: bool | None,
        limit: int,
        after: str | None,
    ) -> tuple[list[ProviderUser], str | None]:
        """List users in the order of registration; returns the cursor of the next page, too.

        The cursor is None on the last page. An index finds each page, so that the last page costs
        as little as the first.

        Raises:
            InvalidCursorError: `after` is not the cursor of a page.
        """
        wanted = _of(caller)
        if passed is not None:
            with_none: list[str] = []
            if test is None:
                wanted["passed"] = {"$ne": with_none} if passed else with_none
            else:
                wanted["passed"] = test if passed else {"$ne": test}
        if after is not None:
            created_at, user_id = _read_cursor(after)
            wanted["$or"] = [
                {"created_at": {"$gt": created_at}},
                {"created_at": created_at, "_id.user_id": {"$gt": user_id}},
            ]
        with translated():
            found = self._users.find(wanted).sort([("created_at", 1), ("_id.user_id", 1)])
            rows = await found.limit(limit + 1).to_list(limit + 1)
        users = [user_from(row) for row in rows[:limit]]
        return users, _cursor(users[-1]) if len(rows) > limit else None


def _id_of(place: UserPlace) -> Document:
    return {"provider": place.provider, "sandbox": place.sandbox, "user_id": place.user_id}


def _place(row: Document) -> _UserPlace:
    return ProviderSlug(row["provider"]), row["sandbox"], UserId(row["user_id"])


def _of(caller: Caller) -> Document:
    return {"_id.provider": caller.provider.slug, "_id.sandbox": caller.sandbox}


def _cursor(last: ProviderUser) -> str:
    """Encode the place of a page's last user: its registration in milliseconds, and its id."""
    moment = (last.created_at - _EPOCH) // timedelta(milliseconds=1)
    return base64.urlsafe_b64encode(f"{moment}:{last.user_id}".encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        place = base64.urlsafe_b64decode(text.encode("ascii")).decode("utf-8")
        moment, _, user_id = place.partition(":")
        return _EPOCH + timedelta(milliseconds=int(moment)), user_id
    except (ValueError, OverflowError):
        raise InvalidCursorError from None
