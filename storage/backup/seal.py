"""The seal of a backup tells whether its secrets are those of this gateway, and who made it.

A backup has no secrets in it, but depends on them: PINs are hashed with the pepper. So the seal
has a value of each secret that can be checked by those who know the secret, and by nobody else: it
is made by scrypt with a random salt, so that guesses are slow. The manifest is authenticated with a
key that is made of the pepper in the same way. Digests in the manifest cover all documents, so only
who knows the pepper can make or change a backup that this gateway takes for its own.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

PEPPER, JWT = "PIN_PEPPER", "JWT_SECRET"
"""The secrets that a backup depends on, by the names of their settings."""

SALT_BYTES = 16

_HEX = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{2}){16,64}\Z")]

_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""scrypt's parameters: a guess takes about 50 ms and 16 MB."""


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value by which a secret is recognised, and the salt of it."""

    salt: _HEX
    check: _HEX


class Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The marks of the secrets, and the authentication of the manifest by the pepper."""

    secrets: dict[str, Mark]
    manifest: _HEX


class Standing(StrEnum):
    """What a seal says of a backup, in the eyes of a gateway."""

    OURS = "ours"
    """It was made with this gateway's secrets, and nobody has changed it."""

    OTHER_JWT_SECRET = "other_jwt_secret"  # noqa: S105 - it names an outcome
    OTHER_PEPPER = "other_pepper"
    CHANGED = "changed"
    """It was made with this gateway's pepper, but its manifest was changed afterwards."""

    UNKNOWN = "unknown"
    """The gateway has no secrets yet."""


def make_seal(known: Mapping[str, str], manifest: bytes) -> Seal:
    """Seal a manifest. `known` are the secrets by the names of their settings."""
    marks = {}
    for name in (PEPPER, JWT):
        salt = secrets.token_bytes(SALT_BYTES)
        marks[name] = Mark(salt.hex(), _check(_key(known[name], salt)))
    return Seal(marks, _authenticated(known, marks[PEPPER], manifest))


def judge(seal: Seal, known: Mapping[str, str] | None, manifest: bytes) -> Standing:
    """Tell whether the manifest was sealed by a gateway with these secrets; None: there are none.

    The pepper counts more than the other secret, without which people only have to sign in again.
    """
    if known is None:
        return Standing.UNKNOWN
    if not _is_of(seal, PEPPER, known):
        return Standing.OTHER_PEPPER
    if not hmac.compare_digest(
        _authenticated(known, seal.secrets[PEPPER], manifest), seal.manifest
    ):
        return Standing.CHANGED
    return Standing.OURS if _is_of(seal, JWT, known) else Standing.OTHER_JWT_SECRET


def _is_of(seal: Seal, name: str, known: Mapping[str, str]) -> bool:
    mark = seal.secrets.get(name)
    return mark is not None and hmac.compare_digest(
        _check(_key(known[name], bytes.fromhex(mark.salt))), mark.check
    )


def _key(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, **_COST)


def _check(key: bytes) -> str:
    return hmac.digest(key, b"widget-gateway backup: secret", "sha256").hex()


def _authenticated(known: Mapping[str, str], mark: Mark, manifest: bytes) -> str:
    key = _key(known[PEPPER], bytes.fromhex(mark.salt))
    return hmac.digest(key, b"widget-gateway backup: manifest\n" + manifest, "sha256").hex()
