"""Questions and answers: who may write them, what is stored, and that no change gets lost."""

import asyncio

import pytest

from tests.support.qua_api import refusal_of, response_of
from tests.support.waiting import until

pytestmark = pytest.mark.gen_test

FORBIDDEN = (403, "Only its author and editors may change this.")


async def found(me, query):
    return [hit["id"] for hit in (await me.search(query))["hits"]]


async def test_the_author_and_editors_may_change_a_question_and_nobody_else(qua):
    author, editor = await qua.join("author"), await qua.join("editor", editor=True)
    other = await qua.join("other")
    number = (await author.ask("before"))["id"]
    path = f"questions/{number}"
    for changes in ({"title": "x"}, {"answer": {"raw": "x"}}, {"keywords": []}, {}):
        assert refusal_of(await other.call("PUT", path, changes)) == FORBIDDEN
    assert refusal_of(await other.call("DELETE", path)) == FORBIDDEN
    assert (await other.read(path))["title"] == "before"

    assert (await author.change(number, title="by the author"))["title"] == "by the author"
    changed = await editor.change(number, title="by an editor")
    assert changed["title"] == "by an editor"
    assert changed["created_by"]["username"] == "author"
    assert changed["updated_by"]["username"] == "editor"
    assert response_of(await editor.call("DELETE", path)) is None


async def test_who_becomes_an_editor_may_change_at_once(qua):
    author, other = await qua.join("author"), await qua.join("other")
    number = (await author.ask())["id"]
    await qua.users.update("other", editor=True)

    async def may_edit():
        return (await other.call("PUT", f"questions/{number}", {"title": "x"})).status != 403

    await until(may_edit)
    assert (await author.read(f"questions/{number}"))["title"] == "x"


async def test_what_is_answered_to_a_write_is_what_is_read_later(qua):
    me = await qua.join()
    asked = await me.ask("Привет", keywords=["a"], answer={"raw": "*б*"})
    assert await me.read(f"questions/{asked['id']}") == asked
    changed = await me.change(asked["id"], answer={"raw": "в"})
    assert await me.read(f"questions/{asked['id']}") == changed
    assert changed["created_at"] == asked["created_at"]
    assert changed["updated_at"] >= asked["updated_at"]


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({"title": "new"}, {"title": "new"}),
        ({"keywords": ["new"]}, {"keywords": ["new"]}),
        ({"keywords": []}, {"keywords": []}),
        ({}, {}),
        ({"unknown": 1, "id": 7, "created_by": 2, "archived": True}, {}),
        ({"title": None, "keywords": None, "answer": None}, {}),
    ],
    ids=str,
)
async def test_put_changes_only_what_is_given(qua, changes, changed):
    me = await qua.join()
    before = await me.ask("old", keywords=["old"], answer={"raw": "old"})
    after = await me.change(before["id"], **changes)
    for written in (before, after):
        del written["updated_at"]
    assert after == before | changed


async def test_a_put_without_a_body_changes_nothing(qua):
    me = await qua.join()
    before = await me.ask("old", answer={"raw": "old"})
    assert response_of(await me.call("PUT", f"questions/{before['id']}")) == before


async def test_parallel_changes_of_different_fields_all_last(qua):
    me = await qua.join()
    number = (await me.ask("old", keywords=["old"], answer={"raw": "old"}))["id"]
    changes = [
        *({"title": f"title {n}"} for n in range(8)),
        *({"keywords": [f"keyword {n}"]} for n in range(8)),
        *({"answer": {"raw": f"answer {n}"}} for n in range(8)),
    ]
    answers = await asyncio.gather(*(me.change(number, **change) for change in changes))
    after = await me.read(f"questions/{number}")
    assert after["title"].startswith("title ")
    assert after["keywords"][0].startswith("keyword ")
    assert after["answer"]["raw"].startswith("answer ")
    assert after["answer"]["version"] == 1 + 8
    versions = [question["answer"]["version"] for question in answers[16:]]
    assert sorted(versions) == list(range(2, 10))  # Each change has its own version.
    last = max(answers, key=lambda question: question["answer"]["version"])
    assert after["answer"]["raw"] == last["answer"]["raw"]
    assert await found(me, after["title"]) == [number]


