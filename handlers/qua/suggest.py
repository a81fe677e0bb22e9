"""`GET /api/suggest`: what a query may become while it is typed."""

import msgspec

from handlers.contract.operations import Operation, Operations
from handlers.qua.base import QuaHandler, Success
from handlers.qua.parameters import QUERY, limit_parameter
from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.qua.suggestions import Suggestion, SuggestionKind

DEFAULT_LIMIT = 10
LIMIT = limit_parameter(default=DEFAULT_LIMIT, most=50)


class ShownSuggestion(msgspec.Struct):
    """A suggestion: the `title` of the question `question_id`, or a `query` of other users."""

    text: str
    kind: SuggestionKind
    question_id: int | None


class Suggestions(msgspec.Struct):
    """Suggestions, best first."""

    suggestions: list[ShownSuggestion]


_EXAMPLE = [
    {"text": "больничный по уходу за ребёнком", "kind": "query", "question_id": None},
    {"text": "Как оформить больничный", "kind": "title", "question_id": 1},
]


class SuggestHandler(QuaHandler):
    """Suggest titles and queries."""

    operations = Operations(
        get=Operation(
            summary="Suggest queries",
            tag="qua",
            about="For a query that is being typed: titles of questions with all its words, the "
            "last of which may be the beginning of one, and queries by which at least three users "
            "found something. Another keyboard layout and a typo are understood.",
            required=(QUERY,),
            optional=(LIMIT,),
            answer=Success[Suggestions],
            example={"ok": 1, "response": {"suggestions": _EXAMPLE}},
            refusals=(BusyError,),
        )
    )

    async def get(self) -> None:
        """Answer with the suggestions."""
        limit = LIMIT.find(self.inputs) or DEFAULT_LIMIT
        found = await self.services.suggestions.suggest(QUERY.get(self.inputs), limit)
        self.answer(Suggestions(list(map(_shown, found))))


def _shown(suggestion: Suggestion) -> ShownSuggestion:
    return ShownSuggestion(suggestion.text, suggestion.kind, suggestion.question)


ROUTES = [("suggest", SuggestHandler)]
