"""What a question was before: its versions, and bringing it back from the archive."""

import msgspec

from handlers.contract.operations import Moment, Operation, Operations
from handlers.qua.base import ID, Author, QuaHandler, Success, author_of
from handlers.qua.question_shapes import EXAMPLE, ShownQuestion
from handlers.qua.questions import AnsweringHandler
from widget_gateway.domain.clock import iso_micros
from widget_gateway.domain.errors import (
    NotAuthorError,
    QuaQuestionNotFoundError,
    QuaVersionNotFoundError,
)
from widget_gateway.domain.ids import QuaQuestionId
from widget_gateway.domain.qua.versions import ListedVersion, Version
from widget_gateway.services.qua.users import People

VERSION_NUMBER = r"([0-9]{1,9})"
"""The number of a version in a path."""


class VersionLine(msgspec.Struct, kw_only=True):
    """A version in a list. `at` and `by` are of the change that made it."""

    version: int
    title: str
    archived: bool
    at: Moment
    by: Author


class ShownVersion(VersionLine, kw_only=True):
    """A version with its contents. `raw` is the answer in Markdown; empty without an answer."""

    keywords: list[str]
    raw: str


_LISTED = {
    "version": 2,
    "title": "Привет тебе друг",
    "archived": False,
    "at": "2017-01-08T00:14:45.323000Z",
    "by": {"first_name": "", "id": 1, "last_name": "", "username": "nsapunov"},
}


class VersionsHandler(QuaHandler):
    """List the versions of a question."""

    operations = Operations(
        get=Operation(
            summary="List the versions of a question",
            tag="qua",
            about="Newest first, the one of now included; a hundred former ones are kept. Its "
            "author and editors may, also of an archived question.",
            answer=Success[list[VersionLine]],
            example={"ok": 1, "response": [_LISTED]},
            refusals=(QuaQuestionNotFoundError, NotAuthorError),
        )
    )

    async def get(self, number: str) -> None:
        """Answer with the list."""
        question = QuaQuestionId(int(number))
        versions = await self.services.versions.list_all(self.user, question)
        people = await self.services.users.find_people(version.by for version in versions)
        self.answer([_line(version, people) for version in versions])


class VersionHandler(QuaHandler):
    """Read a version of a question."""

    operations = Operations(
        get=Operation(
            summary="Read a version of a question",
            tag="qua",
            about="Send its number as `version` with a change, and nobody's change is overwritten "
            "unseen.",
            answer=Success[ShownVersion],
            example={"ok": 1, "response": _LISTED | {"keywords": ["привет"], "raw": "привет"}},
            refusals=(QuaQuestionNotFoundError, NotAuthorError, QuaVersionNotFoundError),
        )
    )

    async def get(self, number: str, version: str) -> None:
        """Answer with the version."""
        found = await self.services.versions.get(
            self.user, QuaQuestionId(int(number)), int(version)
        )
        self.answer(_shown(found, await self.services.users.find_people((found.by,))))


class RestoreHandler(AnsweringHandler):
    """Bring a question back."""

    operations = Operations(
        post=Operation(
            summary="Bring an archived question back",
            tag="qua",
            about="It returns to lists and search. Its author and editors may. A question that "
            "is not archived stays as it is.",
            answer=Success[ShownQuestion],
            example={"ok": 1, "response": EXAMPLE},
            refusals=(QuaQuestionNotFoundError, NotAuthorError),
        )
    )

    async def post(self, number: str) -> None:
        """Bring it back, and answer with it."""
        question = QuaQuestionId(int(number))
        await self.answer_with(await self.services.questions.restore(self.user, question))


def _line(version: ListedVersion, people: People) -> VersionLine:
    return VersionLine(
        version=version.number,
        title=version.title,
        archived=version.archived,
        at=iso_micros(version.at),
        by=author_of(version.by, people),
    )


def _shown(version: Version, people: People) -> ShownVersion:
    return ShownVersion(
        version=version.number,
        title=version.title,
        archived=version.archived,
        at=iso_micros(version.at),
        by=author_of(version.by, people),
        keywords=list(version.keywords),
        raw=version.raw,
    )


ROUTES = [
    (f"questions/{ID}/versions", VersionsHandler),
    (f"questions/{ID}/versions/{VERSION_NUMBER}", VersionHandler),
    (f"questions/{ID}/restore", RestoreHandler),
]