async def test_each_change_of_the_answer_raises_its_version(qua):
    me, editor = await qua.join("me"), await qua.join("editor", editor=True)
    number = (await me.ask("q"))["id"]

    async def answer(who, raw):
        return (await who.change(number, answer={"raw": raw}))["answer"]

    first = await answer(me, "one")
    assert first["version"] == 1
    second = await answer(editor, "two")
    assert (second["version"], second["id"]) == (2, first["id"])
    assert second["created_by"]["username"] == "me"
    assert second["updated_by"]["username"] == "editor"
    assert second["created_at"] == first["created_at"]
    assert await answer(me, "two") == second  # The same text is no change.
    assert (await me.change(number, title="r"))["answer"] == second
    assert await answer(me, "") is None
    assert await me.read(f"questions/{number}") | {"answer": None} == await me.read(
        f"questions/{number}"
    )
    again = await answer(me, "three")
    assert again["version"] == 4  # Removing it was a change.
    assert again["id"] != first["id"]


@pytest.mark.parametrize("raw", ["", "   \n\t"])
async def test_an_empty_answer_removes_it(qua, raw):
    me = await qua.join()
    number = (await me.ask("q", answer={"raw": "слон"}))["id"]
    assert await found(me, "слоны") == [number]
    assert (await me.change(number, answer={"raw": raw}))["answer"] is None
    assert await found(me, "слоны") == []
    (listed,) = await me.read("questions")
    assert listed["answer_exists"] is False
    assert (await me.ask("q", answer={"raw": raw}))["answer"] is None


async def test_the_answer_goes_by_both_of_its_names(qua):
    me = await qua.join()
    number = (await me.ask("q", answers={"raw": "one"}))["id"]
    same = await me.change(number, answer={"raw": "two"}, answers={"raw": "two"})
    assert same["answer"]["raw"] == "two"
    changes = {"answer": {"raw": "three"}, "answers": {"raw": "four"}}
    assert refusal_of(await me.call("PUT", f"questions/{number}", changes))[0] == 400
    assert refusal_of(await me.call("POST", "questions", {"title": "q"} | changes))[0] == 400
    assert (await me.read(f"questions/{number}"))["answer"]["raw"] == "two"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 301},
        {"title": ["x"]},
        {"title": {"$gt": ""}},
        {"title": "a\0b"},
        {"keywords": "one"},
        {"keywords": {"a": 1}},
        {"keywords": [1]},
        {"keywords": [["one"]]},
        {"keywords": ["x" * 101]},
        {"keywords": [f"{n}" for n in range(51)]},
        {"keywords": ["a\0b"]},
        {"answer": "text"},
        {"answer": []},
        {"answer": {}},
        {"answer": {"raw": None}},
        {"answer": {"raw": 5}},
        {"answer": {"raw": {"$ne": 1}}},
        {"answer": {"raw": "a\0b"}},
        {"answer": {"raw": "x" * 50_001}},
    ],
    ids=lambda changes: str(changes)[:40],
)
async def test_what_is_no_question_is_refused_and_changes_nothing(qua, changes):
    me = await qua.join()
    before = await me.ask("old", keywords=["old"], answer={"raw": "old"})
    path = f"questions/{before['id']}"
    assert refusal_of(await me.call("PUT", path, changes))[0] == 400
    assert refusal_of(await me.call("POST", "questions", {"title": "q"} | changes))[0] == 400
    assert await me.read("questions") == [(await me.read("questions"))[0]]
    assert await me.read(path) == before


