"""Webhooks: each stored event is sent, signed, until the partner has received it."""

import asyncio
import json
from datetime import timedelta

import msgspec
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from tests.support.fixtures import WORK_VALUES
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import WebhookUrlInvalidError
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy, TestPolicy
from widget_gateway.services.partners.accesses import UserReference

pytestmark = pytest.mark.gen_test

COLLEGE = ProviderSlug("college")


class Receiver:
    """A partner's server, which records its calls and answers as the test wants."""

    def __init__(self) -> None:
        self.calls = []
        self.statuses = []
        self.headers = {}
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def events(self):
        return [json.loads(body) for _, body in self.calls]

    async def told(self, count):
        """Wait until it was called so many times."""
        await until(lambda: len(self.calls) >= count)
        return self.events


class ReceivingHandler(RequestHandler):
    def initialize(self, receiver):
        self.receiver = receiver

    async def post(self):
        self.receiver.calls.append((self.request.headers, self.request.body.decode()))
        await self.receiver.gate.wait()
        self.set_status(self.receiver.statuses.pop(0) if self.receiver.statuses else 204)
        for name, value in self.receiver.headers.items():
            self.set_header(name, value)


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, private_networks=("127.0.0.0/8",))


@pytest.fixture
def receiver(io_loop):
    assert io_loop
    return Receiver()


@pytest.fixture
def hook_url(io_loop, receiver):
    sock, port = bind_unused_port()
    server = HTTPServer(Application([("/hook", ReceivingHandler, {"receiver": receiver})]))
    server.add_socket(sock)
    yield f"http://127.0.0.1:{port}/hook"
    receiver.gate.set()
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def subscribe(backend, hook_url):
    async def set_url(provider=COLLEGE, url=None):
        return await backend.services.partner.webhooks.set_url(provider, url or hook_url)

    return set_url


@pytest.fixture
def delivered(database):
    """Wait until so many deliveries of the outbox are in this state."""

    async def wait(count, state="delivered"):
        deliveries = database["webhook_deliveries"]
        await until(lambda: deliveries.count_documents({"state": state}) >= count)
        return list(deliveries.find({"state": state}))

    return wait


@pytest.fixture
def settled(database):
    """Wait until the only delivery is no longer being sent."""
    deliveries = database["webhook_deliveries"]
    return lambda: until(lambda: deliveries.find_one()["lease"] is None)


def due_now(database):
    database["webhook_deliveries"].update_many(
        {"state": "waiting"}, {"$set": {"next_at": utc_now()}}
    )


async def test_each_event_of_an_attempt_is_told_once(
    api, college, connect, subscribe, receiver, delivered
):
    await subscribe()
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale="en")
    await visitor.answer_all(session["questions"])
    await visitor.expect("pause")
    (paused,) = await receiver.told(1)
    assert paused["type"] == "attempt.paused"
    assert paused["data"] == {"session": session["session"], "test": "career-interests"}
    keyed = {"client_key": college.client_key}
    await api.get("payment/confirm", session=session["session"], **keyed)
    resumed = await visitor.expect("resumed")
    await visitor.answer_all(resumed["questions"], seq=70)
    await visitor.send("finish")
    key = (await visitor.expect("finished"))["result_key"]
    for _ in range(2):
        await api.get("result/attach", user_id="anna", result_key=key, **keyed)
    await delivered(3)
    finished, attached = receiver.events[1:]
    assert finished["type"] == "result.finished"
    assert finished["data"] == paused["data"] | {"result_key": key}
    assert attached["type"] == "result.attached"
    assert attached["data"] == {"result_key": key, "test": "career-interests", "user_id": "anna"}
    assert len(receiver.calls) == 3


async def test_what_is_sent_verifies_with_the_secret_and_with_no_other(
    api, college, subscribe, receiver
):
    secret = await subscribe()
    await save_attached(api, college.client_key)
    await receiver.told(1)
    headers, body = receiver.calls[0]
    assert headers["Content-Type"] == "application/json"
    assert Webhook(secret).verify(body, dict(headers))["type"] == "result.attached"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43 + "=").verify(body, dict(headers))
    assert college.client_key not in body


