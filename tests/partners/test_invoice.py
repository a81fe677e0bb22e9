"""`invoice` as JSON: its accesses, its days and its parties."""

import asyncio
import json
from decimal import Decimal

import pytest

from tests.support.ledger import MAY, at, issue
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy

pytestmark = pytest.mark.gen_test

EVER = {"from": "2026-01-01", "to": "2099-12-31"}


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
async def test_the_accesses_of_a_period_are_listed_and_priced(
    api, register, database, version, way
):
    college = await register("college", price=Decimal("99.90"))
    issue(database, at("2026-05-04T12:30:00"), at("2026-05-05T01:02:03.004"))
    path = f"/partner/api/{version}/invoice"
    answer = await getattr(api, way)(path, client_key=college.client_key, **MAY)
    cost = {"price": "99.90", "currency": "RUB"}
    assert answer.status == 200
    assert answer.body == {
        "provider": "college",
        "from": "2026-05-01",
        "to": "2026-05-31",
        "timezone": "UTC",
        "access_count": 2,
        "price": "99.90",
        "total": "199.80",
        "currency": "RUB",
        "charges": [{"price": "99.90", "currency": "RUB", "access_count": 2, "amount": "199.80"}],
        "totals": [{"currency": "RUB", "access_count": 2, "total": "199.80"}],
        "lines": [
            {"user_id": "user-1", "created_at": "2026-05-04T12:30:00.000Z"} | cost,
            {"user_id": "user-2", "created_at": "2026-05-05T01:02:03.004Z"} | cost,
        ],
    }


async def test_both_days_are_included_by_the_utc_calendar(api, college, database):
    issue(
        database,
        at("2026-04-30T23:59:59.999"),
        at("2026-05-01T00:00:00"),
        at("2026-05-31T23:59:59.999"),
        at("2026-06-01T00:00:00"),
    )
    answer = await api.get("invoice", client_key=college.client_key, **MAY)
    assert [line["user_id"] for line in answer.body["lines"]] == ["user-2", "user-3"]


async def test_what_is_registered_is_invoiced_and_nobody_elses(api, college, register):
    school = await register("school")
    users = [f"user-{number}" for number in range(20)]
    await asyncio.gather(
        *(
            api.get("user/register", client_key=key, user_id=user)
            for user in users
            for key in (college.client_key, college.client_key, college.sandbox_key)
        )
    )
    await api.get("user/register", client_key=school.client_key, user_id="anna")
    answer = await api.get("invoice", client_key=college.client_key, **EVER)
    assert answer.body["access_count"] == 20
    assert sorted(line["user_id"] for line in answer.body["lines"]) == sorted(users)


async def test_the_sandbox_costs_nothing(api, college):
    for key in (college.client_key, college.sandbox_key):
        await api.get("user/register", client_key=key, user_id="anna")
    answer = await api.get("invoice", client_key=college.sandbox_key, **EVER)
    assert answer.body["sandbox"] is True
    assert (answer.body["access_count"], answer.body["total"]) == (0, "0.00")
    assert answer.body["lines"] == []


async def test_prepaid_and_postpaid_pay_the_same_for_what_was_issued(api, register):
    prepaid = {"payment_policy": PaymentPolicy.PREPAID, "access_limit": 2}
    for slug, policy, issued in (("college", prepaid, 2), ("school", {}, 3)):
        keys = await register(slug, price=Decimal("99.90"), **policy)
        for user in ("anna", "bob", "clara", "anna"):
            await api.get("user/register", client_key=keys.client_key, user_id=user)
        answer = await api.get("invoice", client_key=keys.client_key, **EVER)
        assert answer.body["access_count"] == issued
        assert Decimal(answer.body["total"]) == issued * Decimal("99.90")


async def test_each_invoice_agrees_with_itself_while_accesses_are_issued(api, college, database):
    parameters = {"client_key": college.client_key} | EVER
    users = [f"user-{number}" for number in range(60)]
    registering = asyncio.gather(
        *(api.get("user/register", client_key=college.client_key, user_id=user) for user in users)
    )
    seen = [0]
    while not registering.done():
        body = (await api.get("invoice", **parameters)).body
        listed = [line["user_id"] for line in body["lines"]]
        assert len(set(listed)) == len(listed) == body["access_count"]
        moments = [line["created_at"] for line in body["lines"]]
        assert moments == sorted(moments)
        seen.append(body["access_count"])
    await registering
    assert seen == sorted(seen)
    answer = await api.get("invoice", **parameters)
    assert answer.body["access_count"] == database["accesses"].count_documents({}) == len(users)


async def test_a_disabled_provider_gets_none(api, college, backend):
    parameters = {"client_key": college.client_key} | MAY
    assert (await api.get("invoice", **parameters)).status == 200
    await backend.services.partner.providers.update(ProviderSlug("college"), {"enabled": False})
    answer = await api.get("invoice", **parameters)
    assert (answer.status, answer.reason) == (404, "client_not_found")


async def test_an_answer_too_long_to_be_kept_is_made_again(api, college, database, monkeypatch):
    monkeypatch.setattr("widget_gateway.services.partners.idempotency.MAX_KEPT_BYTES", 200)
    body = json.dumps({"client_key": college.client_key} | MAY)
    request = {"method": "POST", "body": body, "headers": {"Idempotency-Key": "one"}}
    request["headers"]["Content-Type"] = "application/json"
    for count in (1, 2):
        issue(database, at(f"2026-05-0{count}T00:00:00"))
        answer = await api.fetch("invoice", **request)
        assert (answer.status, answer.body["access_count"]) == (200, count)
        assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        ({"from": ""}, "parameter_missing", 'The required "from" parameter is missing.'),
        ({"to": ""}, "parameter_missing", 'The required "to" parameter is missing.'),
        ({"from": "2026-02-30"}, "parameter_invalid", 'Invalid "from": '),
        ({"from": "20260501"}, "parameter_invalid", 'Invalid "from": '),
        ({"from": "2026-W18-5"}, "parameter_invalid", 'Invalid "from": '),
        ({"to": "31.05.2026"}, "parameter_invalid", 'Invalid "to": '),
        ({"to": "2026-05-31T00:00:00"}, "parameter_invalid", 'Invalid "to": '),
        ({"to": "2026-04-30"}, "parameter_invalid", 'Invalid "to": it is before'),
        ({"format": "xml"}, "parameter_invalid", 'Invalid "format": '),
        ({"format": "PDF"}, "parameter_invalid", 'Invalid "format": '),
        ({"locale": "de"}, "parameter_invalid", 'Invalid "locale": '),
    ],
)
async def test_bad_input_is_refused(api, college, changes, reason, message):
    answer = await api.get("invoice", **({"client_key": college.client_key} | MAY | changes))
    assert (answer.status, answer.reason) == (400, reason)
    assert answer.body["error"]["message"].startswith(message)


@pytest.mark.parametrize("date", [["2026-05-01"], {"$gt": ""}, 20260501, True])
async def test_a_date_is_a_string(api, college, date):
    body = {"client_key": college.client_key, "from": date, "to": "2026-05-31"}
    answer = await api.post_json("invoice", **body)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


async def test_the_ends_of_the_calendar_are_no_fault(api, college):
    ends = {"from": "0001-01-01", "to": "9999-12-31"}
    answer = await api.get("invoice", client_key=college.client_key, **ends)
    assert (answer.status, answer.body["access_count"]) == (200, 0)
