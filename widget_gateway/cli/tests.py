"""`test import | check | list | show`: the catalogue of tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.import_summary import print_batch, print_batch_json, print_summary
from widget_gateway.cli.names import NO_TESTS
from widget_gateway.cli.running import CommandError, json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.tests import TestDefinition, TestState
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.batches import Batch, Wishes, read_batch
from widget_gateway.services.catalogue.catalogue import Imported
from widget_gateway.services.catalogue.files import bundled_directory, files_in
from widget_gateway.services.catalogue.norms import read_norms, with_norms
from widget_gateway.services.catalogue.titles import read_titles

PARTLY = 3
"""Exit status if some definitions are good and others are refused. 1 means that none is imported,
and 2 a wrong option."""

paths_argument = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
import_paths_argument = click.argument(
    "paths", nargs=-1, type=click.Path(path_type=Path, exists=True)
)

titles_option = click.option(
    "--titles",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take the titles of tests in XML from this CSV table: slug,ru,en …",
)
strict_option = click.option("--strict", is_flag=True, help="Refuse all if one has a fault.")


def foreign_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options for files that do not say all that a definition needs."""
    for option in (
        click.option("--locale", metavar="TAG", help="The language of texts that name none."),
        click.option(
            "--map",
            "columns",
            metavar="COLUMN=FIELD",
            multiple=True,
            callback=_parse_columns,
            help="What a table's column is, by its name or number: --map Wording=text:en.",
        ),
        click.option("--slug", help="The slug of the test; with a single file."),
    ):
        command = option(command)
    return command