async def save_attached(api, client_key, user="anna"):
    keyed = {"client_key": client_key}
    saved = await api.post_json("progress/save", test="work-values", progress=WORK_VALUES, **keyed)
    key = saved.body["result_key"]
    answer = await api.get("result/attach", user_id=user, result_key=key, **keyed)
    assert answer.status == 200
    return key


async def test_a_rotated_secret_and_the_old_one_both_verify(
    api, backend, college, subscribe, receiver
):
    old = await subscribe()
    new = await backend.services.partner.webhooks.rotate_secret(COLLEGE, timedelta(hours=1))
    await save_attached(api, college.client_key)
    await receiver.told(1)
    headers, body = receiver.calls[0]
    for secret in (old, new):
        Webhook(secret).verify(body, dict(headers))


async def test_after_the_overlap_only_the_new_secret_signs(
    api, backend, college, subscribe, receiver
):
    old = await subscribe()
    await backend.services.partner.webhooks.rotate_secret(COLLEGE, timedelta(0))
    await save_attached(api, college.client_key)
    await receiver.told(1)
    headers, body = receiver.calls[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, dict(headers))


async def test_a_failure_is_tried_again_later_with_the_same_id(
    api, college, subscribe, receiver, delivered, settled, database
):
    await subscribe()
    receiver.statuses = [500, 302]
    await save_attached(api, college.client_key)
    for tries in (1, 2):
        await receiver.told(tries)
        await settled()
        assert database["webhook_deliveries"].find_one()["next_at"] > utc_now()
        due_now(database)
    (row,) = await delivered(1)
    assert (row["attempts"], row["status"]) == (3, 204)
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 1
    assert len({body for _, body in receiver.calls}) == 1


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("3600", timedelta(hours=1), timedelta(hours=1)),
        ("0", timedelta(), timedelta(minutes=1)),
        ("-5", timedelta(), timedelta(minutes=1)),
        ("soon", timedelta(), timedelta(minutes=1)),
        ("9" * 5_000, timedelta(days=3), timedelta(days=3)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta(), timedelta(minutes=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=3), timedelta(days=3)),
    ],
)
async def test_a_receiver_may_put_the_next_try_off_within_the_plan(
    api, college, subscribe, receiver, settled, database, asked, least, most
):
    await subscribe()
    receiver.statuses, receiver.headers = [503], {"Retry-After": asked}
    began = utc_now()
    await save_attached(api, college.client_key)
    await receiver.told(1)
    await settled()
    row = database["webhook_deliveries"].find_one()
    assert row["state"] == "waiting"
    assert row["next_at"] <= row["give_up_at"]
    busy = utc_now() - began + timedelta(seconds=1)
    assert least - busy <= row["next_at"] - began <= most + busy


async def test_a_server_that_is_gone_for_good_is_left_alone(
    api, college, subscribe, receiver, delivered
):
    await subscribe()
    receiver.statuses = [410]
    await save_attached(api, college.client_key)
    (row,) = await delivered(1, "failed")
    assert (row["attempts"], row["status"], row["next_at"]) == (1, 410, None)


async def test_after_three_days_it_is_given_up(
    api, college, subscribe, receiver, delivered, settled, database
):
    await subscribe()
    receiver.statuses = [500, 500]
    await save_attached(api, college.client_key)
    await receiver.told(1)
    row = database["webhook_deliveries"].find_one()
    assert row["give_up_at"] - row["at"] == timedelta(days=3)
    await settled()
    database["webhook_deliveries"].update_one({}, {"$set": {"give_up_at": utc_now()}})
    due_now(database)
    (row,) = await delivered(1, "failed")
    assert row["attempts"] == 2


