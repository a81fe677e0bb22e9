"""Serves the widget's files: those of this gateway from memory, other versions from the database.

A page that was opened before an upgrade asks for modules of the old version for days. During a
rolling upgrade, a page of a new node may ask an old node. So each gateway stores its own version,
and finds those of all others.
"""

import asyncio
import gzip
import hashlib
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from storage.driver.calls import for_all
from storage.widget_files import WidgetFileStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError
from widget_gateway.domain.ids import WidgetVersion
from widget_gateway.domain.widget_files import (
    JOINED_FROM,
    STANDALONE,
    WidgetRelease,
    version_of,
)
from widget_gateway.domain.widget_modules import ModuleUnknownError, join_modules
from widget_gateway.domain.widget_snippets import PinnedScript

WIDGET_ROOT = Path(__file__).parents[2] / "static" / "widget"
"""The folder of the widget's modules."""

BUNDLE = "dist"
"""The folder in it with the bundle, which `make bundle` makes."""

BUILT_FROM = "built-from"
"""The file of the bundle with the version of the modules from which it was made."""

RENEW_S = 24 * 3600.0
"""Mean seconds between two notes in the database that this version is in use."""

RETRY_S = 5.0
"""Seconds until the files are stored again if that failed."""

LIST_S = 1.0
"""Seconds for which the list of stored versions is used. Requests for versions that don't exist
cost the database one small query in this time, however many they are. A page whose module is
missing asks for it again a few times within seconds, and then finds a version that is new."""

MAX_KEPT = 8
"""Other versions that a process keeps in memory, about 300 kB each."""

LOADS_AT_ONCE = 2
"""Versions that a process reads from the database at the same time."""

