"""Reads the console's trail and the portal's audit trail as one list, the newest entries first."""

import heapq
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from storage.console.trail import TrailStore
from storage.portal.audit import AuditStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import normalise_login
from widget_gateway.domain.console.trail import (
    Deed,
    Ending,
    TrailEntry,
    TrailFilter,
    TrailPlace,
)
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.portal.audit import (
    AuditAction,
    AuditEntry,
    AuditFilter,
    AuditPlace,
    Outcome,
)
from widget_gateway.domain.portal.people import PersonId, login_of
from widget_gateway.services.privacy.pseudonyms import Pseudonyms

READ_AT_ONCE = 500
"""Entries of each trail that `read_all` has in memory: at most about a megabyte."""


class Source(StrEnum):
    """Which trail an entry is of. The value is used by the page's address."""

    CONSOLE = "console"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which entries are wanted; a field that is None matches any.

    `who` is the login of an account, the login or id of a person, or the subject of an entry.
    Entries of the portal have neither a deed nor a provider, and those of the console no action.
    """

    source: Source | None = None
    who: str | None = None
    deed: Deed | None = None
    action: AuditAction | None = None
    provider: ProviderSlug | None = None
    ending: Ending | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def wants_console(self) -> bool:
        """Whether entries of the console may match."""
        return self.source is not Source.PORTAL and self.action is None

    @property
    def wants_portal(self) -> bool:
        """Whether entries of the portal may match. They are written when all is over."""
        is_of_console = self.source is Source.CONSOLE or self.deed or self.provider
        return not is_of_console and self.ending is not Ending.BEGUN


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of either trail, and its place in the order of both."""

    place: TrailPlace
    entry: TrailEntry | AuditEntry

    @property
    def order(self) -> tuple[datetime, str]:
        """By what lines are sorted, the largest first."""
        return self.place.at, self.place.id


class TrailReader:
    """Merges both trails by time. A page is read by an index, wherever it begins."""

    def __init__(
        self, entries: TrailStore, audit: AuditStore, pseudonyms: Pseudonyms, clock: Clock
    ) -> None:
        self._entries = entries
        self._audit = audit
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def list_page(self, wish: Wish, after: TrailPlace | None, limit: int) -> list[Line]:
        """Return at most `limit` wanted lines behind the place `after`, the newest first."""
        of_console = await self._of_console(wish, after, limit) if wish.wants_console else []
        of_portal = await self._of_portal(wish, after, limit) if wish.wants_portal else []
        merged = heapq.merge(of_console, of_portal, key=lambda line: line.order, reverse=True)
        return list(merged)[:limit]

    async def read_all(self, wish: Wish) -> AsyncIterator[Line]:
        """Yield all wanted lines that are older than this call, some hundred at a time."""
        now = self._clock()
        wish = replace(wish, until=now if wish.until is None else min(wish.until, now))
        after: TrailPlace | None = None
        while lines := await self.list_page(wish, after, READ_AT_ONCE):
            for line in lines:
                yield line
            after = lines[-1].place

    async def _of_console(self, wish: Wish, after: TrailPlace | None, limit: int) -> list[Line]:
        chosen = TrailFilter(
            login=None if wish.who is None else (normalise_login(wish.who) or wish.who),
            subjects=() if wish.who is None else self._subjects(wish.who),
            deed=wish.deed,
            provider=wish.provider,
            ending=wish.ending,
            since=wish.since,
            until=wish.until,
        )
        found = await self._entries.list_page(chosen, after, limit)
        return [Line(TrailPlace(entry.at, entry.id), entry) for entry in found]

    def _subjects(self, who: str) -> tuple[str, ...]:
        return (who, self._pseudonyms.of_noted(PersonId(who)))

    async def _of_portal(self, wish: Wish, after: TrailPlace | None, limit: int) -> list[Line]:
        outcomes = None
        if wish.ending is not None:
            is_done = wish.ending is Ending.DONE
            outcomes = frozenset(o for o in Outcome if (o is Outcome.DONE) is is_done)
        chosen = AuditFilter(
            person=None if wish.who is None else PersonId(wish.who),
            login=None if wish.who is None else login_of(wish.who),
            action=wish.action,
            outcomes=outcomes,
            since=wish.since,
            until=wish.until,
        )
        place = None if after is None else AuditPlace(after.at, after.id)
        found = await self._audit.list_page(chosen, place, limit)
        return [Line(TrailPlace(where.at, where.id), entry) for where, entry in found]
