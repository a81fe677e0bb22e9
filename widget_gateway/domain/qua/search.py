"""What QUA's search knows of a question or an external resource, and what it finds."""

from dataclasses import dataclass, field
from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document of the search describes; the letter begins its id."""

    QUESTION = "q"
    EXTERNAL = "e"


class SearchField(StrEnum):
    """Where in a document a word can be."""

    TITLE = "title"
    KEYWORDS = "keywords"
    TEXT = "text"
    EXTERNAL = "external"
    """The text of an external resource: pages of other people say a lot beside the point."""


FIELD_WEIGHTS = {
    SearchField.TITLE: 4.0,
    SearchField.KEYWORDS: 2.0,
    SearchField.TEXT: 1.0,
    SearchField.EXTERNAL: 0.5,
}
"""What a word counts by where it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentTerms:
    """What the words of a document stand for, with spaces between, in the order of its fields."""

    analysis: str
    """Which rules and dictionaries say so; by others they have to be made anew."""
    title: str
    keywords: str
    text: str


NO_TERMS = DocumentTerms(analysis="", title="", keywords="", text="")
"""Of a document that is not analysed yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchDocument:
    """What can be found of a question or an external resource, as plain text."""

    id: str
    """`q:` or `e:`, and the number of the question or external resource; see `document_id`."""
    title: str
    keywords: tuple[str, ...] = ()
    text: str = ""
    resource: str | None = None
    """Host of an external resource; None for a question."""
    url: str | None = None
    image: str | None = None
    version: int = 0
    """Rises with each change. The store gives it; what a caller puts here is not stored."""
    terms: DocumentTerms = NO_TERMS
    """Once it has them, its text is normalised."""

    @property
    def kind(self) -> DocumentKind:
        """Question or external resource."""
        return split_document_id(self.id)[0]

    @property
    def number(self) -> int:
        """The number of the question or external resource, as the API tells it."""
        return split_document_id(self.id)[1]


@dataclass(frozen=True, kw_only=True)
class RemovedDocument:
    """A document that can't be found any longer."""

    id: str
    version: int | None
    """That of the removal; None once even the trace of it is gone, and versions begin anew."""


SearchChange = SearchDocument | RemovedDocument


def document_id(kind: DocumentKind, number: int) -> str:
    """The id of what describes this question or external resource: `q:1`, `e:1`."""
    return f"{kind}:{number}"


def split_document_id(id_: str) -> tuple[DocumentKind, int]:
    """The parts of `document_id`."""
    kind, _, number = id_.partition(":")
    return _KINDS[kind], int(number)


_KINDS = {kind.value: kind for kind in DocumentKind}


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The passage of a document that matches a query best."""

    text: str
    highlights: tuple[tuple[int, int], ...] = ()
    """Start and end, in characters (code points) of `text`, of the words that match; in order."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A document found."""

    document: SearchDocument
    score: float
    """Relevance in 0..1 against that of the best hit of the whole query."""
    snippet: Snippet
    title_highlights: tuple[tuple[int, int], ...] = ()
    """Like those of the snippet, of the title."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of what a query finds."""

    query: str
    """As it was given."""
    used_query: str
    """As it was searched for: corrected, if that found more."""
    total: int
    hits: tuple[Hit, ...] = field(default=())

    @property
    def was_corrected(self) -> bool:
        """Whether another query than the given one was used."""
        return self.used_query != self.query
