"""`auth/login`, `auth/logout` and `auth/sessions`: a device signs in, lists sign-ins, signs out."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.support.portal_api import ANDROID, LOGIN, OTHER, PERSON, PIN

pytestmark = pytest.mark.gen_test

REFUSED = {"result": False, "error": "Неверный логин или пин-код, или вход заблокирован."}


@pytest.fixture(autouse=True)
def person(io_loop, portal):
    """Make the person known who signs in."""
    io_loop.run_sync(portal.update_pin)


def seconds_between(earlier: str, later: str) -> float:
    read = [
        datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        for moment in (earlier, later)
    ]
    return (read[1] - read[0]).total_seconds()


async def test_login_and_pin_begin_a_session_of_the_documented_length(portal):
    before = datetime.now(UTC).replace(microsecond=0)
    answer = await portal.login()
    assert (answer.status, answer.body["result"]) == (200, True)
    assert answer.headers["Cache-Control"] == "no-store"
    data = answer.body["data"]
    assert set(data) == {
        *("access_token", "refresh_token", "access_expire_at", "refresh_expire_at", "session_id")
    }
    assert isinstance(data["session_id"], int)
    access = datetime.strptime(data["access_expire_at"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert before + timedelta(hours=6) <= access <= datetime.now(UTC) + timedelta(hours=6)
    days = timedelta(seconds=seconds_between(data["access_expire_at"], data["refresh_expire_at"]))
    assert days == timedelta(days=14, hours=-6)


async def test_a_session_shows_device_address_and_times_as_the_seed_does(portal):
    tokens = await portal.signed_in()
    answer = await portal.sessions()
    assert answer.status == 200
    assert answer.body["result"] is True
    (session,) = answer.body["data"]
    assert list(session) == [
        *("id", "user_agent", "ip_address", "access_expire_at", "refresh_expire_at"),
        *("created_at", "updated_at"),
    ]
    assert session["id"] == tokens["session_id"]
    assert session["user_agent"] == ANDROID
    assert session["ip_address"] == "127.0.0.1"
    assert session["access_expire_at"] == tokens["access_expire_at"]
    assert session["refresh_expire_at"] == tokens["refresh_expire_at"]
    assert session["created_at"] == session["updated_at"]
    for name in ("access_expire_at", "refresh_expire_at", "created_at", "updated_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", session[name])
    assert seconds_between(session["created_at"], session["access_expire_at"]) == 6 * 3600


async def test_a_user_agent_is_kept_as_sent_and_no_longer_than_it_should_be(portal):
    sent = ["Телефон".encode().decode("latin-1"), "x" * 2_000, ""]
    for user_agent in sent:
        await portal.signed_in(user_agent=user_agent)
    rows = (await portal.sessions()).body["data"]
    assert [row["user_agent"] for row in rows] == ["Телефон", "x" * 512, ""]


@pytest.mark.parametrize(
    ("login", "other", "is_one"),
    [
        ("straße@osnova.example", "STRASSE@osnova.example", True),
        ("\u0456\u0308@osnova.example", "\u0407@OSNOVA.example", True),
        ("берёза@osnova.example", "береза@osnova.example", False),
        ("anna@osnova.example", "\u0430nna@osnova.example", False),
        ("anna@osnova.example", "ａｎｎａ@osnova.example", False),
    ],
    ids=["folded", "composed", "yo", "cyrillic", "full width"],
)
async def test_which_logins_are_one(portal, login, other, is_one):
    assert (await portal.update_pin(id_phperson=OTHER, ad_login=login)).status == 200
    assert (await portal.login(login=other)).status == (200 if is_one else 401)
    taken = await portal.update_pin(id_phperson="third", ad_login=other)
    assert taken.status == (422 if is_one else 200)


async def test_a_login_is_compared_without_case_space_or_composition(portal):
    await portal.update_pin(id_phperson=OTHER, ad_login="Йод@Osnova.example", pin_code="1111")
    for login in (" йод@OSNOVA.example ", "ЙОД@osnova.example", "и\u0306од@osnova.example"):
        answer = await portal.login("1111", login)
        assert answer.status == 200, login
    assert len((await portal.sessions(OTHER)).body["data"]) == 3


async def test_a_person_whose_id_is_long_and_of_any_script_uses_the_tokens(portal):
    person = "🙂" * 256
    await portal.update_pin(id_phperson=person, ad_login="long@osnova.example", pin_code="1111")
    tokens = await portal.signed_in(pin="1111", login="long@osnova.example")
    assert (await portal.own_sessions(tokens["access_token"])).status == 200


async def test_faulty_fields_are_told_at_once(portal):
    answer = await portal.auth("login", {"pin_code": "12a4"}, **{"Accept-Language": "en"})
    assert (answer.status, answer.body) == (
        422,
        {
            "result": False,
            "ad_login": ["The field is required."],
            "pin_code": ["A PIN is exactly four digits."],
        },
    )
    answer = await portal.auth("refresh", {})
    assert answer.body == {"result": False, "refresh_token": ["Поле обязательно."]}
    for path in ("login", "refresh"):
        answer = await portal.auth(path, {}, **{"Content-Type": "text/plain"})
        assert (answer.status, answer.body["result"]) == (415, False)


async def test_operators_for_the_database_are_no_login(portal):
    for login in ({"$gt": ""}, [LOGIN], 5, True):
        answer = await portal.auth("login", {"ad_login": login, "pin_code": PIN})
        assert (answer.status, set(answer.body)) == (422, {"result", "ad_login"})


async def test_a_wrong_pin_and_an_unknown_login_are_refused_alike(portal):
    for answer in (await portal.login("9999"), await portal.login(PIN, "nobody@osnova.example")):
        assert (answer.status, answer.body) == (401, REFUSED)


async def test_one_sees_ones_own_sessions_only(portal):
    await portal.update_pin(id_phperson=OTHER, ad_login="petrova@osnova.example", pin_code="1111")
    mine = [await portal.signed_in() for _ in range(2)]
    theirs = await portal.signed_in(pin="1111", login="petrova@osnova.example")
    own = await portal.own_sessions(mine[0]["access_token"])
    assert own.body == (await portal.sessions(PERSON)).body
    assert [row["id"] for row in own.body["data"]] == [device["session_id"] for device in mine]
    own = await portal.own_sessions(theirs["access_token"])
    assert [row["id"] for row in own.body["data"]] == [theirs["session_id"]]


async def test_who_signs_out_ends_this_session_and_no_other(portal):
    first, second = await portal.signed_in(), await portal.signed_in()
    assert (await portal.logout(first["access_token"])).body == {"result": True}
    assert (await portal.own_sessions(first["access_token"])).status == 401
    assert (await portal.refresh(first["refresh_token"])).status == 401
    assert (await portal.logout(first["access_token"])).status == 401
    assert (await portal.own_sessions(second["access_token"])).status == 200


async def test_without_a_token_one_is_told_what_to_show(portal):
    for headers in ({}, {"Authorization": "Basic aTp4"}, {"Authorization": "Bearer "}):
        answer = await portal.fetch("/api/v1/auth/sessions", headers=headers)
        assert (answer.status, answer.body) == (
            401,
            {
                "result": False,
                "error": "Токен неверен, использован или истёк, или сессия завершена.",
            },
        )
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_the_callback_key_is_no_access_token(portal):
    assert (await portal.own_sessions(portal.key)).status == 401


class TestBehindAProxy:
    @pytest.fixture
    def settings(self, settings):
        return msgspec.structs.replace(settings, trusted_proxies=("127.0.0.1",))

    async def test_the_address_is_what_the_trusted_proxy_tells(self, portal):
        await portal.signed_in(**{"X-Forwarded-For": "203.0.113.66, 198.51.100.7"})
        (session,) = (await portal.sessions()).body["data"]
        assert session["ip_address"] == "198.51.100.7"


async def test_what_anybody_writes_into_a_header_is_no_address(portal):
    await portal.signed_in(**{"X-Forwarded-For": "198.51.100.7", "X-Real-IP": "198.51.100.8"})
    (session,) = (await portal.sessions()).body["data"]
    assert session["ip_address"] == "127.0.0.1"


async def test_no_token_is_logged(portal, logs):
    tokens = await portal.signed_in()
    await portal.own_sessions(tokens["access_token"])
    refreshed = (await portal.refresh(tokens["refresh_token"])).body["data"]
    await portal.logout(refreshed["access_token"])
    written = str(logs)
    assert "/api/v1/auth/login" in written
    for pair in (tokens, refreshed):
        assert pair["access_token"] not in written
        assert pair["refresh_token"] not in written
