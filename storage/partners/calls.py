"""The log of the partner API's calls (`partner_calls`). A TTL index removes them."""

from collections.abc import Iterable

from bson import ObjectId
from pymongo.write_concern import WriteConcern

from storage.client import Database, Document, translated
from widget_gateway.domain.errors import CursorInvalidError
from widget_gateway.domain.partners.calls import CallFilter, LoggedCall, PartnerCall

_FIRST_REFUSAL = 400
"""The lowest HTTP status of a refusal."""

_FIELDS = (
    "provider",
    "sandbox",
    "at",
    "request_id",
    "operation",
    "version",
    "method",
    "status",
    "reason",
    "parameter",
    "took_ms",
    "address",
)


class CallStore:
    """Calls by id, which sorts by the time of storing.

    Writes do not wait for a majority, because the last calls may be lost with their machine.
    """

    def __init__(self, database: Database) -> None:
        self._calls = database["partner_calls"]
        self._quick = self._calls.with_options(write_concern=WriteConcern(w=1))

    async def add_many(self, calls: Iterable[PartnerCall]) -> None:
        """Store calls in their order."""
        rows = [{name: getattr(call, name) for name in _FIELDS} for call in calls]
        with translated():
            await self._quick.insert_many(rows, ordered=False)

    async def list_page(
        self, wanted: CallFilter, *, limit: int, after: str | None
    ) -> list[LoggedCall]:
        """List the calls, newest first, that follow the id `after`. An index finds each page.

        Raises:
            CursorInvalidError: `after` is no id of a call.
        """
        condition: Document = {"provider": wanted.provider, "sandbox": wanted.sandbox}
        index = "log"
        if wanted.only_refused:
            condition["status"] = {"$gte": _FIRST_REFUSAL}
            index = "refused"
        if wanted.request_id is not None:
            condition["request_id"] = wanted.request_id
            index = "request"
        if after is not None:
            if not ObjectId.is_valid(after):
                raise CursorInvalidError
            condition["_id"] = {"$lt": ObjectId(after)}
        with translated():
            found = self._calls.find(condition, hint=index).sort("_id", -1).limit(limit)
            return [_call_from(row) async for row in found]


def _call_from(row: Document) -> LoggedCall:
    return LoggedCall(str(row["_id"]), PartnerCall(**{name: row[name] for name in _FIELDS}))
