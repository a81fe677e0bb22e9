"""What a page and its visitor learn before a test is begun that can't be begun."""

import pytest

from tests.support.fixtures import ORIGIN
from widget_gateway.domain.rate_limits import Quota

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

ELSEWHERE = "https://elsewhere.example"


def info(test="work-values", **query):
    return f"/tests/api/v1/info/{test}/?" + "&".join(f"{k}={v}" for k, v in query.items())


def refused(logs):
    return [(e["provider"], e["origin"]) for e in logs if e["event"] == "origin_refused"]


async def test_a_page_that_may_begin_gets_the_description(api):
    answer = await api.fetch(info(provider="college"), headers={"Origin": ORIGIN})
    assert (answer.status, answer.body["slug"]) == (200, "work-values")
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert "Origin" in answer.headers["Vary"]


async def test_the_gateways_own_page_sends_no_origin(api, register):
    await register("strict", allow_no_origin=False)
    assert (await api.fetch(info(provider="strict"))).status == 200


@pytest.mark.parametrize(
    ("query", "origin", "status", "reason"),
    [
        ({"provider": "nobody"}, ORIGIN, 404, "provider_not_found"),
        ({"provider": "college"}, ELSEWHERE, 403, "origin_not_allowed"),
        ({"provider": "closed"}, ORIGIN, 403, "origin_not_allowed"),
        ({"provider": "college", "test": "no-such-test"}, ORIGIN, 404, "test_not_found"),
        ({"provider": "narrow"}, ORIGIN, 404, "test_not_found"),
    ],
)
async def test_a_page_reads_why_it_could_not_begin(api, register, query, origin, status, reason):
    await register("closed", enabled=False)
    await register("narrow", main_tests=("career-interests",))
    answer = await api.fetch(info(**query), headers={"Origin": origin})
    assert (answer.status, answer.reason) == (status, reason)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Cache-Control" not in answer.headers


async def test_without_a_provider_anybody_gets_the_description(api):
    answer = await api.fetch(info(), headers={"Origin": ELSEWHERE})
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=60")


async def test_a_refused_origin_is_logged_once_with_its_provider(api, connect, logs):
    for _ in range(3):
        await api.fetch(info(provider="college"), headers={"Origin": ELSEWHERE})
        visitor = await connect(origin=ELSEWHERE)
        await visitor.send("open", provider="college", test="work-values")
        assert await visitor.closed(after_error="origin_not_allowed") == 4003
    assert refused(logs) == [("college", ELSEWHERE)]


async def test_any_number_of_origins_does_not_flood_the_log(api, backend, logs, monkeypatch):
    noted = backend.services.public.providers._refused_origins
    monkeypatch.setattr(noted._all, "quota", Quota("origins", 5, window_s=3_600))
    for number in range(8):
        origin = f"https://{number}.example"
        await api.fetch(info(provider="college"), headers={"Origin": origin})
    assert refused(logs) == [("college", f"https://{number}.example") for number in range(5)]


@pytest.mark.parametrize(
    ("query", "accepted", "lang", "words"),
    [
        ("", "ru,en;q=0.5", "ru", "которого здесь нет"),
        ("", "en-GB", "en", "not known here"),
        ("", "", "ru", "которого здесь нет"),
        ("?locale=en", "ru", "en", "not known here"),
        ("", "de, kk-KZ;q=0.8, ru;q=0.5", "kk", "мұнда белгісіз"),
        ("?locale=hy_AM", "ru", "hy", "հայտնի չէ"),
        ("?locale=mn&", "ru", "mn", "бүртгэлгүй"),
        ("?locale=az-Latn", "", "az", "burada tanınmır"),
        ("", "fr-CA;q=0.9,*;q=0.1", "fr", "inconnu ici"),
        ("?locale=xx-notalang", "de", "en", "not known here"),
        ("", "ru;q=0, ,;;=,de;q=x", "ru", "которого здесь нет"),
    ],
)
async def test_a_frame_with_a_wrong_provider_tells_the_visitor(api, query, accepted, lang, words):
    answer = await api.fetch_raw(
        f"/widget/nobody/work-values{query}", headers={"Accept-Language": accepted}
    )
    page = answer.body.decode()
    assert answer.code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert answer.headers["Content-Language"] == lang
    assert f'<html lang="{lang}">' in page
    assert words in page
    assert "nobody" in page
    assert "frame-ancestors" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("slug", ["%D0%92%D0%A3%D0%97", "a%00b", "%3Cb%3E", "x" * 3_000, "a%20b"])
async def test_a_frame_whose_provider_can_not_be_a_name_tells_it_too(api, slug):
    answer = await api.fetch_raw(f"/widget/{slug}/work-values?locale=en")
    page = answer.body.decode()
    assert (answer.code, "not known here" in page, "<b>" in page) == (404, True, False)
    assert len(page) < 4_000


async def test_a_frame_with_a_disabled_provider_tells_the_visitor(api, register):
    await register("closed", enabled=False)
    answer = await api.fetch_raw("/widget/closed/work-values?locale=en")
    assert (answer.code, "switched off" in answer.body.decode()) == (404, True)


async def test_a_frame_with_a_known_provider_is_the_widget(api):
    answer = await api.fetch_raw("/widget/college/work-values")
    assert (answer.code, "/static/widget/page.js" in answer.body.decode()) == (200, True)
    assert f"frame-ancestors 'self' {ORIGIN}" in answer.headers["Content-Security-Policy"]
