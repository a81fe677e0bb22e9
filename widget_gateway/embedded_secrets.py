"""Secrets that an embedded gateway makes for itself and keeps beside its database.

Several processes may start at once over one data directory: all of them end up with the same.
"""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from widget_gateway.domain.errors import SettingsError
from widget_gateway.settings import PREFIX, Settings

_NAMES = ("jwt_secret", "pin_pepper")
_SECRET_BYTES = 32
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Secrets:
    """What tokens are signed with, and what PINs are peppered with."""

    jwt_secret: str = field(repr=False)
    jwt_old_secret: str | None = field(repr=False)
    pin_pepper: str = field(repr=False)


def find_secrets(settings: Settings) -> Secrets:
    """Those that are set; the others are read from the data directory, or made there.

    Raises:
        SettingsError: the file can't be read or written.
    """
    given = {name: value for name in _NAMES if (value := getattr(settings, name)) is not None}
    kept = {} if len(given) == len(_NAMES) else _kept(settings.data_path / "secrets")
    return Secrets(jwt_old_secret=settings.jwt_old_secret, **(kept | given))


def _kept(path: Path) -> dict[str, str]:
    try:
        if not path.exists():
            _make(path)
        path.chmod(_MODE)  # a copy or a backup may have brought another
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(kept[name]) for name in _NAMES}
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError(
            f"{PREFIX}DATA_DIR: the file `secrets` in it can't be read or written. Restore it, or "
            f"remove it: then everybody has to sign in again, with a new PIN"
        ) from None


def _make(path: Path) -> None:
    """Write a whole file under another name and link it: who comes second finds the first's."""
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
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """A file's name is on disk once its directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
