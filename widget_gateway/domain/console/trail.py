"""The trail of the console: who did what, before and after, and from where.

An entry is written before its action begins, and completed when it has ended. So nothing is done
that the trail does not know of, even if the process dies meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from widget_gateway.domain.ids import AccountId, ProviderSlug

KEPT_FOR = timedelta(days=3 * 365)
"""How long entries are kept."""


class Deed(StrEnum):
    """What was done or tried. The value is stored, and names the deed's text on the page."""

    SIGN_IN = "sign_in"
    """The password was shown, which is all that accounts without a second factor need."""

    SECOND_FACTOR_SHOW = "second_factor_show"
    SIGN_OUT = "sign_out"
    SESSION_END = "session_end"
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - a name
    TOTP_ADD = "totp_add"
    TOTP_REMOVE = "totp_remove"
    PASSKEY_ADD = "passkey_add"
    PASSKEY_REMOVE = "passkey_remove"
    FACTORS_REMOVE = "factors_remove"
    RECOVERY_CODES_MAKE = "recovery_codes_make"
    ACCOUNT_CREATE = "account_create"
    ACCOUNT_INVITE = "account_invite"
    ACCOUNT_UPDATE = "account_update"
    ACCOUNT_DISABLE = "account_disable"
    ACCOUNT_ENABLE = "account_enable"
    INVITATION_ACCEPT = "invitation_accept"
    PROVIDER_CREATE = "provider_create"
    PROVIDER_UPDATE = "provider_update"
    PROVIDER_DISABLE = "provider_disable"
    PROVIDER_ENABLE = "provider_enable"
    KEYS_ROTATE = "keys_rotate"
    KEY_END = "key_end"
    LIMIT_REQUEST = "limit_request"
    LIMIT_CONFIRM = "limit_confirm"
    LIMIT_REJECT = "limit_reject"
    WEBHOOK_SET = "webhook_set"
    WEBHOOK_OFF = "webhook_off"
    WEBHOOK_SECRET_ROTATE = "webhook_secret_rotate"  # noqa: S105 - a name
    WEBHOOK_REPLAY = "webhook_replay"
    TEST_UPLOAD = "test_upload"
    TEST_PUBLISH = "test_publish"
    TEST_DRAFT_REMOVE = "test_draft_remove"
    TEST_PUBLISHED_SET = "test_published_set"
    ANSWERS_LOOK = "answers_look"
    PORTAL_SIGN_IN_END = "portal_sign_in_end"
    PORTAL_LOCK_END = "portal_lock_end"
    PERSON_EXPORT = "person_export"
    PERSON_ERASE = "person_erase"
    USER_EXPORT = "user_export"
    USER_ERASE = "user_erase"
    RETENTION_SET = "retention_set"
    QUA_USER_CREATE = "qua_user_create"
    QUA_USER_UPDATE = "qua_user_update"
    QUA_USER_REMOVE = "qua_user_remove"
    TRAIL_EXPORT = "trail_export"


BEGUN = "begun"
DONE = "done"
"""How a deed ended. The `reason` of a refusal stands for what else may happen. An entry that stays
`begun` belongs to a process that died, so its deed may have happened or not."""


class Ending(StrEnum):
    """How deeds ended that are looked for. The value is used by the page's address."""

    DONE = "done"
    REFUSED = "refused"
    """It was refused, or failed."""

    BEGUN = "begun"
    """It goes on, or its process died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """Which entries are wanted; a field that is None matches any.

    With a login and subjects, entries that have one of them are wanted. `since` is the first
    moment, `until` the first one beyond.
    """

    login: str | None = None
    subjects: tuple[str, ...] = ()
    deed: Deed | None = None
    provider: ProviderSlug | None = None
    ending: Ending | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailPlace:
    """A place in the order of entries, which is that of times, and of ids at the same time."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something: an account and where it is, or the command line (`account` is None)."""

    account: AccountId | None
    login: str
    role: str
    address: str
    user_agent: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEntry:
    """An entry. `subject` names what was changed; `before` and `after` have the changed fields.

    None of them holds a secret, nor the name of a partner's user. `provider` is the provider that
    the deed concerns, if it is one.
    """

    id: str
    at: datetime
    actor: Actor
    deed: Deed
    subject: str
    provider: ProviderSlug | None
    outcome: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