def _parse_columns(
    _: click.Context, __: click.Parameter, written: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    pairs = tuple(pair.rpartition("=") for pair in written)
    if any(not column or not field for column, _, field in pairs):
        raise click.BadParameter("write COLUMN=FIELD")
    return tuple((column, field) for column, _, field in pairs)


@click.group()
def test() -> None:
    """The catalogue of tests."""


@test.command(name="import")
@import_paths_argument
@click.option("--bundled", is_flag=True, help="Import the tests that come with the gateway.")
@click.option("--paid", "access", flag_value="paid", help="The tests pause for a payment.")
@click.option("--free", "access", flag_value="free", help="The tests never pause.")
@click.option("--pause-after", type=click.IntRange(1), help="Pause after so many questions.")
@click.option(
    "--images",
    metavar="URL",
    help="Put this before relative names of pictures in XML; {slug} stands for the test's slug.",
)
@titles_option
@strict_option
@foreign_options
@click.option("--draft", is_flag=True, help="Store drafts, which no attempt takes (test publish).")
@click.option(
    "--norms",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take over the norms that `test norms` has written to this file.",
)
@json_option
def import_(  # noqa: PLR0913 - click passes an argument for each option
    *,
    paths: tuple[Path, ...],
    bundled: bool,
    access: str | None,
    pause_after: int | None,
    images: str | None,
    titles: Path | None,
    strict: bool,
    slug: str | None,
    columns: tuple[tuple[str, str], ...],
    locale: str | None,
    draft: bool,
    norms: Path | None,
    as_json: bool,
) -> None:
    """Import definitions; one with a fault holds no other back.

    They are files in YAML, JSON or the predecessor's XML, tables and tests of other systems, or
    directories of such files. The exit status is 0 if all are imported, 3 if some are refused, and
    1 if none is imported.
    """
    if not paths and not bundled:
        raise click.UsageError("Name the files to import, or give --bundled.")
    if access == "free" and pause_after is not None:
        raise click.UsageError("A free test has no pause: give --free or --pause-after.")
    changes = {"access": access, "pause_after": pause_after, "slug": slug}
    changes = {name: value for name, value in changes.items() if value is not None}
    wishes = Wishes(
        changes, images, _titles(titles, as_json=as_json), titles, dict(columns), locale
    )
    if bundled:
        paths = (*paths, *files_in(bundled_directory())[0])
    batch = _read(paths, wishes, strict=strict, as_json=as_json)
    if norms is not None:
        _give_norms(batch, norms, as_json=as_json)
    definitions = list(batch.definitions.items())

    async def work(backend: Backend) -> list[Imported]:
        add = backend.services.public.catalogue.add
        return [await add(path, definition, draft=draft) for path, definition in definitions]

    imported = run(work, as_json=as_json)
    if as_json:
        made = {
            version.path: {
                "version": version.version,
                "new": version.is_new,
                "draft": version.is_draft,
            }
            for version in imported
        }
        print_batch_json(batch, made)
    else:
        for version, (_, definition) in zip(imported, definitions, strict=True):
            kind = "draft" if version.is_draft else "version"
            became = f"{kind} {version.version}, {'new' if version.is_new else 'unchanged'}"
            print_summary(f"{version.slug}: {became}", version.path, definition)
        new = sum(version.is_new for version in imported)
        print_batch(batch, f"{len(imported)} imported ({new} new, {len(imported) - new} unchanged)")
    _end(batch)


@test.command()
@paths_argument
@titles_option
@strict_option
@foreign_options
@json_option
def check(  # noqa: PLR0913 - click passes an argument for each option
    *,
    paths: tuple[Path, ...],
    titles: Path | None,
    strict: bool,
    slug: str | None,
    columns: tuple[tuple[str, str], ...],
    locale: str | None,
    as_json: bool,
) -> None:
    """Check definitions without importing them; the exit status is that of `test import`."""
    changes = {"slug": slug} if slug else {}
    wishes = Wishes(changes, None, _titles(titles, as_json=as_json), titles, dict(columns), locale)
    batch = _read(paths, wishes, strict=strict, as_json=as_json)
    if as_json:
        print_batch_json(batch, {})
    else:
        for path, definition in batch.definitions.items():
            print_summary(f"{definition.test.slug}: no fault", path, definition)
        print_batch(batch, f"{len(batch.definitions)} without a fault")
    _end(batch)


@test.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all tests, with drafts and withdrawn ones."""

    async def work(backend: Backend) -> list[tuple[TestState, TestDefinition]]:
        catalogue = backend.services.public.catalogue
        states = await catalogue.list_states()
        return [(state, await catalogue.get_newest(state)) for state in states]

    tests = run(work, as_json=as_json)
    if as_json:
        print_json([_describe(definition, state) for state, definition in tests])
    else:
        print_table(
            ("SLUG", "VERSION", "STATE", "QUESTIONS", "ACCESS", "PAUSE", "TITLE"),
            [
                (
                    definition.slug,
                    str(definition.version),
                    _state_text(state),
                    str(len(definition.questions)),
                    definition.access,
                    str(definition.free_length) if definition.paid else "-",
                    localized(definition.title, definition.locales[0]) or "",
                )
                for state, definition in tests
            ],
        )
        if not tests:
            click.echo(NO_TESTS, err=True)


@test.command()
@click.argument("slug")
@json_option
def show(*, slug: str, as_json: bool) -> None:
    """Show the current version of a test, or the newest draft of one that has no other."""

    async def work(backend: Backend) -> tuple[TestState, TestDefinition]:
        catalogue = backend.services.public.catalogue
        state = await catalogue.get_state(TestSlug(slug))
        return state, await catalogue.get_newest(state)

    state, definition = run(work, as_json=as_json)
    if as_json:
        print_json(_describe(definition, state))
        return
    for key, value in _describe(definition, state).items():
        click.echo(f"{key:12} {value}")
    for question in definition.questions:
        click.echo(f"{question.id:>4}  {localized(question.text, definition.locales[0])}")


def _state_text(state: TestState) -> str:
    newer = [number for number in state.drafts if number > (state.current or 0)]
    draft = f"draft {newer[-1]}" if newer and state.current else ""
    return ", ".join(filter(None, (state.name, draft)))


def _read(paths: tuple[Path, ...], wishes: Wishes, *, strict: bool, as_json: bool) -> Batch:
    """Read all files.

    Raises:
        CommandError: no file is a definition without faults, or `strict` and one has a fault; it
            names the faults of all files.
    """
    batch = read_batch(paths, wishes)
    if batch.refused and (strict or not batch.definitions):
        raise CommandError(DefinitionError(batch.faults), as_json=as_json)
    if not batch.definitions:
        why = [f"{path}: passed over: {why}" for path, why in batch.passed_over.items()]
        raise CommandError(DefinitionError(why), as_json=as_json)
    return batch


def _titles(path: Path | None, *, as_json: bool) -> dict[TestSlug, dict[str, str]]:
    try:
        return read_titles(path) if path else {}
    except DefinitionError as error:
        raise CommandError(error, as_json=as_json) from None


def _end(batch: Batch) -> None:
    if batch.refused:
        click.get_current_context().exit(PARTLY)


def _give_norms(batch: Batch, norms: Path, *, as_json: bool) -> None:
    """Give the one definition of a batch the norms of a file.

    Raises:
        CommandError: the file has faults, or its norms are not those of the definition.
    """
    if len(batch.definitions) != 1:
        raise click.UsageError("Norms are those of one test: give the file of one definition.")
    ((path, definition),) = batch.definitions.items()
    try:
        batch.definitions[path] = with_norms(definition, read_norms(norms), str(path))
    except DefinitionError as error:
        raise CommandError(error, as_json=as_json) from error


def _describe(definition: TestDefinition, state: TestState) -> dict[str, Any]:
    return {
        "slug": definition.slug,
        "version": definition.version,
        "state": state.name,
        "drafts": list(state.drafts),
        "title": dict(definition.title),
        "locales": list(definition.locales),
        "questions": len(definition.questions),
        "access": definition.access.value,
        "pause_after": definition.free_length if definition.paid else None,
        "scales": [scale.id for scale in definition.scales],
    }
