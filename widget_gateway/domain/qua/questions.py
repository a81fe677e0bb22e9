"""Questions and their answers in QUA."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from widget_gateway.domain.ids import QuaQuestionId, QuaUserId
from widget_gateway.domain.qua.users import User

MAX_TITLE = 300
"""Most characters of a title."""

MAX_KEYWORDS = 50
"""Most keywords of a question."""

MAX_KEYWORD = 100
"""Most characters of a keyword."""

MAX_RAW = 50_000
"""Most characters of an answer. No Markdown of this length takes the parser over two seconds."""

SNIPPET_LENGTH = 200
"""Characters of a snippet: about two lines of a list."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """Markdown, and what it was rendered to: sanitised HTML and plain text."""

    raw: str
    html: str
    text: str

    @property
    def snippet(self) -> str:
        """The beginning of the text."""
        return self.text[:SNIPPET_LENGTH]

    @property
    def is_empty(self) -> bool:
        """Whether the Markdown is only white space, which means that there is no answer."""
        return not self.raw.strip()


@dataclass(frozen=True, kw_only=True)
class Authorship:
    """Who made something and who changed it last, and when."""

    created_at: datetime
    created_by: QuaUserId
    updated_at: datetime
    updated_by: QuaUserId

    def may_be_changed_by(self, user: User) -> bool:
        """Whether the user is its author or an editor."""
        return user.editor or user.id == self.created_by


@dataclass(frozen=True, kw_only=True)
class Answer(Authorship):
    """The answer to a question; `version` rises with each change, including removals."""

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
    """Changes of a question's fields; None leaves a field as it is, an empty answer removes it."""

    title: str | None = None
    keywords: tuple[str, ...] | None = None
    answer: Rendered | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether no field is changed."""
        return self.title is None and self.keywords is None and self.answer is None


def tidy(text: str) -> str:
    """Put a text on one line, with a single space in place of each run of white space."""
    return " ".join(text.split())


def tidy_keywords(words: Iterable[str]) -> tuple[str, ...]:
    """Tidy the keywords and remove empty and repeated ones; the order stays."""
    return tuple(dict.fromkeys(word for word in map(tidy, words) if word))
