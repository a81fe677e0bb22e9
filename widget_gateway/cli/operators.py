"""`operator create | list | update | …`: the console's accounts."""

import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import click

from widget_gateway.cli.names import NO_ACCOUNTS
from widget_gateway.cli.parameter_types import SlugType
from widget_gateway.cli.running import json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.clock import iso
from widget_gateway.domain.console.accounts import Account
from widget_gateway.domain.console.roles import NEEDS_SECOND_FACTOR, Role
from widget_gateway.domain.console.trail import Actor, Deed
from widget_gateway.domain.errors import AccountUnfitError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.services.console.trail import OpenEntry

_AT_ONCE = 500
"""How many accounts are read at once."""

_ACTOR = Actor(
    account=None, login="", role="command line", address="", user_agent="", request_id=""
)
"""Who does what is done on the command line, for the trail."""

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)
role_type = click.Choice([role.value for role in Role])
locale_type = click.Choice(["ru", "en"])


@click.group()
def operator() -> None:
    """Accounts of the console: who may sign in, and as what."""


@operator.command()
@click.option("--login", required=True, help="What the person signs in with, such as an e-mail.")
@click.option("--name", default="", help="The name for people.")
@click.option("--role", type=role_type, required=True)
@click.option("--provider", type=SlugType(), help="The only provider of a partner's account.")
@click.option("--locale", type=locale_type, help="The language of its pages (the browser's).")
@password_option
@json_option
def create(  # noqa: PLR0913 - the options of the command
    *,
    login: str,
    name: str,
    role: str,
    provider: str | None,
    locale: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Make an account. With the first one the console is switched on."""
    password = _ask_password(from_input=password_stdin)

    async def work(backend: Backend) -> Account:
        slug = None if provider is None else ProviderSlug(provider)
        async with _acting(backend, Deed.ACCOUNT_CREATE, login, slug) as entry:
            account = await backend.console.accounts.create(
                login=login,
                name=name,
                role=Role(role),
                provider=slug,
                password=password,
                locale=locale,
            )
            entry.after = _kept(account)
        return account

    account = run(work, as_json=as_json)
    _print(account, as_json=as_json)
    if account.role in NEEDS_SECOND_FACTOR and not as_json:
        click.echo("The first sign-in at /console/ sets up a second factor.", err=True)


@operator.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all accounts."""

    async def work(backend: Backend) -> list[Account]:
        found: list[Account] = []
        while page := await backend.console.accounts.list_page(
            after=found[-1].login if found else "", limit=_AT_ONCE
        ):
            found += page
        return found

    accounts = run(work, as_json=as_json)
    if as_json:
        print_json([_describe(each) for each in accounts])
    else:
        heads = ("LOGIN", "NAME", "ROLE", "PROVIDER", "STATE", "SECOND FACTOR")
        print_table(heads, list(map(_row, accounts)))
        if not accounts:
            click.echo(NO_ACCOUNTS, err=True)


@operator.command()
@click.argument("login")
@click.option("--name", help="The name for people.")
@click.option("--role", type=role_type)
@click.option("--provider", type=SlugType(), help="The only provider of a partner's account.")
@click.option("--locale", type=locale_type)
@json_option
def update(  # noqa: PLR0913 - the options of the command
    *,
    login: str,
    name: str | None,
    role: str | None,
    provider: str | None,
    locale: str | None,
    as_json: bool,
) -> None:
    """Change an account: only what is named. With another role its sessions end."""
    if name is role is provider is locale is None:
        raise click.UsageError("Nothing to change is named.")

    async def change(backend: Backend, account: Account) -> Account:
        new_role = account.role if role is None else Role(role)
        slug = account.provider if provider is None else ProviderSlug(provider)
        return await backend.console.accounts.update(
            account,
            name=account.name if name is None else name,
            role=new_role,
            provider=slug if new_role is Role.PARTNER else None,
            locale=account.locale if locale is None else locale,
        )

    _change(login, Deed.ACCOUNT_UPDATE, change, as_json=as_json)


@operator.command()
@click.argument("login")
@json_option
def disable(*, login: str, as_json: bool) -> None:
    """Let an account sign in no longer; its sessions end now."""
    _change(
        login,
        Deed.ACCOUNT_DISABLE,
        lambda backend, account: backend.console.accounts.disable(account.id),
        as_json=as_json,
    )


@operator.command()
@click.argument("login")
@json_option
def enable(*, login: str, as_json: bool) -> None:
    """Let a disabled account sign in again."""
    _change(
        login,
        Deed.ACCOUNT_ENABLE,
        lambda backend, account: backend.console.accounts.enable(account.id),
        as_json=as_json,
    )


@operator.command()
@click.argument("login")
@password_option
@json_option
def password(*, login: str, password_stdin: bool, as_json: bool) -> None:
    """Set the password of an account; its sessions end now."""
    new = _ask_password(from_input=password_stdin)
    _change(
        login,
        Deed.PASSWORD_CHANGE,
        lambda backend, account: backend.console.accounts.set_password(account, new),
        as_json=as_json,
    )


@operator.command(name="remove-factors")
@click.argument("login")
@json_option
def remove_factors(*, login: str, as_json: bool) -> None:
    """Remove the second factors of an account whose owner has lost them; its sessions end now."""
    _change(
        login,
        Deed.FACTORS_REMOVE,
        lambda backend, account: backend.console.second_factors.remove_all(account.id),
        as_json=as_json,
    )


@operator.command()
@click.argument("login")
@json_option
def invite(*, login: str, as_json: bool) -> None:
    """Print a link by which the account's owner chooses a password, once, within 24 hours."""

    async def work(backend: Backend) -> str:
        account = await backend.console.accounts.get_by_login(login)
        if account.disabled:
            raise AccountUnfitError("The account is disabled. Enable it first: operator enable")
        async with _acting(backend, Deed.ACCOUNT_INVITE, account.login, account.provider):
            token = await backend.console.accounts.invite(account.id)
        origin = backend.services.public.public_url or ""
        return f"{origin.rstrip('/')}/console/invitation/?token={token}"

    link = run(work, as_json=as_json)
    if as_json:
        print_json({"login": login, "link": link})
    else:
        click.echo(link)
        if link.startswith("/"):
            hint = "Put the gateway's address before it. With PUBLIC_URL set, it is there already."
            click.echo(hint, err=True)


def _change(
    login: str,
    deed: Deed,
    change: Callable[[Backend, Account], Awaitable[Account]],
    *,
    as_json: bool,
) -> None:
    async def work(backend: Backend) -> Account:
        account = await backend.console.accounts.get_by_login(login)
        before = _kept(account)
        async with _acting(backend, deed, account.login, account.provider, before) as entry:
            changed = await change(backend, account)
            entry.after = _kept(changed)
        return changed

    _print(run(work, as_json=as_json), as_json=as_json)


def _acting(
    backend: Backend,
    deed: Deed,
    login: str,
    provider: ProviderSlug | None,
    before: dict[str, Any] | None = None,
) -> AbstractAsyncContextManager[OpenEntry]:
    return backend.console.trail.acting(
        _ACTOR, deed, f"account {login}", provider=provider, before=before
    )


def _kept(account: Account) -> dict[str, Any]:
    """Return what the trail keeps of an account before and after a change."""
    return {
        "name": account.name,
        "role": account.role.value,
        "provider": account.provider,
        "locale": account.locale,
        "state": _state(account),
        "second_factor": account.has_second_factor,
    }


def _ask_password(*, from_input: bool) -> str:
    if not from_input:
        if not sys.stdin.isatty():
            raise click.UsageError("Here is no terminal to type at. Take --password-stdin.")
        prompt = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return str(prompt)
    try:
        given = sys.stdin.buffer.readline().decode()
    except UnicodeDecodeError:
        raise click.UsageError("The password is not valid UTF-8.") from None
    return given.rstrip("\r\n")


def _print(account: Account, *, as_json: bool) -> None:
    described = _describe(account)
    if as_json:
        print_json(described)
    else:
        for key, value in described.items():
            click.echo(f"{key:16} {'-' if value in ('', None) else value}")


def _row(account: Account) -> tuple[str, ...]:
    return (
        account.login,
        account.name,
        account.role,
        account.provider or "-",
        _state(account),
        "yes" if account.has_second_factor else "no",
    )


def _state(account: Account) -> str:
    if account.disabled:
        return "disabled"
    return "active" if account.has_password else "invited"


def _describe(account: Account) -> dict[str, Any]:
    return {
        "login": account.login,
        "name": account.name,
        "role": account.role.value,
        "provider": account.provider,
        "locale": account.locale,
        "state": _state(account),
        "second_factor": account.has_second_factor,
        "created_at": iso(account.created_at),
    }
