"""Searches and clicks are recorded, links can't be forged, and the report tells of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.qua_api import refusal_of
from widget_gateway.domain.qua.search import Found
from widget_gateway.domain.qua.tracking import Link, Track

pytestmark = pytest.mark.gen_test

PAGE = "https://en.wikipedia.org/wiki/Friendship"
FORGED = (400, "This link is none of our search results.")


async def external_link(me):
    """Return the parameters of the link of an external hit."""
    await me.add(PAGE, title="Friendship", content="Friends are friends")
    (hit,) = (await me.search("friendship"))["hits"]
    return dict(parse_qsl(urlsplit(hit["url"]).query))


async def away(qua, link):
    return await qua.call("GET", f"/away?{urlencode(link)}")


async def test_every_search_is_recorded(qua, database):
    me = await qua.join()
    await me.ask("Слон")
    await me.search("слоны")
    await me.search("жираф")
    first, second = database["searches"].find().sort("_id", 1)
    assert (first["query"], first["used_query"], first["user"]) == ("слоны", "слоны", me.user.id)
    assert (first["hits"], second["hits"]) == (1, 0)
    assert second["_id"] > first["_id"]
    assert isinstance(first["at"], datetime)
    assert isinstance(first["took"], float)


async def test_searches_at_once_have_numbers_of_their_own(qua, database):
    me = await qua.join()
    await me.ask("Слон")
    found = await asyncio.gather(*(me.search("слон") for _ in range(30)))
    numbers = {answer["hits"][0]["url_params"]["shid"] for answer in found}
    assert len(numbers) == 30
    assert {row["_id"] for row in database["searches"].find()} == numbers


async def test_away_redirects_to_the_page_and_counts_the_click_once(qua, database):
    link = await external_link(await qua.join())
    for _ in range(3):
        answer = await away(qua, link)
        assert (answer.status, answer.headers["Location"]) == (302, PAGE)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    (search,) = database["searches"].find()
    assert search["clicks"] == 1
    (click,) = database["clicks"].find()
    shid, qid = int(link["shid"]), int(link["qid"])
    assert click["_id"] == {"shid": shid, "track": "search_external", "qid": qid}


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "0" * 20},
        {"token": "x"},
        {"token": "é" * 20},
        {"redirect_url": "https://evil.example/"},
        {"redirect_url": "//evil.example"},
        {"redirect_url": PAGE + "/"},
        {"redirect_url": PAGE + "@evil.example"},
        {"redirect_url": "javascript:alert(1)"},
        {"shid": "999"},
        {"qid": "2"},
        {"qid": "999"},
        {"track": "search_internal"},
    ],
    ids=str,
)
async def test_a_forged_link_is_refused_and_never_followed(qua, database, changes):
    me = await qua.join()
    link = await external_link(me)
    await me.add(
        "https://evil.example/", title="Evil", content="Evil"
    )  # It is known, but not found.
    answer = await away(qua, link | changes)
    assert refusal_of(answer) == FORGED
    assert "Location" not in answer.headers
    assert database["clicks"].count_documents({}) == 0


@pytest.mark.parametrize("name", ["track", "shid", "qid", "token", "redirect_url"])
async def test_a_link_that_lacks_a_part_is_refused(qua, name):
    link = await external_link(await qua.join())
    del link[name]
    assert refusal_of(await away(qua, link))[0] == 400


@pytest.mark.parametrize(
    "changes",
    [{"shid": "x"}, {"shid": "-1"}, {"qid": "9" * 19}, {"track": "x"}, {"token": "0" * 21}],
    ids=str,
)
async def test_a_link_of_other_shape_is_refused(qua, changes):
    link = await external_link(await qua.join())
    assert refusal_of(await away(qua, link | changes))[0] == 400


async def test_a_page_that_has_moved_is_not_followed_by_an_old_link(qua, database):
    link = await external_link(await qua.join())
    database["external_resources"].update_one({}, {"$set": {"url": "https://evil.example/"}})
    assert refusal_of(await away(qua, link)) == FORGED
    moved = link | {"redirect_url": "https://evil.example/"}
    assert refusal_of(await away(qua, moved)) == FORGED


async def test_opening_a_question_with_its_parameters_counts_the_click(qua, database):
    me = await qua.join()
    number = (await me.ask("Слон"))["id"]
    (hit,) = (await me.search("слоны"))["hits"]
    await me.read(f"questions/{number}")
    assert database["clicks"].count_documents({}) == 0
    for _ in range(2):
        opened = await me.read(f"questions/{number}", **hit["url_params"])
    assert opened["title"] == "Слон"
    assert [row["clicks"] for row in database["searches"].find()] == [1]


@pytest.mark.parametrize(
    "changes",
    [{"token": "0" * 20}, {"shid": 999}, {"qid": 2}, {"track": "search_external"}],
    ids=str,
)
async def test_a_forged_click_on_a_question_counts_for_nothing(qua, database, changes):
    me = await qua.join()
    number = (await me.ask("Слон"))["id"]
    await me.ask("Другой")
    (hit,) = (await me.search("слоны"))["hits"]
    opened = await me.read(f"questions/{number}", **(hit["url_params"] | changes))
    assert opened["id"] == number
    assert database["clicks"].count_documents({}) == 0
    assert [row["clicks"] for row in database["searches"].find()] == [0]


async def test_a_link_is_good_on_every_node(qua, other_node_url):
    link = await external_link(await qua.join())
    qua.url = other_node_url
    assert (await away(qua, link)).status == 302


@pytest.fixture
def searched(qua, backend, monkeypatch):
    """Record searches at chosen times."""
    tracking = backend.services.qua.tracking
    users = {}

    async def record(query, *, hits=0, used=None, day=1, second=0, user="anna", clicked=False):
        if user not in users:
            users[user] = (await qua.join(user)).user
        at = datetime(2026, 5, day, 12, 0, tzinfo=UTC) + timedelta(seconds=second)
        monkeypatch.setattr(tracking, "_clock", lambda: at)
        found = Found(query=query, used_query=used or query, total=hits)
        number = await tracking.record(users[user], found, offset=0, took=0.001)
        if clicked:
            link = Link(Track.INTERNAL, number, 1)
            await tracking.count_click(link, tracking.sign(link))

    return record


async def report(backend, first, last, limit=20):
    since = datetime(2026, 5, first, tzinfo=UTC)
    until = datetime(2026, 5, last, tzinfo=UTC) + timedelta(days=1)
    return await backend.services.qua.tracking.report(since, until, limit)


async def test_the_report_tells_what_was_searched_for_in_vain_in_its_period(searched, backend):
    await searched("слон", day=1)
    await searched("Слон ", day=2, user="boris")
    await searched("жираф", day=3)
    await searched("кит", hits=3, day=3)
    await searched("кит", hits=3, day=3, second=60, clicked=True)
    await searched("друк", used="друг", hits=2, day=4, clicked=True)

    whole = await report(backend, 1, 4)
    assert (whole.searches, whole.without_hits, whole.without_clicks, whole.corrected) == (
        6,
        3,
        1,
        1,
    )
    in_vain = [(row.query, row.count, row.users) for row in whole.queries_without_hits]
    assert in_vain == [("Слон ", 2, 2), ("жираф", 1, 1)]
    assert [row.query for row in whole.queries_without_clicks] == ["кит"]
    corrected = [(row.query, row.used_query) for row in whole.queries_corrected]
    assert corrected == [("друк", "друг")]

    part = await report(backend, 2, 3)
    assert (part.searches, part.without_hits) == (4, 2)
    assert [row.query for row in (await report(backend, 1, 4, limit=1)).queries_without_hits] == [
        "Слон "
    ]
    nothing = await report(backend, 20, 21)
    assert (nothing.searches, nothing.queries_without_hits) == (0, [])


async def test_the_days_of_a_report_begin_and_end_at_midnight(searched, backend):
    half_a_day = 12 * 3600
    await searched("до", day=1, second=half_a_day - 1)
    await searched("первый", day=1, second=half_a_day)
    await searched("последний", day=2, second=half_a_day - 1)
    await searched("после", day=2, second=half_a_day)
    found = {row.query for row in (await report(backend, 2, 2)).queries_without_hits}
    assert found == {"первый", "последний"}


async def test_what_was_typed_on_is_no_search_of_its_own(searched, backend):
    for second, query in enumerate(("сл", "сло", "слон")):
        await searched(query, second=second)
    await searched("сло", second=3, user="boris")
    await searched("слонёнок", second=60)
    found = {row.query for row in (await report(backend, 1, 1)).queries_without_hits}
    assert found == {"слон", "сло", "слонёнок"}


async def test_further_pages_are_no_searches_of_their_own(qua, backend):
    me = await qua.join()
    for number in range(3):
        await me.ask(f"Слон {number}")
    await me.search("слон", limit=2)
    await me.search("слон", limit=2, offset=2)
    now = datetime.now(UTC)
    found = await backend.services.qua.tracking.report(now - timedelta(1), now + timedelta(1), 20)
    assert found.searches == 1
