"""Counts of tries to sign in to the console, by name and by network."""

from storage.client import Database
from storage.tries import TryStore
from widget_gateway.domain.console.accounts import TRIES_WINDOW


class ConsoleTryStore(TryStore):
    """Tries of the last minutes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["console_tries"], TRIES_WINDOW)
