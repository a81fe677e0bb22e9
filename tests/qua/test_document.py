"""Every example of the document that defines QUA works as it is printed there."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.qua_api import PASSWORD, refusal_of, response_of
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.qua.users import TOKEN_LIFETIME
from widget_gateway.services.qua.tokens import QuaTokens

pytestmark = pytest.mark.gen_test

WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
AUTHOR = {"first_name": "", "id": 1, "last_name": "", "username": "nsapunov"}


def without_times(written):
    """Return the object without its times, after checking that they have microseconds."""
    rest = dict(written)
    for name in ("created_at", "updated_at"):
        assert WHEN.fullmatch(rest.pop(name))
    return rest


async def test_auth_answers_with_a_token_that_opens_the_api(qua):
    me = await qua.join("example")
    answer = await qua.call("POST", "/api/auth", {"username": "example", "password": PASSWORD})
    assert answer.status == 200
    assert set(answer.body) == {"ok", "response"}
    assert set(answer.body["response"]) == {"token"}
    me.token = answer.body["response"]["token"]
    assert await me.read("/api/questions") == []


async def test_auth_takes_a_form_too(qua):
    await qua.join("example")
    body = {"username": "example", "password": PASSWORD}
    assert "token" in response_of(await qua.call("POST", "auth", body, form=True))


async def test_auth_refuses_wrong_credentials_in_the_printed_words(qua):
    await qua.join("example")
    answer = await qua.sign_in("example", "wrong")
    assert answer.status == 400
    assert answer.body == {
        "error": {"error_code": 400, "error_msg": "Unable to login with provided credentials."},
        "ok": 0,
    }


async def test_an_expired_token_is_refused_in_the_printed_words(qua, settings):
    me = await qua.join()
    tokens = QuaTokens(str(settings.jwt_secret), None)
    long_ago = utc_now() - TOKEN_LIFETIME - timedelta(seconds=1)
    answer = await qua.showing(tokens.issue(me.user, long_ago)).find("questions")
    assert answer.status == 401
    assert answer.body == {
        "error": {"error_code": 401, "error_msg": "Signature has expired."},
        "ok": 0,
    }


async def test_a_search_answers_with_a_question_and_an_external_resource(qua):
    me = await qua.join()
    await me.ask("Привет тебе друг", keywords=["one", "two"], answer={"raw": "Привет тебе друг"})
    page = "https://en.wikipedia.org/wiki/Friendship"
    image = "/static/images/jsifucwer.jpg"
    await me.add(page, title="Привет тебе друг мой", content="Привет тебе друг", image=image)

    found = await me.read("/api/search", query="друк")
    assert isinstance(found.pop("took"), float)
    internal, external = found.pop("hits")
    assert found == {
        "query": "друк",
        "query_was_corrected": True,
        "total": 2,
        "used_query": "друг",
    }
    shid = internal["url_params"]["shid"]
    token = internal["url_params"]["token"]
    assert re.fullmatch(r"[0-9a-f]{20}", token)
    assert internal == {
        "id": 1,
        "image": None,
        "is_external": False,
        "resource": None,
        "keywords": ["one", "two"],
        "score": 1.0,
        "snippet": "Привет тебе друг",
        "highlights": [[12, 16]],
        "title": "Привет тебе друг",
        "title_highlights": [[12, 16]],
        "url_params": {"qid": 1, "shid": shid, "token": token, "track": "search_internal"},
    }
    url = external.pop("url")
    assert 0 < external.pop("score") < 1
    assert external == {
        "id": 1,
        "image": image,
        "is_external": True,
        "resource": "en.wikipedia.org",
        "keywords": None,
        "snippet": "Привет тебе друг",
        "highlights": [[12, 16]],
        "title": "Привет тебе друг мой",
        "title_highlights": [[12, 16]],
    }
    printed = r"/away\?track=search_external&shid=(\d+)&qid=1&token=[0-9a-f]{20}&redirect_url=(.*)"
    assert re.fullmatch(printed, url).groups() == (str(shid), page)

    away = await qua.fetch_raw(url, follow_redirects=False)
    assert (away.code, away.headers["Location"]) == (302, page)
    resource = await me.read(f"/api/external_resources/{external['id']}")
    assert resource["url"] == page
    assert await me.read(f"/api/extermnal_serources/{external['id']}") == resource


async def test_a_search_without_spelling_is_made_as_it_is_given(qua):
    me = await qua.join()
    await me.ask("Привет тебе друг")
    found = await me.read("/api/search?query=друг&spelling=0")
    assert (found["query"], found["used_query"], found["total"]) == ("друг", "друг", 1)
    assert found["query_was_corrected"] is False
    found = await me.read("/api/search?query=друк&spelling=0")
    assert (found["used_query"], found["total"]) == ("друк", 0)


async def test_a_correction_that_is_not_sure_is_offered_and_not_used(qua):
    me = await qua.join()
    await me.ask("Кому нужен отпуск")
    found = await me.read("/api/search?query=найти Отпвск")
    assert (found["used_query"], found["query_was_corrected"], found["total"]) == (
        "найти Отпвск",
        False,
        0,
    )
    assert found["offered_query"] == "найти Отпуск"
    assert "offered_query" not in await me.read("/api/search?query=найти отпуск")
    assert "offered_query" not in await me.read("/api/search?query=найти Отпвск&spelling=0")


async def test_a_misspelled_word_that_a_document_has_is_found(qua):
    me = await qua.join()
    await me.ask("Как сменить пароль")
    found = await me.read("/api/search?query=пороль")
    assert (found["used_query"], found["total"]) == ("пароль", 1)


async def test_what_most_documents_spell_otherwise_is_offered_and_not_used(qua):
    me = await qua.join()
    await me.ask("Забыт пороль от почты")
    for number in range(4):
        await me.ask(f"Пароль номер {number}")
    assert "offered_query" not in await me.read("/api/search?query=пороль")
    await me.ask("Новый пароль")
    found = await me.read("/api/search?query=пороль")
    assert (found["used_query"], found["total"], found["offered_query"]) == ("пороль", 1, "пароль")
    assert "offered_query" not in await me.read("/api/search?query=пороль&spelling=0")
    for right in ("забыт", "почта", "пароль", "новый"):
        assert "offered_query" not in await me.read(f"/api/search?query={right}")


@pytest.mark.parametrize(
    ("title", "typed", "used"),
    [
        ("Кто такой кипэшник", "кепэшник", "кипэшник"),
        ("Заявки в Гуспидоре", "гусбидор", "гуспидор"),
        ("Где найти Зюмбрелию", "зюмбрилия", "зюмбрелия"),
    ],
)
async def test_words_that_only_documents_have_are_meant_too(qua, title, typed, used):
    me = await qua.join()
    await me.ask(title)
    found = await me.read(f"/api/search?query={typed}")
    assert found["total"] == 1
    assert found["used_query"][:6] == used[:6]


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("outlok", "outlook"),
        ("Outlok не открываеться", "Outlook не открывается"),
        ("confluense", "confluence"),
        ("настроить mattermsot", "настроить mattermost"),
        ("guspidro", "guspidor"),
    ],
)
async def test_a_misspelled_latin_word_finds_what_the_documents_have(qua, typed, used):
    me = await qua.join()
    await me.ask("Outlook не открывается")
    await me.ask("Страница в Confluence, канал в Mattermost и заявка в Guspidor")
    found = await me.read(f"/api/search?query={typed}&limit=1")
    assert found["used_query"] == used
    assert found["query_was_corrected"] is True
    assert any(word.title() in found["hits"][0]["title"] for word in used.split())


async def test_a_latin_word_is_offered_if_it_is_short(qua):
    me = await qua.join()
    await me.ask("Excel не открывается")
    found = await me.read("/api/search?query=exel")
    assert (found["used_query"], found["offered_query"]) == ("exel", "excel")


@pytest.mark.parametrize("word", ["Qdrant", "miro", "getUserName", "Vertica", "SAML", "Pritunl"])
async def test_a_right_latin_word_is_searched_as_typed(qua, word):
    me = await qua.join()
    for title in ("Outlook не открывается", "Мира и миру", "Вертикаль", "Quadrant", "Same"):
        await me.ask(title)
    found = await me.read(f"/api/search?query={word}")
    assert (found["used_query"], found["total"]) == (word, 0)
    assert "offered_query" not in found


@pytest.mark.parametrize("word", ["СНИЛС", "ЕГРЮЛ", "впн", "Ворд", "ДМС", "Авито", "прод", "скрам"])
async def test_names_loans_and_abbreviations_are_searched_as_typed(qua, word):
    me = await qua.join()
    for title in ("Снял играл вот", "Ван том автор", "Под скоро суд"):
        await me.ask(title)
    found = await me.read(f"/api/search?query={word}")
    assert (found["used_query"], found["total"]) == (word, 0)


async def test_a_question_is_printed_with_its_answer(qua):
    me = await qua.join()
    await me.ask("Привет тебе друг", answer={"raw": "првиет"})
    question = without_times(await me.read("/api/questions/1"))
    answer = without_times(question.pop("answer"))
    assert answer == {
        "created_by": AUTHOR,
        "html": "<p>првиет</p>",
        "id": 1,
        "raw": "првиет",
        "snippet": "првиет",
        "updated_by": AUTHOR,
        "version": 1,
    }
    assert question == {
        "created_by": AUTHOR,
        "id": 1,
        "keywords": [],
        "title": "Привет тебе друг",
        "updated_by": AUTHOR,
    }


async def test_a_list_of_questions_tells_whether_they_are_answered(qua):
    me = await qua.join()
    await me.ask("Джигурда", keywords=["слон"])
    keywords = ["привет", "nikita", "слон"]
    await me.ask("привет", keywords=keywords, answer={"raw": "ответ"})
    listed = await me.read("/api/questions")
    common = {"created_by": AUTHOR, "updated_by": AUTHOR}
    assert [without_times(question) for question in listed] == [
        common | {"answer_exists": True, "id": 2, "keywords": keywords, "title": "привет"},
        common | {"answer_exists": False, "id": 1, "keywords": ["слон"], "title": "Джигурда"},
    ]


async def test_a_question_is_added_and_changed_as_printed(qua):
    me = await qua.join()
    printed = {
        "title": "some title",
        "keywords": ["one", "two", "three"],
        "answers": {"raw": "some markdown"},
    }
    asked = response_of(await me.call("POST", "/api/questions", printed))
    assert asked["answer"]["html"] == "<p>some markdown</p>"
    assert (asked["title"], asked["keywords"]) == ("some title", ["one", "two", "three"])

    path = f"/api/questions/{asked['id']}"
    changed = response_of(await me.call("PUT", path, {"title": "another"}))
    assert changed["title"] == "another"
    assert changed["answer"] == asked["answer"]
    changed = response_of(await me.call("PUT", path, printed | {"answers": {"raw": "new"}}))
    assert (changed["title"], changed["answer"]["raw"]) == ("some title", "new")

    assert response_of(await me.call("DELETE", path)) is None
    assert refusal_of(await me.find(path))[0] == 404


async def test_a_title_is_all_that_a_question_needs(qua):
    me = await qua.join()
    assert (await me.ask("some title"))["answer"] is None
    body = {"keywords": ["one"], "answers": {"raw": "some markdown"}}
    status, message = refusal_of(await me.call("POST", "/api/questions", body))
    assert (status, "title" in message) == (400, True)


async def test_the_link_of_an_external_hit_has_the_printed_parameters(qua):
    me = await qua.join()
    await me.add("https://example.org/a?b=1&c=%20#d", title="Friendship", content="text")
    (hit,) = (await me.search("friendship"))["hits"]
    parameters = parse_qs(urlsplit(hit["url"]).query)
    assert list(parameters) == ["track", "shid", "qid", "token", "redirect_url"]
    assert parameters["redirect_url"] == ["https://example.org/a?b=1&c=%20#d"]
    away = await qua.fetch_raw(hit["url"], follow_redirects=False)
    assert away.headers["Location"] == "https://example.org/a?b=1&c=%20#d"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_each_printed_method_answers_in_an_envelope(qua, method):
    answer = await qua.call(method, "questions/1")
    if method == "OPTIONS":
        assert response_of(answer) is None
    else:
        assert refusal_of(answer)[0] == {"POST": 405}.get(method, 401)
