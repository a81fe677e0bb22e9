"""Listing provider users page by page. Registering them is storage/partners/accesses.py's."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.client import Database, translated
from storage.partners.accesses import user_from
from widget_gateway.domain.attempts.results import ProviderUser
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.providers import Caller

_EPOCH = datetime.fromtimestamp(0, UTC)


class InvalidCursorError(ValueError):
    """A cursor that no page of ours ended with."""


class UserStore:
    """Pages are found by an index, so the last one costs what the first does."""

    def __init__(self, database: Database) -> None:
        self._users = database["provider_users"]

    async def list_page(
        self,
        caller: Caller,
        *,
        test: TestSlug | None,
        passed: bool | None,
        limit: int,
        after: str | None,
    ) -> tuple[list[ProviderUser], str | None]:
        """Users in the order of registration, and the cursor of the next page, if there is one.

        Raises:
            InvalidCursorError: `after` is none of ours.
        """
        wanted: dict[str, Any] = {
            "_id.provider": caller.provider.slug,
            "_id.sandbox": caller.sandbox,
        }
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


def _cursor(last: ProviderUser) -> str:
    """Place of the last user of a page: when, in milliseconds, and who."""
    moment = (last.created_at - _EPOCH) // timedelta(milliseconds=1)
    return base64.urlsafe_b64encode(f"{moment}:{last.user_id}".encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        place = base64.urlsafe_b64decode(text.encode("ascii")).decode("utf-8")
        moment, _, user_id = place.partition(":")
        return _EPOCH + timedelta(milliseconds=int(moment)), user_id
    except (ValueError, OverflowError):
        raise InvalidCursorError from None
