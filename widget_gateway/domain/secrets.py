"""Keys for different purposes, derived from one secret: no signature is valid for another use."""

import hashlib
import hmac


def derive_key(secret: str, purpose: str) -> bytes:
    """Derive the 32-byte key of a purpose, such as `qua`, from the secret."""
    return hmac.digest(secret.encode(), f"widget-gateway {purpose}".encode(), hashlib.sha256)
