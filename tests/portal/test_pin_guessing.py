"""Guessing a PIN is hopeless: guesses are counted first, logins locked, PINs burned."""

import asyncio
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import msgspec
import pytest
from pymongo.monitoring import CommandListener

from storage import client as storage_client
from tests.support.portal_api import LOGIN, OTHER, PIN
from widget_gateway.composition.application import open_backend, utc_now
from widget_gateway.domain.errors import CredentialsInvalidError
from widget_gateway.domain.portal.people import Pin, login_of
from widget_gateway.domain.portal.sign_ins import Remote, lock_durations
from widget_gateway.services import slow_hashes

pytestmark = pytest.mark.gen_test

REMOTE = Remote("::1", "")
UNKNOWN_LOGIN = "nobody@osnova.example"
LATER = {"pin_code": "7777", "created_at": "2026-05-05 00:00:00"}


@pytest.fixture
def settings(settings):
    """Settings with a trusted proxy, so that guesses come from many addresses."""
    return msgspec.structs.replace(settings, trusted_proxies=("127.0.0.1",))


@pytest.fixture(autouse=True)
def person(io_loop, portal):
    io_loop.run_sync(portal.update_pin)


@pytest.fixture
def guess(portal):
    """Try to sign in from a new address."""
    addresses = (f"198.51.{a}.{b}" for a in range(100, 200) for b in range(1, 250))

    async def guess(pin="9999", login=LOGIN, address=None):
        headers = {"X-Forwarded-For": address or next(addresses)}
        return await portal.login(pin, login, **headers)

    return guess


@pytest.fixture
def guard(database, backend):
    """Read the counts of the usual login."""
    digest = backend.services.portal.people._pins.login_guard(login_of(LOGIN))
    return lambda: database["login_guards"].find_one({"_id": digest})


def unlock(database):
    """Let the lock of the login be over."""
    past = utc_now() - timedelta(seconds=1)
    database["login_guards"].update_many({}, {"$set": {"locked_until": past}})


def outcomes(database):
    return Counter(line["outcome"] for line in database["audit"].find({"action": "sign_in"}))


async def test_four_wrong_pins_and_the_right_one(guess, guard):
    for _ in range(4):
        assert (await guess()).status == 401
    assert (await guess(PIN)).status == 200
    counted = guard()
    assert (counted["tries"], counted["total"], counted["locked_until"]) == (0, 4, None)


async def test_the_fifth_try_is_still_checked(guess, guard):
    for _ in range(4):
        await guess()
    assert (await guess(PIN)).status == 200
    assert guard()["level"] == 0


async def test_five_wrong_pins_lock_the_login_even_for_the_right_one(guess, guard, database):
    for _ in range(5):
        assert (await guess()).status == 401
    locked_for = guard()["locked_until"] - utc_now()
    assert timedelta(minutes=14) < locked_for <= timedelta(minutes=15)
    assert (await guess(PIN)).status == 401
    assert guard()["total"] == 5  # A locked try is not counted.
    unlock(database)
    assert (await guess(PIN)).status == 200


