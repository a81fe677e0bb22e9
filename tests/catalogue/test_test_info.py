"""`/tests/api/v1/info/<slug>/` tells anybody what a welcome screen shows."""

from urllib.parse import urlencode

import pytest

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("backend")]

PATH = "/tests/api/v1/info/career-interests/"


async def test_a_test_is_described(api):
    answer = await api.fetch(f"{PATH}?locale=en")
    assert answer.status == 200
    info = answer.body
    assert (info["slug"], info["name"]) == ("career-interests", "Career interests")
    assert (info["length"], info["duration"], info["paid"]) == (120, 20, True)
    assert info["description"]
    assert info["instruction"]
    assert info["authors"] == ["The Widget Gateway team"]
    assert "questions" not in info


@pytest.mark.parametrize("path", [PATH, PATH.rstrip("/")])
async def test_the_last_slash_does_not_matter(api, path):
    assert (await api.fetch(path)).status == 200


@pytest.mark.parametrize(
    "query", ["", "?locale=", "?locale=de", "?locale=ru", "?locale=ru-KZ,en", "?locale=xx-notalang"]
)
async def test_the_first_locale_stands_in_for_others(api, query):
    assert (await api.fetch(PATH + query)).body["locale"] == "ru"


@pytest.mark.parametrize("wanted", ["en-GB", "de,en", "kk-KZ, EN-us ,ru"])
async def test_the_first_of_several_locales_that_the_test_has_counts(api, wanted):
    assert (await api.fetch(f"{PATH}?{urlencode({'locale': wanted})}")).body["locale"] == "en"


@pytest.mark.parametrize("wanted", ["true", "1"])
async def test_questions_end_at_the_pause(api, wanted):
    answer = await api.fetch(f"{PATH}?locale=en&questions={wanted}")
    assert [question["id"] for question in answer.body["questions"]] == [
        str(n) for n in range(1, 71)
    ]


@pytest.mark.parametrize("wanted", ["false", "0", ""])
async def test_questions_come_only_when_they_are_wanted(api, wanted):
    assert "questions" not in (await api.fetch(f"{PATH}?questions={wanted}")).body


async def test_all_questions_of_a_free_test_are_open(api):
    answer = await api.fetch("/tests/api/v1/info/work-values/?questions=true")
    assert len(answer.body["questions"]) == 24


@pytest.mark.parametrize("test", ["career-interests", "work-values"])
async def test_no_right_answers_scales_or_keys_are_told(api, test):
    answer = await api.fetch_raw(f"/tests/api/v1/info/{test}/?questions=true")
    text = answer.body.decode()
    for word in ("correct", "scale", "plus", "minus", "weight", "level"):
        assert f'"{word}' not in text


async def test_pages_of_every_origin_may_read_it_for_a_minute(api):
    answer = await api.fetch(PATH, headers={"Origin": "https://anywhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("slug", ["no-such-test", "CAREER-INTERESTS", "x" * 100])
async def test_an_unknown_test_is_not_found_and_that_is_not_cached(api, slug):
    answer = await api.fetch(f"/tests/api/v1/info/{slug}/")
    assert (answer.status, answer.reason) == (404, "test_not_found")
    assert "Cache-Control" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "query",
    [
        "questions=maybe",
        "questions=true&questions=false",
        *("locale=%ff", "locale=a%00", "locale=ru_RU", "locale=ru,,en", "locale=*"),
    ],
)
async def test_faulty_parameters_are_refused(api, query):
    answer = await api.fetch(f"{PATH}?{query}")
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
