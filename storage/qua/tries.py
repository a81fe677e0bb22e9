"""Counts of tries to sign in to QUA, by name and by network."""

from storage.client import Database
from storage.tries import TryStore
from widget_gateway.domain.qua.users import TRIES_WINDOW


class QuaTryStore(TryStore):
    """Tries of the last minutes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["qua_tries"], TRIES_WINDOW)
