"""Groups of synonyms, and the stream of their changes."""

from datetime import datetime

from pymongo import ReturnDocument

from storage.changes import Changes
from storage.client import Database, Document, translated
from widget_gateway.domain.errors import SynonymsNotFoundError
from widget_gateway.domain.ids import QuaUserId, SynonymGroupId
from widget_gateway.domain.qua.synonyms import MAX_GROUPS, SynonymChanges, SynonymGroup


class SynonymStore:
    """Groups by number."""

    def __init__(self, database: Database) -> None:
        self._groups = database["qua_synonyms"]

    async def add(self, group: SynonymGroup) -> None:
        """Store a new group."""
        row = {
            "_id": group.id,
            "words": list(group.words),
            "one_way": group.one_way,
            "created_at": group.created_at,
            "created_by": group.created_by,
            "updated_at": group.updated_at,
            "updated_by": group.updated_by,
        }
        with translated():
            await self._groups.insert_one(row)

    async def update(
        self, group: SynonymGroupId, changes: SynonymChanges, editor: QuaUserId, now: datetime
    ) -> SynonymGroup:
        """Change the fields that `changes` has; atomic.

        Raises:
            SynonymsNotFoundError: there is no such group.
        """
        fields: Document = {"updated_at": now, "updated_by": editor}
        if changes.words is not None:
            fields["words"] = list(changes.words)
        if changes.one_way is not None:
            fields["one_way"] = changes.one_way
        with translated():
            row = await self._groups.find_one_and_update(
                {"_id": group}, {"$set": fields}, return_document=ReturnDocument.AFTER
            )
        if row is None:
            raise SynonymsNotFoundError
        return _group_from(row)

    async def remove(self, group: SynonymGroupId) -> None:
        """Delete a group.

        Raises:
            SynonymsNotFoundError: there is no such group.
        """
        with translated():
            deleted = await self._groups.delete_one({"_id": group})
        if not deleted.deleted_count:
            raise SynonymsNotFoundError

    async def list_all(self) -> list[SynonymGroup]:
        """List all groups, newest first."""
        with translated():
            rows = self._groups.find().sort("_id", -1).limit(MAX_GROUPS)
            return [_group_from(row) async for row in rows]


def _group_from(row: Document) -> SynonymGroup:
    return SynonymGroup(
        id=SynonymGroupId(row["_id"]),
        words=tuple(row["words"]),
        one_way=row["one_way"],
        created_at=row["created_at"],
        created_by=QuaUserId(row["created_by"]),
        updated_at=row["updated_at"],
        updated_by=QuaUserId(row["updated_by"]),
    )


class SynonymsChanged(Changes[SynonymGroupId]):
    """Changes of groups by any process."""

    collection = "qua_synonyms"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["insert", "update", "replace", "delete"]}}},
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> SynonymGroupId:
        """Read which group has changed."""
        return SynonymGroupId(row["documentKey"]["_id"])
