"""Former versions of questions. The version that a question has now is in the question itself."""

from storage.client import Database, Document, translated
from storage.transactions import Session
from widget_gateway.domain.errors import QuaVersionNotFoundError
from widget_gateway.domain.ids import QuaQuestionId, QuaUserId
from widget_gateway.domain.qua.versions import MAX_VERSIONS, ListedVersion, Version

_LISTED = ("title", "archived", "at", "by")


class VersionStore:
    """Former versions by question and number: the last MAX_VERSIONS of each question."""

    def __init__(self, database: Database) -> None:
        self._versions = database["qua_versions"]

    async def keep(self, session: Session, version: Version) -> None:
        """Store a version that is about to be replaced, and delete the one beyond MAX_VERSIONS.

        It is a part of the transaction that changes the question.
        """
        row = {
            "_id": _key(version.question, version.number),
            "title": version.title,
            "keywords": list(version.keywords),
            "raw": version.raw,
            "archived": version.archived,
            "at": version.at,
            "by": version.by,
        }
        await self._versions.insert_one(row, session=session)
        too_old = _key(version.question, version.number - MAX_VERSIONS)
        await self._versions.delete_one({"_id": too_old}, session=session)

    async def list_before(self, question: QuaQuestionId, number: int) -> list[ListedVersion]:
        """List the versions before this number, newest first."""
        before = {"_id": {"$gte": _key(question, 0), "$lt": _key(question, number)}}
        with translated():
            rows = self._versions.find(before, _LISTED).sort("_id", -1).limit(MAX_VERSIONS)
            return [ListedVersion(**_head(row)) async for row in rows]

    async def get(self, question: QuaQuestionId, number: int) -> Version:
        """Return a former version.

        Raises:
            QuaVersionNotFoundError: there is no such version, or it is no longer kept.
        """
        with translated():
            row = await self._versions.find_one({"_id": _key(question, number)})
        if row is None:
            raise QuaVersionNotFoundError
        return Version(**_head(row), keywords=tuple(row["keywords"]), raw=row["raw"])


def _key(question: QuaQuestionId, number: int) -> Document:
    """Make the key. Its members are compared in this order, so a question's keys are a range."""
    return {"question": question, "version": number}


def _head(row: Document) -> Document:
    return {
        "question": QuaQuestionId(row["_id"]["question"]),
        "number": row["_id"]["version"],
        "title": row["title"],
        "archived": row["archived"],
        "at": row["at"],
        "by": QuaUserId(row["by"]),
    }
