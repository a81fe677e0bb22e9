"""`provider create | update | disable | list | show | rotate-key`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from widget_gateway.cli.parameter_types import (
    CurrencyType,
    DurationType,
    OriginType,
    PriceType,
    SlugType,
)
from widget_gateway.cli.running import json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend, utc_now
from widget_gateway.domain.clock import iso
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider, TestPolicy
from widget_gateway.services.partners.providers import DEFAULT_OVERLAP, KeyPair

Command = Callable[..., Any]


@click.group()
def provider() -> None:
    """Partners' sites: their keys, origins and policies."""


def agreement_options(command: Command) -> Command:
    """The options that say what was agreed with a provider; those not given are None or empty."""
    for option in reversed(_AGREEMENT_OPTIONS):
        command = option(command)
    return command


_AGREEMENT_OPTIONS = (
    click.option(
        "--policy",
        "payment_policy",
        type=click.Choice([one.value for one in PaymentPolicy]),
        help="Who pays when (prepaid).",
    ),
    click.option("--access-limit", type=click.IntRange(0), help="Of a prepaid provider (0)."),
    click.option("--overdraft", type=click.IntRange(0), help="Accesses beyond the limit (0)."),
    click.option(
        "--test-policy",
        type=click.Choice([one.value for one in TestPolicy]),
        help="What one access may hold (one_test).",
    ),
    click.option("--main-test", "main_tests", multiple=True, help="Without any, all are main."),
    click.option("--bonus-test", "bonus_tests", multiple=True),
    click.option("--origin", "origins", type=OriginType(), multiple=True),
    click.option(
        "--allow-no-origin/--require-origin",
        default=None,
        help="Whether widgets may run outside of browsers (not).",
    ),
    click.option(
        "--open-results/--closed-results",
        default=None,
        help="Whether a RESULT_KEY alone opens a result (not).",
    ),
    click.option("--price", type=PriceType(), help="Of one access (0.00)."),
    click.option("--currency", type=CurrencyType(), help="Such as RUB, which it is unless given."),
)


@provider.command()
@click.option("--slug", type=SlugType(), required=True, help="Public name, used in pages.")
@click.option("--name", required=True, help="Name for people.")
@agreement_options
@json_option
def create(*, as_json: bool, slug: str, name: str, **given: Any) -> None:
    """Register a provider. Its keys are shown this once."""
    new = Provider(slug=ProviderSlug(slug), name=name, created_at=utc_now(), **_agreement(given))

    async def work(backend: Backend) -> KeyPair:
        return await backend.services.partner.providers.create(new)

    _print_keys(slug, run(work, as_json=as_json), as_json=as_json)


@provider.command()
@click.argument("slug", type=SlugType())
@click.option("--name", help="Name for people.")
@agreement_options
@click.option(
    "--clear",
    type=click.Choice(["main-tests", "bonus-tests", "origins"]),
    multiple=True,
    help="Empty a list.",
)
@click.option("--enable", is_flag=True, help="Let a disabled provider in again.")
@json_option
def update(*, as_json: bool, slug: str, clear: tuple[str, ...], enable: bool, **given: Any) -> None:
    """Change what was agreed: only what is named. A list is replaced as a whole."""
    changes = _agreement(given)
    for field in (one.replace("-", "_") for one in clear):
        if field in changes:
            raise click.UsageError(f"Give the new {field} or clear them, not both.")
        changes[field] = ()
    if enable:
        changes["enabled"] = True
    if not changes:
        raise click.UsageError("Nothing to change is named.")
    _change(slug, changes, as_json=as_json)


@provider.command()
@click.argument("slug", type=SlugType())
@json_option
def disable(*, slug: str, as_json: bool) -> None:
    """Lock a provider out: its keys, its widgets, its results. Nothing is deleted."""
    _change(slug, {"enabled": False}, as_json=as_json)


def _change(slug: str, changes: dict[str, Any], *, as_json: bool) -> None:
    async def work(backend: Backend) -> Provider:
        return await backend.services.partner.providers.update(ProviderSlug(slug), changes)

    _print_provider(run(work, as_json=as_json), as_json=as_json)


def _agreement(given: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as fields of a Provider."""
    fields = {name: value for name, value in given.items() if value not in (None, ())}
    convert = {
        "payment_policy": PaymentPolicy,
        "test_policy": TestPolicy,
        "main_tests": tuple,
        "bonus_tests": tuple,
        "origins": tuple,
    }
    return {name: convert.get(name, lambda same: same)(value) for name, value in fields.items()}


@provider.command(name="rotate-key")
@click.argument("slug", type=SlugType())
@click.option(
    "--overlap",
    type=DurationType(),
    default=DEFAULT_OVERLAP,
    help="How long the old keys work on (24h).",
)
@json_option
def rotate_key(*, slug: str, overlap: timedelta, as_json: bool) -> None:
    """Make new keys; the old ones work on for a while."""

    async def work(backend: Backend) -> KeyPair:
        return await backend.services.partner.providers.rotate_keys(ProviderSlug(slug), overlap)

    _print_keys(slug, run(work, as_json=as_json), as_json=as_json)


@provider.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all providers."""

    async def work(backend: Backend) -> list[Provider]:
        return await backend.services.partner.providers.list_all()

    providers = run(work, as_json=as_json)
    if as_json:
        print_json([_describe(one) for one in providers])
    else:
        print_table(
            ("SLUG", "NAME", "POLICY", "ISSUED", "LIMIT", "ENABLED"),
            [
                (
                    one.slug,
                    one.name,
                    one.payment_policy,
                    str(one.access_count),
                    str(one.access_limit) if one.payment_policy is PaymentPolicy.PREPAID else "-",
                    "yes" if one.enabled else "no",
                )
                for one in providers
            ],
        )


@provider.command()
@click.argument("slug", type=SlugType())
@json_option
def show(*, slug: str, as_json: bool) -> None:
    """Show one provider; its keys are not kept and can't be shown."""

    async def work(backend: Backend) -> Provider:
        return await backend.services.partner.providers.get(ProviderSlug(slug))

    _print_provider(run(work, as_json=as_json), as_json=as_json)


def _print_provider(one: Provider, *, as_json: bool) -> None:
    described = _describe(one)
    if as_json:
        print_json(described)
    else:
        for key, value in described.items():
            shown = ", ".join(value) if isinstance(value, list) else value
            click.echo(f"{key:16} {'-' if shown in ('', None) else shown}")


def _print_keys(slug: str, keys: KeyPair, *, as_json: bool) -> None:
    printed = {"slug": slug, "client_key": keys.client_key, "sandbox_key": keys.sandbox_key}
    if as_json:
        print_json(printed)
    else:
        for key, value in printed.items():
            click.echo(f"{key:12} {value}")
        click.echo("Keep the keys on your server: they are not shown again.", err=True)


def _describe(one: Provider) -> dict[str, Any]:
    return {
        "slug": one.slug,
        "name": one.name,
        "enabled": one.enabled,
        "created_at": iso(one.created_at),
        "origins": list(one.origins),
        "allow_no_origin": one.allow_no_origin,
        "open_results": one.open_results,
        "payment_policy": one.payment_policy.value,
        "access_limit": one.access_limit,
        "overdraft": one.overdraft,
        "access_count": one.access_count,
        "price": str(one.price),
        "currency": one.currency,
        "test_policy": one.test_policy.value,
        "main_tests": list(one.main_tests),
        "bonus_tests": list(one.bonus_tests),
        "webhook_url": one.webhook_url,
    }
