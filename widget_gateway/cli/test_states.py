"""`test publish | withdraw`: which version new attempts take, and whether there are any."""

import click

from widget_gateway.cli.running import json_option, print_json, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.ids import TestSlug


@click.command()
@click.argument("slug")
@click.option("--version", type=click.IntRange(1), help="Publish this version, also an older one.")
@json_option
def publish(*, slug: str, version: int | None, as_json: bool) -> None:
    """Let new attempts take a version of a test; a withdrawn test comes back.

    Without --version it is the newest version if that is a draft, else the current one.
    """

    async def work(backend: Backend) -> tuple[int, bool]:
        return await backend.services.public.catalogue.publish(TestSlug(slug), version)

    number, is_changed = run(work, as_json=as_json)
    if as_json:
        print_json({"slug": slug, "version": number, "changed": is_changed})
    else:
        click.echo(f"{slug}: version {number} is {'' if is_changed else 'already '}published")


@click.command()
@click.argument("slug")
@json_option
def withdraw(*, slug: str, as_json: bool) -> None:
    """Let a test take no new attempts; those under way go on, and results stay."""

    async def work(backend: Backend) -> bool:
        return await backend.services.public.catalogue.withdraw(TestSlug(slug))

    is_changed = run(work, as_json=as_json)
    if as_json:
        print_json({"slug": slug, "withdrawn": True, "changed": is_changed})
    else:
        click.echo(f"{slug}: {'' if is_changed else 'already '}withdrawn")
