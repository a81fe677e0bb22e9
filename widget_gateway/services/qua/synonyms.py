"""Synonyms: editors write them, and the search of each process learns of every change."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from storage.counters import CounterStore
from storage.qua.searches import SearchStore
from storage.qua.synonyms import SynonymsChanged, SynonymStore
from widget_gateway.domain.clock import Clock, whole_milliseconds
from widget_gateway.domain.errors import NotEditorError, TooManySynonymsError
from widget_gateway.domain.ids import SynonymGroupId
from widget_gateway.domain.qua.synonyms import MAX_GROUPS, SynonymChanges, SynonymGroup
from widget_gateway.domain.qua.tracking import SaidOtherwise, comparable
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.kept import Kept

PROPOSED_DAYS = 90
"""The days whose searches synonyms are proposed from. A word that is missed once a month counts."""

PROPOSALS = 50
"""Most proposals that are made at a time."""

_AGE_S = 30.0
"""How old the proposals may be, in seconds. To find them takes up to some seconds."""

Apply = Callable[[list[SynonymGroup]], None]
"""Tells this process's search all groups."""


class SynonymService:
    """Groups of synonyms. Only editors see and change them: they concern everybody's searches."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        synonyms: SynonymStore,
        searches: SearchStore,
        changes: SynonymsChanged,
        counters: CounterStore,
        apply: Apply,
        clock: Clock,
    ) -> None:
        self._synonyms = synonyms
        self._searches = searches
        self._said = Kept(self._read_said, _AGE_S)
        self._changes = changes
        self._counters = counters
        self._apply = apply
        self._clock = clock
        self._reading = asyncio.Lock()

    async def list_all(self, editor: User) -> list[SynonymGroup]:
        """List all groups, newest first.

        Raises:
            NotEditorError: the user is no editor.
        """
        _check(editor)
        return await self._synonyms.list_all()

    async def list_proposals(self, editor: User) -> list[SaidOtherwise]:
        """List pairs of queries that may be synonyms, and are in no group together.

        Raises:
            NotEditorError: the user is no editor.
        """
        _check(editor)
        groups = [set(map(comparable, group.words)) for group in await self._synonyms.list_all()]
        return [
            pair
            for pair in await self._said.get()
            if not any({comparable(pair.query), comparable(pair.then)} <= words for words in groups)
        ]

    async def _read_said(self) -> list[SaidOtherwise]:
        since = self._clock() - timedelta(days=PROPOSED_DAYS)
        return await self._searches.said_otherwise(since, PROPOSALS)

    async def add(self, editor: User, words: tuple[str, ...], *, one_way: bool) -> SynonymGroup:
        """Add a group. The next search of this process uses it, those of others within a second.

        Raises:
            NotEditorError: the user is no editor.
            TooManySynonymsError: there are MAX_GROUPS groups.
        """
        _check(editor)
        if await self._synonyms.count() >= MAX_GROUPS:
            raise TooManySynonymsError
        now = whole_milliseconds(self._clock())
        group = SynonymGroup(
            id=SynonymGroupId(await self._counters.next("qua_synonyms")),
            words=words,
            one_way=one_way,
            created_at=now,
            created_by=editor.id,
            updated_at=now,
            updated_by=editor.id,
        )
        await self._synonyms.add(group)
        await self._reload()
        return group

    async def change(
        self, editor: User, group: SynonymGroupId, changes: SynonymChanges
    ) -> SynonymGroup:
        """Change those fields of a group that are not None.

        Raises:
            NotEditorError: the user is no editor.
            SynonymsNotFoundError: there is no such group.
        """
        _check(editor)
        now = whole_milliseconds(self._clock())
        changed = await self._synonyms.update(group, changes, editor.id, now)
        await self._reload()
        return changed

    async def remove(self, editor: User, group: SynonymGroupId) -> None:
        """Remove a group.

        Raises:
            NotEditorError, SynonymsNotFoundError: see `change`.
        """
        _check(editor)
        await self._synonyms.remove(group)
        await self._reload()

    async def run(self) -> None:
        """Follow the changes of other processes until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, _changed: SynonymGroupId | None) -> None:
        await self._reload()

    async def _reload(self) -> None:
        async with self._reading:  # An older list must not replace a newer one.
            self._apply(await self._synonyms.list_all())


def _check(user: User) -> None:
    if not user.editor:
        raise NotEditorError
