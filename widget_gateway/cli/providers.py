"""`provider create | list | show | rotate-key`."""

import re
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from widget_gateway.app import Backend, utc_now
from widget_gateway.cli.running import json_option, print_json, print_table, run
from widget_gateway.domain.clock import iso
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.providers import PaymentPolicy, Provider, TestPolicy, parse_origin
from widget_gateway.services.providers import DEFAULT_OVERLAP, KeyPair

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_DURATION = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class SlugType(click.ParamType[str]):
    """A provider's public name."""

    name = "slug"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Check it."""
        if not _SLUG.fullmatch(value):
            self.fail("1 to 64 Latin letters, digits, hyphens and underscores.", param, ctx)
        return value


class OriginType(click.ParamType[str]):
    """`https://example.org`."""

    name = "url"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Normalise it as browsers send it."""
        origin = parse_origin(value)
        if origin is None:
            self.fail("an origin is like https://example.org or http://localhost:8000.", param, ctx)
        return origin


class PriceType(click.ParamType[Decimal]):
    """An amount of money."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        """Read it exactly."""
        try:
            price = Decimal(str(value))
            rounded = price.quantize(Decimal("0.01"))  # refuses what has too many digits
        except InvalidOperation:
            self.fail("an amount is like 100.00.", param, ctx)
        if not price.is_finite() or price < 0 or price != rounded:
            self.fail("an amount is like 100.00.", param, ctx)
        return rounded


class DurationType(click.ParamType[timedelta]):
    """`30m`, `24h`, `7d`."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        """Read it."""
        if isinstance(value, timedelta):
            return value
        match = _DURATION.fullmatch(value)
        if match is None:
            self.fail("a duration is like 30m, 24h or 7d; 0m ends the old keys now.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.group()
def provider() -> None:
    """Partners' sites: their keys, origins and policies."""


@provider.command()
@click.option("--slug", type=SlugType(), required=True, help="Public name, used in pages.")
@click.option("--name", required=True, help="Name for people.")
@click.option(
    "--policy",
    type=click.Choice([one.value for one in PaymentPolicy]),
    default=PaymentPolicy.PREPAID.value,
    show_default=True,
)
@click.option("--access-limit", type=click.IntRange(0), default=0, show_default=True)
@click.option("--overdraft", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--test-policy",
    type=click.Choice([one.value for one in TestPolicy]),
    default=TestPolicy.ONE_TEST.value,
    show_default=True,
)
@click.option("--main-test", "main_tests", multiple=True, help="Without any, all are main.")
@click.option("--bonus-test", "bonus_tests", multiple=True)
@click.option("--origin", "origins", type=OriginType(), multiple=True)
@click.option("--allow-no-origin", is_flag=True, help="Allow widgets outside of browsers.")
@click.option("--open-results", is_flag=True, help="A RESULT_KEY alone opens a result.")
@click.option("--price", type=PriceType(), default="0", help="Of one access.")
@click.option("--currency", default="RUB", show_default=True)
@json_option
def create(
    *, as_json: bool, slug: str, name: str, policy: str, test_policy: str, **given: Any
) -> None:
    """Register a provider. Its keys are shown this once."""
    new = Provider(
        slug=ProviderSlug(slug),
        name=name,
        created_at=utc_now(),
        payment_policy=PaymentPolicy(policy),
        test_policy=TestPolicy(test_policy),
        main_tests=tuple(map(TestSlug, given.pop("main_tests"))),
        bonus_tests=tuple(map(TestSlug, given.pop("bonus_tests"))),
        **given,
    )

    async def work(backend: Backend) -> KeyPair:
        return await backend.services.providers.create(new)

    _print_keys(slug, run(work, as_json=as_json), as_json=as_json)


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
        return await backend.services.providers.rotate_keys(ProviderSlug(slug), overlap)

    _print_keys(slug, run(work, as_json=as_json), as_json=as_json)


@provider.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all providers."""

    async def work(backend: Backend) -> list[Provider]:
        return await backend.services.providers.list_all()

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
        return await backend.services.providers.get(ProviderSlug(slug))

    described = _describe(run(work, as_json=as_json))
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
    }
