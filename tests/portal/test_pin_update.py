"""`pin/update`: the portal tells who may sign in and with which PIN."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.portal_api import LOGIN, OTHER, PERSON, PIN, UPDATE

pytestmark = pytest.mark.gen_test

NO_PINS = [
    *(12345, "12345", "12a4", -1, -1234, 12.5, [1], 999, 10000, "", "1 34", "1234\n", "+123"),
    *("١٢٣٤", {"$gt": 0}, True, 10**400),
]
NO_DATES = [
    *("yesterday", "2026-02-30 10:00:00", "2026-05-04 25:00:00", "2026-05-04X12:30:00"),
    *("04.05.2026", "1969-12-31T23:59:59Z", -1, "-1", 1e18, 10**400, "99999999999999", "9" * 5_000),
    *([2026], {"$date": 1}, True),
]
NO_LOGINS = [
    *("ivanova", "@osnova.example", "a b@osnova.example", "a@b@c.example", "a@-", "a@.example"),
    *("a@" + "x" * 260, "a@b..example", '"><script>@x.example', "a@b.example\n@c"),
]


async def test_the_seeds_call_works(portal, database):
    answer = await portal.call(
        "pin/update",
        {
            "id_phperson": PERSON,
            "tab_no": "0000-01742",
            "ad_login": LOGIN,
            "pin_code": 4217,
            "created_at": "2019-11-25 11:43:22",
        },
        User_Agent="*",
        Accept_Language="ru",
    )
    assert (answer.status, answer.body) == (200, {"result": True})
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["Cache-Control"] == "no-store"
    row = database["people"].find_one({"_id": PERSON})
    assert (row["tab_no"], row["login"]) == ("0000-01742", LOGIN)
    assert row["pin_created_at"] == datetime(2019, 11, 25, 11, 43, 22, tzinfo=UTC)
    assert (await portal.login(4217)).status == 200


@pytest.mark.parametrize(
    ("told", "signs_in_with"),
    [
        (4217, "4217"),
        ("4217", 4217),
        ("0042", "0042"),
        (1000, 1000),
        (9999, "9999"),
        (4217.0, 4217),
    ],
    ids=["number", "string", "leading zeros", "smallest", "largest", "whole float"],
)
async def test_a_pin_is_a_number_or_a_string_of_four_digits(portal, told, signs_in_with):
    assert (await portal.update_pin(pin_code=told)).status == 200
    assert (await portal.login(signs_in_with)).status == 200


@pytest.mark.parametrize(
    "pin",
    NO_PINS,
    ids=lambda value: str(value)[:30],
)
async def test_whatever_else_is_no_pin(portal, database, pin):
    answer = await portal.update_pin(pin_code=pin)
    assert (answer.status, answer.body) == (
        422,
        {"result": False, "pin_code": ["Пин-код — ровно четыре цифры."]},
    )
    assert database["people"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("moment", "read"),
    [
        ("2026-05-04 12:30:00", datetime(2026, 5, 4, 12, 30, tzinfo=UTC)),
        ("2026-05-04T12:30:00Z", datetime(2026, 5, 4, 12, 30, tzinfo=UTC)),
        ("2026-05-04T15:30:00+03:00", datetime(2026, 5, 4, 12, 30, tzinfo=UTC)),
        ("2026-05-04T12:30:00.123456", datetime(2026, 5, 4, 12, 30, 0, 123_000, UTC)),
        ("2026-05-04", datetime(2026, 5, 4, tzinfo=UTC)),
        (1_777_897_800, datetime(2026, 5, 4, 12, 30, tzinfo=UTC)),
        ("1777897800", datetime(2026, 5, 4, 12, 30, tzinfo=UTC)),
        (1_777_897_800.5, datetime(2026, 5, 4, 12, 30, 0, 500_000, UTC)),
    ],
    ids=["seed", "zulu", "zone", "fraction", "day", "unix", "unix digits", "unix fraction"],
)
async def test_created_at_is_read_in_every_documented_way(portal, database, moment, read):
    assert (await portal.update_pin(created_at=moment)).status == 200
    assert database["people"].find_one()["pin_created_at"] == read


@pytest.mark.parametrize(
    "moment",
    NO_DATES,
    ids=lambda value: str(value)[:30],
)
async def test_what_is_no_date_is_refused(portal, moment):
    answer = await portal.update_pin(created_at=moment)
    assert answer.status == 422
    assert set(answer.body) == {"result", "created_at"}
    assert "ГГГГ-ММ-ДД ЧЧ:ММ:СС" in answer.body["created_at"][0]


async def test_the_portals_clock_may_be_an_hour_ahead_and_no_more(portal):
    ahead = datetime.now(UTC) + timedelta(minutes=59)
    assert (await portal.update_pin(created_at=ahead.isoformat())).status == 200
    future = datetime.now(UTC) + timedelta(minutes=61)
    for moment in (future.isoformat(), future.timestamp(), "9999-12-31 23:59:59"):
        answer = await portal.update_pin(created_at=moment)
        assert (answer.status, answer.body) == (
            422,
            {"result": False, "created_at": ["Дата ещё не наступила."]},
        )


async def test_all_faulty_fields_are_told_at_once(portal):
    wrong = {
        "tab_no": 1742,
        "ad_login": "ivanova",
        "pin_code": 12345,
        "created_at": "yesterday",
    }
    answer = await portal.call("pin/update", wrong)
    assert answer.status == 422
    assert answer.headers["Content-Language"] == "ru"
    assert answer.body == {
        "result": False,
        "id_phperson": ["Поле обязательно."],
        "tab_no": ["Должна быть строка."],
        "ad_login": ["Должен быть адрес e-mail."],
        "pin_code": ["Пин-код — ровно четыре цифры."],
        "created_at": [
            "Должна быть дата: ISO 8601, ГГГГ-ММ-ДД ЧЧ:ММ:СС или время Unix в секундах."
        ],
    }
    answer = await portal.call("pin/update", wrong, Accept_Language="en")
    assert answer.headers["Content-Language"] == "en"
    assert answer.body == {
        "result": False,
        "id_phperson": ["The field is required."],
        "tab_no": ["It must be a string."],
        "ad_login": ["It must be an e-mail address."],
        "pin_code": ["A PIN is exactly four digits."],
        "created_at": ["It must be a date: ISO 8601, YYYY-MM-DD HH:MM:SS or Unix time in seconds."],
    }


async def test_empty_blank_null_and_long_texts_are_refused(portal):
    for value, said in (
        (None, "The field is required."),
        ("", "The field must not be empty."),
        (" \t", "The field must not be empty."),
        ("x" * 257, "At most 256 characters."),
    ):
        answer = await portal.call(
            "pin/update", UPDATE | {"id_phperson": value, "tab_no": value}, Accept_Language="en"
        )
        assert answer.status == 422
        assert {message for name in ("id_phperson", "tab_no") for message in answer.body[name]} == {
            said
        }


@pytest.mark.parametrize("login", NO_LOGINS, ids=range(len(NO_LOGINS)))
async def test_what_is_no_address_is_no_login(portal, login):
    answer = await portal.update_pin(ad_login=login)
    assert (answer.status, set(answer.body)) == (422, {"result", "ad_login"})


async def test_a_newer_pin_replaces_the_older(portal):
    await portal.update_pin()
    newer = await portal.update_pin(pin_code="7777", created_at="2026-05-04 12:30:01")
    assert newer.body == {"result": True}
    assert (await portal.login(PIN)).status == 401
    assert (await portal.login("7777")).status == 200


async def test_an_older_update_is_answered_alike_and_changes_nothing(portal, database):
    await portal.update_pin()
    before = database["people"].find_one()
    late = await portal.update_pin(
        pin_code="7777", ad_login="other@osnova.example", created_at="2026-05-04 12:29:59"
    )
    assert (late.status, late.body) == (200, {"result": True})
    assert database["people"].find_one() == before
    assert (await portal.login("7777", "other@osnova.example")).status == 401


async def test_updates_in_any_order_end_with_the_newest(portal, database):
    for second in (3, 1, 5, 2, 4):
        answer = await portal.update_pin(
            pin_code=f"000{second}", created_at=f"2026-05-04 12:30:0{second}"
        )
        assert answer.body == {"result": True}
    assert database["people"].count_documents({}) == 1
    assert (await portal.login("0005")).status == 200


async def test_the_repeat_of_an_update_does_not_make_its_pin_new(portal, database):
    await portal.update_pin()
    stored = database["people"].find_one()
    for number in range(3):
        await portal.login(f"900{number}")
    assert (await portal.update_pin()).body == {"result": True}
    assert database["people"].find_one() == stored
    assert database["login_guards"].find_one()["total"] == 3


async def test_another_pin_of_the_same_moment_is_a_new_one(portal, database):
    await portal.update_pin()
    for number in range(3):
        await portal.login(f"900{number}")
    assert (await portal.update_pin(pin_code="7777")).body == {"result": True}
    assert database["login_guards"].find_one()["total"] == 0
    assert (await portal.login("7777")).status == 200


async def test_a_new_pin_ends_no_session(portal):
    await portal.update_pin()
    tokens = await portal.signed_in()
    await portal.update_pin(pin_code="7777", created_at="2026-05-05 00:00:00")
    assert (await portal.own_sessions(tokens["access_token"])).status == 200
    assert (await portal.refresh(tokens["refresh_token"])).status == 200


async def test_a_login_belongs_to_one_person(portal, database):
    await portal.update_pin()
    answer = await portal.update_pin(id_phperson=OTHER, ad_login=" IVANOVA@Osnova.Example ")
    assert (answer.status, answer.body) == (
        422,
        {"result": False, "ad_login": ["Логин принадлежит другому пользователю."]},
    )
    assert database["people"].distinct("_id") == [PERSON]


async def test_a_login_that_was_given_up_may_be_anothers(portal):
    await portal.update_pin()
    later = "2026-05-05 00:00:00"
    await portal.update_pin(ad_login="petrova@osnova.example", created_at=later)
    answer = await portal.update_pin(id_phperson=OTHER, pin_code="1111", created_at=later)
    assert answer.body == {"result": True}
    assert (await portal.login("1111")).status == 200
    assert (await portal.login(PIN, "petrova@osnova.example")).status == 200


async def test_only_a_slow_hash_of_the_pin_is_stored_and_nothing_is_logged(portal, database, logs):
    await portal.update_pin(pin_code="7395")
    row = database["people"].find_one()
    assert row["pin_hash"].startswith("$argon2id$")
    await portal.login("7395")
    await portal.update_pin(pin_code="7395")
    everything = [
        str(row)
        for name in database.list_collection_names()
        for row in database[name].find({}, {"at": 0, "pin_hash": 0, "nonce": 0})
    ]
    assert not [row for row in everything if "'7395'" in row or "7395," in row]
    assert "7395" not in str(
        [{k: v for k, v in entry.items() if k != "request_id"} for entry in logs]
    )
