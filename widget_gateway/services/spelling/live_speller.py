"""The speller of a running gateway, which gets its dictionary in the background."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from widget_gateway.services.spelling.dictionary import (
    SpellingDictionary,
    find_dictionary,
    find_first_dictionary,
)
from widget_gateway.services.spelling.speller import Correction, Speller
from widget_gateway.services.spelling.standard_words import StandardWords
from widget_gateway.services.spelling.word_correction import Corpus

_log = structlog.get_logger(__name__)

RETRY_S = 600.0
"""Seconds until a dictionary that could not be made is tried again, as with a full disk."""

LOOK_S = 0.5
"""Seconds between two checks whether a dictionary is needed."""

PATIENCE_S = 10.0
"""Seconds that a search waits for the first dictionary, which is made once, in a few seconds."""


class LiveSpeller:
    """Corrects texts by the dictionary in `data_dir`. Until that exists, it changes nothing.

    A stored dictionary is mapped in a thread, within a tenth of a second. A missing one is made by
    another process once `is_needed` is true: a thread would hold the interpreter's lock and delay
    all sockets. The most frequent words are available within seconds. Gateways that share a
    directory make the dictionary once.
    """

    def __init__(self, data_dir: Path, is_needed: Callable[[], bool]) -> None:
        self._data_dir = data_dir
        self._is_needed = is_needed
        self._speller: Speller | None = None
        self._failed = False
        self._came = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Whether texts can be corrected now."""
        return self._speller is not None

    async def ready(self) -> bool:
        """Whether texts can be corrected; waits up to PATIENCE_S for a dictionary that is made."""
        if self._speller is None and not self._failed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), PATIENCE_S)
        return self._speller is not None

    def correct(self, text: str, corpus: Corpus | None = None) -> Correction:
        """Correct a text, as `Speller.correct` does. Call it in a thread."""
        if self._speller is None:
            return Correction(text, changed=False, sure_text=text)
        return self._speller.correct(text, corpus)

    async def run(self) -> None:
        """Get the dictionary. Like all background work, this runs until it is cancelled."""
        while not await self._load(find_dictionary):
            while not self._is_needed():  # noqa: ASYNC110 - a look now and then, until the first document
                await asyncio.sleep(LOOK_S)
            await self._load(find_first_dictionary)  # `qua user create` may have made it
            if not await self._make():
                self._failed = True
                self._came.set()
                await asyncio.sleep(RETRY_S)
        await asyncio.Event().wait()

    async def _load(self, find: Callable[[Path], SpellingDictionary | None]) -> bool:
        def load() -> Speller | None:
            dictionary = find(self._data_dir)
            return Speller(dictionary, StandardWords().standing) if dictionary else None

        speller = await asyncio.to_thread(load)
        if speller is not None:
            self._speller = speller
            self._came.set()
        return speller is not None

    async def _make(self) -> bool:
        """Start a process that makes the dictionary; load the first dictionary when it is made."""
        maker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "widget_gateway.services.spelling.dictionary"),
            str(self._data_dir),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert maker.stdout is not None  # noqa: S101 - it is a pipe
        try:
            if await maker.stdout.readline():
                await self._load(find_first_dictionary)
            _, said = await maker.communicate()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                maker.terminate()
            await maker.wait()
            raise
        if maker.returncode:
            why = said.decode(errors="replace").strip().rpartition("\n")[2]
            _log.warning("spelling_dictionary_failed", reason=why)
        return maker.returncode == 0
