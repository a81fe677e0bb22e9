"""What only editors may do."""

from widget_gateway.domain.errors import NotEditorError
from widget_gateway.domain.qua.users import User


def check_editor(user: User) -> None:
    """Check that the user is an editor.

    Raises:
        NotEditorError: the user is none.
    """
    if not user.editor:
        raise NotEditorError
