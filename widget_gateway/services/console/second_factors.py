"""Second factors: codes of authenticator apps (TOTP)."""

import base64

import pyotp
from cryptography.fernet import Fernet

from storage.console.accounts import AccountStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.ids import AccountId

STEP_S = 30
"""How long a code is valid, in seconds. The steps before and after are accepted, too."""


class SecondFactors:
    """Gives accounts second factors and checks them. TOTP secrets are stored sealed."""

    def __init__(self, accounts: AccountStore, key: bytes, clock: Clock) -> None:
        """`key`, of 32 bytes, seals the secrets."""
        self._accounts = accounts
        self._seal = Fernet(base64.urlsafe_b64encode(key))
        self._clock = clock

    async def give_totp(self, account: AccountId) -> str:
        """Give an account a new TOTP secret, and return it in base 32.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        secret = pyotp.random_base32()
        await self._accounts.set_totp(account, self._seal.encrypt(secret.encode()))
        return secret

    async def use_code(self, account: AccountId, code: str) -> bool:
        """Whether a code is right and was not used before. It can't be used again.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        sealed = (await self._accounts.find_secrets(account)).totp
        if sealed is None:
            return False
        totp = pyotp.TOTP(self._seal.decrypt(sealed).decode(), interval=STEP_S)
        now = int(self._clock().timestamp()) // STEP_S
        for step in (now - 1, now, now + 1):
            if totp.verify(code, for_time=step * STEP_S):
                return await self._accounts.use_totp_step(account, step)
        return False
