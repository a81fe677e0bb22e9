"""Documents that describe questions and external resources to QUA's search, and its hits."""

from dataclasses import dataclass, field
from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document of the search describes. The value is the first letter of its id."""

    QUESTION = "q"
    EXTERNAL = "e"


class SearchField(StrEnum):
    """A field of the index."""

    WORDS = "words"
    """Title, keywords and, of a question, the text: one field, so that a word in several of them
    counts little more than once."""
    EXTERNAL = "external"
    """The text of an external resource, which often contains much that is off the topic."""


FIELD_WEIGHTS = {SearchField.WORDS: 1.0, SearchField.EXTERNAL: 0.1}
"""How much a word counts for the relevance of a document, by its field."""

TITLE_REPEATS = 4
KEYWORD_REPEATS = 2
"""How often a word of a title, or of keywords, counts as if it were in the text. A title says most
about what a document answers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentTerms:
    """The terms of a document's words, by field: separated by spaces, in the order of the words."""

    analysis: str
    """Which rules and dictionaries made the terms; after a change of these they are made anew."""
    title: str
    keywords: str
    text: str


NO_TERMS = DocumentTerms(analysis="", title="", keywords="", text="")
"""The terms of a document that has not been analysed yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchDocument:
    """The searchable plain text of a question or of an external resource."""

    id: str
    """The id that `document_id` makes."""
    title: str
    keywords: tuple[str, ...] = ()
    text: str = ""
    resource: str | None = None
    """The host of an external resource; None for a question."""
    url: str | None = None
    image: str | None = None
    version: int = 0
    """It rises with each change. The store sets it and ignores what a caller puts here."""
    terms: DocumentTerms = NO_TERMS
    """The analysed terms. A document that has them has a normalised text, too."""

    @property
    def kind(self) -> DocumentKind:
        """Whether the document describes a question or an external resource."""
        return split_document_id(self.id)[0]

    @property
    def number(self) -> int:
        """The number of the question or external resource, which the API calls `qid`."""
        return split_document_id(self.id)[1]


@dataclass(frozen=True, kw_only=True)
class RemovedDocument:
    """A document that was removed from the search."""

    id: str
    version: int | None
    """The version of the removal; None once its row is deleted, too, and versions begin anew."""


SearchChange = SearchDocument | RemovedDocument


def document_id(kind: DocumentKind, number: int) -> str:
    """Make the id of the document of a question or external resource, such as `q:1` or `e:1`."""
    return f"{kind}:{number}"


def split_document_id(id_: str) -> tuple[DocumentKind, int]:
    """Split what `document_id` made into the kind and the number."""
    kind, _, number = id_.partition(":")
    return _KINDS[kind], int(number)


_KINDS = {kind.value: kind for kind in DocumentKind}


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The passage of a document that matches a query best."""

    text: str
    highlights: tuple[tuple[int, int], ...] = ()
    """Start and end of each word that matches, in code points of `text`, in order."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A document that a search found."""

    document: SearchDocument
    score: float
    """The relevance from 0 to 1, relative to that of the best hit of the query."""
    snippet: Snippet
    title_highlights: tuple[tuple[int, int], ...] = ()
    """Start and end of each word that matches in the title, like those of the snippet."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of the hits of a query."""

    query: str
    """The query as the user typed it."""
    used_query: str
    """The query that was searched for: a corrected one, if that found more."""
    offered_query: str | None = None
    """Another correction, which finds more but is not sure."""
    total: int
    unfinished: bool = False
    """Whether the last word is in no document, but the beginning of a word there."""
    hits: tuple[Hit, ...] = field(default=())

    @property
    def was_corrected(self) -> bool:
        """Whether another query than the typed one was searched for."""
        return self.used_query != self.query
