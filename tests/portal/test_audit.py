"""The audit trail: who updated PINs, signed in, was refused or signed out, when and from where."""

import re
from datetime import timedelta

import msgspec
import pytest
from pymongo.errors import AutoReconnect

from storage.portal.audit import AuditStore
from tests.support.portal_api import ANDROID, LOGIN, OTHER, PERSON, PIN, pass_time
from tests.support.processes import Gateway
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.portal.audit import AuditAction

pytestmark = pytest.mark.gen_test

PORTAL = "Portal/1.0"
AGENT = "Phone \x9b31m\u202e" + "x" * 100


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, trusted_proxies=("127.0.0.1",))


@pytest.fixture
def trail(database):
    """Read the lines of the audit trail without their times, the oldest first."""

    def read():
        rows = database["audit"].find({}, {"_id": 0}).sort("_id", 1)
        return [{k: v for k, v in row.items() if k != "at"} for row in rows]

    return read


def entry(action, outcome="done", **fields):
    """Make the line of an action of the usual person and device."""
    return {
        "action": action,
        "outcome": outcome,
        "person": PERSON,
        "login": None,
        "session": None,
        "address": "198.51.100.7",
        "user_agent": ANDROID,
    } | fields


@pytest.fixture
def headers():
    """The headers of a device behind the proxy."""
    return {"X-Forwarded-For": "198.51.100.7", "User-Agent": ANDROID}


async def test_everything_that_is_done_is_noted(portal, trail, headers, database):
    by_portal = {"X_Forwarded_For": "10.1.2.3", "User_Agent": PORTAL}
    at_portal = {"address": "10.1.2.3", "user_agent": PORTAL}
    update = {
        "id_phperson": PERSON,
        "tab_no": "1",
        "ad_login": LOGIN.upper(),
        "pin_code": PIN,
        "created_at": "2026-05-04 12:30:00",
    }
    before = utc_now()
    await portal.call("pin/update", update, **by_portal)
    tokens = await portal.signed_in(**headers)
    refresh = {"refresh_token": tokens["refresh_token"]}
    await portal.auth("refresh", refresh, **headers)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    await portal.auth("logout", **headers, **bearer)
    deleted = [(await portal.signed_in(**headers))["session_id"] for _ in range(3)]
    ended_one, path = deleted[0], f"sessions/{PERSON}"
    await portal.call(f"{path}?session_id={ended_one}", method="DELETE", **by_portal)
    await portal.call(f"{path}?all=1", method="DELETE", **by_portal)
    first = tokens["session_id"]
    assert trail() == [
        entry("pin_update", login=LOGIN, **at_portal),
        entry("sign_in", login=LOGIN, session=first),
        entry("refresh", session=first),
        entry("sign_out", session=first),
        *(entry("sign_in", login=LOGIN, session=number) for number in deleted),
        *(entry("session_delete", session=number, **at_portal) for number in deleted),
    ]
    at = database["audit"].distinct("at")
    assert before - timedelta(seconds=1) < min(at) <= max(at) <= utc_now()


async def test_every_refusal_is_noted_with_its_reason(portal, trail, headers, database):
    await portal.update_pin()
    await portal.update_pin(created_at="2026-05-03")
    await portal.update_pin(id_phperson=OTHER)
    await portal.login(PIN, "Nobody@osnova.example", **headers)
    for _ in range(6):
        await portal.login("9999", **headers)
    past = utc_now() - timedelta(seconds=1)
    database["login_guards"].update_many({}, {"$set": {"locked_until": past, "total": 10}})
    await portal.login(**headers)
    for number in range(15):
        await portal.login("9999", f"p{number}@osnova.example", **headers)
    told = [(line["outcome"], line["person"], line["login"]) for line in trail()]
    assert told[:3] == [
        ("done", PERSON, LOGIN),
        ("outdated", PERSON, LOGIN),
        ("login_taken", OTHER, LOGIN),
    ]
    assert told[3:12] == [
        ("unknown_login", None, "nobody@osnova.example"),
        *[("wrong_pin", PERSON, LOGIN)] * 5,
        ("locked", PERSON, LOGIN),
        ("burned", PERSON, LOGIN),
        ("unknown_login", None, "p0@osnova.example"),
    ]
    throttled = [line for line in trail() if line["outcome"] == "address_throttled"]
    assert len(throttled) == 1  # Only the first refusal is noted.
    assert throttled[0]["address"] == "198.51.100.7"


async def test_a_reused_refresh_token_and_an_end_of_nothing_are_noted(portal, trail, database):
    await portal.update_pin()
    tokens = await portal.signed_in()
    for _ in range(2):
        latest = (await portal.refresh(tokens["refresh_token"])).body["data"]
    await portal.refresh(latest["refresh_token"])
    pass_time(database, seconds=11)
    await portal.refresh(tokens["refresh_token"])
    await portal.delete("session_id=4711")
    told = [(line["action"], line["outcome"], line["session"]) for line in trail()]
    number = tokens["session_id"]
    assert told[2:] == [
        ("refresh", "done", number),
        ("refresh", "done", number),
        ("refresh", "token_reused", number),
        ("session_delete", "not_found", 4711),
    ]


