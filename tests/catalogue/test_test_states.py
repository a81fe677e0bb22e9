"""Drafts, publishing and withdrawing: which version new attempts take."""

import asyncio
from pathlib import Path

import pytest

from tests.catalogue.test_definitions import VALID, read
from widget_gateway.domain.catalogue.tests import TestState
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import TestSlug

pytestmark = pytest.mark.gen_test

PATH = Path("sample.yaml")
SAMPLE = TestSlug("sample")


@pytest.fixture
def catalogue(backend):
    return backend.services.public.catalogue


def edition(number):
    return read(VALID.replace("title: {ru: Проба", f"title: {{ru: Проба {number}"))


def as_told(imported):
    return imported.version, imported.is_new, imported.is_draft


async def test_a_draft_is_no_test_until_it_is_published(catalogue):
    assert as_told(await catalogue.add(PATH, edition(1), draft=True)) == (1, True, True)
    assert as_told(await catalogue.add(PATH, edition(1), draft=True)) == (1, False, True)
    with pytest.raises(TestNotFoundError):
        await catalogue.get_current(SAMPLE)
    assert "sample" not in [test.slug for test in await catalogue.list_all()]
    assert await catalogue.get_state(SAMPLE) == TestState(SAMPLE, None, (1,), withdrawn=False)
    assert await catalogue.publish(SAMPLE) == (1, True)
    assert await catalogue.publish(SAMPLE) == (1, False)
    assert (await catalogue.get_current(SAMPLE)).version == 1
    assert as_told(await catalogue.add(PATH, edition(1))) == (1, False, False)


async def test_a_draft_of_a_published_test_waits_beside_it(catalogue):
    await catalogue.add(PATH, edition(1))
    assert as_told(await catalogue.add(PATH, edition(2), draft=True)) == (2, True, True)
    assert (await catalogue.get_current(SAMPLE)).version == 1
    assert as_told(await catalogue.add(PATH, edition(3))) == (3, True, False)
    # The newest version is no draft, so there is nothing to publish.
    assert await catalogue.publish(SAMPLE) == (3, False)
    assert await catalogue.publish(SAMPLE, 2) == (2, True)
    assert await catalogue.get_state(SAMPLE) == TestState(SAMPLE, 2, (), withdrawn=False)
    # The numbers go on behind the newest version, and an old version may come back.
    assert as_told(await catalogue.add(PATH, edition(4))) == (4, True, False)
    assert await catalogue.publish(SAMPLE, 1) == (1, True)


async def test_a_withdrawn_test_comes_back_by_publishing_only(catalogue):
    await catalogue.add(PATH, edition(1))
    assert await catalogue.withdraw(SAMPLE) is True
    assert await catalogue.withdraw(SAMPLE) is False
    with pytest.raises(TestNotFoundError):
        await catalogue.get_current(SAMPLE)
    await catalogue.add(PATH, edition(2))
    state = await catalogue.get_state(SAMPLE)
    assert (state.current, state.withdrawn, state.name) == (2, True, "withdrawn")
    assert await catalogue.publish(SAMPLE) == (2, True)
    assert (await catalogue.get_current(SAMPLE)).version == 2


async def test_what_does_not_exist_is_neither_published_nor_withdrawn(catalogue, database):
    for call in (catalogue.publish, catalogue.withdraw):
        with pytest.raises(TestNotFoundError):
            await call(TestSlug("nothing"))
    await catalogue.add(PATH, edition(1), draft=True)
    stored = database.tests.find_one({"_id": "sample"})
    for call in (lambda: catalogue.publish(SAMPLE, 7), lambda: catalogue.withdraw(SAMPLE)):
        with pytest.raises(TestNotFoundError):
            await call()
    assert database.tests.find_one({"_id": "sample"}) == stored


async def test_documents_of_former_gateways_are_published_tests(catalogue, database):
    definition = edition(1)
    database.tests.insert_one({"_id": "sample", "version": 3, "digest": definition.digest})
    for version in (2, 3):
        database.test_versions.insert_one(
            {
                "_id": {"test": "sample", "version": version},
                "definition": definition.document | {"version": version},
            }
        )
    assert (await catalogue.get_current(SAMPLE)).version == 3
    assert as_told(await catalogue.add(PATH, definition)) == (3, False, False)
    assert as_told(await catalogue.add(PATH, edition(2), draft=True)) == (4, True, True)
    assert await catalogue.withdraw(SAMPLE) is True
    assert await catalogue.publish(SAMPLE, 2) == (2, True)
    assert as_told(await catalogue.add(PATH, definition)) == (5, True, False)


async def test_calls_at_the_same_time_happen_one_after_another(catalogue, database):
    await catalogue.add(PATH, edition(0))
    for number in (1, 2, 3):
        await catalogue.add(PATH, edition(number), draft=True)
    await asyncio.gather(
        *(catalogue.publish(SAMPLE, number) for number in (2, 3, 4)),
        *(catalogue.add(PATH, edition(number), draft=True) for number in (5, 6, 7)),
        *(catalogue.withdraw(SAMPLE) for _ in range(3)),
    )
    state = await catalogue.get_state(SAMPLE)
    assert state.current in (2, 3, 4)
    assert state.drafts == (5, 6, 7)
    stored = database.tests.find_one({"_id": "sample"})
    current = {"_id": {"test": "sample", "version": state.current}}
    assert database.test_versions.find_one(current)["digest"] == stored["digest"]
    assert stored["last"] == 7
    # Nothing that was imported meanwhile brings a withdrawn test back.
    await asyncio.gather(
        catalogue.withdraw(SAMPLE), *(catalogue.add(PATH, edition(n)) for n in (8, 9))
    )
    state = await catalogue.get_state(SAMPLE)
    assert (state.current, state.withdrawn) == (9, True)


async def test_a_withdrawn_test_begins_no_attempt_but_lets_others_go_on(
    college, connect, api, catalogue, other_node_url
):
    assert college
    visitor = await connect()
    await visitor.open(test="work-values")
    await catalogue.withdraw(TestSlug("work-values"))
    for url in (None, other_node_url):
        late = await connect(**({"url": url} if url else {}))
        await late.send("open", provider="college", test="work-values")
        assert (await late.expect("error"))["code"] == "test_not_found"
    assert (await api.fetch("/tests/api/v1/info/work-values/")).status == 404
    await visitor.leave()
    again = await connect()
    resumed = await again.open(**visitor.identity)
    assert resumed["session"] == visitor.session["session"]
    await catalogue.publish(TestSlug("work-values"))
    fresh = await connect()
    assert (await fresh.open(test="work-values"))["session"] != resumed["session"]
