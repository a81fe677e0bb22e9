"""An authenticator of passkeys in software, which makes what a browser sends to the console."""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

_PRESENT_AND_VERIFIED, _HAS_CREDENTIAL = 0b101, 0b1000000
"""Flags of what an authenticator says of itself (WebAuthn, section 6.1)."""


class Authenticator:
    """Holds one passkey. `counter` is the last that it has signed with; 0 stands for none.

    What it answers is JSON as `PublicKeyCredential.toJSON()` makes it.
    """

    def __init__(self, *, counts: bool = True) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.counter = 0
        self._step = 1 if counts else 0

    def register(self, options: str, origin: str) -> str:
        """Answer the options of a registration."""
        asked = json.loads(options)
        numbers = self._key.public_key().public_numbers()
        public_key = {
            1: 2,
            3: -7,
            -1: 1,
            -2: numbers.x.to_bytes(32, "big"),
            -3: numbers.y.to_bytes(32, "big"),
        }
        data = self._data(asked["rp"]["id"], _PRESENT_AND_VERIFIED | _HAS_CREDENTIAL)
        data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public_key)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=_client_data("webauthn.create", asked["challenge"], origin),
            attestationObject=attestation,
        )

    def sign(self, options: str, origin: str) -> str:
        """Answer the options of a sign-in."""
        asked = json.loads(options)
        self.counter += self._step
        data = self._data(asked["rpId"], _PRESENT_AND_VERIFIED)
        client_data = _client_data("webauthn.get", asked["challenge"], origin)
        signed = data + hashlib.sha256(client_data).digest()
        return self._answer(
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=self._key.sign(signed, ec.ECDSA(hashes.SHA256())),
        )

    def _data(self, host: str, flags: int) -> bytes:
        return (
            hashlib.sha256(host.encode()).digest()
            + bytes([flags])
            + self.counter.to_bytes(4, "big")
        )

    def _answer(self, **response: bytes) -> str:
        named = bytes_to_base64url(self.id)
        answer: dict[str, Any] = {"id": named, "rawId": named, "type": "public-key"}
        answer["response"] = {name: bytes_to_base64url(part) for name, part in response.items()}
        answer["clientExtensionResults"] = {}
        return json.dumps(answer)


def changed(answer: str, name: str, part: bytes) -> str:
    """Return an answer in which a part of the response is another one."""
    read = json.loads(answer)
    read["response"][name] = bytes_to_base64url(part)
    return json.dumps(read)


def part_of(answer: str, name: str) -> bytes:
    """Return a part of the response."""
    return bytes(base64url_to_bytes(json.loads(answer)["response"][name]))


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()
