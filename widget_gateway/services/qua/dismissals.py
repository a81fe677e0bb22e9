"""Dismisses entries of the desk's lists for all editors, and brings them back."""

from storage.qua.dismissals import DismissalStore
from widget_gateway.domain.clock import Clock, whole_milliseconds
from widget_gateway.domain.qua.dismissals import Entry
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.editors import check_editor


class DismissalService:
    """Dismissals of entries. An entry need not be in its list now."""

    def __init__(self, dismissals: DismissalStore, clock: Clock) -> None:
        self._dismissals = dismissals
        self._clock = clock

    async def put(self, editor: User, entry: Entry, *, dismissed: bool) -> None:
        """Dismiss an entry or, if not `dismissed`, bring it back. A repeat changes nothing.

        Raises:
            NotEditorError: the user is no editor.
        """
        check_editor(editor)
        if dismissed:
            await self._dismissals.add(entry, editor.id, whole_milliseconds(self._clock()))
        else:
            await self._dismissals.remove(entry)
