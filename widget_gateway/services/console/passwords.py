"""Which passwords an account of the console may have."""

from zxcvbn import zxcvbn

from widget_gateway.domain.console.accounts import MAX_PASSWORD, MIN_PASSWORD
from widget_gateway.domain.errors import PasswordUnfitError
from widget_gateway.services.spelling.keyboard import in_english_layout

_LOOKED_AT = 32
"""How many characters of a password are looked at. zxcvbn takes most of a second for 32 characters
that somebody has chosen to keep it busy, and longer for more."""

_SAFE = 3
"""The lowest score of a safe password: more than a hundred million guesses."""


def check_password(password: str, login: str, name: str = "") -> None:
    """Check a new password: its length, and that it is not among the first that are guessed.

    It may take a second, so it is called in a thread (`SlowHashes.run`).

    Those are the passwords in zxcvbn's lists of common ones, names, words, dates, keyboard
    patterns and repetitions, and what can be known of the account.

    Raises:
        PasswordUnfitError: it is too short, too long, common, or contains the login.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise PasswordUnfitError(
            "length", f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters."
        )
    if login in password.casefold():
        raise PasswordUnfitError("login", "A password must not contain the login.")
    known = [login, *login.split("@"), *name.split(), "widget", "gateway", "console"]
    typed = password[:_LOOKED_AT]
    # Russian words and rows of keys are common as what their keys type in the English layout.
    readings = {typed: known, in_english_layout(typed): list(map(in_english_layout, known))}
    if any(zxcvbn(reading, words)["score"] < _SAFE for reading, words in readings.items()):
        raise PasswordUnfitError(
            "common", "This password is easily guessed. Take several words that nobody expects."
        )
