"""QUA's users, who are made on the command line and sign in with a name and a password."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from widget_gateway.domain.ids import QuaUserId

TOKEN_LIFETIME = timedelta(weeks=1)
"""How long a token is valid after the user signed in."""

MAX_NAME = 150
"""Most characters of a first or a last name."""

MAX_PASSWORD = 1_024
"""Most characters of a password; longer ones take time to hash and are no safer."""

NAME_TRIES = 10
"""Most wrong passwords for one name within TRIES_WINDOW, from all addresses together."""

ADDRESS_TRIES = 50
"""Most wrong passwords from one address within TRIES_WINDOW, for all names together. It is higher,
since a whole office may share an address."""

TRIES_WINDOW = timedelta(minutes=10)

_USERNAME = re.compile(r"[\w.@+-]{1,150}")


@dataclass(frozen=True, kw_only=True)
class User:
    """A user of QUA. A removed user's row stays, since questions and answers refer to it."""

    id: QuaUserId
    username: str
    first_name: str = ""
    last_name: str = ""
    editor: bool = False
    """Whether the user may change what others wrote."""
    created_at: datetime
    removed: bool = False
    password_version: int = 1
    """It rises with each new password; tokens that were issued before become invalid."""


def tidy_name(text: str) -> str | None:
    """Remove superfluous spaces of a first or last name; None if it is no such name."""
    tidied = " ".join(text.split())
    return tidied if len(tidied) <= MAX_NAME and tidied.isprintable() else None


def normalise_username(text: str) -> str | None:
    """Normalise a username, in which case and Unicode form make no difference; None if invalid.

    A username has 1 to 150 characters: letters of any alphabet, digits and `.@+-_`.
    """
    name = unicodedata.normalize("NFKC", text).casefold().strip()
    return name if _USERNAME.fullmatch(name) else None
