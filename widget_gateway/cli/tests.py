"""`test import | check | list | show`."""

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
@click.option("--paid", "access", flag_value="paid", help="Pause for payment.")
@click.option("--free", "access", flag_value="free", help="Never pause.")
@click.option("--pause-after", type=click.IntRange(1), help="Pause after so many questions.")
@click.option(
    "--images",
    metavar="URL",
    help="Goes before relative names of pictures in XML; {slug} in it is the test's.",
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
    """Import definitions: all of them, or with a fault in any none.

    Takes YAML, JSON, the predecessor's XML, and directories of them; tells what became of each.
    """
    if access == "free" and pause_after is not None:
        raise click.UsageError("A free test has no pause: give --free or --pause-after.")
    changes = {"access": access, "pause_after": pause_after}
    changes = {name: value for name, value in changes.items() if value is not None}
    definitions = _read(paths, changes, images, as_json=as_json)

    async def work(backend: Backend) -> list[Imported]:
        return [await backend.services.public.catalogue.add(path, one) for path, one in definitions]

    imported = run(work, as_json=as_json)
    if as_json:
        print_json(
            [
                {
                    "path": str(one.path),
                    "slug": one.slug,
                    "version": one.version,
                    "new": one.is_new,
                    **summarize(definition),
                }
                for one, (_, definition) in zip(imported, definitions, strict=True)
            ]
        )
        return
    for one, (_, definition) in zip(imported, definitions, strict=True):
        became = f"version {one.version}, {'new' if one.is_new else 'unchanged'}"
        print_summary(f"{one.slug}: {became}", one.path, definition)


@test.command()
@paths_argument
@json_option
def check(*, paths: tuple[Path, ...], as_json: bool) -> None:
    """Check definitions without importing them."""
    definitions = _read(paths, {}, as_json=as_json)
    if as_json:
        print_json(
            [
                {"path": str(path), "slug": one.test.slug, **summarize(one)}
                for path, one in definitions
            ]
        )
        return
    for path, one in definitions:
        print_summary(f"{one.test.slug}: no fault", path, one)


@test.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all tests."""

    async def work(backend: Backend) -> list[TestDefinition]:
        return await backend.services.public.catalogue.list_all()

    tests = run(work, as_json=as_json)
    if as_json:
        print_json([_describe(one) for one in tests])
    else:
        print_table(
            ("SLUG", "VERSION", "QUESTIONS", "ACCESS", "PAUSE", "TITLE"),
            [
                (
                    one.slug,
                    str(one.version),
                    str(len(one.questions)),
                    one.access,
                    str(one.free_length) if one.paid else "-",
                    localized(one.title, one.locales[0]) or "",
                )
                for one in tests
            ],
        )


@test.command()
@click.argument("slug")
@json_option
def show(*, slug: str, as_json: bool) -> None:
    """Show the current version of one test."""

    async def work(backend: Backend) -> TestDefinition:
        return await backend.services.public.catalogue.get_current(TestSlug(slug))

    one = run(work, as_json=as_json)
    if as_json:
        print_json(_describe(one))
        return
    for key, value in _describe(one).items():
        click.echo(f"{key:12} {value}")
    for question in one.questions:
        click.echo(f"{question.id:>4}  {localized(question.text, one.locales[0])}")


def _read(
    paths: tuple[Path, ...],
    changes: dict[str, Any],
    images: str | None = None,
    *,
    as_json: bool,
) -> list[tuple[Path, Definition]]:
    """Read all files; the faults of all of them are told together. Each test comes from one."""
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


def _describe(one: TestDefinition) -> dict[str, Any]:
    return {
        "slug": one.slug,
        "version": one.version,
        "title": dict(one.title),
        "locales": list(one.locales),
        "questions": len(one.questions),
        "access": one.access.value,
        "pause_after": one.free_length if one.paid else None,
        "scales": [scale.id for scale in one.scales],
    }
