"""The composition of backups and restores, which need the database and the secrets only."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from storage.backup.database import BackupDatabase, open_for_backup
from storage.backup.seal import JWT, PEPPER
from storage.embedded import EmbeddedMongod
from widget_gateway.composition.application import open_backend
from widget_gateway.data_directory import DATABASE, check_database_directory
from widget_gateway.embedded_secrets import find_secrets
from widget_gateway.settings import Settings


def program_version() -> str:
    """Return the version of this program."""
    return version("widget-gateway")


def has_database(settings: Settings) -> bool:
    """Tell whether there is a database to look for: one is set, or an embedded one was made."""
    return not settings.embedded or (settings.data_path / DATABASE).is_dir()


@contextmanager
def opened_for_backup(settings: Settings, *, restores: bool = False) -> Iterator[BackupDatabase]:
    """Connect to the database; start or join the embedded one. Only a restore makes a new one.

    Raises:
        DataDirectoryError: there is no embedded database, or it belongs to somebody else.
        SettingsError: the URI can't be read.
        StorageError: the database can't be reached, or failed in the block.
    """
    with (
        _running(settings, creates=restores) as uri,
        open_for_backup(
            uri, settings.database, settings.storage_wait_s, restores=restores
        ) as database,
    ):
        yield database


def erase_again(settings: Settings) -> int:
    """Erase the users and people whom a restore has brought back; returns how many.

    It comes before the database is declared whole, so that no gateway has served them.

    Raises:
        StorageError: the database failed. The restore has to be repeated.
    """

    async def work() -> int:
        async with open_backend(settings, half_restored=True) as backend:
            return await backend.erasures.apply_again()

    # With a factory, the runner leaves the thread's current event loop alone.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work())


@contextmanager
def _running(settings: Settings, *, creates: bool) -> Iterator[str]:
    if settings.mongodb_uri is not None:
        yield settings.mongodb_uri
        return
    check_database_directory(settings, creates=creates)
    executable = Path(settings.mongod) if settings.mongod else None
    mongod = EmbeddedMongod(settings.data_path, executable=executable)
    asyncio.run(mongod.start())
    try:
        yield mongod.uri
    finally:
        asyncio.run(mongod.stop())


def secrets_of(settings: Settings) -> dict[str, str] | None:
    """Find the secrets that backups depend on; None where the data directory has none yet."""
    is_set = None not in (settings.jwt_secret, settings.pin_pepper)
    if not is_set and not (settings.data_path / "secrets").exists():
        return None
    found = find_secrets(settings)
    return {PEPPER: found.pin_pepper, JWT: found.jwt_secret}
