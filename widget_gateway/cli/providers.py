"""`provider create | update | disable | list | show | rotate-key`: manages providers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from widget_gateway.cli.names import NO_PROVIDERS
from widget_gateway.cli.parameter_types import (
    BrandNameType,
    ColorType,
    CurrencyType,
    DurationType,
    LogoType,
    OriginType,
    PriceType,
    ProviderNameType,
    SlugType,
)
from widget_gateway.cli.running import json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend, utc_now
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import PriceInvalidError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.brands import Logo
from widget_gateway.domain.partners.providers import (
    MAX_COUNT,
    PaymentPolicy,
    Provider,
    TestPolicy,
)
from widget_gateway.services.first_steps import Hindrance
from widget_gateway.services.partners.currencies import amount_text, checked
from widget_gateway.services.partners.providers import DEFAULT_OVERLAP, KeyPair

Command = Callable[..., Any]

_LISTS = ("main-tests", "bonus-tests", "origins")
_BRAND = ("brand-name", "brand-logo", "brand-color")
_RETENTION = "results-kept-days"
"""What `--clear` empties, what it removes, and the limit that it lifts."""


@click.group()
def provider() -> None:
    """Partners' sites: their keys, origins and policies."""


def agreement_options(command: Command) -> Command:
    """Add the options for what was agreed with a provider; absent ones are None or empty."""
    for option in reversed(_AGREEMENT_OPTIONS):
        command = option(command)
    return command


_AGREEMENT_OPTIONS = (
    click.option(
        "--policy",
        "payment_policy",
        type=click.Choice([policy.value for policy in PaymentPolicy]),
        help="Whether accesses are paid for before or after they are issued (prepaid).",
    ),
    click.option(
        "--access-limit",
        type=click.IntRange(0, MAX_COUNT),
        help="The limit of a prepaid provider (0).",
    ),
    click.option(
        "--overdraft", type=click.IntRange(0, MAX_COUNT), help="Accesses beyond the limit (0)."
    ),
    click.option(
        "--test-policy",
        type=click.Choice([policy.value for policy in TestPolicy]),
        help="Which results an access may hold (one_test).",
    ),
    click.option(
        "--main-test", "main_tests", multiple=True, help="A main test; without any, all are main."
    ),
    click.option("--bonus-test", "bonus_tests", multiple=True, help="A bonus test."),
    click.option(
        "--origin", "origins", type=OriginType(), multiple=True, help="An origin of its pages."
    ),
    click.option(
        "--allow-no-origin/--require-origin",
        default=None,
        help="Whether widgets may run outside of browsers (no).",
    ),
    click.option(
        "--open-results/--closed-results",
        default=None,
        help="Whether a RESULT_KEY alone opens a result (no).",
    ),
    click.option(
        "--sandbox-guests/--no-sandbox-guests",
        default=None,
        help="Whether its pages may begin sessions in the sandbox without an access token (no).",
    ),
    click.option(
        "--results-kept-days",
        type=click.IntRange(1, 36_500),
        help="Remove results that are older than so many days (never).",
    ),
    click.option("--brand-name", type=BrandNameType(), help="The name that its reports show."),
    click.option(
        "--brand-logo",
        type=LogoType(),
        help="A PNG, JPEG, WebP, GIF or SVG file with the logo that its reports show.",
    ),
    click.option(
        "--brand-color",
        "--brand-colour",
        "brand_color",
        type=ColorType(),
        help="The colour of its reports, such as #2a7f62.",
    ),
    click.option("--price", type=PriceType(), help="The price of an access (0)."),
    click.option("--currency", type=CurrencyType(), help="A currency that is in use (RUB)."),
)


@provider.command()
@click.option("--slug", type=SlugType(), required=True, help="The public name, used in pages.")
@click.option("--name", type=ProviderNameType(), required=True, help="The name for people.")
@agreement_options
@json_option
def create(*, as_json: bool, slug: str, name: str, brand_logo: Logo | None, **options: Any) -> None:
    """Register a provider. Its keys are shown only this once."""
    options["brand_logo"] = brand_logo and brand_logo.digest
    new = Provider(slug=ProviderSlug(slug), name=name, created_at=utc_now(), **_agreement(options))
    try:
        checked(new.terms.price)
    except PriceInvalidError as error:
        raise click.BadParameter(error.message, param_hint="--price") from None

    async def work(backend: Backend) -> tuple[KeyPair, list[Hindrance]]:
        if brand_logo:
            await backend.services.partner.providers.keep_logo(brand_logo)
        # They are looked for first: a failure after the creation would lose the keys.
        hindrances = await backend.first_steps.hindrances(new)
        return await backend.services.partner.providers.create(new), hindrances

    keys, hindrances = run(work, as_json=as_json)
    _print_keys(slug, keys, as_json=as_json)
    _warn(hindrances, as_json=as_json)


