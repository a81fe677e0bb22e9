"""The speller of a running gateway: there as soon as its dictionary is, and in nobody's way."""

import asyncio
import sys
from pathlib import Path

import structlog

from widget_gateway.services.spelling import Correction, Speller
from widget_gateway.services.spelling_dictionary import find_dictionary
from widget_gateway.services.standard_words import StandardWords
from widget_gateway.services.word_correction import Corpus

_log = structlog.get_logger(__name__)

RETRY_S = 600.0
"""After a dictionary could not be made: a full disk is not emptied in a second."""


class LiveSpeller:
    """Corrects by the dictionary in `data_dir`; until that is there, it changes nothing.

    A dictionary that is kept is mapped within a tenth of a second, in a thread. One that is not is
    made by a process of its own: a thread would hold the interpreter, and with it all sockets.
    Several gateways over one directory make it once.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._speller: Speller | None = None

    @property
    def ready(self) -> bool:
        """Whether it corrects."""
        return self._speller is not None

    def correct(self, text: str, corpus: Corpus | None = None) -> Correction:
        """As `Speller.correct`: to be called in a thread."""
        if self._speller is None:
            return Correction(text, changed=False)
        return self._speller.correct(text, corpus)

    async def run(self) -> None:
        """Get the dictionary; runs until it is cancelled, as all background work does."""
        while not await asyncio.to_thread(self._load):
            if not await self._make():
                await asyncio.sleep(RETRY_S)
        await asyncio.Event().wait()

    def _load(self) -> bool:
        dictionary = find_dictionary(self._data_dir)
        if dictionary is not None:
            self._speller = Speller(dictionary, StandardWords().standing)
        return self.ready

    async def _make(self) -> bool:
        maker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "widget_gateway.services.spelling_dictionary"),
            str(self._data_dir),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await maker.communicate()
        except asyncio.CancelledError:
            maker.terminate()
            await maker.wait()
            raise
        if maker.returncode:
            why = said.decode(errors="replace").strip().rpartition("\n")[2]
            _log.warning("spelling_dictionary_failed", reason=why)
        return maker.returncode == 0
