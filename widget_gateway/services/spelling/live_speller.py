"""The speller of a running gateway: there as soon as its dictionary is, and in nobody's way."""

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
"""After a dictionary could not be made: a full disk is not emptied in a second."""

LOOK_S = 0.5
"""How often a gateway without a dictionary asks whether it needs one."""

PATIENCE_S = 10.0
"""How long a search waits for the first dictionary, which takes a few seconds to make, once."""


class LiveSpeller:
    """Corrects by the dictionary in `data_dir`; until that is there, it changes nothing.

    A dictionary that is kept is mapped within a tenth of a second, in a thread. One that is not is
    made once there is something to search for, by a process of its own: a thread would hold the
    interpreter, and with it all sockets. The most frequent words are there within seconds. Several
    gateways over one directory make it once.
    """

    def __init__(self, data_dir: Path, is_needed: Callable[[], bool]) -> None:
        self._data_dir = data_dir
        self._is_needed = is_needed
        self._speller: Speller | None = None
        self._failed = False
        self._came = asyncio.Event()

    async def ready(self) -> bool:
        """Whether it corrects; waits a while for a dictionary that is being made."""
        if self._speller is None and not self._failed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), PATIENCE_S)
        return self._speller is not None

    def correct(self, text: str, corpus: Corpus | None = None) -> Correction:
        """As `Speller.correct`: to be called in a thread."""
        if self._speller is None:
            return Correction(text, changed=False)
        return self._speller.correct(text, corpus)

    async def run(self) -> None:
        """Get the dictionary; runs until it is cancelled, as all background work does."""
        while not await self._load(find_dictionary):
            while not self._is_needed():  # noqa: ASYNC110 - a look now and then, until the first document
                await asyncio.sleep(LOOK_S)
            await self._load(find_first_dictionary)  # `qua user create` has made it
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
        """Have it made; loads the one of the most frequent words when that is there."""
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
