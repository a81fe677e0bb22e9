"""Entries of both trails as the page shows them, and as lines of CSV."""

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.console.texts import Texts
from widget_gateway.domain.clock import iso
from widget_gateway.domain.console.trail import TrailEntry
from widget_gateway.domain.portal.audit import AuditEntry
from widget_gateway.services.console.trail_reader import Line, Source

PIECE_CHARACTERS = 32 * 2**10
"""Characters of CSV that are gathered before they are sent."""

HEAD = (
    "at",
    "trail",
    "who",
    "role",
    "what",
    "subject",
    "provider",
    "outcome",
    "before",
    "after",
    "address",
    "device",
    "request_id",
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that spreadsheets calculate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """An entry in words. `changes` are names of fields with what they were and became.

    A field that is told of only before, or only afterwards, has None in the other place.
    """

    at: datetime
    who: str
    role: str
    what: str
    subject: str
    provider: str
    outcome: str
    is_done: bool
    changes: list[tuple[str, str | None, str | None]]
    address: str
    device: str


def shown(line: Line, texts: Texts) -> ShownLine:
    """Put an entry into the words of a language."""
    entry = line.entry
    if isinstance(entry, AuditEntry):
        sign_in = (
            ""
            if entry.sign_in_id is None
            else texts.text("trail.session", number=str(entry.sign_in_id))
        )
        return ShownLine(
            at=entry.at,
            who=visible(entry.login or entry.person or ""),
            role=texts.text("trail.source_portal"),
            what=texts.text(f"trail.action_{entry.action.value}"),
            subject=" · ".join(filter(None, (visible(entry.person or ""), sign_in))),
            provider="",
            outcome=texts.text(f"trail.outcome_{entry.outcome.value}"),
            is_done=entry.outcome.value == "done",
            changes=[],
            address=entry.remote.address,
            device=visible(entry.remote.user_agent),
        )
    actor = entry.actor
    role = f"trail.role_{actor.role}"
    return ShownLine(
        at=entry.at,
        who=visible(actor.login) or texts.text("trail.nobody"),
        role=texts.text(role) if texts.has(role) else actor.role,
        what=_word(texts, entry.deed.value, "trail.deed_"),
        subject=visible(entry.subject),
        provider=entry.provider or "",
        outcome=_word(texts, entry.outcome, "trail.outcome_", "refusals."),
        is_done=entry.outcome == "done",
        changes=_changes(entry.before, entry.after),
        address=actor.address,
        device=visible(actor.user_agent),
    )


def _word(texts: Texts, code: str, *prefixes: str) -> str:
    """Return the text of a code, or the code where there is none."""
    found = next((prefix + code for prefix in prefixes if texts.has(prefix + code)), None)
    return code if found is None else texts.text(found)


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, str | None, str | None]]:
    names = [*before, *(name for name in after if name not in before)]
    return [(visible(name), _value(before, name), _value(after, name)) for name in names]


def _value(fields: Mapping[str, Any], name: str) -> str | None:
    if name not in fields:
        return None
    value = fields[name]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return "" if value is None else visible(text)


def visible(text: str) -> str:
    """Return a text in which characters that can't be seen are replaced."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


async def csv_of(lines: AsyncIterator[Line]) -> AsyncIterator[bytes]:
    """Yield lines as CSV (RFC 4180), in pieces. Nothing is read before it is needed."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEAD)
    async for line in lines:
        writer.writerow(map(_cell, _cells(line.entry)))
        if written.tell() >= PIECE_CHARACTERS:
            yield written.getvalue().encode()
            written.seek(0)
            written.truncate()
    yield written.getvalue().encode()


def _cells(entry: TrailEntry | AuditEntry) -> tuple[str, ...]:
    if isinstance(entry, AuditEntry):
        session = "" if entry.sign_in_id is None else f"session {entry.sign_in_id}"
        return (
            iso(entry.at),
            Source.PORTAL.value,
            entry.login or entry.person or "",
            "",
            entry.action.value,
            " ".join(filter(None, (entry.person, session))),
            "",
            entry.outcome.value,
            "",
            "",
            entry.remote.address,
            entry.remote.user_agent,
            "",
        )
    actor = entry.actor
    return (
        iso(entry.at),
        Source.CONSOLE.value,
        actor.login,
        actor.role,
        entry.deed.value,
        entry.subject,
        entry.provider or "",
        entry.outcome,
        _json(entry.before),
        _json(entry.after),
        actor.address,
        actor.user_agent,
        actor.request_id,
    )


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, default=str) if fields else ""


def _cell(text: str) -> str:
    """Keep a cell from being calculated by a spreadsheet."""
    return f"'{text}" if text.startswith(_FORMULA) else text
