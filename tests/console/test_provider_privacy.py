"""`…/privacy/`: exports and erasures of users, and for how long results are kept."""

import json
from datetime import timedelta

import pytest

from widget_gateway.composition.application import utc_now
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.users import UserPlace

pytestmark = pytest.mark.gen_test

PRIVACY = "/console/providers/college/privacy/"
EXPORT, ERASE, RETENTION = (f"{PRIVACY}{form}/" for form in ("export", "erase", "retention"))
ANNA = "анна <b>&\"'</b>"


@pytest.fixture
def keys(make_two_providers):
    return make_two_providers


@pytest.fixture
def anna(api, keys, take_test):
    """A user of a provider with a result."""

    async def make(owner=0):
        key = await take_test(("college", "school")[owner])
        caller = {"client_key": keys[owner].client_key}
        assert (
            await api.get("result/attach", **caller, user_id=ANNA, result_key=key)
        ).status == 200
        return key

    return make


def entries(database, deed):
    return list(database["console_trail"].find({"deed": deed}).sort("_id", 1))


async def test_an_export_is_the_partner_apis_and_the_trail_has_a_pseudonym(
    console, api, keys, anna, database
):
    await anna()
    partner = await console.sign_in("partner", "college")
    page = await partner.post(EXPORT, PRIVACY, user_id=ANNA)
    assert page.status == 200
    assert page.headers["Content-Disposition"] == 'attachment; filename="user.json"'
    told = (await api.get("user/export", client_key=keys[0].client_key, user_id=ANNA)).body
    exported = json.loads(page.body)
    assert exported.pop("exported_at")
    assert told.pop("exported_at")
    assert exported == told
    (entry,) = entries(database, "user_export")
    assert (entry["outcome"], entry["provider"]) == ("done", "college")
    assert ANNA not in str(entry)


async def test_an_erasure_removes_the_user_and_keeps_no_id(console, anna, database):
    key = await anna()
    partner = await console.sign_in("partner", "college")
    page = await partner.post(ERASE, PRIVACY, user_id=ANNA, again=ANNA)
    assert page.status == 200
    assert "The user is erased." in page.main
    counts = {row.findtext("th"): row.findtext("td") for row in page.tree.xpath("//tbody/tr")}
    assert (counts["users"], counts["results"]) == ("1", "1")
    assert database["provider_users"].count_documents({}) == 0
    assert database["results"].count_documents({}) == 0
    (entry,) = entries(database, "user_erase")
    assert (entry["outcome"], entry["after"]["results"]) == ("done", 1)
    assert ANNA not in str(entry)
    (erasure,) = database["erasures"].find()
    assert entry["subject"] == f"user {erasure['_id'].hex()[:32]}"
    for name in database.list_collection_names():
        for row in database[name].find():
            assert ANNA not in str(row), name
            assert key not in str(row), name


async def test_erasing_nobody_is_told_as_such(console, keys):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.post(ERASE, PRIVACY, user_id="nobody", again="nobody")
    assert page.status == 200
    assert "Nothing was stored of such a user." in page.main


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({}, {"user_id", "again"}),
        ({"user_id": ANNA}, {"again"}),
        ({"user_id": ANNA, "again": ANNA.upper()}, {"again"}),
        ({"user_id": ANNA, "again": f"{ANNA} "}, {"again"}),
        ({"user_id": "a" * 257, "again": "a" * 257}, {"user_id", "again"}),
    ],
)
async def test_an_erasure_needs_the_same_id_twice(console, anna, database, fields, faulty):
    await anna()
    partner = await console.sign_in("partner", "college")
    page = await partner.post(ERASE, PRIVACY, **fields)
    assert page.status == 422
    assert set(page.faults) == faulty
    assert database["provider_users"].count_documents({}) == 1
    assert entries(database, "user_erase") == []


async def test_an_export_of_nobody_is_refused_beside_the_field(console, keys, database):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.post(EXPORT, PRIVACY, user_id="nobody")
    assert page.status == 422
    assert page.faults == {"export-user_id": "No user of this world has exactly this id."}
    assert "Content-Disposition" not in page.headers
    assert [entry["outcome"] for entry in entries(database, "user_export")] == ["user_not_found"]
    assert (await partner.post(EXPORT, PRIVACY, user_id="")).status == 422


