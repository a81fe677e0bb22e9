"""`sessions/<id_phperson>`: the portal lists and ends the sign-ins of a person."""

from datetime import timedelta

import pytest

from tests.support.portal_api import OTHER, PERSON
from widget_gateway.composition.application import utc_now

pytestmark = pytest.mark.gen_test

USER_NOT_FOUND = {"result": False, "error": "User not found."}
SESSION_NOT_FOUND = {"result": False, "error": "Session not found."}


@pytest.fixture(autouse=True)
def people(io_loop, portal):
    """Make two people known, with different logins."""

    async def tell():
        await portal.update_pin()
        other = {"id_phperson": OTHER, "ad_login": "petrova@osnova.example", "pin_code": "1111"}
        await portal.update_pin(**other)

    io_loop.run_sync(tell)


async def other_signed_in(portal):
    return await portal.signed_in(pin="1111", login="petrova@osnova.example")


async def lives(portal, tokens):
    return (await portal.own_sessions(tokens["access_token"])).status == 200


async def test_who_never_signed_in_has_no_sessions(portal):
    answer = await portal.sessions()
    assert (answer.status, answer.body) == (200, {"result": True, "data": []})


async def test_nobodys_sessions_are_not_found(portal):
    for person in ("unknown", "%D0%AB", "x" * 300, "..%2F..", "%24gt"):
        for answer in (
            await portal.sessions(person),
            await portal.delete("all=1", person),
            await portal.delete("session_id=1", person),
        ):
            assert (answer.status, answer.body) == (404, USER_NOT_FOUND), person


async def test_ids_that_no_database_takes_are_refused(portal):
    for person in ("%00", "%FF"):
        answer = await portal.sessions(person)
        assert (answer.status, answer.body["result"]) == (400, False), person


async def test_sessions_are_listed_oldest_first_with_numbers_that_count_up(portal):
    ids = [(await portal.signed_in())["session_id"] for _ in range(3)]
    assert ids == sorted(ids)
    assert [row["id"] for row in (await portal.sessions()).body["data"]] == ids


async def test_one_session_is_ended_by_its_number(portal):
    first, second = await portal.signed_in(), await portal.signed_in()
    answer = await portal.delete(f"session_id={first['session_id']}")
    assert (answer.status, answer.body) == (200, {"result": True})
    assert not await lives(portal, first)
    assert (await portal.refresh(first["refresh_token"])).status == 401
    assert await lives(portal, second)
    again = await portal.delete(f"session_id={first['session_id']}")
    assert (again.status, again.body) == (404, SESSION_NOT_FOUND)


async def test_all_sessions_of_a_person_are_ended_and_nobody_elses(portal):
    mine = [await portal.signed_in() for _ in range(3)]
    theirs = await other_signed_in(portal)
    answer = await portal.delete("all=1")
    assert (answer.status, answer.body) == (200, {"result": True})
    assert [await lives(portal, tokens) for tokens in mine] == [False] * 3
    assert await lives(portal, theirs)
    assert (await portal.sessions()).body == {"result": True, "data": []}
    assert (await portal.delete("all=1")).body == {"result": True}


async def test_another_persons_session_is_not_found_and_lives_on(portal):
    theirs = await other_signed_in(portal)
    answer = await portal.delete(f"session_id={theirs['session_id']}", PERSON)
    assert (answer.status, answer.body) == (404, SESSION_NOT_FOUND)
    assert await lives(portal, theirs)


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("", "session_id", "Give either session_id or all=1."),
        ("all=0", "session_id", "Give either session_id or all=1."),
        ("all=", "session_id", "Give either session_id or all=1."),
        ("session_id=1&all=1", "session_id", "Give either session_id or all=1."),
        ("all=true", "all", "To delete all sessions, give all=1."),
        ("all=yes&session_id=1", "all", "To delete all sessions, give all=1."),
        ("all=1&all=0", None, None),
        ("session_id=abc", "session_id", "It must be a whole number."),
        ("session_id=-1", "session_id", "It must be a whole number."),
        ("session_id=1.5", "session_id", "It must be a whole number."),
        ("session_id=99999999999999999999", "session_id", "It must be a whole number."),
    ],
    ids=[
        *("nothing", "all=0", "empty", "both", "all=true", "all=yes", "twice"),
        *("letters", "negative", "fraction", "huge"),
    ],
)
async def test_what_is_not_clear_ends_nothing(portal, query, field, said):
    tokens = await portal.signed_in()
    path = f"sessions/{PERSON}?{query}"
    answer = await portal.call(path, method="DELETE", Accept_Language="en")
    if field is None:
        assert (answer.status, answer.body["result"]) == (400, False)
    else:
        assert (answer.status, answer.body) == (422, {"result": False, field: [said]})
    assert await lives(portal, tokens)


async def test_faults_of_both_parameters_are_told_at_once_in_russian(portal):
    answer = await portal.delete("session_id=x&all=true")
    assert (answer.status, answer.body) == (
        422,
        {
            "result": False,
            "session_id": ["Должно быть целое число."],
            "all": ["Чтобы удалить все сессии, передайте all=1."],
        },
    )


async def test_other_methods_are_refused(portal):
    answer = await portal.call(f"sessions/{PERSON}", {}, method="POST")
    assert (answer.status, answer.body["result"]) == (405, False)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "DELETE"}


async def test_an_expired_session_is_none_even_before_its_row_has_left(portal, database):
    tokens = await portal.signed_in()
    past = utc_now() - timedelta(seconds=1)
    database["sign_ins"].update_one({}, {"$set": {"refresh_expire_at": past}})
    assert (await portal.sessions()).body["data"] == []
    assert (await portal.refresh(tokens["refresh_token"])).status == 401
    answer = await portal.delete(f"session_id={tokens['session_id']}")
    assert (answer.status, answer.body) == (404, SESSION_NOT_FOUND)


async def test_rows_leave_by_ttl_when_they_say_nothing_any_more(portal, database):
    await portal.signed_in()
    await portal.login("9999", "nobody@osnova.example")
    expiring = {
        name: database[name].index_information()["expiry"]["expireAfterSeconds"]
        for name in ("sign_ins", "login_guards", "address_guards", "audit")
    }
    days = 24 * 3600
    assert expiring == {"sign_ins": 0, "login_guards": 0, "address_guards": 0, "audit": 400 * days}
    assert database["sign_ins"].find_one()["refresh_expire_at"] > utc_now()
    assert database["address_guards"].find_one()["expires_at"] > utc_now()
    ends = sorted(
        database["login_guards"].distinct("expires_at"), key=lambda moment: moment is not None
    )
    assert len(ends) == 2
    assert ends[0] is None  # The guard of a known person's login does not expire.
    assert ends[1] > utc_now() + timedelta(days=1)
    assert all("at" in line for line in database["audit"].find())
