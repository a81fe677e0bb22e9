"""`qua user …` and `qua report`: who may sign in to QUA, and what its users look for."""

import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.parameter_types import DateType
from widget_gateway.cli.running import (
    json_option,
    load_settings,
    print_json,
    print_table,
    run,
)
from widget_gateway.composition.application import Backend, utc_now
from widget_gateway.domain.clock import iso
from widget_gateway.domain.qua.tracking import QueryCount, SearchReport
from widget_gateway.domain.qua.users import MAX_NAME, User
from widget_gateway.services.spelling.dictionary import find_dictionary, make_first_dictionary

REPORTED_DAYS = 30
"""Of a report that is asked for without days."""

_A_DAY = timedelta(days=1)


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
        """Check it."""
        tidied = " ".join(value.split())
        if len(tidied) > MAX_NAME or not tidied.isprintable():
            self.fail(f"at most {MAX_NAME} characters that can be seen.", param, ctx)
        return tidied


@user.command()
@click.option("--username", required=True, help="What the user signs in with.")
@click.option("--first-name", type=PersonName(), default="")
@click.option("--last-name", type=PersonName(), default="")
@click.option("--editor", is_flag=True, help="May change what others wrote.")
@json_option
def create(*, username: str, first_name: str, last_name: str, editor: bool, as_json: bool) -> None:
    """Make a user. With the first one, the search learns the most frequent words, too."""
    password = _read_password()

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.create(
            username, password, first_name=first_name, last_name=last_name, editor=editor
        )

    made = run(work, as_json=as_json)
    _prepare_correction(load_settings(as_json=as_json).data_path)
    _show(made, as_json=as_json)


def _prepare_correction(data_dir: Path) -> None:
    """Have queries corrected from the first one on: a gateway makes its dictionary when asked."""
    if find_dictionary(data_dir) is None:
        with suppress(OSError):  # the gateway will say so
            make_first_dictionary(data_dir)


@user.command("list")
@json_option
def list_users(*, as_json: bool) -> None:
    """List the users by name."""

    async def work(backend: Backend) -> list[User]:
        return await backend.services.qua.users.list_all()

    users = run(work, as_json=as_json)
    if as_json:
        print_json([_described(one) for one in users])
        return
    rows: list[tuple[str, ...]] = [
        (
            one.username,
            f"{one.first_name} {one.last_name}".strip() or "-",
            "editor" if one.editor else "-",
            one.created_at.date().isoformat(),
        )
        for one in users
    ]
    print_table(("USERNAME", "NAME", "RIGHTS", "SINCE"), rows)


@user.command()
@click.argument("username")
@click.option("--first-name", type=PersonName())
@click.option("--last-name", type=PersonName())
@click.option("--editor/--no-editor", default=None, help="Whether to change what others wrote.")
@json_option
def update(*, username: str, as_json: bool, **given: Any) -> None:
    """Change a user's name or rights, at once and without a new sign-in."""

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.update(username, **given)

    _show(run(work, as_json=as_json), as_json=as_json)


@user.command()
@click.argument("username")
@json_option
def password(*, username: str, as_json: bool) -> None:
    """Give a user another password; who is signed in with the old one is signed out."""
    new = _read_password()

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.set_password(username, new)

    _show(run(work, as_json=as_json), as_json=as_json)


@user.command()
@click.argument("username")
@json_option
def remove(*, username: str, as_json: bool) -> None:
    """Sign a user out for good. What it wrote stays, under its name."""

    async def work(backend: Backend) -> User:
        return await backend.services.qua.users.remove(username)

    _show(run(work, as_json=as_json), as_json=as_json)


@qua.command()
@click.option("--from", "first", type=DateType(), help="The first day (30 days before the last).")
@click.option("--to", "last", type=DateType(), help="The last day, in UTC (today).")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, help="Queries a list (20).")
@json_option
def report(*, first: date | None, last: date | None, limit: int, as_json: bool) -> None:
    """Show what was searched for in vain: what the editors could write next."""
    last = last or utc_now().date()
    first = first or last - REPORTED_DAYS * _A_DAY
    if last < first:
        raise click.UsageError("The last day is before the first one.")
    since, until = _midnight(first), _midnight(last) + _A_DAY

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
    """One line of standard input, or what is typed twice unseen."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError("The password is not valid UTF-8.") from None


def _show(one: User, *, as_json: bool) -> None:
    if as_json:
        print_json(_described(one))
    else:
        click.echo(f"{one.username}: {_state(one)}")


def _state(one: User) -> str:
    if one.removed:
        return "removed"
    return "user, editor" if one.editor else "user"


def _described(one: User) -> dict[str, Any]:
    return {
        "id": one.id,
        "username": one.username,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "editor": one.editor,
        "created_at": iso(one.created_at),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _counts(found: SearchReport) -> dict[str, Any]:
    described = asdict(found)
    del described["since"], described["until"]
    for name, value in described.items():
        if isinstance(value, list):
            described[name] = [one | {"last_at": iso(one["last_at"])} for one in value]
    return described


def _rows(queries: list[QueryCount]) -> list[tuple[str, ...]]:
    return [
        (
            str(one.count),
            str(one.users),
            one.last_at.date().isoformat(),
            one.query,
            one.used_query if one.used_query != one.query else "-",
        )
        for one in queries
    ]
