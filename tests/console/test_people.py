"""The console's pages of the portal's people: found, signed out, unlocked, exported, erased."""

import asyncio
import json
from urllib.parse import urlencode

import pytest

from tests.console.test_attempts import facts
from tests.support.portal_api import ANDROID, LOGIN, OTHER, PERSON
from tests.support.portal_device import push
from widget_gateway.domain.portal.sign_ins import ADDRESS_TRIES, TRIES_BEFORE_LOCK

pytestmark = pytest.mark.gen_test

PEOPLE = "/console/people/"
ADDRESS = f"{PEOPLE}address/"
WRONG = "9999"
HERE = "127.0.0.1"


def of(person=PERSON, part=""):
    """The address of a person's page, or of a form below it."""
    return f"{PEOPLE}person/{part}?{urlencode({'id': person})}"


def deeds(database, *names):
    """The entries of the console's trail about these deeds, the oldest first."""
    return list(database["console_trail"].find({"deed": {"$in": names}}).sort("_id", 1))


@pytest.fixture(autouse=True)
def known(io_loop, portal):
    """Make two people known."""

    async def tell():
        await portal.update_pin()
        other = {"id_phperson": OTHER, "ad_login": "Petrova@osnova.example", "pin_code": "1111"}
        await portal.update_pin(**other)

    io_loop.run_sync(tell)


@pytest.fixture
def lock(portal):
    """Lock the login of the usual person by wrong PINs."""

    async def act():
        for _ in range(TRIES_BEFORE_LOCK):
            assert (await portal.login(pin=WRONG)).status != 200
        assert (await portal.login()).status != 200

    return act


def names(page):
    """The logins on a page of the list."""
    return [str(cell.text_content()) for cell in page.tree.xpath("//tbody//th")]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [LOGIN, "Petrova@osnova.example"]),
        ({"text": "iva", "by": "login"}, [LOGIN]),
        ({"text": " PETROVA@", "by": "login"}, ["Petrova@osnova.example"]),
        ({"text": OTHER, "by": "id"}, ["Petrova@osnova.example"]),
        ({"text": "3810", "by": "id"}, [LOGIN]),
        ({"text": "vanova", "by": "login"}, []),
        ({"text": ".*", "by": "login"}, []),
        ({"text": "{$gt: ''}", "by": "id"}, []),
        ({"text": "", "by": "id", "after": "1"}, [LOGIN]),
        ({"after": "zzz"}, []),
    ],
    ids=str,
)
async def test_people_are_found_by_how_their_login_or_id_begins(console, asked, found):
    support = await console.sign_in("support")
    page = await support.get(PEOPLE, **asked)
    assert (page.status, names(page)) == (200, found)


@pytest.mark.parametrize("asked", [{"text": "a" * 257}, {"by": "tab_no"}], ids=str)
async def test_an_absurd_search_is_refused_beside_the_field(console, asked):
    support = await console.sign_in("support")
    page = await support.get(PEOPLE, **({"by": "login"} | asked))
    assert (page.status, list(page.faults)) == (422, list(asked))


async def test_the_list_goes_on_by_key(console, portal):
    for number in range(51):
        login = f"user{number:02}@osnova.example"
        await portal.update_pin(id_phperson=f"p/{number}?&#", ad_login=login)
    support = await console.sign_in("support")
    first = await support.get(PEOPLE, text="user", by="login")
    (following,) = first.tree.xpath("//a[@rel='next']/@href")
    second = await support.get(following)
    assert names(first) + names(second) == [f"user{n:02}@osnova.example" for n in range(51)]
    assert len(names(first)) == 50
    (link,) = second.tree.xpath("//tbody//th/a/@href")
    assert facts(await support.get(link))["Id of the portal"] == "p/50?&#"


@pytest.mark.parametrize("person", ["", "nobody", "../..", "$gt", "я" * 300])
async def test_unknown_people_are_not_there(console, person):
    admin = await console.sign_in("admin")
    assert (await admin.get(of(person))).status == 404
    for part in ("sign-ins/", "lock/", "export/", "erase/"):
        page = await admin.post(of(person, part), "/console/account/", login=LOGIN, all="1")
        assert page.status == 404


@pytest.mark.parametrize("number", ["-1", "x", "9" * 19, "1.5", "²", "1" * 5000])
async def test_absurd_places_are_refused(console, number):
    support = await console.sign_in("support")
    assert (await support.get(f"{of()}&before={number}")).status == 400
    assert (await support.get(f"{of()}&after={number}")).status == 400
    page = await support.post(of(part="sign-ins/"), of(), sign_in=number)
    assert page.status == 400


