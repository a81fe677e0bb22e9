"""Sessions of the console, by the hashes of their tokens."""

from datetime import datetime, timedelta
from uuid import UUID

from storage.client import Database, Document, translated
from widget_gateway.domain.console.accounts import SESSION_IDLE, SESSION_LIFETIME, ConsoleSession
from widget_gateway.domain.ids import AccountId

_SEEN_EVERY = timedelta(minutes=1)
"""How seldom a request is noted. A session without requests ends up to so much earlier."""


def _session_from(row: Document) -> ConsoleSession:
    return ConsoleSession(
        id=row["session"],
        account=AccountId(row["account"]),
        is_complete=row["complete"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        address=row["address"],
        user_agent=row["user_agent"],
    )


class SessionStore:
    """Sessions by the SHA-256 hash of their token. The times say when one is over."""

    def __init__(self, database: Database) -> None:
        self._sessions = database["console_sessions"]

    async def add(self, token_hash: bytes, session: ConsoleSession, version: int) -> None:
        """Store a session that belongs to this version of its account."""
        row = {
            "_id": token_hash,
            "session": session.id,
            "account": session.account,
            "version": version,
            "complete": session.is_complete,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "expires_at": _end(session.created_at, session.seen_at),
            "address": session.address,
            "user_agent": session.user_agent,
        }
        with translated():
            await self._sessions.insert_one(row)

    async def find(self, token_hash: bytes, now: datetime) -> tuple[ConsoleSession, int] | None:
        """Find a session that is not over, and the version of the account that it belongs to."""
        with translated():
            row = await self._sessions.find_one({"_id": token_hash, "expires_at": {"$gt": now}})
            if row is None:
                return None
            if row["seen_at"] <= now - _SEEN_EVERY:
                seen = {"seen_at": now, "expires_at": _end(row["created_at"], now)}
                await self._sessions.update_one({"_id": token_hash}, {"$set": seen})
        return _session_from(row), row["version"]

    async def remove(self, token_hash: bytes) -> bool:
        """End a session; False if it was over."""
        with translated():
            removed = await self._sessions.delete_one({"_id": token_hash})
        return bool(removed.deleted_count)

    async def keep(self, token_hash: bytes, name: str, value: bytes) -> None:
        """Keep something in a session that its next request needs, once."""
        with translated():
            await self._sessions.update_one({"_id": token_hash}, {"$set": {f"kept.{name}": value}})

    async def take(self, token_hash: bytes, name: str) -> bytes | None:
        """Take what was kept in a session, which loses it; None if there is nothing."""
        with translated():
            row = await self._sessions.find_one_and_update(
                {"_id": token_hash, f"kept.{name}": {"$exists": True}},
                {"$unset": {f"kept.{name}": ""}},
            )
        return None if row is None else bytes(row["kept"][name])

    async def read(self, token_hash: bytes, name: str) -> bytes | None:
        """Read what is kept in a session; None if there is nothing."""
        with translated():
            row = await self._sessions.find_one({"_id": token_hash}, {f"kept.{name}": 1})
        kept = (row or {}).get("kept", {}).get(name)
        return None if kept is None else bytes(kept)

    async def remove_others(self, account: AccountId, kept: UUID) -> int:
        """End all sessions of an account but one; return how many there were."""
        with translated():
            removed = await self._sessions.delete_many(
                {"account": account, "session": {"$ne": kept}}
            )
        return int(removed.deleted_count)

    async def remove_of(self, account: AccountId, session: UUID) -> bool:
        """End a session of an account by its id; False if there is none."""
        with translated():
            removed = await self._sessions.delete_one({"account": account, "session": session})
        return bool(removed.deleted_count)

    async def list_of(self, account: AccountId, now: datetime) -> list[ConsoleSession]:
        """List an account's sessions that are not over, the newest first."""
        wanted = {"account": account, "expires_at": {"$gt": now}}
        with translated():
            found = self._sessions.find(wanted).sort("created_at", -1)
            return [_session_from(row) async for row in found]


def _end(created_at: datetime, seen_at: datetime) -> datetime:
    return min(created_at + SESSION_LIFETIME, seen_at + SESSION_IDLE)
