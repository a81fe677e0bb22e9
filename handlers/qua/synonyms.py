"""`/api/synonyms`: words that stand for each other in searches, for editors."""

from typing import Any

import msgspec

from handlers.contract.errors import ParameterMissingError
from handlers.contract.operations import Moment, Operation, Operations
from handlers.qua.base import ID, Author, QuaHandler, Success, authorship
from handlers.qua.parameters import (
    ONE_WAY,
    ONLY_DISMISSED,
    SYNONYMS,
)
from widget_gateway.domain.errors import (
    NotEditorError,
    SynonymsNotFoundError,
    TooManySynonymsError,
)
from widget_gateway.domain.ids import SynonymGroupId
from widget_gateway.domain.qua.synonyms import SynonymChanges, SynonymGroup
from widget_gateway.services.qua.users import People


class ShownSynonyms(msgspec.Struct, kw_only=True):
    """A group. If it is `one_way`, only the first word also finds the others."""

    id: int
    words: list[str]
    one_way: bool
    created_at: Moment
    created_by: Author
    updated_at: Moment
    updated_by: Author


class ProposedSynonyms(msgspec.Struct):
    """Two words or phrases that may mean the same, and how many users have used both."""

    words: list[str]
    users: int


_AUTHOR = {"first_name": "", "id": 1, "last_name": "", "username": "nsapunov"}
_EXAMPLE: dict[str, Any] = {
    "id": 1,
    "words": ["wifi", "вайфай"],
    "one_way": False,
    "created_at": "2017-01-08T00:14:45.323000Z",
    "created_by": _AUTHOR,
    "updated_at": "2017-01-08T00:14:45.323000Z",
    "updated_by": _AUTHOR,
}


class SynonymsHandler(QuaHandler):
    """List all groups, and add a group."""

    operations = Operations(
        get=Operation(
            summary="List the synonyms",
            tag="qua",
            about="All groups, newest first. For editors only.",
            answer=Success[list[ShownSynonyms]],
            example={"ok": 1, "response": [_EXAMPLE]},
            refusals=(NotEditorError,),
        ),
        post=Operation(
            summary="Add synonyms",
            tag="qua",
            about="A search for any word of the group, in any form, also finds the others, which "
            "count a little less. If the same group is there, that is the answer, so a call whose "
            "answer was lost may be repeated. For editors only.",
            required=(SYNONYMS,),
            optional=(ONE_WAY,),
            answer=Success[ShownSynonyms],
            example={"ok": 1, "response": _EXAMPLE},
            refusals=(NotEditorError, TooManySynonymsError),
        ),
    )

    async def get(self) -> None:
        """Answer with all groups."""
        groups = await self.services.synonyms.list_all(self.user)
        people = await self.authors(*groups)
        self.answer([_shown(group, people) for group in groups])

    async def post(self) -> None:
        """Add the group, and answer with it."""
        words = SYNONYMS.get(self.inputs)
        one_way = bool(ONE_WAY.find(self.inputs))
        group = await self.services.synonyms.add(self.user, words, one_way=one_way)
        self.answer(_shown(group, await self.authors(group)))


class SynonymGroupHandler(QuaHandler):
    """Change and remove a group."""

    operations = Operations(
        put=Operation(
            summary="Change synonyms",
            tag="qua",
            about="Changes what is given, and nothing else. For editors only.",
            optional=(SYNONYMS, ONE_WAY),
            one_of=(SYNONYMS, ONE_WAY),
            answer=Success[ShownSynonyms],
            example={"ok": 1, "response": _EXAMPLE},
            refusals=(NotEditorError, SynonymsNotFoundError),
        ),
        delete=Operation(
            summary="Remove synonyms",
            tag="qua",
            about="For editors only.",
            answer=Success[None],
            example={"ok": 1, "response": None},
            refusals=(NotEditorError, SynonymsNotFoundError),
        ),
    )

    async def put(self, number: str) -> None:
        """Change the group, and answer with it."""
        changes = SynonymChanges(
            words=SYNONYMS.find(self.inputs), one_way=ONE_WAY.find(self.inputs)
        )
        if changes == SynonymChanges():
            raise ParameterMissingError(SYNONYMS.name)
        group = await self.services.synonyms.change(self.user, SynonymGroupId(int(number)), changes)
        self.answer(_shown(group, await self.authors(group)))

    async def delete(self, number: str) -> None:
        """Remove the group."""
        await self.services.synonyms.remove(self.user, SynonymGroupId(int(number)))
        self.answer(None)


class SynonymProposalsHandler(QuaHandler):
    """Propose synonyms."""

    operations = Operations(
        get=Operation(
            summary="List proposed synonyms",
            tag="qua",
            about="Queries of the last 90 days that found nothing, each with the query that at "
            "least two users made next and opened a hit of. For editors only.",
            optional=(ONLY_DISMISSED,),
            answer=Success[list[ProposedSynonyms]],
            example={"ok": 1, "response": [{"words": ["вайфай", "wifi"], "users": 3}]},
            refusals=(NotEditorError,),
        )
    )

    async def get(self) -> None:
        """Answer with the proposals."""
        dismissed = ONLY_DISMISSED.is_set(self.inputs)
        pairs = await self.services.synonyms.list_proposals(self.user, dismissed=dismissed)
        self.answer([ProposedSynonyms([pair.query, pair.then], pair.users) for pair in pairs])


def _shown(group: SynonymGroup, people: People) -> ShownSynonyms:
    return ShownSynonyms(
        id=group.id,
        words=list(group.words),
        one_way=group.one_way,
        **authorship(group, people),
    )


ROUTES = [
    ("synonyms", SynonymsHandler),
    ("synonyms/proposals", SynonymProposalsHandler),
    (f"synonyms/{ID}", SynonymGroupHandler),
]