async def test_a_server_that_does_not_answer_holds_up_nobody_else(
    api, college, register, subscribe, receiver, hook_url, delivered
):
    school = await register("school")
    sock, port = bind_unused_port()  # It listens and never accepts.
    await subscribe(url=f"http://127.0.0.1:{port}/")
    await subscribe(ProviderSlug("school"), hook_url)
    for number in range(6):
        await save_attached(api, college.client_key, f"user-{number}")
    await save_attached(api, school.client_key)
    await receiver.told(1)
    await delivered(1)
    sock.close()


async def test_two_nodes_send_each_event_once(
    api, college, subscribe, receiver, delivered, other_node_url
):
    assert other_node_url
    await subscribe()
    await asyncio.gather(
        *(save_attached(api, college.client_key, f"user-{number}") for number in range(30))
    )
    await delivered(30)
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 30
    assert len(receiver.calls) == 30


async def test_a_node_that_died_with_a_delivery_is_replaced_after_its_lease(
    api, backend, college, subscribe, receiver, database
):
    await subscribe()
    receiver.gate.clear()
    await save_attached(api, college.client_key)
    await receiver.told(1)
    store = backend.services.partner.webhooks._deliveries  # This is the store of the other node.
    now = utc_now()
    assert await store.claim_due(COLLEGE, now, now + timedelta(seconds=60)) is None
    later = now + timedelta(seconds=61)
    claimed = await store.claim_due(COLLEGE, later, later + timedelta(seconds=60))
    assert claimed is not None
    assert claimed[0].attempts == 2
    receiver.gate.set()
    await asyncio.sleep(0)
    assert database["webhook_deliveries"].find_one()["state"] == "waiting"


async def test_without_a_webhook_nothing_is_written(api, college, take_test, database):
    key = await take_test()
    await api.get("result/attach", client_key=college.client_key, user_id="anna", result_key=key)
    assert database["webhook_deliveries"].count_documents({}) == 0


async def test_what_was_refused_is_not_told(api, subscribe, register, database):
    keys = await register("college", test_policy=TestPolicy.ONE_TEST)
    await subscribe()
    await save_attached(api, keys.client_key)
    saved = await api.post_json(
        "progress/save", client_key=keys.client_key, test="work-values", progress=WORK_VALUES
    )
    parameters = {"client_key": keys.client_key, "result_key": saved.body["result_key"]}
    answer = await api.get("result/attach", user_id="anna", **parameters)
    assert answer.reason == "result_limit_reached"
    assert database["webhook_deliveries"].count_documents({}) == 1


async def test_the_sandbox_says_that_it_is_one(api, college, subscribe, receiver):
    await subscribe()
    await save_attached(api, college.sandbox_key)
    (event,) = await receiver.told(1)
    assert event["data"]["sandbox"] is True


async def test_the_limit_is_told_at_80_and_at_100_percent_once_each(
    backend, register, subscribe, receiver, delivered
):
    await register("college", payment_policy=PaymentPolicy.PREPAID, access_limit=50, overdraft=5)
    await subscribe()
    services = backend.services.partner
    caller = await a_caller(services)
    await asyncio.gather(
        *(
            services.accesses.register(caller, UserReference(UserId(f"user-{number}"), None))
            for number in range(55)
        )
    )
    await delivered(2)
    told = sorted(receiver.events, key=lambda event: event["data"]["percent"])
    assert [event["type"] for event in told] == ["access.limit_near"] * 2
    assert told[0]["data"] == {
        "percent": 80,
        "access_count": 40,
        "access_limit": 50,
        "overdraft": 5,
    }
    assert (told[1]["data"]["percent"], told[1]["data"]["access_count"]) == (100, 50)
    await services.providers.update(COLLEGE, {"access_limit": 60})
    caller = await a_caller(services)
    for number in range(5):
        await services.accesses.register(caller, UserReference(UserId(f"new-{number}"), None))
    await delivered(3)
    assert receiver.events[-1]["data"]["access_count"] == 60


