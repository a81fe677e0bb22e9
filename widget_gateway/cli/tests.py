"""`test import | check | list | show`: the catalogue of tests."""

from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.import_summary import print_summary, summarize
from widget_gateway.cli.running import CommandError, json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.tests import TestDefinition, TestState
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.catalogue import (
    Catalogue,
    Imported,
    definition_files,
    read_definition_file,
)
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.norms import read_norms, with_norms

paths_argument = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)


@click.group()
def test() -> None:
    """The catalogue of tests."""


@test.command(name="import")
@paths_argument
@click.option("--paid", "access", flag_value="paid", help="The tests pause for a payment.")
@click.option("--free", "access", flag_value="free", help="The tests never pause.")
@click.option("--pause-after", type=click.IntRange(1), help="Pause after so many questions.")
@click.option(
    "--images",
    metavar="URL",
    help="Put this before relative names of pictures in XML; {slug} stands for the test's slug.",
)
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
    access: str | None,
    pause_after: int | None,
    images: str | None,
    draft: bool,
    norms: Path | None,
    as_json: bool,
) -> None:
    """Import definitions: all of them, or none if any has a fault.

    They are files in YAML, JSON or the predecessor's XML, or directories of such files.
    """
    if access == "free" and pause_after is not None:
        raise click.UsageError("A free test has no pause: give --free or --pause-after.")
    changes = {"access": access, "pause_after": pause_after}
    changes = {name: value for name, value in changes.items() if value is not None}
    definitions = _read(paths, changes, images, as_json=as_json)
    if norms is not None:
        definitions = _normed(definitions, norms, as_json=as_json)

    async def work(backend: Backend) -> list[Imported]:
        add = backend.services.public.catalogue.add
        return [await add(path, definition, draft=draft) for path, definition in definitions]

    imported = run(work, as_json=as_json)
    if as_json:
        print_json(
            [
                {
                    "path": str(version.path),
                    "slug": version.slug,
                    "version": version.version,
                    "new": version.is_new,
                    "draft": version.is_draft,
                    **summarize(definition),
                }
                for version, (_, definition) in zip(imported, definitions, strict=True)
            ]
        )
        return
    for version, (_, definition) in zip(imported, definitions, strict=True):
        kind = "draft" if version.is_draft else "version"
        became = f"{kind} {version.version}, {'new' if version.is_new else 'unchanged'}"
        print_summary(f"{version.slug}: {became}", version.path, definition)


@test.command()
@paths_argument
@json_option
def check(*, paths: tuple[Path, ...], as_json: bool) -> None:
    """Check definitions without importing them."""
    definitions = _read(paths, {}, as_json=as_json)
    if as_json:
        print_json(
            [
                {"path": str(path), "slug": definition.test.slug, **summarize(definition)}
                for path, definition in definitions
            ]
        )
        return
    for path, definition in definitions:
        print_summary(f"{definition.test.slug}: no fault", path, definition)


@test.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all tests, with drafts and withdrawn ones."""

    async def work(backend: Backend) -> list[tuple[TestState, TestDefinition]]:
        catalogue = backend.services.public.catalogue
        states = await catalogue.list_states()
        return [(state, await _newest(catalogue, state)) for state in states]

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


@test.command()
@click.argument("slug")
@json_option
def show(*, slug: str, as_json: bool) -> None:
    """Show the current version of a test, or the newest draft of one that has no other."""

    async def work(backend: Backend) -> tuple[TestState, TestDefinition]:
        catalogue = backend.services.public.catalogue
        state = await catalogue.get_state(TestSlug(slug))
        return state, await _newest(catalogue, state)

    state, definition = run(work, as_json=as_json)
    if as_json:
        print_json(_describe(definition, state))
        return
    for key, value in _describe(definition, state).items():
        click.echo(f"{key:12} {value}")
    for question in definition.questions:
        click.echo(f"{question.id:>4}  {localized(question.text, definition.locales[0])}")


async def _newest(catalogue: Catalogue, state: TestState) -> TestDefinition:
    """The current version of a test, or its newest draft if it was never published."""
    number = state.current or max(state.drafts)
    return await catalogue.get_version(TestSlug(state.slug), number)


def _state_text(state: TestState) -> str:
    newer = [number for number in state.drafts if number > (state.current or 0)]
    draft = f"draft {newer[-1]}" if newer and state.current else ""
    return ", ".join(filter(None, (state.name, draft)))


def _read(
    paths: tuple[Path, ...],
    changes: dict[str, Any],
    images: str | None = None,
    *,
    as_json: bool,
) -> list[tuple[Path, Definition]]:
    """Read all files.

    Raises:
        CommandError: it names the faults of all files. Two files with the same slug are a fault.
    """
    problems: list[str] = []
    sources: dict[TestSlug, Path] = {}
    definitions: list[tuple[Path, Definition]] = []
    files = definition_files(list(paths))
    if not files:
        problems.append(f"{paths[0]}: there is no definition in it")
    for path in files:
        try:
            definition = read_definition_file(path, changes, images)
        except DefinitionError as error:
            problems += error.problems
            continue
        slug = definition.test.slug
        other = sources.setdefault(slug, path)
        if other.resolve() != path.resolve():
            problems.append(f"{path}:1: slug: {slug} is made of {other} already")
        definitions.append((path, definition))
    if problems:
        raise CommandError(DefinitionError(problems), as_json=as_json)
    return definitions


def _normed(
    definitions: list[tuple[Path, Definition]], norms: Path, *, as_json: bool
) -> list[tuple[Path, Definition]]:
    """Give the definitions the norms of a file.

    Raises:
        CommandError: the file has faults, or its norms are not those of the one definition.
    """
    if len(definitions) != 1:
        raise click.UsageError("Norms are those of one test: give the file of one definition.")
    ((path, definition),) = definitions
    try:
        return [(path, with_norms(definition, read_norms(norms), str(path)))]
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
