"""The file of a backup appears under its name when it is whole, and not before."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from storage.backup.archive import ArchiveError

MODE = 0o600
"""Permissions of the file: it has personal data and hashes, so only its owner may read it."""


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file `path`; in the block it is `<path>.part`.

    The name depends on `path` alone, so that a backup that was killed leaves no more than one such
    file, which the next one takes over. A lock keeps two backups from writing it at once.

    Raises:
        ArchiveError: the file exists, another backup writes it, or it can't be written.
    """
    part = path.with_name(path.name + ".part")
    if os.path.lexists(path):
        raise ArchiveError(f"{path} exists, and a backup overwrites nothing. Name another file.")
    try:
        with _opened(part) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                if os.path.lexists(path):
                    raise ArchiveError(f"{path} has appeared meanwhile. Name another file.")
                part.rename(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        sync_directory(path.parent)
    except OSError as error:
        raise ArchiveError(f"{path} can't be written: {error.strerror}.") from None


def _opened(part: Path) -> IO[bytes]:
    """Open the unfinished file, which another backup may have begun and not ended."""
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino != part.lstat().st_ino:
            raise BlockingIOError  # Another backup has just ended, and renamed it.
        os.fchmod(descriptor, MODE)
        os.ftruncate(descriptor, 0)
    except (BlockingIOError, FileNotFoundError):
        os.close(descriptor)
        raise ArchiveError(f"Another backup is writing {part}. Wait for its end.") from None
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "wb")


def sync_directory(directory: Path) -> None:
    """Write the directory to disk; a new file's name may be lost in a crash before that."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
