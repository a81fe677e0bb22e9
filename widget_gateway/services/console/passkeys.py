"""Passkeys (WebAuthn) as second factors of accounts."""

from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from storage.console.second_factors import SecondFactorStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import Account, Passkey
from widget_gateway.services.console.second_factors import ISSUER

CHALLENGE = "challenge"
"""The name under which a session keeps the challenge that it has set. Each is used once."""

MAX_CREDENTIAL = 20_000
"""The most characters of what an authenticator answers."""

_UNREADABLE = (
    WebAuthnException,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the library raises if an answer is wrong. It expects parts of answers to have the right
types, so an answer that somebody has made up may raise more than the library's own exceptions."""


class Passkeys:
    """Registers passkeys and checks what they sign.

    `origin` is the console's own, such as `https://gateway.example`; its host is WebAuthn's relying
    party. Challenges are kept by the caller.
    """

    def __init__(self, factors: SecondFactorStore, clock: Clock) -> None:
        self._factors = factors
        self._clock = clock

    def registration(self, account: Account, origin: str) -> tuple[str, bytes]:
        """Return WebAuthn's options for a new passkey, as JSON, and their challenge."""
        options = webauthn.generate_registration_options(
            rp_id=_host_of(origin),
            rp_name=ISSUER,
            user_name=account.login,
            user_id=account.id.bytes,
            user_display_name=account.name or account.login,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_described(account),
        )
        return options_to_json(options), options.challenge

    async def add(
        self, account: Account, credential: str, challenge: bytes | None, origin: str, name: str
    ) -> Account | None:
        """Register what an authenticator has made.

        None if that is not right, or the account has this passkey, or as many as it may have.
        """
        if challenge is None or len(credential) > MAX_CREDENTIAL:
            return None
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=_host_of(origin),
                expected_origin=origin,
            )
        except _UNREADABLE:
            return None
        passkey = Passkey(
            id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            created_at=self._clock(),
        )
        return await self._factors.add_passkey(account.id, passkey)

    async def remove(self, account: Account, passkey: bytes) -> Account:
        """Remove a passkey by its id.

        Raises:
            LastFactorError: the account's role needs a second factor, and this is the only one.
            FactorNotFoundError: the account has no such passkey.
        """
        return await self._factors.remove_passkey(account.id, passkey)

    def authentication(self, account: Account, origin: str) -> tuple[str, bytes]:
        """Return WebAuthn's options for a signature, as JSON, and their challenge."""
        options = webauthn.generate_authentication_options(
            rp_id=_host_of(origin),
            allow_credentials=_described(account),
            user_verification=UserVerificationRequirement.PREFERRED,
        )
        return options_to_json(options), options.challenge

    async def use(
        self, account: Account, credential: str, challenge: bytes | None, origin: str
    ) -> bool:
        """Whether one of the account's passkeys has signed the challenge."""
        if challenge is None or len(credential) > MAX_CREDENTIAL:
            return False
        try:
            shown = parse_authentication_credential_json(credential)
            passkey = next(each for each in account.passkeys if each.id == shown.raw_id)
            checked = webauthn.verify_authentication_response(
                credential=shown,
                expected_challenge=challenge,
                expected_rp_id=_host_of(origin),
                expected_origin=origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except (*_UNREADABLE, StopIteration):
            return False
        return await self._factors.use_passkey(account.id, passkey, checked.new_sign_count)


def passkey_id(text: str) -> bytes:
    """Read a passkey's id as forms have it; an empty one if it can't be read."""
    try:
        return bytes(base64url_to_bytes(text))
    except ValueError:
        return b""


def _described(account: Account) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.id) for passkey in account.passkeys]


def _host_of(origin: str) -> str:
    return urlsplit(origin).hostname or ""
