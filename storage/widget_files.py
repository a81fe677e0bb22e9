"""Versions of the widget's files, which every gateway stores for pages that have an old one.

A TTL index removes versions that no gateway has had for long, and that no page has pinned.
"""

from collections.abc import Mapping
from datetime import datetime

from pymongo import ASCENDING

from storage.client import Database, translated
from widget_gateway.domain.ids import WidgetVersion
from widget_gateway.domain.widget_files import KEPT_FOR, PINNED_KEPT_FOR, WidgetRelease


class WidgetFileStore:
    """One document for each version. Paths are values in it, since names of fields have no dots."""

    def __init__(self, database: Database) -> None:
        self._versions = database["widget_files"]

    async def put(self, release: WidgetRelease, now: datetime) -> None:
        """Store a version, and note that it was seen. A repeat mends what is damaged."""
        files = [{"path": path, "content": content} for path, content in release.files.items()]
        with translated():
            await self._versions.update_one(
                {"_id": release.version},
                {"$set": {"files": files}, "$max": {"seen_at": now}},
                upsert=True,
            )

    async def keep_pinned(self, version: WidgetVersion, now: datetime) -> None:
        """Keep a version for PINNED_KEPT_FOR from now on. It does nothing if there is none."""
        # The index counts from `seen_at`, and an index's lifetime can't be changed in a release.
        until = now + PINNED_KEPT_FOR - KEPT_FOR
        with translated():
            await self._versions.update_one({"_id": version}, {"$max": {"seen_at": until}})

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
