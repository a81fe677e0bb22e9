"""QUA's users: made on the command line, signed in by name and password."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from widget_gateway.domain.ids import QuaUserId

TOKEN_LIFETIME = timedelta(weeks=1)

MAX_NAME = 150
"""Characters of a first or a last name."""

MAX_PASSWORD = 1_024
"""Characters; longer ones cost time to hash and add nothing."""

NAME_TRIES = 10
"""Wrong passwords for one name within TRIES_WINDOW, wherever they come from."""

ADDRESS_TRIES = 50
"""Wrong passwords from one address within TRIES_WINDOW, whatever the names: an office has one."""

TRIES_WINDOW = timedelta(minutes=10)

_USERNAME = re.compile(r"[\w.@+-]{1,150}")


@dataclass(frozen=True, kw_only=True)
class User:
    """A user. The row of a removed one stays, since what it wrote names it."""

    id: QuaUserId
    username: str
    first_name: str = ""
    last_name: str = ""
    editor: bool = False
    """May change what others wrote."""
    created_at: datetime
    removed: bool = False
    password_version: int = 1
    """Rises with each new password, and ends the tokens that were issued before."""


def normalise_username(text: str) -> str | None:
    """The name as it is stored: case and the ways of writing a letter don't matter; None for none.

    Letters of any alphabet, digits and `.@+-_`, at most 150 of them.
    """
    name = unicodedata.normalize("NFKC", text).casefold().strip()
    return name if _USERNAME.fullmatch(name) else None
