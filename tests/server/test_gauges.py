"""The metrics that alerts look at: each is caused, and seen in /metrics."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from tornado.testing import bind_unused_port

from storage.attempts.attempts import AttemptChanges
from storage.attempts.journal import AnswerJournal
from storage.commits.engine import CommitEngine
from storage.partners.webhooks import WebhookStore
from tests.support.fixtures import running_backend
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy
from widget_gateway.services import gauges as stored_gauges
from widget_gateway.services.gauges import StoredGauges

pytestmark = pytest.mark.gen_test


@pytest.fixture(autouse=True)
def _not_kept(monkeypatch):
    monkeypatch.setattr(stored_gauges, "KEPT_S", 0)


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, private_networks=("127.0.0.0/8",))


@pytest.fixture
def metrics(api):
    """Read the samples of /metrics, without the prefix of their names."""

    async def read():
        text = (await api.fetch_raw("/metrics")).body.decode()
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name.removeprefix("widget_gateway_"): float(value) for name, value in samples}

    return read


@pytest.fixture
def refusing(monkeypatch):
    """Let the commit engine find no database."""

    async def refuse(*_args, **_kwargs):
        raise StorageUnavailableError

    monkeypatch.setattr(CommitEngine, "submit", refuse)


async def test_the_time_of_an_ack_is_measured_from_the_arrival(
    metrics, college, connect, monkeypatch
):
    assert college
    visitor = await connect()
    session = await visitor.open(test="work-values")
    await visitor.answer_all(session["questions"][:3])
    before = await metrics()
    assert before["ack_seconds_count"] == before['ack_seconds_bucket{le="1.0"}'] == 3
    insert = AnswerJournal._insert

    async def insert_late(journal, batch):
        await asyncio.sleep(1.05)
        return await insert(journal, batch)

    monkeypatch.setattr(AnswerJournal, "_insert", insert_late)
    await visitor.answer(4, "4", "3")
    await visitor.expect("ack")
    after = await metrics()
    assert after["ack_seconds_count"] == 4
    assert after['ack_seconds_bucket{le="1.0"}'] == 3


@pytest.mark.usefixtures("refusing")
async def test_refusals_for_the_storage_are_counted(metrics, api, college, connect):
    before = await metrics()
    assert before['storage_refusals_total{way="call"}'] == 0
    answer = await api.get("user/register", client_key=college.client_key, user_id="anna")
    assert answer.status == 503
    visitor = await connect()
    await visitor.send("open", provider="college", test="work-values")
    assert await visitor.closed(after_error="storage_unavailable") == 4100
    after = await metrics()
    assert after['storage_refusals_total{way="call"}'] == 1
    assert after['storage_refusals_total{way="channel"}'] == 1


async def test_other_refusals_are_not_the_storages(metrics, api, college):
    assert college
    assert (await api.get("user/register", client_key="wrong", user_id="anna")).status == 404
    assert (await metrics())['storage_refusals_total{way="call"}'] == 0


async def test_a_provider_near_its_limit_is_shown_and_others_are_not(metrics, api, register):
    full = await register("full", payment_policy=PaymentPolicy.PREPAID, access_limit=4, overdraft=1)
    await register("unused", payment_policy=PaymentPolicy.PREPAID, access_limit=4)
    await register("empty", payment_policy=PaymentPolicy.PREPAID, access_limit=0)
    await register("postpaid", access_limit=1, access_count=1)
    await register(
        "closed",
        payment_policy=PaymentPolicy.PREPAID,
        access_limit=1,
        access_count=1,
        enabled=False,
    )
    for number in range(4):
        await api.get(
            "access/token", client_key=full.client_key, user_id=f"user-{number}", test="work-values"
        )
    shown = {name: value for name, value in (await metrics()).items() if "limit_used" in name}
    assert shown == {'provider_limit_used_ratio{provider="full"}': 0.8}


async def test_an_old_key_is_shown_until_it_is_rotated(metrics, backend, register):
    await register("old", created_at=utc_now() - timedelta(days=400))
    await register("new")
    shown = {name: value for name, value in (await metrics()).items() if "key_age" in name}
    assert list(shown) == ['provider_key_age_seconds{provider="old"}']
    assert shown.popitem()[1] == pytest.approx(400 * 86_400, abs=600)
    await backend.services.partner.providers.rotate_keys(ProviderSlug("old"), timedelta(days=1))
    assert not [name for name in await metrics() if "key_age" in name]


async def test_a_key_of_a_former_version_is_as_old_as_its_provider(metrics, register, database):
    await register("old", created_at=utc_now() - timedelta(days=500))
    database.providers.update_one({"_id": "old"}, {"$unset": {"keys.$[].created_at": ""}})
    age = (await metrics())['provider_key_age_seconds{provider="old"}']
    assert age == pytest.approx(500 * 86_400, abs=600)


async def test_webhooks_that_find_no_place_let_the_outbox_grow_old(
    backend, college, take_test, database
):
    assert college
    hanging, port = bind_unused_port()  # It accepts connections, and never answers.
    url = f"http://127.0.0.1:{port}/hook"
    await backend.services.partner.webhooks.set_url(ProviderSlug("college"), url)
    await asyncio.gather(*(take_test() for _ in range(6)))
    deliveries = database["webhook_deliveries"]
    await until(lambda: deliveries.count_documents({"lease": {"$ne": None}}) == 4)
    later = StoredGauges(
        backend.services.partner.webhooks._deliveries,
        backend.services.partner.webhooks._providers,
        lambda: utc_now() + timedelta(minutes=6),
        has_old_secret=False,
    )
    (line,) = [
        line
        for line in (await later.expose()).decode().splitlines()
        if line.startswith("widget_gateway_outbox_oldest_seconds ")
    ]
    assert 360 <= float(line.split()[1]) < 420
    hanging.close()


async def test_an_empty_outbox_has_no_age(metrics, college):
    assert college
    assert (await metrics())["outbox_oldest_seconds"] == 0


async def test_streams_that_are_followed_are_not_behind(metrics, backend, college):
    assert college
    streams = (*backend.streams, *backend.search_feed.streams)
    collections = {stream.collection for stream in streams}
    names = {f'change_stream_behind_seconds{{collection="{name}"}}' for name in collections}
    assert len(names) == 8

    async def are_shown() -> bool:
        return names <= (await metrics()).keys()

    await until(are_shown)  # The index had no leader when streams were looked at first.
    shown = await metrics()
    assert all(shown[name] < 10 for name in names)


async def test_a_stream_that_is_not_followed_falls_behind(backend, database):
    changes = AttemptChanges(backend.services.channel.attempts._journal._database)

    async def hear(_change):
        pass

    following = asyncio.ensure_future(changes.follow_forever(hear))
    await until(lambda: changes.is_trusted)
    assert changes.behind_s < 1.5
    following.cancel()
    await until(lambda: changes.behind_s > 1.5)
    following = asyncio.ensure_future(changes.follow_forever(hear))
    await until(lambda: changes.behind_s < 1.5)
    following.cancel()
    assert database is not None


def test_the_former_jwt_secret_is_shown(io_loop, settings):
    for former, shown in ((None, b"0.0"), ("the former secret of the tests", b"1.0")):
        changed = msgspec.structs.replace(settings, jwt_old_secret=former)
        with running_backend(io_loop, changed) as backend:
            exposed = io_loop.run_sync(backend.services.public.gauges.expose)
            assert b"widget_gateway_jwt_old_secret_set " + shown in exposed


async def test_without_the_database_the_other_metrics_come_soon(metrics, college, monkeypatch):
    assert college
    assert (await metrics())["storage_up"] == 1

    async def hang(_store, _now):
        await asyncio.Event().wait()

    monkeypatch.setattr(stored_gauges, "READ_S", 0.1)
    monkeypatch.setattr(WebhookStore, "find_due", hang)
    async with asyncio.timeout(10):
        shown = await metrics()
    assert shown["storage_up"] == 0
    assert "outbox_oldest_seconds" not in shown
    assert "answers_total" in shown


async def test_the_gauges_are_read_once_for_many_who_ask(backend, monkeypatch):
    monkeypatch.setattr(stored_gauges, "KEPT_S", 60)
    reads = []
    find_due = WebhookStore.find_due

    async def counted(store, now):
        reads.append(now)
        return await find_due(store, now)

    monkeypatch.setattr(WebhookStore, "find_due", counted)
    gauges = StoredGauges(
        backend.services.partner.webhooks._deliveries,
        backend.services.partner.webhooks._providers,
        utc_now,
        has_old_secret=False,
    )
    await asyncio.gather(*(gauges.expose() for _ in range(20)))
    assert len(reads) == 1
