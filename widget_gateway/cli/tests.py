"""`test import | check | list | show`: manages the catalogue of tests."""

from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.import_summary import print_summary, summarize
from widget_gateway.cli.running import CommandError, json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.catalogue import (
    Imported,
    definition_files,
    read_definition_file,
)
from widget_gateway.services.catalogue.definitions import Definition

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
@json_option
def import_(
    *,
    paths: tuple[Path, ...],
    access: str | None,
    pause_after: int | None,
    images: str | None,
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

    async def work(backend: Backend) -> list[Imported]:
        add = backend.services.public.catalogue.add
        return [await add(path, definition) for path, definition in definitions]

    imported = run(work, as_json=as_json)
    if as_json:
        print_json(
            [
                {
                    "path": str(version.path),
                    "slug": version.slug,
                    "version": version.version,
                    "new": version.is_new,
                    **summarize(definition),
                }
                for version, (_, definition) in zip(imported, definitions, strict=True)
            ]
        )
        return
    for version, (_, definition) in zip(imported, definitions, strict=True):
        became = f"version {version.version}, {'new' if version.is_new else 'unchanged'}"
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
    """List all tests."""

    async def work(backend: Backend) -> list[TestDefinition]:
        return await backend.services.public.catalogue.list_all()

    tests = run(work, as_json=as_json)
    if as_json:
        print_json([_describe(definition) for definition in tests])
    else:
        print_table(
            ("SLUG", "VERSION", "QUESTIONS", "ACCESS", "PAUSE", "TITLE"),
            [
                (
                    definition.slug,
                    str(definition.version),
                    str(len(definition.questions)),
                    definition.access,
                    str(definition.free_length) if definition.paid else "-",
                    localized(definition.title, definition.locales[0]) or "",
                )
                for definition in tests
            ],
        )


@test.command()
@click.argument("slug")
@json_option
def show(*, slug: str, as_json: bool) -> None:
    """Show the current version of a test."""

    async def work(backend: Backend) -> TestDefinition:
        return await backend.services.public.catalogue.get_current(TestSlug(slug))

    definition = run(work, as_json=as_json)
    if as_json:
        print_json(_describe(definition))
        return
    for key, value in _describe(definition).items():
        click.echo(f"{key:12} {value}")
    for question in definition.questions:
        click.echo(f"{question.id:>4}  {localized(question.text, definition.locales[0])}")


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


def _describe(definition: TestDefinition) -> dict[str, Any]:
    return {
        "slug": definition.slug,
        "version": definition.version,
        "title": dict(definition.title),
        "locales": list(definition.locales),
        "questions": len(definition.questions),
        "access": definition.access.value,
        "pause_after": definition.free_length if definition.paid else None,
        "scales": [scale.id for scale in definition.scales],
    }
