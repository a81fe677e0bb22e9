"""The log of a provider's calls: what was refused and why, without any value of a call."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from storage.client import connect, open_database
from storage.partners.calls import CallStore
from tests.support.waiting import until
from widget_gateway.domain.errors import CursorInvalidError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.calls import CallFilter, PartnerCall
from widget_gateway.services.metrics import Metrics
from widget_gateway.services.partners import calls
from widget_gateway.services.partners.calls import CallLog

pytestmark = pytest.mark.gen_test

COLLEGE = ProviderSlug("college")
LIVE = CallFilter(provider=COLLEGE, sandbox=False)
SECRET = "anna-whose-id-nobody-keeps"


@pytest.fixture
def logged(backend, database):
    """Wait until so many calls are stored, and return those that are looked for."""

    async def read(stored, wanted=LIVE, **paging):
        await until(lambda: database["partner_calls"].count_documents({}) == stored)
        page, following = await backend.services.partner.call_log.list_page(
            wanted, **({"limit": 100} | paging)
        )
        return [each.call for each in page], following

    return read


def a_call(number, **fields):
    return PartnerCall(
        **{
            "provider": COLLEGE,
            "sandbox": False,
            "at": datetime(2026, 5, 4, tzinfo=UTC) + timedelta(seconds=number),
            "request_id": f"request-{number}",
            "operation": "user/register",
            "version": "v3",
            "method": "GET",
            "status": 200,
            "reason": "",
            "parameter": "",
            "took_ms": 1.5,
            "address": "127.0.0.1",
        }
        | fields
    )


async def test_a_call_is_logged_with_its_request_id(api, college, logged):
    answer = await api.fetch(
        "user/register",
        method="POST",
        body=f"client_key={college.client_key}&user_id=anna",
        headers={"X-Request-Id": "mine-1"},
    )
    assert answer.status == 200
    (call,), _ = await logged(1)
    assert (call.request_id, call.operation, call.version) == ("mine-1", "user/register", "v3")
    assert (call.method, call.status, call.reason, call.parameter) == ("POST", 200, "", "")
    assert (call.sandbox, call.address) == (False, "127.0.0.1")
    assert 0 < call.took_ms < 60_000
    assert abs(datetime.now(UTC) - call.at) < timedelta(minutes=1)


async def test_a_refused_call_tells_its_reason_and_parameter(api, college, logged):
    caller = {"client_key": college.client_key}
    assert (await api.get("users", **caller, limit="many")).reason == "parameter_invalid"
    assert (await api.get("access/token", **caller, user_id="anna")).reason == "parameter_missing"
    assert (await api.get("result/get", **caller, result_key="none")).reason == "result_not_found"
    await api.post_raw("users", b"{", "application/json")  # Nobody's: it has no key.
    found, _ = await logged(3)
    assert [(call.status, call.reason, call.parameter) for call in found] == [
        (404, "result_not_found", ""),
        (400, "parameter_missing", "test"),
        (400, "parameter_invalid", "limit"),
    ]


async def test_v2_and_a_slash_at_the_end_name_the_same_call(api, college, logged):
    await api.get("/partner/api/v2/users/", client=college.client_key)
    (call,), _ = await logged(1)
    assert (call.version, call.operation) == ("v2", "users")


async def test_calls_without_a_valid_key_are_nobodys(api, college, logged, database):
    assert (await api.get("users", client_key="wrong")).status == 404
    assert (await api.get("users")).status == 400
    assert (await api.get("/partner/api/v1/calculate", test="work-values")).status == 400
    assert (await api.get("users", client_key=college.client_key)).status == 200
    found, _ = await logged(1)
    assert [call.operation for call in found] == ["users"]
    assert database["partner_calls"].count_documents({}) == 1


async def test_no_value_of_a_call_is_kept(api, college, logged, database):
    key, quoted = college.client_key, f"{SECRET}%FF"
    await api.get("user/register", client_key=key, user_id=SECRET)
    await api.fetch(f"users?client_key={key}&{quoted}=%FF")  # It can't be read: nobody's.
    await api.post_json("users", client_key=key, limit=SECRET, **{SECRET: {"a": SECRET}})
    await api.get("result/get", client_key=key, result_key=SECRET, format=SECRET)
    await logged(3)
    rows = list(database["partner_calls"].find())
    assert SECRET not in str(rows)
    assert str(key) not in str(rows)


async def test_the_calls_of_the_sandbox_are_a_log_of_their_own(api, college, logged):
    await api.get("users", client_key=college.sandbox_key)
    assert (await logged(1))[0] == []
    (call,), _ = await logged(1, CallFilter(provider=COLLEGE, sandbox=True))
    assert call.sandbox


async def test_another_providers_calls_are_not_found(api, college, register, logged):
    school = await register("school")
    headers = {"X-Request-Id": "same"}
    for keys in (college, school):
        await api.fetch(f"users?client_key={keys.client_key}", headers=headers)
    found, _ = await logged(2, CallFilter(provider=COLLEGE, sandbox=False, request_id="same"))
    assert [call.provider for call in found] == [COLLEGE]


class TestOfALimit:
    """A gateway whose partners may make few calls."""

    @pytest.fixture
    def settings(self, settings):
        return msgspec.structs.replace(settings, key_rate_limit=2)

    async def test_a_call_over_the_rate_limit_is_logged(self, api, college, logged):
        answers = [await api.get("users", client_key=college.client_key) for _ in range(6)]
        assert answers[-1].reason == "rate_limited"
        found, _ = await logged(6)
        assert (found[0].status, found[0].reason) == (429, "rate_limited")


async def test_a_kept_refusal_is_logged_with_its_reason(api, college, logged):
    for _ in range(2):
        answer = await api.fetch(
            "progress/save",
            method="POST",
            headers={"Idempotency-Key": "one"},
            body=f"client_key={college.client_key}&test=work-values",
        )
        assert answer.reason == "parameter_missing"
    found, _ = await logged(2)
    assert [call.reason for call in found] == ["parameter_missing"] * 2


async def test_a_fault_of_the_gateway_is_logged_as_internal(api, backend, college, logged):
    async def broken(*_args, **_more):
        raise RuntimeError

    backend.services.partner.users.list_page = broken
    assert (await api.get("users", client_key=college.client_key)).status == 500
    (call,), _ = await logged(1)
    assert (call.status, call.reason) == (500, "internal")


@pytest.fixture
def store(backend, settings, io_loop):
    """A store over a connection of its own, whose rows are not mixed with those of other calls."""
    assert backend  # It has made the indexes.

    async def opened():
        return connect(settings.mongodb_uri)

    client = io_loop.run_sync(opened)
    yield CallStore(open_database(client, settings.database))
    io_loop.run_sync(client.close)


async def test_pages_follow_one_another(store, logged):
    await store.add_many([a_call(number) for number in range(5)])
    seen, after = [], None
    for size in (2, 2, 1):
        page, after = await logged(5, limit=2, after=after)
        assert len(page) == size
        assert (after is None) == (size == 1)
        seen += [call.request_id for call in page]
    assert seen == [f"request-{number}" for number in (4, 3, 2, 1, 0)]


async def test_only_refused_calls_are_found(store, logged):
    refused = {"status": 403, "reason": "access_limit_reached"}
    await store.add_many([a_call(0), a_call(1, **refused), a_call(2), a_call(3, **refused)])
    await store.add_many([a_call(4, **refused, sandbox=True), a_call(5, **refused, provider="oak")])
    only = CallFilter(provider=COLLEGE, sandbox=False, only_refused=True)
    found, after = await logged(6, only, limit=1)
    more, _ = await logged(6, only, limit=5, after=after)
    assert [call.request_id for call in found + more] == ["request-3", "request-1"]
    named = CallFilter(provider=COLLEGE, sandbox=False, only_refused=True, request_id="request-2")
    assert (await logged(6, named))[0] == []


@pytest.mark.parametrize("after", ["", "none", "g" * 24, "0" * 23, "{}", "0" * 240, "\0"])
async def test_a_cursor_that_no_page_has_ended_with_is_refused(backend, after):
    with pytest.raises(CursorInvalidError):
        await backend.services.partner.call_log.list_page(LIVE, limit=5, after=after)


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ({}, "log"),
        ({"status": {"$gte": 400}}, "refused"),
        ({"request_id": "request-7"}, "request"),
    ],
)
async def test_a_page_reads_nothing_but_its_own_rows(store, database, condition, index):
    refused = {"status": 403, "reason": "access_limit_reached"}
    await store.add_many([a_call(n, **(refused if n % 50 == 7 else {})) for n in range(500)])
    wanted = {"provider": COLLEGE, "sandbox": False} | condition
    found = database["partner_calls"].find(wanted).hint(index).sort("_id", -1).limit(5)
    told = found.explain()["executionStats"]
    assert told["nReturned"] == told["totalDocsExamined"] == len(list(found.rewind()))
    assert told["totalDocsExamined"] > 0


async def test_calls_expire_after_a_week(database, backend):
    assert backend
    index = database["partner_calls"].index_information()["expiry"]
    assert index["key"] == [("at", 1)]
    assert index["expireAfterSeconds"] == 7 * 24 * 3600


def not_logged(metrics):
    (line,) = [
        line
        for line in metrics.expose().decode().splitlines()
        if line.startswith("widget_gateway_calls_not_logged_total")
    ]
    return float(line.split()[1])


async def test_calls_beyond_the_room_are_dropped_and_counted(store, monkeypatch):
    monkeypatch.setattr(calls, "MAX_WAITING", 3)
    metrics = Metrics()
    log = CallLog(store, metrics)
    for number in range(5):
        log.note(a_call(number))
    assert not_logged(metrics) == 2
    running = asyncio.create_task(log.run())
    await until(lambda: _stored(log, 3))
    log.note(a_call(5))
    await until(lambda: _stored(log, 4))
    assert not_logged(metrics) == 2
    running.cancel()


async def _stored(log, count):
    page, _ = await log.list_page(LIVE, limit=10)
    return len(page) == count


async def test_while_the_database_is_away_calls_are_counted_and_the_log_goes_on():
    nowhere = connect("mongodb://127.0.0.1:9/?replicaSet=none", wait_s=0.2)
    metrics = Metrics()
    away = CallStore(open_database(nowhere, "tests"))
    log = CallLog(away, metrics)
    running = asyncio.create_task(log.run())
    for number in range(3):
        log.note(a_call(number))
    await until(lambda: not_logged(metrics) == 3)
    log.note(a_call(3))
    await until(lambda: not_logged(metrics) == 4)
    running.cancel()
    await nowhere.close()