async def test_a_session_is_ended_and_its_device_hears_of_it(console, portal, sign_on, database):
    device = await sign_on()
    stays = await portal.signed_in()
    support = await console.sign_in("support")
    page = await support.get(of())
    assert page.main.count(ANDROID) == 2
    ended = device.tokens["session_id"]
    page = await support.post(of(part="sign-ins/"), of(), sign_in=ended)
    assert page.status == 303
    assert "The session is ended" in (await support.follow(page)).main
    assert await device.closed(after_error="token_invalid") == 4301
    assert (await portal.own_sessions(device.tokens["access_token"])).status == 401
    assert (await portal.own_sessions(stays["access_token"])).status == 200
    (entry,) = deeds(database, "portal_sign_in_end")
    assert (entry["before"], entry["after"]) == ({"sign_in": ended}, {"ended": 1})
    assert entry["subject"].startswith("person-")
    assert not {PERSON, LOGIN} & set(map(str, entry.values()))


async def test_all_sessions_are_ended_and_nobody_elses(console, portal, database):
    mine = [await portal.signed_in() for _ in range(3)]
    other = await portal.signed_in(pin="1111", login="petrova@osnova.example")
    support = await console.sign_in("support")
    page = await support.post(of(part="sign-ins/"), of(), all="1")
    assert page.status == 303
    for tokens in mine:
        assert (await portal.own_sessions(tokens["access_token"])).status == 401
    assert (await portal.own_sessions(other["access_token"])).status == 200
    assert deeds(database, "portal_sign_in_end")[0]["after"] == {"ended": 3}
    assert "signed in nowhere" in (await support.get(of())).main


async def test_another_persons_session_is_not_ended(console, portal, database):
    other = await portal.signed_in(pin="1111", login="petrova@osnova.example")
    support = await console.sign_in("support")
    page = await support.post(of(part="sign-ins/"), of(), sign_in=other["session_id"])
    assert page.status == 404
    assert (await portal.own_sessions(other["access_token"])).status == 200
    assert [row["outcome"] for row in deeds(database, "portal_sign_in_end")] == [
        "session_not_found"
    ]


async def test_of_two_who_end_a_session_at_once_one_is_told_that_it_has_ended(
    console, portal, database
):
    tokens = await portal.signed_in()
    browsers = [await console.sign_in("support"), await console.sign_in("admin")]
    pages = await asyncio.gather(
        *(
            browser.post(of(part="sign-ins/"), of(), sign_in=tokens["session_id"])
            for browser in browsers
        )
    )
    assert sorted(page.status for page in pages) == [303, 404]
    (refused,) = (page for page in pages if page.status == 404)
    assert "has ended already" in refused.main
    outcomes = sorted(row["outcome"] for row in deeds(database, "portal_sign_in_end"))
    assert outcomes == ["done", "session_not_found"]


async def test_a_lock_is_ended_but_the_pins_tries_stay_counted(console, portal, lock, database):
    await lock()
    support = await console.sign_in("support")
    page = await support.get(of())
    assert facts(page)["Locked until"].endswith("UTC")
    page = await support.post(of(part="lock/"), of())
    assert page.status == 303
    shown = facts(await support.follow(page))
    assert (shown["Locked until"], shown["Tries of this PIN"]) == ("not locked", "5")
    assert (await portal.login()).status == 200
    (entry,) = deeds(database, "portal_lock_end")
    assert entry["before"]["tries"] == 5
    assert entry["after"] == {"locked_until": None}
    assert database["audit"].count_documents({"action": "lock_end", "person": PERSON}) == 1


async def test_a_login_that_is_not_locked_can_not_be_unlocked(console, lock, database):
    support = await console.sign_in("support")
    page = await support.post(of(part="lock/"), of())
    assert (page.status, "not any more" in page.main) == (409, True)
    await lock()
    pages = await asyncio.gather(*(support.post(of(part="lock/"), of()) for _ in range(2)))
    assert sorted(page.status for page in pages) == [303, 409]
    assert database["audit"].count_documents({"action": "lock_end"}) == 1


async def test_a_burned_pin_is_not_unlocked(console, portal, lock, database):
    await lock()
    support = await console.sign_in("support")
    await support.post(of(part="lock/"), of())
    for _ in range(TRIES_BEFORE_LOCK):
        await portal.login(pin=WRONG)
    page = await support.get(of())
    assert "Only a new PIN" in page.main
    assert not page.tree.xpath("//form[contains(@action, '/lock/')]")
    page = await support.post(of(part="lock/"), of())
    assert page.status == 409
    assert (await portal.login()).status != 200
    assert deeds(database, "portal_lock_end")[-1]["outcome"] == "pin_burned"


async def test_an_address_is_free_again_after_its_tries_are_forgotten(console, portal, database):
    for number in range(ADDRESS_TRIES):
        await portal.login(pin=WRONG, login=f"nobody{number}@osnova.example")
    assert (await portal.login()).status == 429
    support = await console.sign_in("support")
    page = await support.get(ADDRESS, address=f" {HERE} ")
    assert facts(page)["Wrong PINs within an hour"] == str(ADDRESS_TRIES)
    assert facts(page)["Refused until"].endswith("UTC")
    page = await support.post(ADDRESS, f"{ADDRESS}?address={HERE}", address=HERE)
    assert page.status == 303
    assert (await portal.login()).status == 200
    page = await support.post(ADDRESS, f"{ADDRESS}?address={HERE}", address=HERE)
    assert page.status == 409
    done, refused = deeds(database, "portal_lock_end")
    assert (done["subject"], done["before"]["tries"]) == (f"address {HERE}", ADDRESS_TRIES)
    assert refused["outcome"] == "lock_not_found"