MAX_PREPARED = 500
"""Contents of files that a process keeps compressed: about those of all versions that it keeps."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WidgetFile:
    """A file as it is sent. `gzipped` is None if that would not be shorter."""

    content: bytes
    gzipped: bytes | None
    digest: str


Prepared = Mapping[str, WidgetFile]
"""Files by their paths."""


def read_release(root: Path = WIDGET_ROOT) -> WidgetRelease:
    """Read the bundle, or the plain modules if there is no bundle of just these modules."""
    plain = _read_files(root)
    bundle = {
        path.removeprefix(f"{BUNDLE}/"): plain.pop(path)
        for path in list(plain)
        if path.startswith(f"{BUNDLE}/")
    }
    if bundle and bundle.pop(BUILT_FROM, b"") == version_of(plain).encode():
        return WidgetRelease.of(bundle)
    if bundle:
        _log.warning("widget_bundle_outdated", folder=str(root / BUNDLE))
    return WidgetRelease.of(plain | _joined(plain))


def _joined(plain: Mapping[str, bytes]) -> dict[str, bytes]:
    """Make what the bundle has and plain modules lack: scripts that hold all their modules."""
    joined = {}
    for name, entry in JOINED_FROM.items():
        if entry not in plain:
            continue
        try:
            joined[STANDALONE[name]] = join_modules(plain, entry)
        except ModuleUnknownError as error:
            _log.error("widget_not_joined", script=name, error=str(error))
    return joined


def _read_files(root: Path) -> dict[str, bytes]:
    paths = [path for path in root.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


class WidgetFileService:
    """The files of one version without asking anybody, and those of other versions if stored."""

    def __init__(self, release: WidgetRelease, store: WidgetFileStore, clock: Clock) -> None:
        self._release = release
        self._store = store
        self._clock = clock
        self._own = _prepared(release.files)
        self._entries = {path: _prepare(release.entry(path) or b"") for path in release.files}
        self._is_stored = asyncio.Event()
        self._others: OrderedDict[WidgetVersion, Prepared] = OrderedDict()
        self._listed: frozenset[WidgetVersion] = frozenset()
        self._listed_at = float("-inf")
        self._reads: dict[WidgetVersion | None, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(LOADS_AT_ONCE)
        self._kept_at: dict[WidgetVersion, float] = {}

    @property
    def version(self) -> WidgetVersion:
        """The version of this gateway."""
        return self._release.version

    def find_entry(self, path: str) -> WidgetFile | None:
        """Find a file of this gateway's version by its address without a version."""
        return self._entries.get(path)

    async def find(self, version: WidgetVersion, path: str) -> WidgetFile | None:
        """Find a file of any version that a gateway has had lately.

        Raises:
            StorageUnavailableError: the version is not kept in memory, and can't be read now.
        """
        files = self._own if version == self.version else await self._find_other(version)
        return files.get(path) if files is not None else None

    def pinned_script(self, name: str, gateway: str) -> PinnedScript | None:
        """Return a script of STANDALONE as pages name it; None if it could not be made."""
        integrity = self._release.integrity(name)
        if integrity is None:
            return None
        return PinnedScript(gateway=gateway, name=name, version=self.version, integrity=integrity)

    async def find_pinned(self, version: WidgetVersion, script: str) -> WidgetFile | None:
        """Find a script of STANDALONE in any version; versions that pages pin are kept for long.

        Raises:
            StorageUnavailableError: the version is not kept in memory, and can't be read now.
        """
        file = await self.find(version, STANDALONE[script])
        if file is not None and self._is_due(version):
            for_all(self._keep(version))
        return file

    async def pin(self) -> None:
        """Store this version, and keep it for pages that will name it.

        Raises:
            StorageUnavailableError: the database can't be reached.
        """
        await self._store.put(self._release, self._clock())
        await self._store.keep_pinned(self.version, self._clock())

    def _is_due(self, version: WidgetVersion) -> bool:
        """Return whether it is time to note that a version is pinned, and count from now."""
        now = time.monotonic()
        if now - self._kept_at.get(version, float("-inf")) < RENEW_S:
            return False
        self._kept_at[version] = now
        return True

    async def _keep(self, version: WidgetVersion) -> None:
        try:
            await self._store.keep_pinned(version, self._clock())
        except StorageError as error:
            _log.warning("widget_version_not_kept", version=version, reason=error.reason)
            self._kept_at.pop(version, None)

    async def run(self) -> None:
        """Store the files of this version, and note each day that it is in use."""
        while True:
            try:
                await self._store.put(self._release, self._clock())
            except StorageError as error:
                _log.warning("widget_files_not_stored", reason=error.reason)
                pause = RETRY_S
            else:
                self._is_stored.set()
                pause = RENEW_S * random.uniform(0.9, 1.1)  # noqa: S311 - jitter, no secret
            await asyncio.sleep(pause)

    async def stored(self, within_s: float) -> None:
        """Wait until other nodes can serve this version, but at most `within_s` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._is_stored.wait()

    async def _find_other(self, version: WidgetVersion) -> Prepared | None:
        is_listed = time.monotonic() - self._listed_at < LIST_S
        if version not in self._others and not is_listed:
            await self._once(None, self._list)
        # Others may have read it while this call waited for the list.
        if version not in self._others:
            if version not in self._listed:
                return None
            await self._once(version, lambda: self._load(version))
        if version in self._others:
            self._others.move_to_end(version)
        return self._others.get(version)

    async def _once(
        self, key: WidgetVersion | None, read: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """Do a read for all that wait for it; only the first caller begins it."""
        if key not in self._reads:
            reading = for_all(read())
            self._reads[key] = reading
            reading.add_done_callback(lambda _: self._reads.pop(key))
        await asyncio.shield(self._reads[key])

    async def _list(self) -> None:
        self._listed = frozenset(await self._store.list_versions())
        self._listed_at = time.monotonic()

    async def _load(self, version: WidgetVersion) -> None:
        async with self._turns:
            files = await self._store.find_files(version)
            if files is None or version_of(files) != version:
                if files is not None:
                    _log.error("widget_files_damaged", version=version)
                self._listed -= {version}
                return
            self._others[version] = await asyncio.to_thread(_prepared, files)
        if len(self._others) > MAX_KEPT:
            self._others.popitem(last=False)


def _prepared(files: Mapping[str, bytes]) -> Prepared:
    return {path: _prepare(content) for path, content in files.items()}


@lru_cache(MAX_PREPARED)
def _prepare(content: bytes) -> WidgetFile:
    """Compress a file. Most files are the same in all versions, and are kept once."""
    gzipped = gzip.compress(content, mtime=0)
    return WidgetFile(
        content=content,
        gzipped=gzipped if len(gzipped) < len(content) else None,
        digest=hashlib.sha256(content).hexdigest()[:32],
    )
