"""`audit`: lists what was done with people's PINs and sign-ins, by whom, when and from where."""

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
"""Characters of a User-Agent that the table shows, so that it stays readable; `--json` has all."""


@click.command()
@click.option("--person", help="Show only entries of this id_phperson.")
@click.option(
    "--action",
    type=click.Choice([action.value for action in AuditAction]),
    help="Show only entries of this action.",
)
@click.option(
    "--since",
    type=MomentType(),
    help="Show only entries since 2026-05-04, or 2026-05-04T12:30:00 (UTC).",
)
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
        print_json([_described(entry) for entry in entries])
    else:
        print_table(_HEADINGS, [_row(entry) for entry in entries])


def _described(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "action": entry.action.value,
        "outcome": entry.outcome.value,
        "person": entry.person,
        "login": entry.login,
        "session": entry.sign_in_id,
        "address": entry.remote.address,
        "user_agent": entry.remote.user_agent,
    }


def _row(entry: AuditEntry) -> tuple[str, ...]:
    described = _described(entry) | {
        "at": entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "user_agent": entry.remote.user_agent[:_WIDEST_AGENT],
    }
    return tuple("-" if value in (None, "") else str(value) for value in described.values())