def test_locks_last_a_quarter_of_an_hour_doubling_to_a_day():
    minutes = [duration // timedelta(minutes=1) for duration in lock_durations()]
    assert minutes == [15, 30, 60, 120, 240, 480, 960, 1440]


async def test_each_lock_in_a_row_lasts_twice_as_long(guess, guard, database, portal):
    lasted = []
    for number in range(10):
        for _ in range(5):
            await guess()
        lasted.append(round((guard()["locked_until"] - utc_now()) / timedelta(minutes=1)))
        unlock(database)
        if number % 2:  # Ten wrong tries burn the PIN; a new PIN does not reset the locks.
            await portal.update_pin(created_at=f"2026-05-05 00:00:{number:02}", pin_code=PIN)
    assert lasted == [15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]
    await guess(PIN)
    for _ in range(5):
        await guess()
    assert round((guard()["locked_until"] - utc_now()) / timedelta(minutes=1)) == 15


async def test_ten_wrong_pins_in_all_burn_the_pin_until_there_is_a_new_one(
    guess, guard, database, portal
):
    for number in range(10):
        await guess()
        if number in (2, 6):
            unlock(database)
            assert (await guess(PIN)).status == 200  # It resets no count.
        unlock(database)
    assert guard()["total"] == 10
    assert (await guess(PIN)).status == 401
    assert outcomes(database)["burned"] == 1
    await portal.update_pin()  # This repeats the old update.
    assert (await guess(PIN)).status == 401
    await portal.update_pin(**LATER)
    assert (await guess("7777")).status == 200


async def test_a_new_pin_lifts_the_lock(guess, portal):
    for _ in range(5):
        await guess()
    await portal.update_pin(**LATER)
    assert (await guess("7777")).status == 200


async def test_guesses_at_one_login_lock_no_other(guess, portal):
    await portal.update_pin(id_phperson=OTHER, ad_login="petrova@osnova.example", pin_code="1111")
    for _ in range(5):
        await guess()
    assert (await guess("1111", "petrova@osnova.example")).status == 200


async def test_a_login_is_locked_however_it_is_written(guess):
    for login in (LOGIN, LOGIN.upper(), f" {LOGIN}", LOGIN.title(), f"{LOGIN}\t"):
        await guess(login=login)
    assert (await guess(PIN)).status == 401


async def test_unknown_wrong_locked_and_burned_are_answered_alike(guess, database):
    wrong = await guess()
    unknown = await guess(PIN, UNKNOWN_LOGIN)
    for _ in range(4):
        await guess()
    locked = [await guess(), await guess(PIN)]
    unlock(database)
    for _ in range(5):
        await guess()
    unlock(database)
    burned = [await guess(), await guess(PIN)]
    answers = [wrong, unknown, *locked, *burned]
    assert outcomes(database).keys() == {"wrong_pin", "unknown_login", "locked", "burned"}
    changing = ("Date", "X-Request-Id")
    told = {
        (
            answer.status,
            str(answer.body),
            str([h for h in answer.headers.get_all() if h[0] not in changing]),
        )
        for answer in answers
    }
    assert len(told) == 1
    assert wrong.status == 401
    assert set(wrong.body) == {"result", "error"}


class Commands(CommandListener):
    """Records the commands that are sent to the database."""

    def __init__(self) -> None:
        self.sent = []

    def started(self, event):
        target = event.command.get(event.command_name)
        if isinstance(target, str) and event.command_name != "aggregate":
            self.sent.append((event.command_name, target))

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


async def test_unknown_wrong_locked_and_burned_take_the_same_work(settings, database, monkeypatch):
    """All make the same commands and one hash of the same cost, so that times tell nothing."""
    commands, hashed, work = Commands(), [], {}
    make = storage_client.make_client
    monkeypatch.setattr(
        storage_client,
        "make_client",
        lambda *arguments, **named: make(*arguments, **named, event_listeners=[commands]),
    )
    async with open_backend(settings) as backend:
        hashes = backend.services.portal.people._pins._hashes
        matches = hashes._matches

        def match_and_note(stored, secret):
            hashed.append(stored.rsplit("$", 2)[0])
            return matches(stored, secret)

        monkeypatch.setattr(hashes, "_matches", match_and_note)

        async def measure(name, login):
            commands.sent.clear()
            hashed.clear()
            with pytest.raises(CredentialsInvalidError):
                await backend.services.portal.sign_ins.sign_in(login_of(login), Pin("9999"), REMOTE)
            work[name] = (tuple(commands.sent), tuple(hashed))

        await measure("unknown", UNKNOWN_LOGIN)
        for number in range(5):
            await measure(f"wrong {number}", LOGIN)
        await measure("locked", LOGIN)
        unlock(database)
        for number in range(5, 10):
            await measure(f"wrong {number}", LOGIN)
        unlock(database)
        await measure("burned", LOGIN)
    assert outcomes(database).keys() == {"wrong_pin", "unknown_login", "locked", "burned"}
    assert len(set(work.values())) == 1, work
    sent, costs = work["unknown"]
    assert sent == (
        ("find", "people"),
        ("findAndModify", "address_guards"),
        ("findAndModify", "login_guards"),
        ("insert", "audit"),
    )
    assert costs == ("$argon2id$v=19$m=19456,t=2,p=1",)


async def test_parallel_guesses_get_five_checks(guess, guard, database):
    answers = await asyncio.gather(*(guess(f"{number:04}") for number in range(1000, 1100)))
    assert {answer.status for answer in answers} == {401}
    assert outcomes(database) == {"wrong_pin": 5, "locked": 95}
    assert (guard()["total"], guard()["tries"]) == (5, 0)


async def test_twenty_wrong_tries_an_hour_are_taken_from_one_address(guess, database):
    logins = [f"person{number}@osnova.example" for number in range(21)]
    for login in logins[:20]:
        assert (await guess(login=login, address="203.0.113.9")).status == 401
    refused = await guess(PIN, address="203.0.113.9")
    assert (refused.status, refused.body) == (
        429,
        {"result": False, "error": "Слишком много попыток. Повторите позже."},
    )
    assert 3_500 < int(refused.headers["Retry-After"]) <= 3_600
    await guess(PIN, address="203.0.113.9")
    assert outcomes(database) == {"unknown_login": 20, "address_throttled": 1}
    assert (await guess(PIN, address="203.0.113.10")).status == 200
    hour_ago = {"$add": ["$$this.at", -3_600_000]}
    moved = {"$map": {"input": "$tries", "in": {"at": hour_ago, "id": "$$this.id"}}}
    database["address_guards"].update_many({}, [{"$set": {"tries": moved}}])
    assert (await guess(PIN, address="203.0.113.9")).status == 200


async def test_a_throttled_address_locks_nobody(guess, guard):
    for number in range(20):
        await guess(login=f"person{number}@osnova.example", address="203.0.113.9")
    for _ in range(6):
        await guess(address="203.0.113.9")
    assert guard() is None


async def test_right_pins_do_not_count_against_their_address(guess):
    for _ in range(25):
        assert (await guess(PIN, address="203.0.113.9")).status == 200


async def test_all_addresses_of_an_ipv6_subscriber_are_one(guess):
    for number in range(20):
        address = f"2001:db8:0:1:{number:x}::1"
        assert (await guess(login=f"p{number}@osnova.example", address=address)).status == 401
    assert (await guess(PIN, address="2001:db8:0:1:ffff::1")).status == 429
    assert (await guess(PIN, address="2001:db8:0:2::1")).status == 200


async def test_an_ipv4_address_is_the_same_in_its_ipv6_form(guess):
    for number in range(20):
        await guess(login=f"p{number}@osnova.example", address="::ffff:203.0.113.9")
    assert (await guess(PIN, address="203.0.113.9")).status == 429


async def test_what_is_counted_tells_neither_login_nor_address(guess, database):
    await guess(address="203.0.113.9")
    rows = [*database["login_guards"].find(), *database["address_guards"].find()]
    assert len(rows) == 2
    for row in rows:
        assert LOGIN not in str(row)
        assert "203.0.113.9" not in str(row)


@pytest.fixture
def turns(backend):
    return backend.services.portal.people._pins._hashes.turns


async def test_of_too_many_at_once_some_are_asked_to_come_back_and_not_counted(
    guess, guard, monkeypatch, turns
):
    monkeypatch.setattr(turns, "places", 3)
    answers = await asyncio.gather(*(guess(PIN) for _ in range(12)))
    told = Counter(answer.status for answer in answers)
    assert told.keys() == {200, 503}
    assert told[200] >= 3
    assert all("Retry-After" in answer.headers for answer in answers if answer.status == 503)
    assert guard()["total"] == 0


async def test_who_fills_the_places_is_asked_to_come_back_and_others_sign_in(guess, turns):
    with ExitStack() as places:
        for _ in range(turns.places // 2):
            places.enter_context(turns.place("203.0.113.9"))
        assert (await guess(PIN, address="203.0.113.9")).status == 503
        assert (await guess(PIN)).status == 200
    assert (await guess(PIN, address="203.0.113.9")).status == 200


async def test_a_sign_in_waits_for_one_hash_of_another_address_however_many_it_has(backend):
    hashes = backend.services.portal.people._pins._hashes
    hashed = []

    async def verify(party):
        await hashes.verify(None, b"7777", party)
        hashed.append(party)

    hog = [asyncio.ensure_future(verify("hog")) for _ in range(40)]
    await asyncio.sleep(0)
    await verify("other")
    # Those that were running, and as many that ran beside the other's.
    assert hashed.index("other") <= 2 * slow_hashes.AT_ONCE
    await asyncio.gather(*hog)
