"""Secrets that a gateway with an embedded database makes itself and keeps in the data directory.

Several processes may start at once over a data directory; all of them get the same secrets.
"""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from storage.backup.files import sync_directory
from widget_gateway.domain.errors import SettingsError
from widget_gateway.settings import PREFIX, Settings

_NAMES = ("jwt_secret", "pin_pepper")
_SECRET_BYTES = 32
"""Random bytes of a secret: 256 bits, as many as the key of the HMAC that signs tokens."""

_MODE = 0o600
"""Permissions of the file: only its owner may read and write it."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets that sign tokens and the pepper that is hashed with every PIN.

    Tokens that `jwt_old_secret` has signed are still valid.
    """

    jwt_secret: str = field(repr=False)
    jwt_old_secret: str | None = field(repr=False)
    pin_pepper: str = field(repr=False)


def find_secrets(settings: Settings) -> Secrets:
    """Take the secrets that are set; read the others from the data directory, or make them there.

    Raises:
        SettingsError: the file can't be read or written.
    """
    configured = {name: value for name in _NAMES if (value := getattr(settings, name)) is not None}
    kept = {} if len(configured) == len(_NAMES) else _kept(settings.data_path / "secrets")
    return Secrets(jwt_old_secret=settings.jwt_old_secret, **(kept | configured))


def _kept(path: Path) -> dict[str, str]:
    try:
        if not path.exists():
            _make(path)
        path.chmod(_MODE)  # A copy or a restored backup may have other permissions.
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(kept[name]) for name in _NAMES}
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError(
            f"{PREFIX}DATA_DIR: the file `secrets` in it can't be read or written. Restore it, or "
            f"remove it: then everybody has to sign in again, with a new PIN"
        ) from None


def _make(path: Path) -> None:
    """Write a draft and link it to the path, which is atomic: only the first process succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {name: secrets.token_urlsafe(_SECRET_BYTES) for name in _NAMES}
    draft = path.with_name(f"secrets.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(made, file)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    sync_directory(path.parent)
