"""The trail of the console: an entry for each deed, written before it begins."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from storage.console.trail import TrailStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.trail import BEGUN, DONE, Actor, Deed, TrailEntry
from widget_gateway.domain.errors import GatewayError
from widget_gateway.domain.ids import ProviderSlug

FAILED = "failed"
"""The outcome of a deed that ended with a fault of the gateway."""


@dataclass(slots=True)
class OpenEntry:
    """An entry whose deed is going on; `after` gets what is different when it has ended."""

    after: Mapping[str, Any] = field(default_factory=dict)


class Trail:
    """Notes who did what, before and after, and from where."""

    def __init__(self, entries: TrailStore, clock: Clock) -> None:
        self._entries = entries
        self._clock = clock

    @asynccontextmanager
    async def acting(
        self,
        actor: Actor,
        deed: Deed,
        subject: str,
        *,
        provider: ProviderSlug | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[OpenEntry]:
        """Do something within an entry. It is completed as done, or with the refusal's reason.

        Raises:
            StorageError: the entry can't be written, so nothing is done. Whatever the deed raises
                is raised, too.
        """
        entry_id = await self._entries.begin(
            TrailEntry(
                id="",
                at=self._clock(),
                actor=actor,
                deed=deed,
                subject=subject,
                provider=provider,
                outcome=BEGUN,
                before=_plain(before or {}),
            )
        )
        entry = OpenEntry()
        try:
            yield entry
        except GatewayError as refusal:
            await self._entries.complete(entry_id, refusal.reason, {})
            raise
        except Exception:
            await self._entries.complete(entry_id, FAILED, {})
            raise
        await self._entries.complete(entry_id, DONE, _plain(entry.after))


def _plain(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values as the trail keeps them: of JSON's types only."""
    plain: Mapping[str, Any] = msgspec.to_builtins(values, str_keys=True)
    return plain
