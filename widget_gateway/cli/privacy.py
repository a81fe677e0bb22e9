"""`provider user-export | user-erase | retention` and `person export | erase`: people's data."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import click
import msgspec

from handlers.partner.privacy import erased_counts as counts_of_user
from handlers.partner.privacy import user_export_document
from handlers.portal.privacy import erased_counts as counts_of_person
from handlers.portal.privacy import person_export_document
from widget_gateway.cli.parameter_types import SlugType
from widget_gateway.cli.running import json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.attempts.results import OldResults
from widget_gateway.domain.ids import ProviderSlug, UserId, UserKey, parse_uuid
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.domain.portal.sign_ins import Remote
from widget_gateway.services.partners.accesses import UserReference

Command = Callable[..., Any]

BY_OPERATOR = Remote("", "widget-gateway command")
"""What the audit trail says of a call that an operator makes by a command."""


def _user_options(command: Command) -> Command:
    """Add the arguments that name a user."""
    for option in (
        click.option("--sandbox", is_flag=True, help="The user is of the sandbox."),
        click.option("--user-key", help="The user's USER_KEY."),
        click.option("--user-id", help="The partner's own id of the user."),
        click.argument("slug", type=SlugType()),
    ):
        command = option(command)
    return command


def _reference(user_id: str | None, user_key: str | None) -> UserReference:
    if user_id is None and user_key is None:
        raise click.UsageError("Give --user-id or --user-key.")
    key = None if user_key is None else parse_uuid(user_key)
    if user_key is not None and key is None:
        raise click.BadParameter("it is no UUID.", param_hint="--user-key")
    return UserReference(
        None if user_id is None else UserId(user_id), None if key is None else UserKey(key)
    )


async def _caller(backend: Backend, slug: str, *, sandbox: bool) -> Caller:
    provider = await backend.services.partner.providers.get(ProviderSlug(slug))
    return Caller(provider, sandbox=sandbox)


async def _print_pieces(pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        click.echo(piece, nl=False)
    click.echo()


def _confirm(what: str, *, is_confirmed: bool) -> None:
    if not is_confirmed:
        click.confirm(
            f"Remove all that is stored of {what}? This can't be undone", abort=True, err=True
        )


def _print_counts(counts: msgspec.Struct, *, as_json: bool) -> None:
    erased = msgspec.structs.asdict(counts)
    if as_json:
        print_json({"erased": erased})
        return
    for name, count in erased.items():
        click.echo(f"{name:14} {count}")


yes_option = click.option("--yes", "is_confirmed", is_flag=True, help="Don't ask.")


@click.command(name="user-export")
@_user_options
@json_option
def user_export(
    *, slug: str, user_id: str | None, user_key: str | None, sandbox: bool, as_json: bool
) -> None:
    """Print all that is stored of a provider's user, as one JSON document."""
    reference = _reference(user_id, user_key)

    async def work(backend: Backend) -> None:
        caller = await _caller(backend, slug, sandbox=sandbox)
        export = await backend.services.partner.exports.open(caller, reference)
        await _print_pieces(user_export_document(export))

    run(work, as_json=as_json)


@click.command(name="user-erase")
@_user_options
@yes_option
@json_option
def user_erase(  # noqa: PLR0913 - click passes an argument for each option
    *,
    slug: str,
    user_id: str | None,
    user_key: str | None,
    sandbox: bool,
    is_confirmed: bool,
    as_json: bool,
) -> None:
    """Remove all that is stored of a provider's user. The ledger keeps a pseudonym."""
    reference = _reference(user_id, user_key)
    _confirm(f"the user {user_id or user_key} of {slug}", is_confirmed=is_confirmed)

    async def work(backend: Backend) -> msgspec.Struct:
        caller = await _caller(backend, slug, sandbox=sandbox)
        return counts_of_user(await backend.erasures.erase(caller, reference))

    _print_counts(run(work, as_json=as_json), as_json=as_json)


@click.command()
@click.argument("slug", type=SlugType())
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    help="Count as if results were kept for so many days (as agreed with the provider).",
)
@json_option
def retention(*, slug: str, days: int | None, as_json: bool) -> None:
    """Count the results that are older than a provider keeps them. Nothing is removed by this."""

    async def work(backend: Backend) -> tuple[int | None, list[OldResults]]:
        return await backend.retention.preview(ProviderSlug(slug), days)

    kept, old = run(work, as_json=as_json)
    if as_json:
        print_json(
            {
                "slug": slug,
                "results_kept_days": kept,
                "results": sum(row.results for row in old),
                "by_test_and_month": [
                    {
                        "test": row.test,
                        "month": row.month,
                        "results": row.results,
                        "attached": row.attached,
                        "sandbox": row.sandbox,
                    }
                    for row in old
                ],
            }
        )
    elif kept is None:
        click.echo(f"{slug} keeps its results for ever; try --days.")
    else:
        click.echo(f"{slug}: {sum(row.results for row in old)} results are older than {kept} days")
        if old:
            print_table(
                ("TEST", "MONTH", "RESULTS", "OF USERS", "SANDBOX"), [_row(row) for row in old]
            )


def _row(row: OldResults) -> tuple[str, ...]:
    world = "yes" if row.sandbox else "no"
    return (row.test, row.month, str(row.results), str(row.attached), world)


@click.group()
def person() -> None:
    """People of the portal: export and erase what is stored of them."""


@person.command()
@click.argument("id_phperson")
@json_option
def export(*, id_phperson: str, as_json: bool) -> None:
    """Print all that is stored of a person of the portal, as one JSON document."""

    async def work(backend: Backend) -> None:
        exports = backend.services.portal.person_exports
        found = await exports.open(PersonId(id_phperson), BY_OPERATOR)
        await _print_pieces(person_export_document(found))

    run(work, as_json=as_json)


@person.command()
@click.argument("id_phperson")
@yes_option
@json_option
def erase(*, id_phperson: str, is_confirmed: bool, as_json: bool) -> None:
    """Remove all that is stored of a person of the portal. The audit trail keeps a pseudonym."""
    _confirm(f"the person {id_phperson}", is_confirmed=is_confirmed)

    async def work(backend: Backend) -> msgspec.Struct:
        erased = await backend.erasures.erase_person(PersonId(id_phperson), BY_OPERATOR)
        return counts_of_person(erased)

    _print_counts(run(work, as_json=as_json), as_json=as_json)