async def test_titles_and_keywords_are_tidied(qua):
    me = await qua.join()
    asked = await me.ask("  a \n b\t", keywords=[" x  y ", "x y", "", "  ", "z"])
    assert (asked["title"], asked["keywords"]) == ("a b", ["x y", "z"])


async def test_a_form_is_read_too(qua):
    me = await qua.join()
    body = {"title": "q", "keywords": '["a", "b"]', "answer": '{"raw": "text"}'}
    asked = response_of(await me.call("POST", "questions", body, form=True))
    assert (asked["keywords"], asked["answer"]["raw"]) == (["a", "b"], "text")


async def test_an_archived_question_leaves_lists_and_search_and_its_row_stays(qua, database):
    me = await qua.join()
    kept, gone = (await me.ask("Слон"))["id"], (await me.ask("Слониха и слон"))["id"]
    assert set(await found(me, "слон")) == {kept, gone}
    assert response_of(await me.call("DELETE", f"questions/{gone}")) is None
    assert await found(me, "слон") == [kept]
    assert [question["id"] for question in await me.read("questions")] == [kept]
    for method in ("GET", "PUT", "DELETE"):
        body = {"title": "x"} if method == "PUT" else None
        assert refusal_of(await me.call(method, f"questions/{gone}", body))[0] == 404
    row = database["qua_questions"].find_one({"_id": gone})
    assert (row["archived"], row["title"]) == (True, "Слониха и слон")
    assert database["search_documents"].find_one({"_id": f"q:{gone}"})["removed_at"]


async def test_lists_are_newest_first_in_pages_with_their_total(qua):
    me = await qua.join()
    numbers = [(await me.ask(f"question {n}"))["id"] for n in range(5)]

    async def page(**parameters):
        answer = await me.find("questions", **parameters)
        assert answer.headers["X-Total-Count"] == "5"
        return [question["id"] for question in response_of(answer)]

    assert await page() == numbers[::-1]
    assert await page(limit=2) == [numbers[4], numbers[3]]
    assert await page(limit=2, offset=3) == [numbers[1], numbers[0]]
    assert await page(offset=5) == await page(offset=10**9) == []


async def test_what_is_written_is_found_at_once_and_only_as_it_is_now(qua):
    me = await qua.join()
    number = (await me.ask("Слон", keywords=["кит"], answer={"raw": "**жираф**"}))["id"]
    for word in ("слоны", "китами", "жирафу"):
        assert await found(me, word) == [number]
    await me.change(number, title="Тигр")
    assert await found(me, "слоны") == []
    assert await found(me, "тигры") == [number]
    await me.change(number, keywords=["лев"], answer={"raw": "волк"})
    assert [await found(me, word) for word in ("кит", "жираф", "лев", "волк")] == [
        *([], [], [number], [number])
    ]


async def test_a_question_and_what_is_found_of_it_are_written_together_or_not_at_all(
    qua, database, monkeypatch
):
    from storage.qua.search_documents import SearchDocumentStore  # noqa: PLC0415 - patched below

    me = await qua.join()
    number = (await me.ask("before"))["id"]

    async def fail(*_given):
        raise RuntimeError("innards")

    monkeypatch.setattr(SearchDocumentStore, "put", fail)
    monkeypatch.setattr(SearchDocumentStore, "remove", fail)
    for method, path, body in (
        ("POST", "questions", {"title": "x"}),
        ("PUT", f"questions/{number}", {"title": "x"}),
        ("DELETE", f"questions/{number}", None),
        ("POST", "external_resources", {"url": "https://a.example/", "content": "x"}),
    ):
        assert (await me.call(method, path, body)).status == 500
    rows = list(database["qua_questions"].find())
    assert [(row["title"], row["archived"]) for row in rows] == [("before", False)]
    assert database["external_resources"].count_documents({}) == 0


