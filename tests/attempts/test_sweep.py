"""The sweep removes the answers of expired attempts, and no others."""

import asyncio
from collections.abc import Callable

import pytest

from storage.client import connect, open_database
from storage.commits.answer_rows import rows_of
from tests.support.fixtures import ORIGIN
from widget_gateway.composition.application import Backend
from widget_gateway.domain.attempts.view import AttemptView
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.services.partners.providers import KeyPair
from widget_gateway.settings import Settings


async def _begin_and_answer(backend: Backend, answers: int) -> AttemptView:
    reply = await backend.services.channel.attempts.begin(
        provider=ProviderSlug("college"),
        test=TestSlug("work-values"),
        locales=["en"],
        access_token=None,
        host_answers=[],
        origin=ORIGIN,
        own_origin="",
    )
    durable = asyncio.Semaphore(0)
    for seq in range(1, answers + 1):
        backend.services.channel.attempts.answer(
            reply.view, 1, seq, str(seq), ["3"], lambda _fault: durable.release()
        )
    for _ in range(answers):
        await durable.acquire()
    return reply.view


@pytest.fixture
def college(make_provider: Callable[..., KeyPair]) -> None:
    """The provider of the attempts."""
    make_provider("college")


@pytest.mark.gen_test
@pytest.mark.usefixtures("college")
async def test_only_answers_without_an_attempt_are_removed(
    backend: Backend, settings: Settings
) -> None:
    alive = await _begin_and_answer(backend, 5)
    expired = await _begin_and_answer(backend, 7)
    client = connect(str(settings.mongodb_uri), settings.driver)
    database = open_database(client, settings.database)
    await database["attempts"].delete_one({"_id": expired.id})  # The TTL index does so.

    assert await backend.attempts.sweep_answers() == 7
    assert await database["answers"].count_documents({"_id": rows_of(alive.id)}) == 5
    assert await database["answers"].count_documents({}) == 5
    assert await backend.attempts.sweep_answers() == 0
    await client.close()


@pytest.mark.gen_test
async def test_sweeping_an_empty_journal_finds_nothing(backend: Backend) -> None:
    assert await backend.attempts.sweep_answers() == 0
