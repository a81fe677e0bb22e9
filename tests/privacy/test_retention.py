"""Retention: results that are too old go, with all that belongs to them; places and ledger stay."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.privacy import user_records
from tests.privacy.conftest import SHEET
from tests.support.ledger import counts
from tests.support.traces import traces_in_database
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider, TestPolicy

pytestmark = pytest.mark.gen_test

SCHOOL = ProviderSlug("school")


@pytest.fixture
def keep_days(backend):
    """Agree for how many days the school's results are kept."""

    async def agree(days, slug=SCHOOL):
        changes = {"results_kept_days": days}
        await backend.services.partner.providers.update(slug, changes)

    return agree


def age(database, days, **which):
    """Let results be so many days old."""
    made = utc_now() - timedelta(days=days)
    database["results"].update_many(which, {"$set": {"created_at": made}})


async def test_old_results_go_with_all_that_belongs_to_them(
    make_known, backend, api, keep_days, database, monkeypatch
):
    monkeypatch.setattr(user_records, "BATCH", 2)
    anna = await make_known("anna-1f0c")
    await api.post_json("progress/save", **anna.caller, test="work-values", progress=[])
    age(database, 31)
    young = (
        await api.post_json(
            "progress/save",
            **anna.caller,
            user_key=anna.user_key,
            test="every-type",
            progress=SHEET,
        )
    ).body["result_key"]
    before = counts(database, "school")
    await keep_days(30)
    assert await backend.retention.remove_old() == 3
    gone = [key for key in anna.traces[2:] if str(key) in (*anna.results, anna.sessions[0])]
    assert len(gone) == 4
    assert traces_in_database(database, gone) == {}
    assert [str(row["_id"]) for row in database["results"].find()] == [young]
    assert counts(database, "school") == before
    user = database["provider_users"].find_one()
    assert (user["main"], user["results_removed"], user["passed"]) == (3, 2, ["every-type"])
    # The attempt that is open has its own time to live.
    assert database["attempts"].count_documents({}) == 1
    stats = (await api.get("stats", **anna.caller)).body
    assert stats["by_test"]["every-type"]["finished"] == 1
    assert await backend.retention.remove_old() == 0


async def test_a_place_that_was_taken_stays_taken(every_type, backend, api, keep_days, database):
    keys = await backend.services.partner.providers.create(provider_of_one_test())
    caller = {"client_key": keys.client_key}
    user = (await api.get("user/register", **caller, user_id="anna")).body
    saving = caller | {"user_key": user["user_key"], "test": every_type, "progress": SHEET}
    assert (await api.post_json("progress/save", **saving)).status == 200
    age(database, 8)
    await keep_days(7, ProviderSlug("lone"))
    assert await backend.retention.remove_old() == 1
    tests = (await api.get("user/tests", **caller, user_id="anna")).body
    assert tests == {"passed": [], "available": []}
    assert (await api.post_json("progress/save", **saving)).reason == "result_limit_reached"
    assert (await api.get("users", **caller, passed=1)).body["users"] == []


def provider_of_one_test():
    return Provider(
        slug=ProviderSlug("lone"),
        name="Lone",
        created_at=utc_now(),
        payment_policy=PaymentPolicy.POSTPAID,
        test_policy=TestPolicy.ONE_TEST,
    )


async def test_without_an_agreement_nothing_goes(make_known, backend, keep_days, database):
    await make_known("anna")
    age(database, 10_000)
    assert await backend.retention.remove_old() == 0
    await keep_days(20_000)
    assert await backend.retention.remove_old() == 0
    assert database["results"].count_documents({}) == 3


async def test_one_node_removes_at_a_time(make_known, backend, keep_days, database, other_node_url):
    assert other_node_url
    await make_known("anna")
    age(database, 31)
    await keep_days(30)
    until = utc_now() + timedelta(minutes=5)
    database["leases"].insert_one({"_id": "retention", "holder": None, "until": until})
    assert await backend.retention.remove_old() == 0
    database["leases"].update_one(
        {"_id": "retention"}, {"$set": {"until": utc_now() - timedelta(seconds=1)}}
    )
    removed = await asyncio.gather(*(backend.retention.remove_old() for _ in range(3)))
    assert sum(removed) == 3
    assert database["leases"].find_one("retention")["holder"] is not None


async def test_a_preview_counts_by_test_and_month_and_removes_nothing(
    make_known, backend, api, school, every_type, database
):
    anna = await make_known("anna")
    sandbox = {"client_key": school.sandbox_key, "test": every_type, "progress": SHEET}
    await api.post_json("progress/save", **sandbox)
    march, april = (datetime(2026, month, 2, tzinfo=UTC) for month in (3, 4))
    database["results"].update_many({}, {"$set": {"created_at": april}})
    database["results"].update_one({"user_id": "anna"}, {"$set": {"created_at": march}})
    days = (utc_now() - april).days
    _, old = await backend.retention.preview(SCHOOL, days - 1)
    assert [(row.month, row.results, row.attached, row.sandbox) for row in old] == [
        ("2026-03", 1, 1, False),
        ("2026-04", 1, 0, True),
        ("2026-04", 2, 1, False),
    ]
    assert {row.test for row in old} == {every_type}
    _, older = await backend.retention.preview(SCHOOL, days + 1)
    assert [row.month for row in older] == ["2026-03"]
    assert await backend.retention.preview(SCHOOL, None) == (None, [])
    assert database["results"].count_documents({}) == 4
    assert (await api.get("user/tests", **anna.caller, user_id="anna")).status == 200