async def test_another_providers_users_can_not_be_exported_or_erased(console, anna, database):
    await anna(owner=1)
    partner = await console.sign_in("partner", "college")
    assert (await partner.post(EXPORT, PRIVACY, user_id=ANNA)).status == 422
    page = await partner.post(ERASE, PRIVACY, user_id=ANNA, again=ANNA)
    assert "Nothing was stored of such a user." in page.main
    csrf = await partner.token(PRIVACY)
    for path in (EXPORT, ERASE, RETENTION):
        sent = {"csrf": csrf, "user_id": ANNA, "again": ANNA, "days": "1", "confirmed": "y"}
        assert (await partner.send(path.replace("college", "school"), sent)).status == 404
    assert database["provider_users"].count_documents({}) == 1
    assert database["providers"].find_one({"_id": "school"}).get("results_kept_days") is None


async def test_the_sandbox_is_another_world(console, anna, database):
    await anna()
    partner = await console.sign_in("partner", "college")
    page = await partner.post(ERASE, PRIVACY, user_id=ANNA, again=ANNA, world="sandbox")
    assert "Nothing was stored of such a user." in page.main
    assert (await partner.post(EXPORT, PRIVACY, user_id=ANNA, world="sandbox")).status == 422
    assert database["provider_users"].count_documents({}) == 1


async def test_support_may_not_see_the_page(console, keys):
    assert keys
    support = await console.sign_in("support")
    assert (await support.get(PRIVACY)).status == 403
    csrf = await support.token("/console/account/")
    for path in (EXPORT, ERASE, RETENTION):
        assert (await support.send(path, {"csrf": csrf, "user_id": ANNA})).status == 403


async def test_a_preview_counts_what_would_go_and_removes_nothing(console, anna, backend, database):
    await anna()
    old = {"$set": {"created_at": utc_now() - timedelta(days=40)}}
    database["results"].update_many({}, old)
    await anna()
    partner = await console.sign_in("partner", "college")
    page = await partner.get(PRIVACY, days="30")
    assert "1 result is older, and would go." in page.main
    kept, rows = await backend.retention.preview(ProviderSlug("college"), 30)
    assert (kept, sum(row.results for row in rows)) == (30, 1)
    (row,) = page.tree.xpath("//tbody/tr")
    assert [cell.text_content() for cell in row] == ["work-values", rows[0].month, "1", "1", "Live"]
    assert "No result is older." in (await partner.get(PRIVACY, days="41")).main
    assert database["results"].count_documents({}) == 2


async def test_retention_is_set_after_a_confirmation_and_lifted(console, keys, database):
    assert keys
    partner = await console.sign_in("partner", "college")
    unsure = await partner.post(RETENTION, PRIVACY, days="30")
    assert unsure.status == 422
    assert unsure.faults == {"confirmed": "Confirm that these results may go. Nothing was changed."}
    assert database["providers"].find_one({"_id": "college"}).get("results_kept_days") is None
    done = await partner.post(RETENTION, PRIVACY, days="30", confirmed="y")
    assert done.status == 303
    page = await partner.follow(done)
    assert "Results are kept for 30 days." in page.main
    await partner.post(RETENTION, PRIVACY, days="")
    assert "Results are kept for ever." in (await partner.get(PRIVACY)).main
    noted = [(entry["before"], entry["after"]) for entry in entries(database, "retention_set")]
    assert noted == [
        ({"results_kept_days": None}, {"results_kept_days": 30}),
        ({"results_kept_days": 30}, {"results_kept_days": None}),
    ]


@pytest.mark.parametrize("days", ["0", "-5", "36501", "1.5", "many", "9" * 400, "<b>"])
async def test_a_wrong_number_of_days_is_refused(console, keys, database, days):
    assert keys
    partner = await console.sign_in("partner", "college")
    looked = await partner.get(PRIVACY, days=days)
    assert looked.status == 422
    assert "days" in looked.faults
    sent = await partner.post(RETENTION, PRIVACY, days=days, confirmed="y")
    assert sent.status == 422
    assert entries(database, "retention_set") == []


async def test_the_pseudonym_of_the_trail_differs_by_provider_and_world(backend):
    pseudonyms = backend.services.console.provider_users._pseudonyms
    places = [
        UserPlace(ProviderSlug(slug), sandbox, UserId("anna"))
        for slug in ("college", "school")
        for sandbox in (False, True)
    ]
    assert len({pseudonyms.of_noted_user(place) for place in places}) == len(places)