async def test_a_wrong_key_is_noted_but_cannot_fill_the_trail(portal, trail):
    for _ in range(30):
        await portal.call("pin/update", {}, X_Callback_Key="guess")
    told = trail()
    assert {(line["action"], line["outcome"]) for line in told} == {("callback", "wrong_key")}
    assert len(told) == 20
    assert "guess" not in str(told)


async def test_nothing_secret_is_in_the_trail(portal, database, settings):
    await portal.update_pin(pin_code="7395")
    tokens = await portal.signed_in(pin="7395")
    refreshed = (await portal.refresh(tokens["refresh_token"])).body["data"]
    await portal.login("8264")
    await portal.delete("all=1")
    fields = ("outcome", "action", "login", "user_agent", "person", "session", "address")
    told = str([[row[name] for name in fields] for row in database["audit"].find()])
    secret = ["7395", "8264", settings.callback_key, settings.jwt_secret, settings.pin_pepper]
    for issued in (tokens, refreshed):
        secret += [issued["access_token"], *issued["refresh_token"].split(".")[2:]]
    assert database["audit"].count_documents({}) == 5
    assert not [text for text in secret if text in told]
    assert set(database["audit"].find_one()) == {*fields, "_id", "at"}


async def test_what_cannot_be_noted_is_not_done(portal, database, monkeypatch):
    await portal.update_pin()
    tokens = await portal.signed_in()

    async def fail(*_given, **_named):
        raise AutoReconnect

    monkeypatch.setattr(AuditStore, "add_within", fail)
    stored = database["people"].find_one()
    for answer in (
        await portal.update_pin(pin_code="7777", created_at="2026-05-05"),
        await portal.login(),
        await portal.refresh(tokens["refresh_token"]),
        await portal.delete("all=1"),
        await portal.logout(tokens["access_token"]),
    ):
        assert (answer.status, answer.body["result"]) == (503, False)
    assert database["people"].find_one() == stored
    assert database["sign_ins"].distinct("generation") == [1]


async def test_the_trail_is_read_by_person_action_and_time(portal, backend):
    async def read(**wanted):
        filters = {"person": None, "action": None, "since": None, "limit": 50} | wanted
        return await backend.audit.list_latest(**filters)

    await portal.update_pin()
    await portal.update_pin(id_phperson=OTHER, ad_login="petrova@osnova.example", pin_code="1111")
    await portal.login("9999")
    whole = await read()
    assert [line.person for line in whole] == [PERSON, OTHER, PERSON]
    assert await read(limit=2) == whole[:2]
    assert await read(person=OTHER) == whole[1:2]
    assert await read(action=AuditAction.PIN_UPDATE) == whole[1:]
    assert await read(since=whole[1].at) == whole[:2]
    assert await read(since=utc_now() + timedelta(days=1)) == []


@pytest.fixture
def node(tmp_path, settings):
    """A node of commands, beside the gateway of the test."""
    return Gateway(
        tmp_path,
        MONGODB_URI=settings.mongodb_uri,
        DATABASE=settings.database,
        JWT_SECRET=settings.jwt_secret,
        PIN_PEPPER=settings.pin_pepper,
    )


def table(node, *arguments):
    done = node.run("audit", *arguments)
    return done.returncode, done.stdout or done.stderr


async def test_the_command_lists_what_is_asked_for_newest_first(portal, node):
    await portal.update_pin()
    await portal.update_pin(id_phperson=OTHER, ad_login="petrova@osnova.example", pin_code="1111")
    await portal.login("9999")
    tokens = await portal.signed_in(user_agent=AGENT.encode().decode("latin-1"))
    listed = node.command("audit")
    assert [(line["action"], line["outcome"], line["person"]) for line in listed] == [
        ("sign_in", "done", PERSON),
        ("sign_in", "wrong_pin", PERSON),
        ("pin_update", "done", OTHER),
        ("pin_update", "done", PERSON),
    ]
    assert listed[0] == {
        "at": listed[0]["at"],
        "action": "sign_in",
        "outcome": "done",
        "person": PERSON,
        "login": LOGIN,
        "session": tokens["session_id"],
        "address": "127.0.0.1",
        "user_agent": AGENT,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", listed[0]["at"])
    filters = ("--person", PERSON, "--action", "sign_in", "--since", listed[1]["at"])
    assert node.command("audit", *filters, "--limit", "1") == listed[:1]
    status, shown = table(node)
    lines = shown.splitlines()
    assert (status, len(lines)) == (0, 5)
    assert lines[0].split("  ")[0] == "AT (UTC)"
    assert LOGIN in lines[1]
    assert "\x9b" not in shown  # Control characters are escaped.
    assert "Phone \\x9b31m\\u202e" in lines[1]
    assert table(node, "--since", "yesterday")[0] == 2
