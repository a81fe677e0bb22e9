"""Versions of a question, for those who may change it."""

from storage.qua.questions import QuaQuestionStore
from storage.qua.versions import VersionStore
from widget_gateway.domain.errors import NotAuthorError
from widget_gateway.domain.ids import QuaQuestionId
from widget_gateway.domain.qua.users import User
from widget_gateway.domain.qua.versions import ListedVersion, Version


class QuaVersionService:
    """Shows what a question was. What was removed from it is only for its author and editors."""

    def __init__(self, questions: QuaQuestionStore, versions: VersionStore) -> None:
        self._questions = questions
        self._versions = versions

    async def list_all(self, reader: User, question: QuaQuestionId) -> list[ListedVersion]:
        """List the versions that are kept, newest first; the first is the one of now.

        Raises:
            QuaQuestionNotFoundError: there is no such question, not even an archived one.
            NotAuthorError: the user may not change it.
        """
        now = await self._current(reader, question)
        return [now, *await self._versions.list_before(question, now.number)]

    async def get(self, reader: User, question: QuaQuestionId, number: int) -> Version:
        """Return a version with its contents.

        Raises:
            QuaQuestionNotFoundError, NotAuthorError: see `list_all`.
            QuaVersionNotFoundError: there is no such version, or it is no longer kept.
        """
        now = await self._current(reader, question)
        return now if number == now.number else await self._versions.get(question, number)

    async def _current(self, reader: User, question: QuaQuestionId) -> Version:
        found, version = await self._questions.get_version(question)
        if not found.may_be_changed_by(reader):
            raise NotAuthorError
        return version
