"""Dismissed entries of the desk's lists: who may dismiss, what is refused, and on every node."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.indexes import INDEXES
from tests.support.qua_api import QuaClient, refusal_of, response_of
from widget_gateway.domain.qua.tracking import KEPT_FOR
from widget_gateway.services.qua import desk, synonyms

pytestmark = pytest.mark.gen_test

NOT_EDITOR = (403, "Only editors may do this.")
UNMET, PROPOSED = "searches/without_hits", "synonyms/proposals"
DISMISSALS = [
    (f"{UNMET}/dismiss", {"query": "зюйдвест"}),
    (f"{PROPOSED}/dismiss", {"words": ["зюйдвест", "отпуск"]}),
]


@pytest.fixture
def fresh(monkeypatch):
    """Let lists that are kept for some seconds be read at each call."""
    monkeypatch.setattr(desk, "_AGE_S", 0.0)
    monkeypatch.setattr(synonyms, "_AGE_S", 0.0)


@pytest.fixture
def there(http_client, other_node_url):
    """The other node."""

    def seen_by(who):
        client = QuaClient(http_client, other_node_url)
        client.token = who.token
        return client

    return seen_by


async def dismiss(who, query, **fields):
    body = {"query": query} | fields
    assert response_of(await who.call("POST", f"{UNMET}/dismiss", body)) is None


async def dismiss_proposal(who, *words, **fields):
    body = {"words": words} | fields
    assert response_of(await who.call("POST", f"{PROPOSED}/dismiss", body)) is None


async def unmet(who, **parameters):
    return [each["query"] for each in await who.read(UNMET, **parameters)]


async def proposed(who, **parameters):
    return [each["words"] for each in await who.read(PROPOSED, **parameters)]


async def propose(qua, missed, then):
    """Let two users search for what is not found, and then for what is."""
    for name in ("first", "second"):
        who = await qua.join(f"{name}-{missed}")
        await who.search(missed, spelling=0)
        (hit,) = (await who.search(then))["hits"]
        await who.read(f"questions/{hit['id']}", **hit["url_params"])


async def test_a_dismissed_query_leaves_the_list_and_comes_back(qua, there):
    editor, other = await qua.join("editor", editor=True), await qua.join("other", editor=True)
    for query in ("ёёъъ", "ёёъъ", "зюйдвестка"):
        await editor.search(query)
    before = await editor.read(UNMET)
    assert [each["query"] for each in before] == ["ёёъъ", "зюйдвестка"]
    assert await editor.read(UNMET, dismissed=1) == []
    assert await unmet(there(other)) == ["ёёъъ", "зюйдвестка"]
    await dismiss(editor, "  ЕЁЪЪ ")  # Reports compare queries like this.
    for who in (editor, other, there(other)):  # Though both nodes keep their lists for a while.
        assert await unmet(who) == ["зюйдвестка"]
        assert await who.read(UNMET, dismissed=1) == before[:1]
    await dismiss(there(other), "ёёъъ", dismissed=False)
    for who in (editor, there(editor)):
        assert await who.read(UNMET) == before
        assert await who.read(UNMET, dismissed=1) == []


async def test_a_dismissed_proposal_leaves_the_list_and_comes_back(qua, there):
    editor, other = await qua.join("editor", editor=True), await qua.join("other", editor=True)
    await editor.ask("Отпуск по графику")
    await propose(qua, "Зюйдвест", "отпуск")
    await propose(qua, "ъъъъъ", "отпуск")
    before = await editor.read(PROPOSED)
    assert [each["words"] for each in before] == [["Зюйдвест", "отпуск"], ["ъъъъъ", "отпуск"]]
    assert await proposed(there(editor)) == await proposed(editor)
    await dismiss_proposal(editor, "ОТПУСК", " зюйдвест")
    for who in (editor, other, there(other)):
        assert await proposed(who) == [["ъъъъъ", "отпуск"]]
        assert await who.read(PROPOSED, dismissed=1) == before[:1]
    assert "Зюйдвест" in await unmet(editor)  # That is another list.
    await dismiss_proposal(there(other), "Зюйдвест", "отпуск", dismissed=0)
    for who in (editor, there(editor)):
        assert await who.read(PROPOSED) == before
    await dismiss_proposal(editor, "Зюйдвест", "отпуск")
    await editor.call("POST", "synonyms", {"words": ["Зюйдвест", "отпуск"]})
    assert await proposed(editor, dismissed=1) == []


@pytest.mark.usefixtures("fresh")
async def test_dismissed_entries_make_room_for_others(qua, monkeypatch):
    monkeypatch.setattr(desk, "UNMET_QUERIES", 1)
    monkeypatch.setattr(synonyms, "PROPOSALS", 1)
    editor = await qua.join("editor", editor=True)
    await editor.ask("Отпуск по графику")
    await propose(qua, "зюйдвест", "отпуск")
    await propose(qua, "ъъъъъ", "отпуск")
    (query,), (pair,) = await unmet(editor), await proposed(editor)
    await dismiss(editor, query)
    await dismiss_proposal(editor, *pair)
    assert {query, *await unmet(editor)} == {"зюйдвест", "ъъъъъ"}
    assert pair != (await proposed(editor))[0]


async def test_a_dismissal_tells_who_and_when_and_expires_with_the_searches(qua, database):
    editor, other = await qua.join("editor", editor=True), await qua.join("other", editor=True)
    await dismiss(editor, "Зюйд  вест")
    (row,) = database["qua_dismissals"].find()
    assert row["_id"] == {"list": "without_hits", "queries": ["зюйд вест"]}
    assert row["by"] == editor.user.id
    assert timedelta(0) <= datetime.now(UTC) - row["at"].replace(tzinfo=UTC) < timedelta(minutes=1)
    await dismiss(other, "зюйд вест")
    assert list(database["qua_dismissals"].find()) == [row]
    (expiry,) = (index.document for index in INDEXES["qua_dismissals"])
    assert (list(expiry["key"]), expiry["expireAfterSeconds"]) == (["at"], KEPT_FOR.total_seconds())


@pytest.mark.parametrize(("path", "body"), DISMISSALS, ids=["query", "proposal"])
async def test_a_repeat_changes_nothing_even_at_once_on_two_nodes(qua, there, database, path, body):
    editor, other = await qua.join("editor", editor=True), await qua.join("other", editor=True)
    callers = [editor, there(other)] * 10
    for dismissed, stored in ((True, 1), (False, 0)):
        answers = await asyncio.gather(
            *(who.call("POST", path, body | {"dismissed": dismissed}) for who in callers)
        )
        assert [response_of(answer) for answer in answers] == [None] * len(callers)
        assert database["qua_dismissals"].count_documents({}) == stored


@pytest.mark.parametrize(("path", "body"), DISMISSALS, ids=["query", "proposal"])
async def test_only_editors_dismiss_and_bring_back(qua, database, path, body):
    editor, other = await qua.join("editor", editor=True), await qua.join("other")
    removed = await qua.join("removed", editor=True)
    await qua.users.remove("removed")
    for dismissed in (True, False):
        call = body | {"dismissed": dismissed}
        assert refusal_of(await other.call("POST", path, call)) == NOT_EDITOR
        for who in (qua, removed, qua.showing("a.b.c")):
            assert refusal_of(await who.call("POST", path, call))[0] == 401
        assert database["qua_dismissals"].count_documents({}) == int(not dismissed)
        assert response_of(await editor.call("POST", path, body)) is None
    for listed in (UNMET, PROPOSED):
        assert refusal_of(await other.find(listed, dismissed=1)) == NOT_EDITOR


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        *(
            (f"{UNMET}/dismiss", fields)
            for fields in (
                {},
                {"query": ""},
                {"query": "  "},
                {"query": "x" * 501},
                {"query": "a\0b"},
                {"query": "\ud800"},
                {"query": ["x"]},
                {"query": {"$ne": 1}},
                {"query": True},
                {"query": "x", "dismissed": "no"},
                {"query": "x", "dismissed": []},
                {"query": "x", "dismissed": 2},
            )
        ),
        *(
            (f"{PROPOSED}/dismiss", fields)
            for fields in (
                {},
                {"words": []},
                {"words": ["one"]},
                {"words": ["one", "two", "three"]},
                {"words": ["Ёлка", " елка"]},
                {"words": ["one", "  "]},
                {"words": ["one", "x" * 501]},
                {"words": ["one", "a\0b"]},
                {"words": ["one", 2]},
                {"words": ["one", ["two"]]},
                {"words": "one, two"},
                {"words": {"$ne": 1}},
                {"words": ["one", "two"], "dismissed": "no"},
            )
        ),
    ],
    ids=lambda value: ascii(value)[:40],
)
async def test_what_is_no_entry_is_refused(qua, database, path, fields):
    editor = await qua.join("editor", editor=True)
    assert refusal_of(await editor.call("POST", path, fields))[0] == 400
    assert database["qua_dismissals"].count_documents({}) == 0


@pytest.mark.parametrize("path", [UNMET, PROPOSED])
async def test_a_list_takes_no_other_flag(qua, path):
    editor = await qua.join("editor", editor=True)
    for flag in ("2", "yes", "-1"):
        assert refusal_of(await editor.find(path, dismissed=flag))[0] == 400


async def test_forms_and_queries_of_any_length_are_taken(qua, database):
    editor = await qua.join("editor", editor=True)
    long = "ß" * 500
    form = {"query": long, "dismissed": "1"}
    assert response_of(await editor.call("POST", f"{UNMET}/dismiss", form, form=True)) is None
    form = {"words": f'["{long}", "???"]', "dismissed": "1"}
    assert response_of(await editor.call("POST", f"{PROPOSED}/dismiss", form, form=True)) is None
    assert database["qua_dismissals"].count_documents({}) == 2
