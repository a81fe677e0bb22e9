"""Synonyms: editors write them, and the search of each process learns of every change."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from storage.counters import CounterStore
from storage.qua.dismissals import DismissalStore
from storage.qua.searches import SearchStore
from storage.qua.synonyms import SynonymsChanged, SynonymStore
from widget_gateway.domain.clock import Clock, whole_milliseconds
from widget_gateway.domain.errors import TooManySynonymsError
from widget_gateway.domain.ids import SynonymGroupId
from widget_gateway.domain.qua.dismissals import proposal_entry
from widget_gateway.domain.qua.synonyms import MAX_GROUPS, SynonymChanges, SynonymGroup
from widget_gateway.domain.qua.tracking import SaidOtherwise, comparable
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.editors import check_editor
from widget_gateway.services.qua.kept import Kept

PROPOSED_DAYS = 90
"""The days whose searches synonyms are proposed from. A word that is missed once a month counts."""

PROPOSALS = 50
"""Most proposals that are shown at a time."""

FOUND_PAIRS = 500
"""Pairs of queries that are read, so that PROPOSALS are left when many are dismissed or synonyms
already. They take less than 3 MB."""

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
        dismissals: DismissalStore,
        changes: SynonymsChanged,
        counters: CounterStore,
        apply: Apply,
        clock: Clock,
    ) -> None:
        self._synonyms = synonyms
        self._searches = searches
        self._dismissals = dismissals
        self._said = Kept(self._read_said, _AGE_S)
        self._changes = changes
        self._counters = counters
        self._apply = apply
        self._clock = clock
        self._reading = asyncio.Lock()
        self.loaded = False
        """Whether searches of this process use the synonyms yet."""

    async def list_all(self, editor: User) -> list[SynonymGroup]:
        """List all groups, newest first.

        Raises:
            NotEditorError: the user is no editor.
        """
        check_editor(editor)
        return await self._synonyms.list_all()

    async def list_proposals(self, editor: User, *, dismissed: bool) -> list[SaidOtherwise]:
        """List pairs of queries that may be synonyms, and are in no group together.

        If `dismissed`, only those that have been dismissed are listed, else only the others.

        Raises:
            NotEditorError: the user is no editor.
        """
        check_editor(editor)
        groups = [set(map(comparable, group.words)) for group in await self._synonyms.list_all()]
        pairs = [(proposal_entry(pair.query, pair.then), pair) for pair in await self._said.get()]
        away = await self._dismissals.find(entry for entry, _ in pairs)
        wanted = [
            pair
            for entry, pair in pairs
            if (entry in away) == dismissed
            and not any(words.issuperset(entry.queries) for words in groups)
        ]
        return wanted[:PROPOSALS]

    async def _read_said(self) -> list[SaidOtherwise]:
        since = self._clock() - timedelta(days=PROPOSED_DAYS)
        return await self._searches.said_otherwise(since, FOUND_PAIRS)

    async def add(self, editor: User, words: tuple[str, ...], *, one_way: bool) -> SynonymGroup:
        """Add a group. The next search of this process uses it, those of others within a second.

        A group of the same words in the same order that exists is returned: somebody who lost the
        answer has sent it again.

        Raises:
            NotEditorError: the user is no editor.
            TooManySynonymsError: there are MAX_GROUPS groups.
        """
        check_editor(editor)
        groups = await self._synonyms.list_all()
        for group in groups:
            if (group.words, group.one_way) == (words, one_way):
                return group
        if len(groups) >= MAX_GROUPS:
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
        check_editor(editor)
        now = whole_milliseconds(self._clock())
        changed = await self._synonyms.update(group, changes, editor.id, now)
        await self._reload()
        return changed

    async def remove(self, editor: User, group: SynonymGroupId) -> None:
        """Remove a group.

        Raises:
            NotEditorError, SynonymsNotFoundError: see `change`.
        """
        check_editor(editor)
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
            self.loaded = True
