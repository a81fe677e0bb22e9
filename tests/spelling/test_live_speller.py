"""The speller of a running gateway: with a dictionary, without, and where none can be kept."""

import asyncio
from contextlib import suppress

import pytest

from tests.support.spelling_dictionaries import SMALL
from widget_gateway.services.spelling import live_speller
from widget_gateway.services.spelling.dictionary import (
    FILE_NAME,
    FIRST_FILE_NAME,
    made_of,
    make_tables,
)
from widget_gateway.services.spelling.dictionary_file import write_tables
from widget_gateway.services.spelling.live_speller import LiveSpeller
from widget_gateway.services.spelling.speller import Correction


async def end(work):
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


@pytest.mark.gen_test
async def test_without_a_dictionary_nothing_is_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(live_speller, "PATIENCE_S", 0.05)
    speller = LiveSpeller(tmp_path, lambda: False)
    work = asyncio.ensure_future(speller.run())
    assert not await speller.ready()
    assert speller.correct("ghbdtn") == Correction("ghbdtn", changed=False, sure_text="ghbdtn")
    await end(work)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.gen_test
async def test_a_kept_dictionary_is_used_whether_needed_or_not(tmp_path):
    write_tables(tmp_path / FILE_NAME, made_of(), make_tables(SMALL))
    speller = LiveSpeller(tmp_path, lambda: False)
    work = asyncio.ensure_future(speller.run())
    assert await speller.ready()
    assert speller.correct("ghbdtn") == Correction("привет", changed=True, sure_text="привет")
    await end(work)


@pytest.mark.gen_test
async def test_the_most_frequent_words_are_there_while_the_whole_dictionary_is_made(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(live_speller, "PATIENCE_S", 100.0)
    speller = LiveSpeller(tmp_path, lambda: True)
    work = asyncio.ensure_future(speller.run())
    assert await speller.ready()
    assert speller.correct("друк") == Correction("друг", changed=True, sure_text="друг")
    assert (tmp_path / FIRST_FILE_NAME).exists()
    assert not (tmp_path / FILE_NAME).exists()
    await end(work)  # This also ends the process that makes it.
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.gen_test
async def test_a_dictionary_that_cannot_be_kept_is_logged_and_keeps_nobody_waiting(tmp_path, logs):
    (tmp_path / "file").touch()
    speller = LiveSpeller(tmp_path / "file", lambda: True)
    work = asyncio.ensure_future(speller.run())
    assert not await speller.ready()
    assert [entry["event"] for entry in logs] == ["spelling_dictionary_failed"]
    assert "file" in logs[0]["reason"]
    await end(work)
