"""The speller of a running gateway: with a dictionary, without one, and where none can be."""

import asyncio
from contextlib import suppress

import pytest

from tests.spelling_dictionaries import SMALL
from widget_gateway.services.live_speller import LiveSpeller
from widget_gateway.services.spelling import Correction
from widget_gateway.services.spelling_dictionary import FILE_NAME, made_of, make_tables
from widget_gateway.services.spelling_file import write_tables


async def run_until(speller, condition):
    """Run it as a server does, until the condition holds."""
    work = asyncio.ensure_future(speller.run())
    while not condition():
        assert not work.done()
        await asyncio.sleep(0.01)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


def test_without_a_dictionary_nothing_is_changed(tmp_path):
    speller = LiveSpeller(tmp_path)
    assert speller.correct("ghbdtn") == Correction("ghbdtn", changed=False)
    assert not speller.ready


@pytest.mark.gen_test(timeout=60)
async def test_a_kept_dictionary_is_used(tmp_path):
    write_tables(tmp_path / FILE_NAME, made_of(), make_tables(SMALL))
    speller = LiveSpeller(tmp_path)
    await run_until(speller, lambda: speller.ready)
    assert speller.correct("ghbdtn") == Correction("привет", changed=True)


@pytest.mark.gen_test(timeout=60)
async def test_a_dictionary_that_cannot_be_kept_is_logged_and_ends_nothing(tmp_path, logs):
    (tmp_path / "file").touch()
    speller = LiveSpeller(tmp_path / "file")
    await run_until(speller, lambda: logs)
    assert [one["event"] for one in logs] == ["spelling_dictionary_failed"]
    assert "file" in logs[0]["reason"]
    assert not speller.ready
