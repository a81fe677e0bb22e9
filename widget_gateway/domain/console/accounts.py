"""Accounts of the console: who may sign in, and with what."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from widget_gateway.domain.console.roles import NEEDS_SECOND_FACTOR, Permission, Role, may
from widget_gateway.domain.ids import AccountId, ProviderSlug

INVITATION_LIFETIME = timedelta(hours=24)
"""How long the one-time link of an invitation works."""

SESSION_LIFETIME = timedelta(hours=12)
"""How long a sign-in to the console lasts at most."""

SESSION_IDLE = timedelta(minutes=30)
"""How long a sign-in to the console lasts without a request."""

MIN_PASSWORD = 12
MAX_PASSWORD = 1_024
"""Characters of a password. Longer ones take time to hash and are no safer."""

MAX_NAME = 150
"""The most characters of an account's name for people."""

LOGIN_TRIES = 10
"""Wrong passwords or codes for one login within TRIES_WINDOW, from all addresses together."""

ADDRESS_TRIES = 50
"""Wrong passwords or codes from one network within TRIES_WINDOW, for all logins together."""

TRIES_WINDOW = timedelta(minutes=10)

RECOVERY_CODES = 10
"""How many recovery codes an account gets at once. Each works once."""

MAX_PASSKEYS = 20
"""The most passkeys of an account, which all stand in its document."""

_LOGIN = re.compile(r"[\w.@+-]{1,150}")


def normalise_login(text: str) -> str | None:
    """Normalise a login, in which case and Unicode form make no difference; None if invalid.

    A login has 1 to 150 characters: letters of any alphabet, digits and `.@+-_`, so it may be an
    e-mail address.
    """
    login = unicodedata.normalize("NFKC", text).casefold().strip()
    return login if _LOGIN.fullmatch(login) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A passkey of an account: its credential's id and public key, as WebAuthn has them."""

    id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the console. Its password, TOTP secret and recovery codes are left out.

    `provider` is the only provider of a partner's account, and None for other roles. `locale` is
    "ru", "en", or None if the browser decides. An invited account has no password yet.
    """

    id: AccountId
    login: str
    name: str
    role: Role
    provider: ProviderSlug | None
    locale: str | None
    created_at: datetime
    disabled: bool = False
    has_password: bool = False
    has_totp: bool = False
    passkeys: tuple[Passkey, ...] = ()
    recovery_codes_left: int = 0

    @property
    def has_second_factor(self) -> bool:
        """Whether a password alone does not sign the account in."""
        return self.has_totp or bool(self.passkeys)

    @property
    def needs_second_factor(self) -> bool:
        """Whether the account has to get a second factor before it can do anything else."""
        return self.role in NEEDS_SECOND_FACTOR and not self.has_second_factor

    def may(self, permission: Permission, provider: ProviderSlug | None = None) -> bool:
        """Whether the account may do this, with this provider if one is named."""
        is_foreign = provider is not None and self.provider not in (None, provider)
        return may(self.role, permission) and not is_foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession:
    """A sign-in to the console. Its token is in the browser's cookie; only a hash is stored."""

    id: UUID
    """Names the session in lists; it opens nothing."""

    account: AccountId
    is_complete: bool
    """Whether the second factor was shown, if one is needed. Until then no page is shown."""

    created_at: datetime
    seen_at: datetime
    address: str
    user_agent: str
