"""Second factors: codes of authenticator apps (TOTP), and recovery codes."""

import base64
import hashlib
import secrets

import pyotp
import structlog
from cryptography.fernet import Fernet, InvalidToken

from storage.console.accounts import AccountStore
from storage.console.second_factors import SecondFactorStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import RECOVERY_CODES, Account
from widget_gateway.domain.ids import AccountId

_log = structlog.get_logger(__name__)

STEP_S = 30
"""How long a code is valid, in seconds. The steps before and after are accepted, too."""

ISSUER = "Widget Gateway"
"""What an authenticator app calls the service."""

_CODE_BYTES = 10
"""Random bytes of a recovery code, which has 16 characters. That can't be guessed, so a fast hash
is enough."""


class SecondFactors:
    """Gives accounts second factors and checks them. TOTP secrets are stored sealed."""

    def __init__(
        self, accounts: AccountStore, factors: SecondFactorStore, key: bytes, clock: Clock
    ) -> None:
        """`key`, of 32 bytes, seals the secrets."""
        self._accounts = accounts
        self._factors = factors
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._clock = clock

    def new_secret(self) -> str:
        """Make a TOTP secret, in base 32."""
        return pyotp.random_base32()

    def seal(self, secret: str) -> bytes:
        """Encrypt a secret, as it is stored."""
        return self._fernet.encrypt(secret.encode())

    def unseal(self, sealed: bytes) -> str | None:
        """Decrypt a stored secret; None if it was sealed before PIN_PEPPER was changed."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            _log.warning("totp_secret_unreadable")
            return None

    def address_of(self, secret: str, login: str) -> str:
        """Return the `otpauth:` address of a secret, which apps read from a QR code."""
        return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=login, issuer_name=ISSUER)

    async def add_totp(self, account: AccountId, secret: str, code: str) -> Account | None:
        """Give an account this secret, if its app shows the right code; that code is used then.

        None if the code is wrong, or the account has a secret.
        """
        step = self._step_of(secret, code)
        if step is None:
            return None
        return await self._factors.add_totp(account, self.seal(secret), step)

    async def give_totp(self, account: AccountId) -> str:
        """Give an account that has no TOTP secret a new one, and return it."""
        secret = self.new_secret()
        await self._factors.add_totp(account, self.seal(secret), 0)
        return secret

    async def remove_totp(self, account: AccountId) -> Account:
        """Remove an account's TOTP secret.

        Raises:
            LastFactorError: the account's role needs a second factor, and this is the only one.
            FactorNotFoundError: the account has no TOTP secret.
        """
        return await self._factors.remove_totp(account)

    async def remove_all(self, account: AccountId) -> Account:
        """Remove all second factors and recovery codes of an account, whose owner has lost them.

        Its sessions are over. The next sign-in needs the password only, and leads whoever needs a
        second factor to set one up.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        return await self._factors.remove_all(account)

    async def use_code(self, account: AccountId, code: str) -> bool:
        """Whether a code is right and was not used before. It can't be used again.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        sealed = (await self._accounts.find_secrets(account)).totp
        secret = None if sealed is None else self.unseal(sealed)
        step = None if secret is None else self._step_of(secret, code)
        return step is not None and await self._factors.use_totp_step(account, step)

    async def make_recovery_codes(self, account: AccountId) -> list[str]:
        """Give an account new recovery codes, which replace all former ones.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        await self._factors.set_recovery_codes(account, list(map(_hash, codes)))
        return codes

    async def use_recovery_code(self, account: AccountId, code: str) -> bool:
        """Whether the account has this recovery code. It can't be used again."""
        return await self._factors.use_recovery_code(account, _hash(code))

    def _step_of(self, secret: str, code: str) -> int | None:
        totp = pyotp.TOTP(secret, interval=STEP_S)
        now = int(self._clock().timestamp()) // STEP_S
        steps = (now - 1, now, now + 1)
        return next((step for step in steps if totp.verify(code, for_time=step * STEP_S)), None)


def is_recovery_code(code: str) -> bool:
    """Whether a text looks like a recovery code, which is longer than a code of an app."""
    return len(_plain(code)) > 8  # noqa: PLR2004 - codes of apps have six to eight digits


def _new_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").lower()


def _hash(code: str) -> bytes:
    return hashlib.sha256(_plain(code).encode()).digest()
