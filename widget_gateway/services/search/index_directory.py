"""Where the processes of a machine share an index, and which of them writes it.

Below the directory `search` of the data directory, there is one directory for each database and
each version of the analysis. It contains:

- `lock`: the process that writes the index holds a lock on it, which ends with the process.
- `1`, `2` and so on: the index. A damaged one is built anew under the next number, since other
  processes may still read it.
- `current`: the number of the index that has all documents. Processes that start wait for it.
"""

import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from widget_gateway.services.search.analysis import ANALYSIS
from widget_gateway.services.search.inverted_index import (
    FORMAT,
    DamagedIndexError,
    InvertedIndex,
    check_files,
)

UNUSED_S = 24 * 3600.0
"""Seconds after which an index that no process has opened is removed: of an older version, or of a
database that no longer exists. An older gateway that is started again soon finds its own."""

_LOCK, _CURRENT = "lock", "current"


class IndexDirectory:
    """The directory of the index of one database, in the version of this process."""

    def __init__(self, data_dir: Path, collection_id: str) -> None:
        """Choose the directory for the documents of a collection; nothing is read or made."""
        made_of = json.dumps([FORMAT, ANALYSIS, collection_id])
        self._all = data_dir / "search"
        self._path = self._all / hashlib.sha256(made_of.encode()).hexdigest()[:16]

    @contextmanager
    def leading(self) -> Iterator[bool]:
        """Try to become the process that writes the index; yields whether this one is it.

        Raises:
            OSError: the directory can't be made or written to.
        """
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as stack:
            try:
                lock = _locked(self._path / _LOCK, stack)
            except BlockingIOError:
                yield False
                return
            lock.truncate(0)  # This sets the time at which the index was last opened.
            (self._path / _CURRENT).unlink(missing_ok=True)
            self._remove_unused()
            yield True

    def open_newest(self) -> tuple[int, InvertedIndex]:
        """Open the newest index for the process that leads; returns it with its number.

        If its files are damaged, or if there is none, a new one is made, which is empty.

        Raises:
            OSError: the directory can't be read or written to.
        """
        number = max(self._numbers(), default=0)
        if number:
            path = self._path / str(number)
            try:
                check_files(path)
                return number, InvertedIndex(path)
            except DamagedIndexError:
                pass
        number += 1
        path = self._path / str(number)
        path.mkdir(mode=0o700)
        try:
            return number, InvertedIndex(path)
        except DamagedIndexError as error:  # It was just made, so the disk is full or fails.
            raise OSError(str(error)) from None

    def set_current(self, number: int) -> None:
        """Tell the other processes that this index has all documents; remove former ones.

        Raises:
            OSError: the directory can't be written to.
        """
        part = self._path / f"{_CURRENT}.part"
        part.write_text(str(number))
        part.replace(self._path / _CURRENT)
        for other in self._numbers():
            if other != number:
                shutil.rmtree(self._path / str(other), ignore_errors=True)

    def current(self) -> int | None:
        """Return the number of the index that has all documents, if there is one."""
        try:
            return int((self._path / _CURRENT).read_text())
        except (OSError, ValueError):
            return None

    def open(self, number: int) -> InvertedIndex:
        """Open an index to search in it.

        Raises:
            DamagedIndexError: it can't be read, or was removed meanwhile.
        """
        path = self._path / str(number)
        if not path.is_dir():
            raise DamagedIndexError("it was removed")
        return InvertedIndex(path)

    def _numbers(self) -> list[int]:
        return [int(path.name) for path in self._path.iterdir() if path.name.isdecimal()]

    def _remove_unused(self) -> None:
        for path in self._all.iterdir():
            if path == self._path:
                continue
            with suppress(OSError), ExitStack() as stack:  # BlockingIOError: it is in use.
                lock = path / _LOCK
                if time.time() - lock.stat().st_mtime > UNUSED_S:
                    _locked(lock, stack)
                    shutil.rmtree(path, ignore_errors=True)


def _locked(path: Path, stack: ExitStack) -> IO[str]:
    """Open a file and lock it until the stack ends, or raise BlockingIOError."""
    file = stack.enter_context(path.open("a"))
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file
