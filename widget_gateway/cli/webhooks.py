"""`provider webhook`: sets where a provider's events are sent."""

from datetime import timedelta

import click

from widget_gateway.cli.parameter_types import DurationType, SlugType
from widget_gateway.cli.running import json_option, print_json, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.services.partners.providers import DEFAULT_OVERLAP


@click.command()
@click.argument("slug", type=SlugType())
@click.option("--url", help="Send events to this address, signed with a new secret.")
@click.option("--off", is_flag=True, help="Send no events any more.")
@click.option("--rotate-secret", is_flag=True, help="Make a new secret.")
@click.option(
    "--overlap",
    type=DurationType(),
    default=DEFAULT_OVERLAP,
    help="How long events are also signed with the old secret (24h).",
)
@json_option
def webhook(  # noqa: PLR0913 - click passes an argument for each option
    *, slug: str, url: str | None, off: bool, rotate_secret: bool, overlap: timedelta, as_json: bool
) -> None:
    """Set where a provider's events are sent. A new secret is shown only this once."""
    if [url is not None, off, rotate_secret].count(True) != 1:
        raise click.UsageError("Give one of --url, --off and --rotate-secret.")
    known = ProviderSlug(slug)

    async def work(backend: Backend) -> str | None:
        webhooks = backend.services.partner.webhooks
        if url is not None:
            return await webhooks.set_url(known, url)
        if rotate_secret:
            return await webhooks.rotate_secret(known, overlap)
        await webhooks.turn_off(known)
        return None

    secret = run(work, as_json=as_json)
    if as_json:
        print_json({"slug": slug, "secret": secret})
    elif secret is None:
        click.echo(f"{slug}: no webhook")
    else:
        click.echo(f"{slug}: {secret}")
        click.echo("Keep the secret on your server: it is not shown again.", err=True)
