"""`GET /api/suggest`: titles and frequent queries, for what is being typed."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.qua_api import refusal_of
from widget_gateway.domain.qua.suggestions import COUNTED_FOR, LEAST_USERS

pytestmark = pytest.mark.gen_test


async def suggested(me, query: str, **parameters) -> list[tuple[str, str]]:
    found = await me.read("suggest", query=query, **parameters)
    return [(entry["kind"], entry["text"]) for entry in found["suggestions"]]


@pytest.fixture
def store(database):
    """Store clicked searches of some users, as if they had been made and opened."""

    def put(query: str, opened: list[str], users: int = LEAST_USERS, **fields) -> None:
        taken = database["searches"].count_documents({})
        database["searches"].insert_many(
            {
                "_id": 10_000 + taken + number,
                "query": query,
                "used_query": query,
                "normal": query.lower(),
                "corrected": False,
                "unfinished": False,
                "user": 100 + number,
                "hits": 1,
                "offset": 0,
                "took": 0.001,
                "clicks": 1,
                "opened": opened,
                "at": datetime.now(UTC),
                **fields,
            }
            for number in range(users)
        )

    return put


async def test_titles_are_suggested_in_the_shape_of_the_contract(qua):
    me = await qua.join()
    question = await me.ask("Как оформить больничный")
    await me.ask("Отпуск")
    found = await me.read("suggest", query="отпуск больнич")
    assert found == {"suggestions": []}
    found = await me.read("suggest", query="Как оформить больнич")
    assert found == {
        "suggestions": [
            {"text": "Как оформить больничный", "kind": "title", "question_id": question["id"]}
        ]
    }


@pytest.mark.parametrize(
    "query", ["больнич", "оформ", "оформлю больничног", "больничный о", ",jkmybx", "болнич", "как"]
)
async def test_a_title_is_suggested_for_the_beginning_of_its_words(qua, query: str):
    me = await qua.join()
    await me.ask("Как оформить больничный")
    await me.ask("Docker")
    assert await suggested(me, query) == [("title", "Как оформить больничный")]
    assert await suggested(me, "вщсл") == [("title", "Docker")]


async def test_a_changed_title_is_suggested_at_once_and_an_archived_one_no_longer(qua):
    me = await qua.join()
    question = await me.ask("Больничный")
    await me.change(question["id"], title="Больница")
    assert await suggested(me, "боль") == [("title", "Больница")]
    await me.call("DELETE", f"questions/{question['id']}")
    assert await suggested(me, "боль") == []


async def test_pages_of_other_sites_and_doubled_titles_are_not_suggested(qua):
    me = await qua.join()
    await me.add(title="Больница", content="Больница")
    await me.ask("Больничный")
    newer = await me.ask("больничный")
    found = (await me.read("suggest", query="боль"))["suggestions"]
    assert [entry["question_id"] for entry in found] == [newer["id"]]


async def test_a_query_that_helped_three_users_is_suggested_before_titles(qua, store):
    me = await qua.join()
    question = await me.ask("Больничный лист")
    store("больничный по уходу", [f"q:{question['id']}"])
    assert await suggested(me, "больнич") == [
        ("query", "больничный по уходу"),
        ("title", "Больничный лист"),
    ]
    assert await suggested(me, "уходу больн") == [("query", "больничный по уходу")]
    assert await suggested(me, "больнич", limit=1) == [("title", "Больничный лист")]
    assert await suggested(me, "больничный по уходу") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"users": LEAST_USERS - 1},
        {"corrected": True},
        {"unfinished": True},
        {"at": datetime.now(UTC) - COUNTED_FOR - timedelta(hours=1)},
        {"opened": ["q:999"]},
        {"opened": ["q:1", "q:999"]},
        {"query": "Больничный"},
    ],
    ids=["few users", "corrected", "unfinished", "old", "gone", "one gone", "a title"],
)
async def test_other_queries_are_not_suggested(qua, store, fields):
    me = await qua.join()
    question = await me.ask("Больничный")
    fields = {"query": "больничный ивановой", "opened": [f"q:{question['id']}"]} | fields
    if "q:1" in fields["opened"]:
        fields["opened"] = [f"q:{question['id']}", "q:999"]
    store(**fields)
    assert await suggested(me, "больн") == [("title", "Больничный")]


async def test_a_query_is_not_suggested_once_what_it_led_to_is_archived(qua, store):
    me = await qua.join()
    question = await me.ask("Листок нетрудоспособности")
    store("больничный", [f"q:{question['id']}"])
    assert await suggested(me, "больн") == [("query", "больничный")]
    await me.call("DELETE", f"questions/{question['id']}")
    assert await suggested(me, "больн") == []


async def test_clicks_of_three_users_make_a_query_frequent(qua, database):
    asker = await qua.join("asker")
    await asker.ask("Листок нетрудоспособности", keywords=["больничный"])
    for number in range(LEAST_USERS):
        user = await qua.join(f"user{number}")
        for query in ("больничный", "больнич"):
            (hit,) = (await user.search(query, typing=1))["hits"]
            await user.read(f"questions/{hit['id']}", **hit["url_params"])
    rows = list(database["searches"].find({}, {"query": 1, "unfinished": 1, "opened": 1}))
    assert {(row["query"], row["unfinished"]) for row in rows} == {
        ("больничный", False),
        ("больнич", True),
    }
    assert await suggested(asker, "больн") == [("query", "больничный")]


async def test_a_query_that_breaks_off_a_word_of_another_is_not_suggested(qua, store):
    me = await qua.join()
    question = await me.ask("Листок нетрудоспособности")
    for query in ("больнич", "больничный", "больничный лист"):
        store(query, [f"q:{question['id']}"], users=LEAST_USERS + len(query))
    found = await suggested(me, "больн")
    assert found == [("query", "больничный лист"), ("query", "больничный")]


async def test_of_many_titles_the_newest_come_first(qua):
    me = await qua.join()
    for number in range(30):
        await me.ask(f"Больничный лист номер {number}")
    assert len(await suggested(me, "больн лис")) == 0
    first = await suggested(me, "лист больн", limit=20)
    assert len(first) == 20
    assert first[0] == ("title", "Больничный лист номер 29")


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 400),
        ({"query": ""}, 400),
        ({"query": "  "}, 400),
        ({"query": "а" * 501}, 400),
        ({"query": "боль", "limit": 0}, 400),
        ({"query": "боль", "limit": 51}, 400),
        ({"query": "боль", "limit": "x"}, 400),
    ],
    ids=str,
)
async def test_what_is_no_query_is_refused(qua, parameters, status: int):
    me = await qua.join()
    assert refusal_of(await me.find("suggest", **parameters))[0] == status


@pytest.mark.parametrize("query", ["б" * 500, "🙂", ".*", "[б", "б " * 249, "а\u202eб", "'\"", "%"])
async def test_hostile_queries_are_answered(qua, query: str):
    me = await qua.join()
    await me.ask("Больничный")
    assert await suggested(me, query) == []


async def test_only_users_are_told_and_other_methods_are_refused(qua):
    assert refusal_of(await qua.find("suggest", query="боль"))[0] == 401
    me = await qua.join()
    assert refusal_of(await me.call("POST", "suggest", {"query": "боль"}))[0] == 405
    assert (await me.call("OPTIONS", "suggest")).status == 200


async def test_the_last_word_is_a_beginning_only_if_the_caller_types_or_it_is_unknown(qua):
    me = await qua.join()
    await me.ask("Банкомат")
    bank = await me.ask("Банк")

    async def found(query: str, **parameters) -> list[str]:
        return [hit["title"] for hit in (await me.search(query, **parameters))["hits"]]

    assert await found("банк") == ["Банк"]
    assert await found("банк", typing=1) == ["Банк", "Банкомат"]
    assert await found("банкома") == ["Банкомат"]
    await me.call("DELETE", f"questions/{bank['id']}")
    assert refusal_of(await me.find("search", query="банк", typing="x"))[0] == 400