@pytest.mark.parametrize("address", ["1.2.3", "localhost", "1.2.3.4/8", "::1::", "я"])
async def test_what_is_no_address_is_refused_beside_the_field(console, address):
    support = await console.sign_in("support")
    page = await support.get(ADDRESS, address=address)
    assert (page.status, list(page.faults)) == (422, ["address"])
    page = await support.post(ADDRESS, ADDRESS, address=address)
    assert (page.status, list(page.faults)) == (422, ["address"])


async def test_events_that_wait_are_shown(console, portal):
    await push(portal, "<b>KIP</b> 7")
    support = await console.sign_in("support")
    page = await support.get(of())
    assert "<b>KIP</b> 7" in page.main
    assert "Nothing waits" in (await support.get(of(OTHER))).main


async def test_what_a_device_calls_itself_is_shown_without_tricks(console, portal):
    await portal.signed_in(user_agent="<script>alert(1)</script>\u202e".encode().decode("latin-1"))
    support = await console.sign_in("support")
    body = (await support.get(of())).body.decode()
    assert "<script>alert" not in body
    assert "\u202e" not in body


async def test_an_export_has_what_the_portals_api_gives(console, portal, database):
    await portal.signed_in()
    admin = await console.sign_in("admin")
    page = await admin.post(of(part="export/"), of())
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("application/json")
    assert page.headers["Content-Disposition"].startswith('attachment; filename="person-')
    exported = json.loads(page.body)
    given = (await portal.call("people/export", {"id_phperson": PERSON})).body
    assert exported["person"] == given["person"]
    assert exported["sessions"] == given["sessions"]
    assert LOGIN not in page.headers["Content-Disposition"]
    assert [row["outcome"] for row in deeds(database, "person_export")] == ["done"]


async def test_support_neither_exports_nor_erases(console, database):
    support = await console.sign_in("support")
    page = await support.get(of())
    assert not page.tree.xpath("//form[contains(@action, 'export') or contains(@action, 'erase')]")
    for part in ("export/", "erase/"):
        assert (await support.post(of(part=part), of(), login=LOGIN)).status == 403
    assert database["people"].count_documents({}) == 2
    assert not deeds(database, "person_export", "person_erase")


@pytest.mark.parametrize("typed", ["", "ivanova", "petrova@osnova.example", PERSON])
async def test_a_person_is_not_erased_with_another_login(console, database, typed):
    admin = await console.sign_in("admin")
    page = await admin.post(of(part="erase/"), of(), login=typed)
    assert (page.status, list(page.faults)) == (422, ["login"])
    assert database["people"].count_documents({}) == 2
    assert not deeds(database, "person_erase")


async def test_a_person_is_erased_and_the_trail_has_no_name(console, portal, database):
    tokens = await portal.signed_in()
    admin = await console.sign_in("admin")
    await admin.post(of(part="sign-ins/"), of(), sign_in=tokens["session_id"])
    page = await admin.post(of(part="erase/"), of(), login=LOGIN.upper())
    assert page.status == 303
    assert "is erased" in (await admin.follow(page)).main
    assert database["people"].count_documents({"_id": PERSON}) == 0
    ended, erased = deeds(database, "portal_sign_in_end", "person_erase")
    assert erased["after"]["people"] == 1
    assert ended["subject"] == erased["subject"]
    for collection in ("console_trail", "audit"):
        stored = str(list(database[collection].find()))
        assert PERSON not in stored
        assert LOGIN not in stored
    for part in ("", "sign-ins/", "erase/"):
        page = await admin.post(of(part=part or "lock/"), "/console/account/", login=LOGIN, all="1")
        assert page.status == 404


async def test_two_who_erase_at_once_erase_once(console, database):
    browsers = [await console.sign_in("admin"), await console.sign_in("admin")]
    pages = await asyncio.gather(
        *(browser.post(of(part="erase/"), of(), login=LOGIN) for browser in browsers)
    )
    assert {page.status for page in pages} <= {303, 404}
    rows = deeds(database, "person_erase")
    assert sum(row["after"].get("people", 0) for row in rows) == 1


async def test_sessions_go_on_by_key(console, portal):
    ids = [(await portal.signed_in())["session_id"] for _ in range(26)]
    support = await console.sign_in("support")
    page = await support.get(of())
    shown = page.tree.xpath("//input[@name='sign_in']/@value")
    (following,) = page.tree.xpath("//a[@rel='next']/@href")
    shown += (await support.get(following)).tree.xpath("//input[@name='sign_in']/@value")
    assert list(map(int, shown)) == ids[::-1]
