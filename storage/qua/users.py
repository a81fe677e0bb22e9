"""QUA's users."""

from collections.abc import Iterable, Mapping

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from storage.changes import Changes
from storage.client import Database, Document, translated
from widget_gateway.domain.errors import QuaUserExistsError, QuaUserNotFoundError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import User


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
    """Users with the hashes of their passwords. Two users have a name only if one is removed."""

    def __init__(self, database: Database) -> None:
        self._users = database["qua_users"]

    async def add(self, user: User, password: str) -> None:
        """Store a new user; `password` is the hash of the password.

        Raises:
            QuaUserExistsError: another user has the name.
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
        """Find a user that is not removed, and the hash of its password."""
        with translated():
            row = await self._users.find_one({"username": username, "removed": False})
        return (_user_from(row), row["password"]) if row else None

    async def find(self, user: QuaUserId) -> User | None:
        """Find a user, even if it is removed."""
        with translated():
            row = await self._users.find_one({"_id": user}, {"password": 0})
        return _user_from(row) if row else None

    async def find_all(self, users: Iterable[QuaUserId]) -> dict[QuaUserId, User]:
        """Find those of the users that exist, even if they are removed."""
        with translated():
            rows = self._users.find({"_id": {"$in": list(users)}}, {"password": 0})
            return {QuaUserId(row["_id"]): _user_from(row) async for row in rows}

    async def list_all(self) -> list[User]:
        """List all users that are not removed, sorted by name."""
        with translated():
            rows = self._users.find({"removed": False}, {"password": 0}).sort("username", 1)
            return [_user_from(row) async for row in rows]

    async def list_page(self, after: str | None, limit: int) -> list[User]:
        """List users that are not removed, sorted by name, behind the name `after`."""
        wanted: Document = {"removed": False}
        if after is not None:
            wanted["username"] = {"$gt": after}
        with translated():
            rows = self._users.find(wanted, {"password": 0}).sort("username", 1).limit(limit)
            return [_user_from(row) async for row in rows]

    async def update(self, username: str, changes: Mapping[str, str | bool]) -> User:
        """Change these fields of a user.

        Raises:
            QuaUserNotFoundError: there is no such user.
        """
        return await self._change(username, {"$set": dict(changes)})

    async def remove(self, username: str) -> User:
        """Remove a user, who can no longer sign in. What it wrote stays, and its name is free.

        Raises:
            QuaUserNotFoundError: there is no such user.
        """
        return await self._change(username, {"$set": {"removed": True, "password": ""}})

    async def set_password(self, username: str, password: str) -> User:
        """Store a new password; `password` is its hash.

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
            raise QuaUserNotFoundError(names=(username,))
        return _user_from(row)


class QuaUserChanges(Changes[QuaUserId]):
    """Changes of users: of their fields, and removals."""

    collection = "qua_users"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["update", "replace", "delete"]}}},
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> QuaUserId:
        """Read which user has changed."""
        return QuaUserId(row["documentKey"]["_id"])
