"""`restore`: puts a backup into the database; with `--verify` it only says what that would do."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from storage.backup.archive import Archive, ArchiveError, Manifest
from storage.backup.books import Proof
from storage.backup.seal import Standing, judge
from storage.backup.steps import Difference, compare, examine, finish
from storage.backup.steps import restore as put_into
from widget_gateway.cli.backup import described
from widget_gateway.cli.running import (
    CommandError,
    harmless,
    json_option,
    load_settings,
    print_json,
    print_table,
)
from widget_gateway.composition.backups import (
    erase_again,
    has_database,
    opened_for_backup,
    secrets_of,
)
from widget_gateway.domain.errors import GatewayError, StorageUnavailableError
from widget_gateway.settings import PREFIX, Settings

_STANDINGS = {
    Standing.OURS: "The backup was made with this PIN_PEPPER and JWT_SECRET.",
    Standing.OTHER_JWT_SECRET: "The backup was made with another JWT_SECRET. After a restore "
    "everybody has to sign in again.",
    Standing.OTHER_PEPPER: "The backup was made with another PIN_PEPPER: none of its PINs would be "
    f"right here. Set {PREFIX}PIN_PEPPER to the one of that time.",
    Standing.CHANGED: "The backup was changed after it was made: its digests are not those of the "
    "gateway that made it. Take another.",
    Standing.UNKNOWN: "There are no secrets here yet, and PINs depend on them. First copy the file "
    "`secrets` of the former data directory into the new one.",
}
"""What is said of a backup's seal."""

_RESTORABLE = frozenset({Standing.OURS, Standing.OTHER_JWT_SECRET})


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a backup; `differences` is None where there is no database to compare.

    `erased_again` counts those who were erased after the backup and came back by its restore.
    """

    manifest: Manifest
    standing: Standing
    proofs: Sequence[Proof]
    differences: Sequence[Difference] | None
    erased_again: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the backup agrees with itself and was made with our pepper."""
        return self.standing in _RESTORABLE and all(proof.ok for proof in self.proofs)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--verify", is_flag=True, help="Change nothing: prove the backup, say what would be lost."
)
@click.option(
    "--replace",
    metavar="DATABASE",
    help="Remove all that is in the database, which has to be named here.",
)
@click.option(
    "--other-pepper",
    is_flag=True,
    help="Restore although PIN_PEPPER is another: all PINs have to be set anew.",
)
@json_option
def restore(
    *, file: Path, verify: bool, replace: str | None, other_pepper: bool, as_json: bool
) -> None:
    """Put the backup FILE into the empty database. Gateways have to be stopped before.

    With --verify nothing is changed; exit status 1 where the backup does not agree with itself.
    """
    settings = load_settings(as_json=as_json)
    if replace not in (None, settings.database):
        raise click.UsageError(
            f"--replace names {replace!r}, but the database is {settings.database!r}."
        )
    try:
        with Archive(file) as archive:
            if verify:
                report = _verified(archive, settings)
            else:
                report = _restored(
                    archive, settings, replaces=replace is not None, other_pepper=other_pepper
                )
    except GatewayError as error:
        raise CommandError(error, as_json=as_json) from error
    if as_json:
        print_json(_as_dict(report, restored=not verify))
    else:
        _print(report, settings, restored=not verify)
    sys.exit(0 if report.is_good or not verify else 1)


def _verified(archive: Archive, settings: Settings) -> Report:
    proofs = examine(archive)
    standing = judge(archive.seal, secrets_of(settings), archive.manifest_bytes)
    differences = None
    if has_database(settings):
        try:
            with opened_for_backup(settings) as database:
                differences = compare(archive, database)
        except StorageUnavailableError:
            click.echo("The present database can't be reached.", err=True)
    return Report(archive.manifest, standing, proofs, differences)


def _restored(
    archive: Archive, settings: Settings, *, replaces: bool, other_pepper: bool
) -> Report:
    standing = judge(archive.seal, secrets_of(settings), archive.manifest_bytes)
    if standing not in _RESTORABLE and not other_pepper:
        raise ArchiveError(_STANDINGS[standing])
    proofs = examine(archive)
    with opened_for_backup(settings, restores=True) as database:
        put_into(archive, database, replaces=replaces)
        erased = erase_again(settings)
        finish(database)
    return Report(archive.manifest, standing, proofs, None, erased)


def _print(report: Report, settings: Settings, *, restored: bool) -> None:
    manifest = report.manifest
    age = _age(datetime.now(UTC) - manifest.as_of.time)
    click.echo(
        f"Backup of {harmless(manifest.database)} as of {manifest.as_of.time:%Y-%m-%d %H:%M:%S} UTC"
        f" ({age} ago), by Widget Gateway {harmless(manifest.gateway)}: whole, "
        f"{manifest.documents:,} documents"
    )
    click.echo(
        f"{_word(ok=report.standing in _RESTORABLE)}  secrets: {_STANDINGS[report.standing]}"
    )
    for proof in report.proofs:
        click.echo(f"{_word(ok=proof.ok)}  {harmless(proof.subject)}: {harmless(proof.detail)}")
    if restored:
        if report.erased_again:
            click.echo(f"Erased again: {report.erased_again} users and people")
        click.echo(
            f"Restored into {settings.database}. Start the gateways now; `widget-gateway doctor` "
            "checks them."
        )
        return
    if report.differences is None:
        click.echo("There is no database to compare it with, so nothing is known to be lost.")
        return
    changes = [diff for diff in report.differences if diff.lost or diff.changed or diff.back]
    if not changes:
        click.echo(f"The database {settings.database} is the same: a restore would lose nothing.")
        return
    click.echo(f"A restore into {settings.database} would undo the last {age}, in documents:")
    print_table(
        ("COLLECTION", "LOST", "CHANGED BACK", "COME BACK", "LOST BY PROVIDER"),
        [
            (
                diff.collection,
                str(diff.lost),
                str(diff.changed),
                str(diff.back),
                ", ".join(f"{slug} {number}" for slug, number in sorted(diff.by_provider.items())),
            )
            for diff in changes
        ],
    )


def _word(*, ok: bool) -> str:
    return "ok   " if ok else "FAULT"


def _age(passed: timedelta) -> str:
    minutes = max(0, round(passed.total_seconds() / 60))
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{days} d {hours} h" if days else f"{hours} h {minutes} min" if hours else f"{minutes} min"
    )


def _as_dict(report: Report, *, restored: bool) -> dict[str, Any]:
    compared = report.differences
    return {
        "restored": restored,
        "good": report.is_good,
        **described(report.manifest),
        "secrets": report.standing.value,
        "findings": [asdict(proof) for proof in report.proofs],
        "erased_again": report.erased_again,
        "loses": None if compared is None else [asdict(difference) for difference in compared],
    }
