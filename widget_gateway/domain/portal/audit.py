"""The audit trail: who did what, when and from where. It never contains a PIN or a token."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from widget_gateway.domain.portal.people import Login, PersonId
from widget_gateway.domain.portal.sign_ins import Remote


class AuditAction(StrEnum):
    """What was done or tried. The value is stored, and spelled as the portal's API names it."""

    PIN_UPDATE = "pin_update"
    SIGN_IN = "sign_in"
    REFRESH = "refresh"
    SIGN_OUT = "sign_out"
    SIGN_IN_DELETE = "session_delete"
    LOCK_END = "lock_end"
    CALLBACK = "callback"
    PERSON_ERASE = "person_erase"
    PERSON_EXPORT = "person_export"


class Outcome(StrEnum):
    """How an action ended: it was done, or why it was refused."""

    DONE = "done"
    OUTDATED = "outdated"
    LOGIN_TAKEN = "login_taken"
    UNKNOWN_LOGIN = "unknown_login"
    WRONG_PIN = "wrong_pin"
    LOCKED = "locked"
    BURNED = "burned"
    ADDRESS_THROTTLED = "address_throttled"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a name
    NOT_FOUND = "not_found"
    WRONG_KEY = "wrong_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An entry of the audit trail; a field is None where it is unknown or does not apply."""

    at: datetime
    action: AuditAction
    outcome: Outcome
    remote: Remote
    person: PersonId | None = None
    login: Login | None = None
    sign_in_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; a field that is None matches any.

    With a person and a login, entries that have one of them are wanted: a try to sign in that
    failed may have the login only. `since` is the first moment, `until` the first one beyond.
    """

    person: PersonId | None = None
    login: Login | None = None
    action: AuditAction | None = None
    outcomes: frozenset[Outcome] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPlace:
    """A place in the order of entries, which is that of times, and of ids at the same time."""

    at: datetime
    id: str