MARKDOWN = {
    "paragraph": ("Привет, *мир*", "<p>Привет, <em>мир</em></p>"),
    "list": ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
    "link": (
        "[a](https://example.org)",
        '<p><a href="https://example.org" rel="noopener noreferrer">a</a></p>',
    ),
    "struck": ("~~a~~", "<p><s>a</s></p>"),
    "code": ("`<script>`", "<p><code>&lt;script&gt;</code></p>"),
}


@pytest.mark.parametrize("name", MARKDOWN)
async def test_markdown_is_rendered(qua, name):
    me = await qua.join()
    raw, html = MARKDOWN[name]
    answer = (await me.ask("q", answer={"raw": raw}))["answer"]
    assert (answer["raw"], answer["html"]) == (raw, html)


HOSTILE = {
    "script": "<script>alert(1)</script>after",
    "script in capitals": "<ScRiPt src=//evil.example></ScRiPt>",
    "javascript link": "[x](javascript:alert(1))",
    "javascript in capitals": "[x](JaVaScRiPt:alert(1))",
    "javascript with entities": "[x](&#106;avascript:alert(1))",
    "javascript as html": '<a href="javascript:alert(1)">x</a>',
    "javascript with a tab": '<a href="java\tscript:alert(1)">x</a>',
    "data link": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "vbscript": "[x](vbscript:msgbox)",
    "handler": '<img src="x" onerror="alert(1)">',
    "svg": '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "iframe": '<iframe src="https://evil.example"></iframe>',
    "style": "<style>body{display:none}</style><p style='position:fixed'>x</p>",
    "form": '<form action="https://evil.example"><input name="password"></form>',
    "meta": '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "base": '<base href="https://evil.example">',
    "comment": "<!-- <script>alert(1)</script> -->",
    "math": "<math><mtext><script>alert(1)</script></mtext></math>",
    "id": '<p id="location" name="x" class="y">x</p>',
    "unclosed": '<a href="x" onclick=alert(1)//',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_nothing_in_an_answer_runs(qua, name):
    me = await qua.join()
    asked = await me.ask("q", answer={"raw": HOSTILE[name]})
    if asked["answer"] is None:
        return
    html = asked["answer"]["html"].lower()
    tags = "".join(part.partition(">")[0] + ">" for part in html.split("<")[1:])
    for word in ("script", "on", "style", "iframe", "form", "meta", "base", "svg", "id=", "data:"):
        assert word not in tags.replace("noopener", "").replace("position", ""), html
    assert asked["answer"]["raw"] == HOSTILE[name]


@pytest.mark.parametrize(
    "raw",
    [
        "<details><summary>раз</summary>два</details>",
        "<figure>раз<figcaption>два</figcaption></figure>",
        "<table><caption>раз</caption><tr><td>два</td></tr></table>",
        "<article>раз</article><aside>два</aside>",
    ],
)
async def test_the_text_of_html_blocks_is_words_apart(qua, raw: str):
    me = await qua.join()
    question = await me.ask(answer={"raw": raw})
    assert question["answer"]["snippet"] == "раз два"


async def test_a_snippet_is_the_beginning_of_the_text(qua):
    me = await qua.join()
    raw = "# Заголовок\n\nСлово <b>два</b> &amp; `три` [ссылка](https://a.example)\n\n- раз\n- два"
    answer = (await me.ask("q", answer={"raw": raw}))["answer"]
    assert answer["snippet"] == "Заголовок Слово два & три ссылка раз два"
    long = (await me.ask("q", answer={"raw": "слово " * 100}))["answer"]
    assert long["snippet"] == ("слово " * 100)[:200].rstrip() or len(long["snippet"]) == 200


async def test_an_answer_as_long_as_may_be_is_stored(qua):
    me = await qua.join()
    for raw in ("x" * 50_000, "*a " * 16_666, "[" * 50_000, "> " * 25_000, "`" * 50_000):
        assert (await me.ask("q", answer={"raw": raw}))["answer"]["raw"] == raw
