"""Keys for different purposes out of one secret, so that what one signs opens nothing else."""

import hashlib
import hmac


def derive_key(secret: str, purpose: str) -> bytes:
    """The 32 bytes that the secret comes to for a purpose, such as `qua`."""
    return hmac.digest(secret.encode(), f"widget-gateway {purpose}".encode(), hashlib.sha256)
