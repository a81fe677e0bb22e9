"""How commands run: their settings, backend and exit status, and output for people or machines."""

import asyncio
import json
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import msgspec

from storage.mongod.process import explain_refusal
from widget_gateway.cli.names import names_told
from widget_gateway.composition.application import Backend, open_backend
from widget_gateway.domain.errors import GatewayError, MachineError
from widget_gateway.logs import configure_logs
from widget_gateway.settings import LogLevel, Settings, read_settings

T = TypeVar("T")

MIN_OPEN_FILES = 64
"""Files that a command has open at most: its mongod needs as many, and inherits the limit."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


class CommandError(click.ClickException):
    """A refusal that ends a command; with `--json` it is an object on standard output."""

    def __init__(self, error: GatewayError, *, as_json: bool) -> None:
        super().__init__(error.message)
        self._error = error
        self._as_json = as_json

    def show(self, file: Any = None) -> None:
        """Print the message."""
        if self._as_json:
            print_json({"error": {"reason": self._error.reason, "message": self.message}})
        else:
            super().show(file)


def load_settings(*, as_json: bool, quiet: bool = True) -> Settings:
    """Read the settings and configure the logs; `quiet` logs only warnings and errors.

    Raises:
        CommandError: a setting is wrong, or the machine lets the process open hardly any file.
    """
    try:
        check_open_files()
        settings = read_settings()
    except GatewayError as error:
        raise CommandError(error, as_json=as_json) from None
    if quiet and settings.log_level in (LogLevel.DEBUG, LogLevel.INFO):
        configure_logs(_with_level(settings, LogLevel.WARNING))
    else:
        configure_logs(settings)
    return settings


def check_open_files() -> None:
    """Check that the process may open as many files as any command needs.

    Raises:
        MachineError: it may not.
    """
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < MIN_OPEN_FILES:
        raise MachineError(
            f"Only {limit} files may be open, and commands need {MIN_OPEN_FILES}, servers one more "
            "for each connection. Raise the limit (ulimit -Hn, systemd's LimitNOFILE)."
        )


def _with_level(settings: Settings, level: LogLevel) -> Settings:
    return msgspec.structs.replace(settings, log_level=level)


def run(work: Callable[[Backend], Awaitable[T]], *, as_json: bool) -> T:
    """Do a command's work on the database, embedded or not; a server may be running meanwhile.

    Raises:
        CommandError: the work was refused, or there is no database.
    """
    settings = load_settings(as_json=as_json)

    async def connected() -> T:
        async with open_backend(settings) as backend, names_told(backend):
            return await work(backend)

    with refusals_told(as_json=as_json):
        return asyncio.run(connected())


@contextmanager
def refusals_told(*, as_json: bool) -> Iterator[None]:
    """End the command with a message where a block is refused by the gateway or the machine.

    Raises:
        CommandError: the block raised a GatewayError or an OSError.
    """
    try:
        yield
    except GatewayError as error:
        raise CommandError(error, as_json=as_json) from error
    except BrokenPipeError:  # Nobody reads what the command prints; click ends it in silence.
        raise
    except OSError as error:
        raise CommandError(MachineError(explain_refusal(error)), as_json=as_json) from error


def print_json(body: Any) -> None:
    """Print a JSON document on standard output."""
    click.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))


def print_table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print columns as wide as their widest cells; control characters are escaped."""
    table = [headings, *(tuple(map(harmless, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        click.echo("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


def harmless(cell: str) -> str:
    """Escape control characters, and characters that change the direction of the writing."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in cell
    )
