"""`qua user …` manages the users of QUA; `qua report` shows what they search for."""

import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from typing import Any

import click

from widget_gateway.cli.names import NO_QUA_USERS
from widget_gateway.cli.parameter_types import DateType
from widget_gateway.cli.running import (
    json_option,
    load_settings,
    print_json,
    print_table,
    run,
)
from widget_gateway.composition.application import Backend, utc_now
from widget_gateway.data_directory import check_data_directory
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import DataDirectoryError
from widget_gateway.domain.qua.tracking import (
    QueryCount,
    SearchReport,
    bounds_of_days,
    reported_days,
)
from widget_gateway.domain.qua.users import MAX_NAME, User, tidy_name
from widget_gateway.services.spelling.dictionary import find_dictionary, make_first_dictionary
from widget_gateway.settings import Settings


@click.group()
def qua() -> None:
    """Questions and answers: users, and what they search for."""


@qua.group()
def user() -> None:
    """Who may sign in. Passwords come from standard input, or from a prompt."""


class PersonName(click.ParamType[str]):
    """A first or last name."""

    name = "name"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Check the name and remove superfluous spaces."""
        tidied = tidy_name(value)
        if tidied is None:
            self.fail(f"at most {MAX_NAME} characters that can be seen.", param, ctx)
        return tidied


@user.command()
@click.option("--username", required=True, help="What the user signs in with.")
@click.option("--first-name", type=PersonName(), default="")
@click.option("--last-name", type=PersonName(), default="")
@click.option("--editor", is_flag=True, help="The user may change what others wrote.")
@json_option
def create(*, username: str, first_name: str, last_name: str, editor: bool, as_json: bool) -> None:
    """Make a user. The first time, this also makes the dictionary for the search's correction."""
    password = _read_password()

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.create(
            username, password, first_name=first_name, last_name=last_name, editor=editor
        )

    made = run(work, as_json=as_json)
    _prepare_correction(load_settings(as_json=as_json))
    _show(made, as_json=as_json)


def _prepare_correction(settings: Settings) -> None:
    """Make the dictionary now if there is none, so that even the first query is corrected.

    Where this can't be, for instance because the data directory is on another machine, the gateway
    makes it.
    """
    with suppress(OSError, DataDirectoryError):
        check_data_directory(settings)
        if find_dictionary(settings.data_path) is None:
            make_first_dictionary(settings.data_path)


@user.command("list")
@json_option
def list_users(*, as_json: bool) -> None:
    """List the users by name."""

    async def work(backend: Backend) -> list[User]:
        return await backend.services.qua.users.list_all()

    users = run(work, as_json=as_json)
    if as_json:
        print_json([_described(listed) for listed in users])
        return
    rows: list[tuple[str, ...]] = [
        (
            listed.username,
            f"{listed.first_name} {listed.last_name}".strip() or "-",
            "editor" if listed.editor else "-",
            listed.created_at.date().isoformat(),
        )
        for listed in users
    ]
    print_table(("USERNAME", "NAME", "RIGHTS", "SINCE"), rows)
    if not users:
        click.echo(NO_QUA_USERS, err=True)


@user.command()
@click.argument("username")
@click.option("--first-name", type=PersonName())
@click.option("--last-name", type=PersonName())
@click.option(
    "--editor/--no-editor", default=None, help="Whether the user may change what others wrote."
)
@json_option
def update(*, username: str, as_json: bool, **changes: Any) -> None:
    """Change a user's name or rights. It takes effect at once, without a new sign-in."""

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.update(username, **changes)

    _show(run(work, as_json=as_json), as_json=as_json)


@user.command()
@click.argument("username")
@json_option
def password(*, username: str, as_json: bool) -> None:
    """Set a user's password; whoever signed in with the old one is signed out."""
    new = _read_password()

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.set_password(username, new)

    _show(run(work, as_json=as_json), as_json=as_json)


@user.command()
@click.argument("username")
@json_option
def remove(*, username: str, as_json: bool) -> None:
    """Remove a user, who is signed out at once. What the user wrote stays, under that name."""

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.remove(username)

    _show(run(work, as_json=as_json), as_json=as_json)


@qua.command()
@click.option("--from", "first", type=DateType(), help="The first day (30 days before the last).")
@click.option("--to", "last", type=DateType(), help="The last day, in UTC (today).")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, help="Queries in a list (20).")
@json_option
def report(*, first: date | None, last: date | None, limit: int, as_json: bool) -> None:
    """Show the queries that found nothing useful, which editors could write answers to."""
    first, last = reported_days(first, last, utc_now().date())
    if last < first:
        raise click.UsageError("The last day is before the first one.")
    since, until = bounds_of_days(first, last)

    async def work(backend: Backend) -> SearchReport:
        return await backend.services.qua.tracking.report(since, until, limit)

    found = run(work, as_json=as_json)
    if as_json:
        print_json({"from": first.isoformat(), "to": last.isoformat()} | _counts(found))
        return
    click.echo(f"{first} to {last} (UTC): {found.searches} searches")
    for title, count, queries in (
        ("Without hits", found.without_hits, found.queries_without_hits),
        ("Without clicks", found.without_clicks, found.queries_without_clicks),
        ("Corrected", found.corrected, found.queries_corrected),
    ):
        click.echo(f"\n{title}: {count}")
        if queries:
            print_table(("SEARCHES", "USERS", "LAST", "QUERY", "SEARCHED FOR"), _rows(queries))


def _read_password() -> str:
    """Read the password from a line of standard input, or from a prompt that does not show it."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError("The password is not valid UTF-8.") from None


def _show(shown: User, *, as_json: bool) -> None:
    if as_json:
        print_json(_described(shown))
    else:
        click.echo(f"{shown.username}: {_state(shown)}")


def _state(shown: User) -> str:
    if shown.removed:
        return "removed"
    return "user, editor" if shown.editor else "user"


def _described(shown: User) -> dict[str, Any]:
    return {
        "id": shown.id,
        "username": shown.username,
        "first_name": shown.first_name,
        "last_name": shown.last_name,
        "editor": shown.editor,
        "created_at": iso(shown.created_at),
    }


def _counts(found: SearchReport) -> dict[str, Any]:
    described = asdict(found)
    del described["since"], described["until"]
    for name, value in described.items():
        if isinstance(value, list):
            described[name] = [query | {"last_at": iso(query["last_at"])} for query in value]
    return described


def _rows(queries: list[QueryCount]) -> list[tuple[str, ...]]:
    return [
        (
            str(counted.count),
            str(counted.users),
            counted.last_at.date().isoformat(),
            counted.query,
            counted.used_query if counted.used_query != counted.query else "-",
        )
        for counted in queries
    ]
