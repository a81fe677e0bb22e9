"""The findings of `doctor` in a replica set whose configuration does not fit our waits."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.client import connect, open_database
from storage.health import HealthStore, SetConfiguration
from storage.partners.ledger import LedgerStore
from storage.partners.providers import ProviderStore
from storage.partners.users import UserStore
from widget_gateway.services.health import HealthService, waits_fit

pytestmark = pytest.mark.gen_test

MONGODB_DEFAULT_MS = 10_000


@pytest.fixture
def examine(backend, settings, client):
    """Examine the set as it is configured: `examine(electionTimeoutMillis=30_000)`."""
    assert backend

    async def look(**changes):
        config = client.admin.command("replSetGetConfig")["config"]
        before = dict(config["settings"])
        config["settings"] |= changes
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)
        node = connect(str(settings.mongodb_uri), settings.driver)
        try:
            database = open_database(node, settings.database)
            providers = ProviderStore(database)
            store = HealthStore(
                node,
                database,
                providers=providers,
                ledger=LedgerStore(node, database, providers),
                users=UserStore(database),
            )
            service = HealthService(
                store, lambda: datetime.now(UTC), lambda: True, timedelta(seconds=15)
            )
            return {finding.subject: finding for finding in await service.examine()}
        finally:
            await node.close()
            config["settings"] = before
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)

    return look


async def test_mongodbs_defaults_fit(examine):
    findings = await examine(electionTimeoutMillis=MONGODB_DEFAULT_MS)
    for subject in ("elections", "frozen primaries", "voting members", "abandoned transactions"):
        assert findings[subject].ok, findings[subject]


async def test_transactions_that_outlive_a_callers_wait_are_a_fault(examine, client):
    lifetime = "transactionLifetimeLimitSeconds"
    before = client.admin.command({"getParameter": 1, lifetime: 1})[lifetime]
    client.admin.command({"setParameter": 1, lifetime: 60})
    try:
        finding = (await examine())["abandoned transactions"]
    finally:
        client.admin.command({"setParameter": 1, lifetime: before})
    assert not finding.ok
    assert lifetime in finding.remedy


@pytest.mark.parametrize(
    ("voters", "election_s", "source_s", "faults"),
    [
        (3, 10, 7, set()),
        (1, 60, 14, set()),  # A single member elects itself at once.
        (3, 14, 7, {"elections", "frozen primaries"}),
        (3, 10, 14, {"frozen primaries"}),  # These are the defaults of MongoDB.
        (2, 10, 7, {"voting members"}),
    ],
)
async def test_sets_that_outlast_the_waits_or_have_no_majority(
    voters, election_s, source_s, faults
):
    configuration = SetConfiguration(
        election_timeout=timedelta(seconds=election_s),
        voters=voters,
        transaction_lifetime=timedelta(seconds=5),
        source_wait=timedelta(seconds=source_s),
    )
    findings = waits_fit(configuration, timedelta(seconds=15))
    assert {finding.subject for finding in findings if not finding.ok} == faults


async def test_a_set_that_may_not_be_looked_at_is_no_fault():
    assert [finding.ok for finding in waits_fit(None, timedelta(seconds=15))] == [True]
