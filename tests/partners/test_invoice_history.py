"""An invoice of a period that is over stays as it is, whatever becomes of the agreement."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from bson.decimal128 import Decimal128
from pymongo import WriteConcern

from storage.client import connect, open_database
from storage.indexes import create_indexes
from storage.partners.ledger import LedgerStore
from storage.partners.providers import ProviderStore
from tests.support.ledger import at, issue, issue_as_formerly
from widget_gateway.composition.application import open_backend, utc_now
from widget_gateway.domain.errors import PriceInvalidError
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.invoices import Period
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy, TestPolicy
from widget_gateway.services.partners.accesses import UserReference

pytestmark = pytest.mark.gen_test(timeout=60)

COLLEGE = ProviderSlug("college")
FEBRUARY = {"from": "2026-02-01", "to": "2026-02-28"}
EVER = {"from": "2026-01-01", "to": "2099-12-31"}
_DRAWN = re.compile(r"(?<=Drawn up: ).*(?=<)")


@pytest.fixture(autouse=True)
def college(make_provider):
    return make_provider("college", price=Decimal("10.10"))


@pytest.fixture
def update(backend):
    async def change(**changes):
        return await backend.services.partner.providers.update(COLLEGE, changes)

    return change


@pytest.fixture
def drawn(api, college):
    """An invoice of February, unless told; in each form that has no time of its own."""

    async def draw(**given):
        told = {}
        for wanted in ("json", "csv", "html"):
            parameters = {"client_key": college.client_key, "format": wanted, "locale": "en"}
            answer = await api.fetch_raw("invoice?" + urlencode(parameters | FEBRUARY | given))
            assert answer.code == 200, answer.body
            told[wanted] = _DRAWN.sub("", answer.body.decode())
        return told

    return draw


@pytest.fixture
def other_store(io_loop, settings):
    """The ledger as another node reads and mends it."""
    client = connect(str(settings.mongodb_uri), settings.driver)
    database = open_database(client, settings.database)
    yield LedgerStore(client, database, ProviderStore(database))
    io_loop.run_sync(client.close)


async def register(backend, *users):
    provider = await backend.services.partner.providers.get(COLLEGE)
    for user in users:
        caller = Caller(provider, sandbox=False)
        await backend.services.partner.accesses.register(caller, UserReference(UserId(user), None))


async def test_february_costs_what_it_cost_in_february(api, college, database, update):
    issue(database, at("2026-02-03T12:30:00"), at("2026-02-28T23:59:59.999"))
    await update(price=Decimal("99.00"), currency="EUR")
    body = (await api.get("invoice", client_key=college.client_key, **FEBRUARY)).body
    assert (body["price"], body["total"], body["currency"]) == ("10.10", "20.20", "RUB")
    assert [(one["price"], one["currency"]) for one in body["lines"]] == [("10.10", "RUB")] * 2


async def test_an_access_costs_what_was_agreed_when_it_was_issued(api, college, database, update):
    for number, changes in enumerate(({}, {"price": Decimal("12.5")}, {"currency": "EUR"})):
        if changes:
            await update(**changes)
        given = {"client_key": college.client_key, "user_id": f"user-{number}"}
        for _ in range(2):  # a repeat costs nothing, and changes no price
            assert (await api.get("user/register", **given)).status == 200
    rows = database["accesses"].find(sort=[("_id.user_id", 1)])
    assert [(str(row["price"]), row["currency"]) for row in rows] == [
        ("10.10", "RUB"),
        ("12.50", "RUB"),
        ("12.50", "EUR"),
    ]
    body = (await api.get("invoice", client_key=college.client_key, **EVER)).body
    assert (body["price"], body["total"], body["currency"]) == (None, None, None)
    assert body["access_count"] == 3
    assert body["charges"] == [
        {"price": "12.50", "currency": "EUR", "access_count": 1, "amount": "12.50"},
        {"price": "10.10", "currency": "RUB", "access_count": 1, "amount": "10.10"},
        {"price": "12.50", "currency": "RUB", "access_count": 1, "amount": "12.50"},
    ]
    assert body["totals"] == [
        {"currency": "EUR", "access_count": 1, "total": "12.50"},
        {"currency": "RUB", "access_count": 2, "total": "22.60"},
    ]


async def test_two_prices_in_one_currency_have_one_total(api, college, database, update):
    issue(database, at("2026-02-03T12:30:00"))
    await update(price=Decimal("20.20"))
    issue(database, at("2026-02-04T12:30:00"))
    body = (await api.get("invoice", client_key=college.client_key, **FEBRUARY)).body
    assert (body["price"], body["total"], body["currency"]) == (None, "30.30", "RUB")


@pytest.mark.parametrize("accesses", [0, 2])
async def test_nothing_that_is_agreed_later_changes_an_invoice(drawn, database, update, accesses):
    for day in range(accesses):
        issue(database, at("2026-02-01T12:30:00") + timedelta(days=day))
    before = await drawn()
    await update(name="$renamed", price=Decimal("99.00"), currency="EUR")
    await update(price=Decimal(0), currency="JPY", access_limit=1, overdraft=7)
    await update(payment_policy=PaymentPolicy.PREPAID, main_tests=("work-values",))
    await update(test_policy=TestPolicy.ONE_TEST, name="Renamed again")
    assert await drawn() == before
    while "Renamed again" not in (await drawn(**EVER))["html"]:
        pass  # until the change has come to this node


async def test_an_empty_period_is_headed_by_the_terms_of_its_end(drawn, database, update):
    """Terms change in the middle of each of two months, as if it had been then."""
    await update(name="Second", price=Decimal("20.00"))
    await update(name="Third", price=Decimal(30), currency="JPY")
    moments = [at("2026-02-10T00:00:00"), at("2026-03-10T00:00:00")]
    database["providers"].update_one(
        {}, {"$set": {f"former_terms.{n}.until": moment for n, moment in enumerate(moments)}}
    )
    for period, name, price in (
        (("2026-01-01", "2026-02-09"), "College", '"price":"10.10","total":"0.00"'),
        (("2026-02-01", "2026-02-28"), "Second", '"price":"20.00","total":"0.00"'),
        (("2026-03-01", "2026-03-09"), "Second", '"price":"20.00","total":"0.00"'),
        (("2026-03-01", "2026-03-31"), "Third", '"price":"30","total":"0"'),
    ):
        told = await drawn(**dict(zip(("from", "to"), period, strict=True)))
        while f">{name}<" not in told["html"]:  # until the change has come to this node
            told = await drawn(**dict(zip(("from", "to"), period, strict=True)))
        assert price in told["json"]


async def test_an_access_that_is_stored_late_is_not_added_to_an_invoice_that_was_drawn(
    api, college, backend, monkeypatch
):
    """Its call began before midnight, or at a node whose clock is late."""
    yesterday = utc_now().date() - timedelta(days=1)
    end = datetime.combine(yesterday + timedelta(days=1), datetime.min.time(), UTC)
    given = {"client_key": college.client_key, "from": yesterday, "to": yesterday}
    monkeypatch.setattr(
        backend.services.partner.accesses, "_clock", lambda: end - timedelta(milliseconds=5)
    )
    await register(backend, "anna")
    first = (await api.get("invoice", **given)).body
    assert [line["user_id"] for line in first["lines"]] == ["anna"]
    await register(backend, "bob")
    assert (await api.get("invoice", **given)).body == first
    today = {"from": yesterday + timedelta(days=1), "to": "2099-12-31"}
    later = (await api.get("invoice", **given | today)).body
    assert [line["user_id"] for line in later["lines"]] == ["bob"]


async def test_invoices_of_a_closing_period_agree_while_accesses_are_issued(
    api, college, database, backend, monkeypatch
):
    yesterday = utc_now().date() - timedelta(days=1)
    moment = datetime.combine(yesterday, datetime.min.time(), UTC)
    given = {"client_key": college.client_key, "from": yesterday, "to": yesterday}
    monkeypatch.setattr(backend.services.partner.accesses, "_clock", lambda: moment)
    registering = asyncio.gather(*(register(backend, f"user-{number}") for number in range(40)))
    told = [(await api.get("invoice", **given)).body for _ in range(3)]
    await registering
    told.append((await api.get("invoice", **given)).body)
    assert told == [told[0]] * 4
    assert database["accesses"].count_documents({}) == 40


async def test_an_invoice_of_a_running_period_closes_nothing(api, college, database):
    today = utc_now().date()
    given = {"client_key": college.client_key, "from": today, "to": today}
    assert (await api.get("invoice", **given)).status == 200
    assert "invoiced_until" not in database["providers"].find_one()


class TestRowsOfTheFormerVersion:
    """They say of no access what it cost."""

    async def test_a_start_gives_them_the_price_of_their_time_and_says_what_it_assumed(
        self, api, college, database, settings, logs
    ):
        issue_as_formerly(database, at("2026-02-03T12:30:00"), at("2026-02-04T12:30:00"))
        issue(database, at("2026-02-05T12:30:00"))
        for _ in range(2):  # the second start finds nothing to do
            async with open_backend(settings):
                pass
        (said,) = [one for one in logs if one["event"] == "prices_assumed"]
        assert (said["provider"], said["accesses"]) == ("college", 2)
        assert (said["price"], said["currency"]) == ("10.10", "RUB")
        assert "present price" in said["assumption"]
        rows = list(database["accesses"].find(sort=[("at", 1)]))
        assert [str(row["price"]) for row in rows] == ["10.10"] * 3
        assert [row.get("price_assumed", False) for row in rows] == [True, True, False]
        body = (await api.get("invoice", client_key=college.client_key, **FEBRUARY)).body
        assert body["total"] == "30.30"

    async def test_a_change_of_price_after_the_start_does_not_reach_them(
        self, api, college, database, settings, update
    ):
        issue_as_formerly(database, at("2026-02-03T12:30:00"))
        await update(price=Decimal("99.00"), currency="EUR")
        async with open_backend(settings):
            pass
        body = (await api.get("invoice", client_key=college.client_key, **FEBRUARY)).body
        assert (body["total"], body["currency"]) == ("10.10", "RUB")

    async def test_rows_that_a_node_of_the_former_version_still_writes_are_priced_too(
        self, drawn, database, update, other_store
    ):
        before_change = utc_now() - timedelta(minutes=1)
        issue_as_formerly(database, before_change)
        await update(price=Decimal("20.20"))
        issue_as_formerly(database, utc_now() + timedelta(minutes=1))
        told = await drawn(**EVER)
        assert '"total":"30.30"' in told["json"]
        rows = database["accesses"].find(sort=[("at", 1)])
        assert [str(row["price"]) for row in rows] == ["10.10", "20.20"]
        await update(price=Decimal("99.00"), currency="EUR")
        await other_store.price_rows()
        assert '"total":"30.30"' in (await drawn(**EVER))["json"]

    async def test_several_nodes_that_start_at_once_do_it_once(
        self, database, settings, other_store, logs
    ):
        start = at("2026-02-01T00:00:00")
        issue_as_formerly(database, *(start + timedelta(minutes=n) for n in range(1200)))
        client = connect(str(settings.mongodb_uri), settings.driver)
        third_database = open_database(client, settings.database)
        third = LedgerStore(client, third_database, ProviderStore(third_database))
        await asyncio.gather(*(store.price_rows() for store in (other_store, third) * 2))
        await client.close()
        assert database["accesses"].count_documents({"price": None}) == 0
        said = [one["accesses"] for one in logs if one["event"] == "prices_assumed"]
        assert sum(said) == 1200
        kept = database["accesses"].distinct("price")
        assert list(map(str, kept)) == ["10.10"]

    async def test_a_row_of_the_former_version_is_read_before_it_is_priced(
        self, database, backend, other_store
    ):
        """A node of that version may write it between the two."""
        issue_as_formerly(database, at("2026-02-03T12:30:00"))
        provider = await backend.services.partner.providers.get(COLLEGE)
        period = Period(at("2026-02-01").date(), at("2026-02-28").date())
        (entry,) = await other_store.find_period(provider, period)
        (day,) = await other_store.count_by_day(provider, period)
        assert entry.price == day.price == provider.terms.price

    async def test_rows_whose_provider_is_gone_hold_up_no_start(self, database, other_store):
        issue(database, at("2026-02-03T12:30:00"))
        issue_as_formerly(database, at("2026-02-04T12:30:00"), provider="gone")
        issue_as_formerly(database, at("2026-02-05T12:30:00"))
        await other_store.price_rows()
        unpriced = database["accesses"].find({"price": None})
        assert [row["_id"]["provider"] for row in unpriced] == ["gone"]

    async def test_the_index_of_such_rows_is_made_beside_that_of_the_former_version(
        self, database, settings
    ):
        issue_as_formerly(database, at("2026-02-03T12:30:00"))
        database["accesses"].drop_index("unpriced")
        client = connect(str(settings.mongodb_uri), settings.driver)
        await create_indexes(open_database(client, settings.database))
        await client.close()
        plan = database["accesses"].find({"price": None}).hint("unpriced").explain()
        assert plan["executionStats"]["totalKeysExamined"] == 1
        assert "lines" in database["accesses"].index_information()

    async def test_providers_of_the_former_version_work(self, api, college, database, update):
        kept = database.get_collection("providers", write_concern=WriteConcern("majority"))
        kept.update_one({}, {"$unset": {"former_terms": "", "invoiced_until": ""}})
        assert (await update(name="Renamed")).name == "Renamed"
        (former,) = database["providers"].find_one()["former_terms"]
        assert (former["name"], former["price"]) == ("College", Decimal128("10.10"))
        given = {"client_key": college.client_key, "user_id": "anna"}
        assert (await api.get("user/register", **given)).status == 200


class TestChangesOfTerms:
    async def test_what_was_is_kept_once_for_each_change(self, database, update):
        await update(access_limit=5)
        await update(name="College", price=Decimal("10.100"))
        assert (
            "former_terms" not in database["providers"].find_one()
            or not database["providers"].find_one()["former_terms"]
        )
        await update(price=Decimal("11.00"))
        await update(name="$price")
        changed = await update(currency="EUR")
        assert [
            (one.terms.name, str(one.terms.price.amount), one.terms.price.currency)
            for one in changed.former_terms
        ] == [
            ("College", "10.10", "RUB"),
            ("College", "11.00", "RUB"),
            ("$price", "11.00", "RUB"),
        ]
        moments = [one.until for one in changed.former_terms]
        assert moments == sorted(moments)

    @pytest.mark.parametrize(
        "changes",
        [
            {"price": Decimal("0.005")},
            {"price": Decimal(-1)},
            {"currency": "JPY"},
            {"currency": "DEM"},
            {"currency": "XXX"},
            {"price": Decimal("1.5"), "currency": "JPY"},
            {"price": Decimal("NaN")},
        ],
        ids=str,
    )
    async def test_a_price_that_can_not_be_changes_nothing(self, database, update, changes):
        before = database["providers"].find_one()
        with pytest.raises(PriceInvalidError):
            await update(**changes | {"name": "Renamed"})
        assert database["providers"].find_one() == before

    async def test_changes_at_once_never_make_a_price_that_can_not_be(self, database, update):
        await update(price=Decimal(10))
        for _ in range(10):
            await asyncio.gather(
                update(price=Decimal("10.50")), update(currency="JPY"), return_exceptions=True
            )
            row = database["providers"].find_one()
            assert (str(row["price"]), row["currency"]) in (("10.50", "RUB"), ("10", "JPY"))
            await update(price=Decimal(10), currency="RUB")

    async def test_a_currency_that_went_out_of_use_bars_no_other_change(self, database, update):
        database["providers"].update_one({}, {"$set": {"currency": "HRK"}})
        assert (await update(price=Decimal("7.50"))).currency == "HRK"
        assert (await update(name="Renamed")).name == "Renamed"
