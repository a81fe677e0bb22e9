"""Which passwords an account of the console may have."""

from widget_gateway.domain.console.accounts import MAX_PASSWORD, MIN_PASSWORD
from widget_gateway.domain.errors import PasswordUnfitError


def check_password(password: str, login: str) -> None:
    """Check a new password.

    Raises:
        PasswordUnfitError: it is too short, too long, or contains the login.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise PasswordUnfitError(f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters.")
    if login in password.casefold():
        raise PasswordUnfitError("A password must not contain the login.")
