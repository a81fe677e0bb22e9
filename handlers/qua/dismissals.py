"""Dismissing entries of the desk's lists: searches without hits, and proposed synonyms."""

from handlers.contract.operations import Operation, Operations
from handlers.contract.parameters import Parameter
from handlers.qua.base import QuaHandler, Success
from handlers.qua.parameters import DISMISSED, PAIR, QUERY
from widget_gateway.domain.errors import NotEditorError
from widget_gateway.domain.qua.dismissals import Entry, proposal_entry, unmet_entry


def _operations(summary: str, entry: Parameter[str] | Parameter[tuple[str, str]]) -> Operations:
    return Operations(
        post=Operation(
            summary=summary,
            tag="qua",
            about="It disappears from the list for all editors, and is forgotten after 400 days. "
            "`dismissed` 0 brings it back. A repeat changes nothing. For editors only.",
            required=(entry,),
            optional=(DISMISSED,),
            answer=Success[None],
            example={"ok": 1, "response": None},
            refusals=(NotEditorError,),
        )
    )


class DismissalHandler(QuaHandler):
    """Dismiss an entry, or bring it back. Subclasses say which list it is in."""

    async def put_entry(self, entry: Entry) -> None:
        """Dismiss the entry, unless the call asks to bring it back."""
        dismissed = DISMISSED.find(self.inputs) is not False
        await self.services.dismissals.put(self.user, entry, dismissed=dismissed)
        self.answer(None)


class UnmetDismissalHandler(DismissalHandler):
    """Dismiss a search that finds nothing."""

    operations = _operations("Dismiss a search without hits", QUERY)

    async def post(self) -> None:
        """Dismiss the query, or bring it back."""
        await self.put_entry(unmet_entry(QUERY.get(self.inputs)))


class ProposalDismissalHandler(DismissalHandler):
    """Dismiss proposed synonyms."""

    operations = _operations("Dismiss proposed synonyms", PAIR)

    async def post(self) -> None:
        """Dismiss the proposal, or bring it back."""
        await self.put_entry(proposal_entry(*PAIR.get(self.inputs)))


ROUTES = [
    ("searches/without_hits/dismiss", UnmetDismissalHandler),
    ("synonyms/proposals/dismiss", ProposalDismissalHandler),
]