async def a_caller(services):
    return Caller(await services.providers.get(COLLEGE), sandbox=False)


async def test_the_log_is_listed_newest_first_by_pages_and_state(
    api, college, register, subscribe, receiver, delivered
):
    school = await register("school")
    await subscribe()
    receiver.statuses = [410]
    for number in range(3):
        await save_attached(api, college.client_key, f"user-{number}")
        await receiver.told(number + 1)
    await delivered(2)
    keyed = {"client_key": college.client_key}
    first = (await api.get("webhook/deliveries", limit=2, **keyed)).body
    second = (await api.get("webhook/deliveries", limit=2, after=first["next"], **keyed)).body
    assert second["next"] is None
    listed = first["deliveries"] + second["deliveries"]
    assert [event["data"]["user_id"] for event in listed] == ["user-2", "user-1", "user-0"]
    (failed,) = (await api.get("webhook/deliveries", state="failed", **keyed)).body["deliveries"]
    assert failed == listed[2]
    assert (failed["status"], failed["attempts"], failed["next_attempt_at"]) == (410, 1, None)
    for key in (school.client_key, college.sandbox_key):
        assert (await api.get("webhook/deliveries", client_key=key)).body["deliveries"] == []


async def test_deliveries_are_replayed_one_by_one_or_all_that_failed(
    api, college, subscribe, receiver, delivered
):
    await subscribe()
    receiver.statuses = [410, 410]
    for number in range(3):
        await save_attached(api, college.client_key, f"user-{number}")
        await receiver.told(number + 1)
    await delivered(1)
    keyed = {"client_key": college.client_key}
    today = utc_now().date() - timedelta(days=1)
    assert (await api.post_form("webhook/replay", since=today, **keyed)).body == {"replayed": 2}
    await delivered(3)
    sent = (await api.get("webhook/deliveries", limit=1, **keyed)).body["deliveries"][0]["id"]
    again = await api.post_form("webhook/replay", delivery=sent, **keyed)
    assert again.body == {"replayed": 1}
    await receiver.told(6)
    assert receiver.calls[-1][0]["webhook-id"] == sent


async def test_nobody_replays_what_is_being_sent_or_anothers(
    api, college, register, subscribe, receiver, database
):
    school = await register("school")
    await subscribe()
    receiver.gate.clear()
    await save_attached(api, college.client_key)
    await receiver.told(1)
    parameters = {"delivery": database["webhook_deliveries"].find_one()["_id"]}
    mine = await api.post_form("webhook/replay", client_key=college.client_key, **parameters)
    assert mine.body == {"replayed": 0}
    theirs = await api.post_form("webhook/replay", client_key=school.client_key, **parameters)
    assert (theirs.status, theirs.reason) == (404, "delivery_not_found")
    neither = await api.post_form("webhook/replay", client_key=college.client_key)
    assert (neither.status, neither.reason) == (400, "parameter_missing")


async def test_what_waits_is_given_up_when_the_webhook_is_turned_off(
    api, backend, college, subscribe, receiver, delivered, settled, database
):
    await subscribe()
    receiver.statuses = [500]
    await save_attached(api, college.client_key)
    await receiver.told(1)
    await backend.services.partner.webhooks.turn_off(COLLEGE)
    await settled()
    due_now(database)
    (row,) = await delivered(1, "failed")
    assert row["error"] == "the webhook is off"
    await save_attached(api, college.client_key, "bob")
    assert database["webhook_deliveries"].count_documents({}) == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://user:password@example.org/",
        "https:///hook",
        "https://example.org:99999/",
        "https://example.org/ hook",
        "javascript:alert(1)",
        "",
    ],
)
async def test_an_address_that_can_not_be_called_is_refused(backend, college, url):
    assert college
    with pytest.raises(WebhookUrlInvalidError):
        await backend.services.partner.webhooks.set_url(COLLEGE, url)
    assert (await backend.services.partner.providers.get(COLLEGE)).webhook_url is None