@provider.command()
@click.argument("slug", type=SlugType())
@click.option("--name", type=ProviderNameType(), help="The name for people.")
@agreement_options
@click.option(
    "--clear",
    type=click.Choice([*_LISTS, *_BRAND, _RETENTION]),
    multiple=True,
    help="Empty this list, remove this part of the mark on its reports, or keep results for ever.",
)
@click.option("--enable", is_flag=True, help="Enable a disabled provider again.")
@json_option
def update(
    *,
    as_json: bool,
    slug: str,
    clear: tuple[str, ...],
    enable: bool,
    brand_logo: Logo | None,
    **options: Any,
) -> None:
    """Change what was agreed with a provider: only what is named. A list is replaced as a whole."""
    options["brand_logo"] = brand_logo and brand_logo.digest
    changes = _agreement(options)
    for cleared in clear:
        field = cleared.replace("-", "_")
        if field in changes:
            raise click.UsageError(f"Give the new {field} or clear them, not both.")
        changes[field] = () if cleared in _LISTS else None
    if enable:
        changes["enabled"] = True
    if not changes:
        raise click.UsageError("Nothing to change is named.")
    _change(slug, changes, as_json=as_json, logo=brand_logo)


@provider.command()
@click.argument("slug", type=SlugType())
@json_option
def disable(*, slug: str, as_json: bool) -> None:
    """Refuse a provider's keys, widgets and results from now on. Nothing is deleted."""
    _change(slug, {"enabled": False}, as_json=as_json)


def _change(slug: str, changes: dict[str, Any], *, as_json: bool, logo: Logo | None = None) -> None:
    async def work(backend: Backend) -> tuple[Provider, list[Hindrance]]:
        if logo:
            await backend.services.partner.providers.keep_logo(logo)
        changed = await backend.services.partner.providers.update(ProviderSlug(slug), changes)
        return changed, await backend.first_steps.hindrances(changed)

    changed, hindrances = run(work, as_json=as_json)
    _print_provider(changed, as_json=as_json)
    _warn(hindrances, as_json=as_json)


def _warn(hindrances: list[Hindrance], *, as_json: bool) -> None:
    for hindrance in () if as_json else hindrances:
        click.echo(f"Note: {hindrance.sentence}", err=True)


def _agreement(options: dict[str, Any]) -> dict[str, Any]:
    """Convert the options that are present into fields of a Provider."""
    fields = {name: value for name, value in options.items() if value not in (None, ())}
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
    help="How long the old keys stay valid (24h).",
)
@json_option
def rotate_key(*, slug: str, overlap: timedelta, as_json: bool) -> None:
    """Make new keys; the old ones stay valid for a while."""

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
        print_json([_describe(each) for each in providers])
    else:
        print_table(
            ("SLUG", "NAME", "POLICY", "ISSUED", "LIMIT", "ENABLED"), list(map(_row, providers))
        )
        if not providers:
            click.echo(NO_PROVIDERS, err=True)


@provider.command()
@click.argument("slug", type=SlugType())
@json_option
def show(*, slug: str, as_json: bool) -> None:
    """Show a provider. Its keys can't be shown, since only their hashes are stored."""

    async def work(backend: Backend) -> Provider:
        return await backend.services.partner.providers.get(ProviderSlug(slug))

    _print_provider(run(work, as_json=as_json), as_json=as_json)


def _row(shown: Provider) -> tuple[str, ...]:
    prepaid = shown.payment_policy is PaymentPolicy.PREPAID
    return (
        shown.slug,
        shown.name,
        shown.payment_policy,
        str(shown.access_count),
        str(shown.access_limit) if prepaid else "-",
        "yes" if shown.enabled else "no",
    )


def _print_provider(shown: Provider, *, as_json: bool) -> None:
    described = _describe(shown)
    if as_json:
        print_json(described)
    else:
        for key, value in described.items():
            text = ", ".join(value) if isinstance(value, list) else value
            click.echo(f"{key:16} {'-' if text in ('', None) else text}")


def _print_keys(slug: str, keys: KeyPair, *, as_json: bool) -> None:
    printed = {"slug": slug, "client_key": keys.client_key, "sandbox_key": keys.sandbox_key}
    if as_json:
        print_json(printed)
    else:
        for key, value in printed.items():
            click.echo(f"{key:12} {value}")
        click.echo("Keep the keys on your server: they are not shown again.", err=True)


def _describe(shown: Provider) -> dict[str, Any]:
    return {
        "slug": shown.slug,
        "name": shown.name,
        "enabled": shown.enabled,
        "created_at": iso(shown.created_at),
        "origins": list(shown.origins),
        "allow_no_origin": shown.allow_no_origin,
        "open_results": shown.open_results,
        "sandbox_guests": shown.sandbox_guests,
        "payment_policy": shown.payment_policy.value,
        "access_limit": shown.access_limit,
        "overdraft": shown.overdraft,
        "access_count": shown.access_count,
        "price": amount_text(shown.price, shown.currency),
        "currency": shown.currency,
        "test_policy": shown.test_policy.value,
        "main_tests": list(shown.main_tests),
        "bonus_tests": list(shown.bonus_tests),
        "webhook_url": shown.webhook_url,
        "brand_name": shown.brand_name,
        "brand_color": shown.brand_color,
        "brand_logo": shown.brand_logo,
        "results_kept_days": shown.results_kept_days,
    }
