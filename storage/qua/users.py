"""QUA's users, and how often their passwords were guessed at."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from storage.changes import Changes
from storage.client import Database, Document, translated
from widget_gateway.domain.errors import QuaUserExistsError, QuaUserNotFoundError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import TRIES_WINDOW, User


def _user_from(row: Document) -> User:
    return User(
        id=QuaUserId(row["_id"]),
        username=row["username"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        editor=row["editor"],
        created_at=row["created_at"],
        removed=row["removed"],
        password_version=row["password_version"],
    )


class QuaUserStore:
    """A name is one user's that is not removed. Passwords are stored as their hashes."""

    def __init__(self, database: Database) -> None:
        self._users = database["qua_users"]

    async def add(self, user: User, password: str) -> None:
        """Store a new user with the hash of its password.

        Raises:
            QuaUserExistsError: the name is taken.
        """
        row = {
            "_id": user.id,
            "username": user.username,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "editor": user.editor,
            "created_at": user.created_at,
            "removed": user.removed,
            "password": password,
            "password_version": user.password_version,
        }
        with translated():
            try:
                await self._users.insert_one(row)
            except DuplicateKeyError:
                raise QuaUserExistsError from None

    async def find_by_name(self, username: str) -> tuple[User, str] | None:
        """A user that is not removed, and the hash of its password."""
        with translated():
            row = await self._users.find_one({"username": username, "removed": False})
        return (_user_from(row), row["password"]) if row else None

    async def find(self, user: QuaUserId) -> User | None:
        """A user, be it removed or not."""
        with translated():
            row = await self._users.find_one({"_id": user}, {"password": 0})
        return _user_from(row) if row else None

    async def find_all(self, users: Iterable[QuaUserId]) -> dict[QuaUserId, User]:
        """Those of the users that there are, removed ones included."""
        with translated():
            rows = self._users.find({"_id": {"$in": list(users)}}, {"password": 0})
            return {QuaUserId(row["_id"]): _user_from(row) async for row in rows}

    async def list_all(self) -> list[User]:
        """All users that are not removed, by name."""
        with translated():
            rows = self._users.find({"removed": False}, {"password": 0}).sort("username", 1)
            return [_user_from(row) async for row in rows]

    async def update(self, username: str, changes: Mapping[str, str | bool]) -> User:
        """Store these fields.

        Raises:
            QuaUserNotFoundError: there is no such user.
        """
        return await self._change(username, {"$set": dict(changes)})

    async def remove(self, username: str) -> User:
        """Let a user sign in no more; what it wrote stays, and its name is free.

        Raises:
            QuaUserNotFoundError: there is no such user.
        """
        return await self._change(username, {"$set": {"removed": True, "password": ""}})

    async def set_password(self, username: str, password: str) -> User:
        """Store the hash of a new password.

        Raises:
            QuaUserNotFoundError: there is no such user.
        """
        change = {"$set": {"password": password}, "$inc": {"password_version": 1}}
        return await self._change(username, change)

    async def _change(self, username: str, change: Document) -> User:
        with translated():
            row = await self._users.find_one_and_update(
                {"username": username, "removed": False},
                change,
                return_document=ReturnDocument.AFTER,
            )
        if row is None:
            raise QuaUserNotFoundError
        return _user_from(row)


class QuaUserChanges(Changes[QuaUserId]):
    """Users that were changed or removed."""

    collection = "qua_users"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["update", "replace", "delete"]}}},
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> QuaUserId:
        """Which user."""
        return QuaUserId(row["documentKey"]["_id"])


class QuaTryStore:
    """Counts tries to sign in, by name and by address, in windows that begin with the first."""

    def __init__(self, database: Database) -> None:
        self._tries = database["qua_tries"]

    async def count(self, guard: bytes, now: datetime) -> tuple[int, datetime]:
        """Count a try; returns the tries of the window, this one included, and its end; atomic."""
        over = {"$lte": [{"$ifNull": ["$expires_at", now]}, now]}  # the TTL index may be late
        pipeline: list[Document] = [
            {
                "$set": {
                    "tries": {"$cond": [over, 1, {"$add": ["$tries", 1]}]},
                    "expires_at": {"$cond": [over, now + TRIES_WINDOW, "$expires_at"]},
                }
            }
        ]
        with translated():
            row: Any = await self._tries.find_one_and_update(
                {"_id": guard}, pipeline, upsert=True, return_document=ReturnDocument.AFTER
            )
        return int(row["tries"]), row["expires_at"]

    async def give_back(self, guard: bytes) -> None:
        """The password was right: the try does not count."""
        with translated():
            await self._tries.update_one(
                {"_id": guard, "tries": {"$gt": 0}}, {"$inc": {"tries": -1}}
            )
