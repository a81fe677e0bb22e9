"""Logos of providers, each under the hash of its content, so that a stored one never changes."""

from bson.binary import Binary

from storage.client import Database, translated
from widget_gateway.domain.partners.brands import Logo


class LogoStore:
    """Logos by digest: `{_id, media_type, content}`. Providers name theirs by its digest.

    They are apart from the providers, whose documents are read at every call.
    """

    def __init__(self, database: Database) -> None:
        self._logos = database["provider_logos"]

    async def keep(self, logo: Logo) -> None:
        """Store a logo, if it is not stored yet."""
        fields = {"media_type": logo.media_type, "content": Binary(logo.content)}
        with translated():
            await self._logos.update_one(
                {"_id": logo.digest}, {"$setOnInsert": fields}, upsert=True
            )

    async def find(self, digest: str) -> Logo | None:
        """Find a logo by its digest."""
        with translated():
            row = await self._logos.find_one({"_id": digest})
        return Logo(row["media_type"], bytes(row["content"])) if row else None
