"""Webhooks: partners whose servers are slow don't make the events of others wait."""

import asyncio
from datetime import timedelta
from statistics import median

import msgspec
import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from storage.commits.deliveries import delivery_document
from storage.partners import webhooks as stored_webhooks
from tests.support.fixtures import WORK_VALUES
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.webhook_events import WebhookEventType
from widget_gateway.domain.partners.webhooks import WebhookEvent
from widget_gateway.services.partners import webhooks
from widget_gateway.services.partners.delivery_places import (
    MAX_IN_FLIGHT,
    MAX_OF_A_PROVIDER,
    MAX_OF_A_RECEIVER,
    DeliveryPlaces,
)

pytestmark = pytest.mark.gen_test

COLLEGE = ProviderSlug("college")
TAKEN = 15
"""Deliveries whose times are compared: the median of so many does not depend on one odd pause."""


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, private_networks=("127.0.0.0/8",))


@pytest.fixture
def receiver(io_loop):
    """A quick receiver: the times of its calls, and its `url`."""

    class Quick:
        def __init__(self) -> None:
            self.times = []

    quick = Quick()

    class QuickHandler(RequestHandler):
        def post(self):
            quick.times.append(asyncio.get_running_loop().time())
            self.set_status(204)

    sock, port = bind_unused_port()
    server = HTTPServer(Application([("/", QuickHandler)], log_function=lambda _: None))
    server.add_socket(sock)
    quick.url = f"http://127.0.0.1:{port}/"
    yield quick
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def hanging_url():
    """Make receivers that listen and never answer."""
    opened = []

    def make():
        sock, port = bind_unused_port()
        opened.append(sock)
        return f"http://127.0.0.1:{port}/"

    yield make
    for sock in opened:
        sock.close()


def deliveries_of(provider, count):
    """Make documents of deliveries that have been due for an hour."""
    event = WebhookEvent(
        type=WebhookEventType.RESULT_ATTACHED,
        provider=provider,
        sandbox=False,
        at=utc_now() - timedelta(hours=1),
        data={},
    )
    return [delivery_document(event) for _ in range(count)]


@pytest.fixture
def in_flight(database):
    """Count the deliveries of a provider that are being sent."""
    return lambda provider: database["webhook_deliveries"].count_documents(
        {"provider": provider, "lease": {"$ne": None}}
    )


@pytest.fixture
def attach(api):
    """Attach a result of a new user. Returns the time of the call by the loop's clock."""

    async def call(keys, user):
        keyed = {"client_key": keys.client_key}
        saved = await api.post_json(
            "progress/save", test="work-values", progress=WORK_VALUES, **keyed
        )
        began = asyncio.get_running_loop().time()
        key = saved.body["result_key"]
        answer = await api.get("result/attach", user_id=user, result_key=key, **keyed)
        assert answer.status == 200
        return began

    return call


async def test_ten_partners_whose_servers_hang_delay_no_other(
    backend, register, receiver, hanging_url, attach, in_flight, database
):
    """From the call that causes the event until the receiver has it."""
    service = backend.services.partner.webhooks
    college = await register("college")
    await service.set_url(COLLEGE, receiver.url)

    async def latencies(name):
        found = []
        for number in range(TAKEN):
            began = await attach(college, f"{name}-{number}")
            expected = len(found) + 1 + (TAKEN if name == "later" else 0)
            await until(lambda expected=expected: len(receiver.times) == expected)
            found.append(receiver.times[-1] - began)
        return found

    await attach(college, "first")  # What is loaded once is loaded now.
    await until(lambda: receiver.times)
    receiver.times.clear()
    quiet = median(await latencies("quiet"))
    noisy = [ProviderSlug(f"noisy-{number}") for number in range(10)]
    for provider in noisy:
        await register(provider)
        await service.set_url(provider, hanging_url())
        database["webhook_deliveries"].insert_many(deliveries_of(provider, 1_000))
    await until(lambda: all(in_flight(provider) == MAX_OF_A_PROVIDER for provider in noisy))
    beside = median(await latencies("later"))
    assert beside <= 2 * quiet, f"{beside * 1_000:.1f} ms beside them, {quiet * 1_000:.1f} ms alone"
    await until(lambda: all(in_flight(provider) == MAX_OF_A_PROVIDER for provider in noisy))


