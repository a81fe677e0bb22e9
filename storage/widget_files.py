"""Versions of the widget's files, which every gateway stores for pages that have an old one.

A TTL index removes versions that no gateway has had for long.
"""

from collections.abc import Mapping
from datetime import datetime

from pymongo import ASCENDING

from storage.client import Database, translated
from widget_gateway.domain.ids import WidgetVersion
from widget_gateway.domain.widget_files import WidgetRelease


class WidgetFileStore:
    """One document for each version. Paths are values in it, since names of fields have no dots."""

    def __init__(self, database: Database) -> None:
        self._versions = database["widget_files"]

    async def put(self, release: WidgetRelease, now: datetime) -> None:
        """Store a version, and note that it was seen. A repeat mends what is damaged."""
        files = [{"path": path, "content": content} for path, content in release.files.items()]
        with translated():
            await self._versions.update_one(
                {"_id": release.version}, {"$set": {"files": files, "seen_at": now}}, upsert=True
            )

    async def list_versions(self) -> list[WidgetVersion]:
        """List the versions that are stored. Only the index is read."""
        with translated():
            rows = await self._versions.find({}, {"_id": True}).sort("_id", ASCENDING).to_list()
        return [row["_id"] for row in rows]

    async def find_files(self, version: WidgetVersion) -> Mapping[str, bytes] | None:
        """Find the files of a version, by their paths. They are as stored, and may be damaged."""
        with translated():
            row = await self._versions.find_one({"_id": version}, {"files": True})
        return None if row is None else {file["path"]: file["content"] for file in row["files"]}
