"""`backup`: writes the whole database, as of one moment, to a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from storage.backup.archive import Manifest
from storage.backup.contents import LEFT_OUT
from storage.backup.files import new_file
from storage.backup.steps import make_backup
from widget_gateway.cli.running import CommandError, json_option, load_settings, print_json
from widget_gateway.composition.backups import opened_for_backup, program_version, secrets_of
from widget_gateway.domain.errors import GatewayError, SettingsError
from widget_gateway.settings import PREFIX, Settings

STANDARD_OUTPUT = "-"


@click.command()
@click.argument("file", type=click.Path(path_type=str))
@json_option
def backup(file: str, *, as_json: bool) -> None:
    """Write the whole database, as it is at one moment, to a new FILE; - is standard output.

    Gateways may be running. The secrets JWT_SECRET and PIN_PEPPER are not in the file: keep them,
    too, and in another place.
    """
    is_piped = file == STANDARD_OUTPUT
    if is_piped and (as_json or sys.stdout.isatty()):
        raise click.UsageError("Standard output gets the backup: redirect it, without --json.")
    settings = load_settings(as_json=as_json)
    try:
        manifest = _write(settings, file)
    except GatewayError as error:
        raise CommandError(error, as_json=as_json) from error
    if as_json:
        print_json({"file": file, **described(manifest)})
        return
    stored = ", ".join(
        f"{name} {contents.documents:,}"
        for name, contents in manifest.collections.items()
        if contents.documents
    )
    click.echo(
        f"Backed up {manifest.database} as of {manifest.as_of.time:%Y-%m-%d %H:%M:%S} UTC: "
        f"{manifest.documents:,} documents{f' ({stored})' if stored else ''}.\n"
        f"{PREFIX}JWT_SECRET and {PREFIX}PIN_PEPPER are not in it"
        + (
            f": keep {settings.data_path.resolve() / 'secrets'}, too, in another place."
            if settings.embedded
            else ": keep them, too, in another place."
        ),
        err=is_piped,
    )


def described(manifest: Manifest) -> dict[str, Any]:
    """Describe a backup for `--json`."""
    return {
        "database": manifest.database,
        "as_of": manifest.as_of.time.isoformat(),
        "gateway": manifest.gateway,
        "mongodb": manifest.mongodb,
        "documents": manifest.documents,
        "collections": {n: contents.documents for n, contents in manifest.collections.items()},
        "left_out": LEFT_OUT,
    }


def _write(settings: Settings, file: str) -> Manifest:
    with _target(file) as target, opened_for_backup(settings) as database:
        secrets = secrets_of(settings)
        if secrets is None:
            raise SettingsError(
                f"{settings.data_path.resolve()} has a database, but its file `secrets` is gone. "
                "Without it no PIN of the backup could be checked. Put it back first."
            )
        return make_backup(database, target, secrets, program_version())


@contextmanager
def _target(file: str) -> Iterator[IO[bytes]]:
    if file != STANDARD_OUTPUT:
        with new_file(Path(file)) as target:
            yield target
        return
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()
