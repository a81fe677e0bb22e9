"""Questions and their answers in QUA."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from widget_gateway.domain.ids import QuaQuestionId, QuaUserId
from widget_gateway.domain.qua.users import User

MAX_TITLE = 300
MAX_KEYWORDS = 50
MAX_KEYWORD = 100
MAX_RAW = 50_000
"""Characters of an answer. Markdown of so many takes no parser longer than two seconds."""

SNIPPET_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """Markdown, and what it comes to as harmless HTML and as plain text."""

    raw: str
    html: str
    text: str

    @property
    def snippet(self) -> str:
        """The beginning of the text."""
        return self.text[:SNIPPET_LENGTH]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but space: then there is no answer."""
        return not self.raw.strip()


@dataclass(frozen=True, kw_only=True)
class Authorship:
    """Who made something and who changed it last, and when."""

    created_at: datetime
    created_by: QuaUserId
    updated_at: datetime
    updated_by: QuaUserId

    def may_be_changed_by(self, user: User) -> bool:
        """Whether it is the author or an editor."""
        return user.editor or user.id == self.created_by


@dataclass(frozen=True, kw_only=True)
class Answer(Authorship):
    """The answer to a question. `version` rises with each change, removals included."""

    id: int
    raw: str
    html: str
    snippet: str
    version: int


@dataclass(frozen=True, kw_only=True)
class ListedQuestion(Authorship):
    """A question as lists show it: without its answer, which may be long."""

    id: QuaQuestionId
    title: str
    keywords: tuple[str, ...]
    answer_exists: bool


@dataclass(frozen=True, kw_only=True)
class Question(ListedQuestion):
    """A question that is not archived."""

    answer: Answer | None


@dataclass(frozen=True, kw_only=True)
class QuestionChanges:
    """What is given of a question; None leaves a field as it is. An empty answer removes it."""

    title: str | None = None
    keywords: tuple[str, ...] | None = None
    answer: Rendered | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether no field is given."""
        return self.title is None and self.keywords is None and self.answer is None


def tidy(text: str) -> str:
    """The text on one line: each run of white space is one space."""
    return " ".join(text.split())


def tidy_keywords(words: Iterable[str]) -> tuple[str, ...]:
    """The keywords in their order, each once, without empty ones."""
    return tuple(dict.fromkeys(word for word in map(tidy, words) if word))
