"""`audit`: what was done around people's PINs and sessions, by whom, when, from where."""

from datetime import UTC, datetime
from typing import Any

import click

from widget_gateway.cli.parameter_types import MomentType
from widget_gateway.cli.running import json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry
from widget_gateway.domain.portal.people import PersonId

_HEADINGS = ("AT (UTC)", "ACTION", "OUTCOME", "PERSON", "LOGIN", "SESSION", "ADDRESS", "USER-AGENT")
_WIDEST_AGENT = 60
"""Characters of a User-Agent that the table shows; `--json` has all that is kept."""


@click.command()
@click.option("--person", help="Only what concerns this id_phperson.")
@click.option("--action", type=click.Choice([one.value for one in AuditAction]), help="Only these.")
@click.option("--since", type=MomentType(), help="2026-05-04, or 2026-05-04T12:30:00 (UTC).")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@json_option
def audit(
    *, person: str | None, action: str | None, since: datetime | None, limit: int, as_json: bool
) -> None:
    """List the audit trail of the portal API, newest first."""

    async def work(backend: Backend) -> list[AuditEntry]:
        return await backend.audit.list_latest(
            person=None if person is None else PersonId(person),
            action=None if action is None else AuditAction(action),
            since=since,
            limit=limit,
        )

    entries = run(work, as_json=as_json)
    if as_json:
        print_json([_described(one) for one in entries])
    else:
        print_table(_HEADINGS, [_row(one) for one in entries])


def _described(one: AuditEntry) -> dict[str, Any]:
    return {
        "at": one.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "action": one.action.value,
        "outcome": one.outcome.value,
        "person": one.person,
        "login": one.login,
        "session": one.sign_in_id,
        "address": one.remote.address,
        "user_agent": one.remote.user_agent,
    }


def _row(one: AuditEntry) -> tuple[str, ...]:
    described = _described(one) | {
        "at": one.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "user_agent": one.remote.user_agent[:_WIDEST_AGENT],
    }
    return tuple("-" if value in (None, "") else str(value) for value in described.values())
