"""`open_id`: a repeated `open` gets the attempt that the first one began."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.support.waiting import until
from widget_gateway.services.attempts.attempts import attempt_ids

NEW = {"test": "career-interests", "locale": "en"}

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]


async def test_the_same_open_meets_its_session_and_gets_a_fresh_resume_token(connect, database):
    open_id = str(uuid4())
    first = await connect()
    session = await first.open(**NEW, open_id=open_id)
    await first.answer_all(session["questions"][:2])
    second = await connect()
    again = await second.open(**NEW, open_id=open_id)
    assert again["session"] == session["session"]
    assert again["resume_token"] != session["resume_token"]
    assert (again["generation"], again["next"], len(again["answers"])) == (2, "3", 2)
    assert await first.closed() == 4009
    assert database.attempts.count_documents({}) == 1
    assert sum(row.get("started", 0) for row in database.statistics.find()) == 1
    third = await connect()
    resumed = await third.open(session=again["session"], resume_token=again["resume_token"])
    assert resumed["generation"] == 3
    thief = await connect()
    await thief.send("open", provider="college", **first.identity)
    assert await thief.closed(after_error="token_invalid") == 4301


async def test_a_spent_token_opens_its_session_again_for_the_same_open_alone(connect, api, college):
    parameters = {"client_key": college.client_key, "user_id": "anna", "test": "career-interests"}
    issued = await api.get("access/token", **parameters, paid="1")
    token = issued.body["access_token"]
    open_id = str(uuid4())
    first = await connect()
    session = await first.open(**NEW, access_token=token, open_id=open_id)
    again = await (await connect()).open(**NEW, access_token=token, open_id=open_id)
    assert again["session"] == session["session"]
    assert len(again["questions"]) == 120
    other = await connect()
    await other.send("open", provider="college", **NEW, access_token=token, open_id=str(uuid4()))
    assert await other.closed(after_error="token_invalid") == 4301
    without = await (await connect()).open(**NEW, open_id=open_id)
    assert without["session"] != session["session"]


async def test_equal_opens_at_once_begin_one_session(connect, database):
    open_id = str(uuid4())
    visitors = [await connect() for _ in range(8)]
    for visitor in visitors:
        await visitor.send("open", provider="college", **NEW, open_id=open_id)
    sessions = [await visitor.expect("session") for visitor in visitors]
    assert len({session["session"] for session in sessions}) == 1
    assert sorted(session["generation"] for session in sessions) == list(range(1, 9))
    assert database.attempts.count_documents({}) == 1


async def test_within_a_day_it_is_the_same_session_also_across_midnight(connect, database):
    open_id = str(uuid4())
    session = await (await connect()).open(**NEW, open_id=open_id)
    opening, now = ("college", NEW["test"], ""), datetime.now(UTC)
    places = [attempt_ids(UUID(open_id), opening, now + timedelta(days=days)) for days in (0, 1)]
    assert {str(place[0]) for place in places} == {session["session"]}
    database.attempts.update_one({}, {"$set": {"created_at": now - timedelta(hours=23)}})
    again = await (await connect()).open(**NEW, open_id=open_id)
    assert again["session"] == session["session"]


async def test_a_day_later_the_same_open_begins_anew(connect, database):
    open_id = str(uuid4())
    session = await (await connect()).open(**NEW, open_id=open_id)
    long_ago = datetime.now(UTC) - timedelta(days=1, seconds=1)
    database.attempts.update_one({}, {"$set": {"created_at": long_ago}})
    anew = await (await connect()).open(**NEW, open_id=open_id)
    assert anew["session"] != session["session"]
    assert (anew["generation"], anew["answers"]) == (1, [])
    again = await (await connect()).open(**NEW, open_id=open_id)
    assert (again["session"], again["generation"]) == (anew["session"], 2)


async def test_another_test_is_another_open(connect):
    open_id = str(uuid4())
    first = await (await connect()).open(**NEW, open_id=open_id)
    other = await (await connect()).open(test="work-values", open_id=open_id)
    assert first["session"] != other["session"]


@pytest.mark.parametrize("open_id", ["", "1", "x" * 36, "{9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90}"])
async def test_an_open_id_that_is_no_uuid_is_a_bad_message(connect, database, open_id):
    visitor = await connect()
    await visitor.send("open", provider="college", **NEW, open_id=open_id)
    await visitor.refused("bad_message")
    assert database.attempts.count_documents({}) == 0
    assert (await visitor.open(**NEW))["generation"] == 1


async def test_an_open_whose_visitor_has_gone_is_not_made(connect, database, backend, monkeypatch):
    may_read, asked = asyncio.Event(), asyncio.Event()
    catalogue = backend.services.public.catalogue
    get_current = catalogue.get_current

    async def held_back(slug):
        asked.set()
        await may_read.wait()
        return await get_current(slug)

    monkeypatch.setattr(catalogue, "get_current", held_back)
    visitor = await connect()
    await visitor.send("open", provider="college", **NEW)
    await asked.wait()
    visitor.socket.transport.abort()
    await until(lambda: not backend.services.public.node.channels)
    may_read.set()
    await backend.flushed()
    monkeypatch.undo()
    assert (await (await connect()).open(**NEW))["generation"] == 1
    assert database.attempts.count_documents({}) == 1
    assert sum(row.get("started", 0) for row in database.statistics.find()) == 1