async def test_an_event_leaves_without_a_look_into_the_outbox(
    backend, college, receiver, attach, monkeypatch
):
    monkeypatch.setattr(webhooks, "POLL_S", 10_000)
    await backend.services.partner.webhooks.set_url(COLLEGE, receiver.url)
    for number in range(3):
        await attach(college, f"user-{number}")
        await until(lambda number=number: len(receiver.times) > number)


async def test_a_backlog_is_sent_without_a_pause(
    backend, college, receiver, attach, database, monkeypatch
):
    """The end of each delivery leads to the next one, although only a few are sent at once."""
    monkeypatch.setattr(webhooks, "POLL_S", 10_000)
    await backend.services.partner.webhooks.set_url(COLLEGE, receiver.url)
    database["webhook_deliveries"].insert_many(deliveries_of(COLLEGE, 50))
    await attach(college, "anna")
    await until(lambda: len(receiver.times) == 51)


async def test_partners_with_one_receiver_share_its_places(
    backend, register, hanging_url, in_flight, database
):
    url = hanging_url()
    together = [ProviderSlug(f"shared-{number}") for number in range(6)]
    for provider in together:
        await register(provider)
        await backend.services.partner.webhooks.set_url(provider, url)
    database["webhook_deliveries"].insert_many(
        [row for provider in together for row in deliveries_of(provider, 10)]
    )
    await until(lambda: sum(map(in_flight, together)) == MAX_OF_A_RECEIVER - 2)
    assert {in_flight(provider) for provider in together} == {2, 3}


async def test_finding_what_is_due_reads_one_entry_of_each_provider(backend, database):
    assert backend
    now = utc_now()
    for provider in ("busy", "college", "idle"):
        rows = deliveries_of(provider, 5_000 if provider == "busy" else 2)
        for row in rows:
            row["next_at"] = now + timedelta(hours=1 if provider == "idle" else -1)
        database["webhook_deliveries"].insert_many(rows)
    explained = database.command(
        "explain",
        {
            "aggregate": "webhook_deliveries",
            "pipeline": stored_webhooks._pipeline_of_due(now),
            "cursor": {},
        },
        verbosity="executionStats",
    )
    first = explained["stages"][0]["$cursor"]["executionStats"]
    assert first["totalKeysExamined"] <= 10
    assert first["totalDocsExamined"] <= 10


def test_a_partner_has_few_places_and_each_has_one():
    places = DeliveryPlaces()
    taken = []

    def take_all(provider, url):
        count = 0
        while places.has_room(provider, url):
            places.take(provider, url)
            taken.append((provider, url))
            count += 1
        return count

    hosts = [f"https://{number}.example/" for number in range(100)]
    counts = [take_all(f"provider-{n}", host) for n, host in enumerate(hosts)]
    assert counts[:16] == [MAX_OF_A_PROVIDER] * (MAX_IN_FLIGHT // MAX_OF_A_PROVIDER)
    assert counts[16:] == [1] * 84
    for provider, url in taken:
        places.give_back(provider, url)
    assert places._in_flight == places._of_receiver == {}


def test_a_receiver_has_few_places_and_one_is_left_for_others():
    places = DeliveryPlaces()
    taken = 0
    for number in range(4):
        provider, url = f"provider-{number}", f"https://Shared.example/{number}"
        while places.has_room(provider, url):
            places.take(provider, url)
            taken += 1
    assert taken < MAX_OF_A_RECEIVER
    assert places.has_room("quiet", "https://shared.example:443/")
    assert not places.has_room("provider-3", "https://shared.example/")
    assert places.has_room("provider-3", "https://shared.example:8443/")
    assert places.has_room("provider-3", None)
