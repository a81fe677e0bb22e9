"""The snippets for frameworks do what docs/integrations.md says: each site against a real gateway.

Plain PHP, Django and Express are themselves. Laravel, Bitrix and WordPress are small stand-ins with
the classes and functions that their snippets name, since none of them can be installed here.
"""

import hashlib
import hmac
import json
import os
import time
import uuid
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from standardwebhooks import Webhook

from tests.clients.drivers import chosen_clients
from tests.clients.snippets import FRAMEWORKS, Site, Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.skipif(
    "CLIENTS" not in os.environ, reason="make test-clients runs the snippets"
)

ORIGIN = "https://college.example"
WEBHOOK_SECRET = "whsec_c2VjcmV0IG9mIHRoZSBzbmlwcGV0cycgdGVzdHMhISE="
PAYMENT_SECRET = "what the payment system and we know"
ANSWERS = [[str(number), ["3"]] for number in range(1, 121)]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, mongodb_uri):
    folder = tmp_path_factory.mktemp("snippets")
    started = Gateway(
        folder,
        MONGODB_URI=mongodb_uri,
        DATABASE=folder.name,  # each module that has this fixture has a gateway of its own
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
    )
    started.start()
    started.command("test", "import", "--bundled")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def key(gateway):
    keys = gateway.command(
        *("provider", "create", "--slug", "college", "--name", "The College"),
        *("--policy", "postpaid", "--origin", ORIGIN, "--sandbox-guests"),
        *("--test-policy", "unlimited"),
    )
    return keys["sandbox_key"]


@pytest.fixture(scope="module", params=FRAMEWORKS)
def site(request, gateway, key, tmp_path_factory):
    if FRAMEWORKS[request.param].language not in chosen_clients():
        pytest.skip("CLIENTS chooses other languages")
    with Site(
        request.param,
        tmp_path_factory.mktemp(request.param),
        GATEWAY_URL=gateway.url,
        GATEWAY_KEY=key,
        WEBHOOK_SECRET=WEBHOOK_SECRET,
        GATEWAY_WEBHOOK_SECRET=WEBHOOK_SECRET,
        PAYMENT_SECRET=PAYMENT_SECRET,
    ) as running:
        yield running
        assert key not in running.log


def post(url, body, **headers):
    request = Request(  # noqa: S310 - the gateway of this test
        url, json.dumps(body).encode(), {"Content-Type": "application/json"} | headers
    )
    try:
        with urlopen(request) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        return refusal.code, json.load(refusal)


class Attempt:
    """A visitor of the sandbox in the widget, who waits for the payment."""

    def __init__(self, gateway) -> None:
        self._url = f"{gateway.url}/http/v1/widget"
        opened = {
            "type": "open",
            "provider": "college",
            "test": "career-interests",
            "locale": "en",
            "sandbox": True,
            "answers": ANSWERS[:70],
        }
        answer = self._say({"messages": [opened]})
        self.session = answer["messages"][0]["session"]
        self._connection = answer["connection"]

    def _say(self, body):
        status, answer = post(self._url, body, Origin=ORIGIN)
        assert status == 200, answer
        return answer

    def finish(self):
        """Answer the rest, which has to be paid for; return the key of the result."""
        rest = [
            {"type": "answer", "seq": seq, "question": question, "value": value}
            for seq, (question, value) in enumerate(ANSWERS[70:], 1)
        ]
        body = {"connection": self._connection, "messages": [*rest, {"type": "finish"}]}
        return self._say(body)["messages"][-1]["result_key"]


@pytest.fixture
def ask(gateway, key):
    """Call the partner API as the site does; return the status and the answer."""

    def call(name, **parameters):
        url = f"{gateway.url}/partner/api/v3/{name}"
        return post(url, parameters, Authorization=f"Bearer {key}")

    return call


def pay(site, session, *, secret=PAYMENT_SECRET):
    """Tell the site of the money as its framework is told; return the status."""
    if site.framework.paid is None:
        return Visitor(site).get(f"/_pay?session={session}")[0]
    body = json.dumps({"session": session, "payment_id": "pay-1"}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Visitor(site).post(site.framework.paid, body, {"X-Signature": signature})[0]


def tell(site, kind, data, *, secret=WEBHOOK_SECRET):
    """Send a webhook to the site; return the status."""
    now = datetime.now(tz=UTC)
    body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data})
    headers = {
        "webhook-id": f"msg_{uuid.uuid4()}",
        "webhook-timestamp": str(int(time.time())),
    }
    headers["webhook-signature"] = Webhook(secret).sign(headers["webhook-id"], now, body)
    return Visitor(site).post(site.framework.webhook, body.encode(), headers)[0]


def finished(gateway, ask):
    """An attempt that was paid for and finished."""
    attempt = Attempt(gateway)
    assert ask("payment/confirm", session=attempt.session)[0] == 200
    return attempt.session, attempt.finish()


def test_a_visitor_pays_finishes_and_gets_the_result(site, gateway, ask):
    visitor = Visitor(site).sign_in(1)
    attempt = Attempt(gateway)
    assert visitor.call("attempts", session=attempt.session)[0] == 200
    status, offer = visitor.call("checkout", session=attempt.session)
    assert status == 200
    assert attempt.session in offer["href"]
    assert offer["price"]
    assert ask("session/get", session=attempt.session)[1]["paid"] is False
    assert pay(site, attempt.session) == 200
    assert ask("session/get", session=attempt.session)[1]["paid"] is True
    result_key = attempt.finish()
    for _ in range(2):
        status, result = visitor.call("results", result_key=result_key)
        assert status == 200, result
        assert {"title", "percentage"} <= set(result["scales"][0])
    passed = ask("user/tests", user_id="user-1")[1]["passed"]
    assert result_key in [each["result_key"] for each in passed]


def test_who_closed_the_page_gets_the_result_by_the_webhook_even_if_it_comes_twice(
    site, gateway, ask
):
    session, result_key = finished(gateway, ask)
    assert Visitor(site).sign_in(2).call("attempts", session=session)[0] == 200
    # Another user can't claim the attempt afterwards.
    assert Visitor(site).sign_in(3).call("attempts", session=session)[0] == 200
    data = {"session": session, "test": "career-interests", "result_key": result_key}
    for _ in range(2):
        assert tell(site, "result.finished", data) in {200, 204}
    passed = ask("user/tests", user_id="user-2")[1]["passed"]
    assert result_key in [each["result_key"] for each in passed]


def test_an_event_that_concerns_nobody_here_is_accepted(site, gateway, ask):
    session, result_key = finished(gateway, ask)
    data = {"session": session, "test": "career-interests", "result_key": result_key}
    assert tell(site, "result.finished", data) in {200, 204}
    assert tell(site, "attempt.paused", {"session": session, "test": "x"}) in {200, 204}
    assert tell(site, "something.new", {}) in {200, 204}
    assert ask("result/get", result_key=result_key)[1]["error"]["reason"] == "result_not_attached"


def test_a_webhook_that_is_not_the_gateways_changes_nothing(site, gateway, ask):
    session, result_key = finished(gateway, ask)
    assert Visitor(site).sign_in(4).call("attempts", session=session)[0] == 200
    data = {"session": session, "test": "career-interests", "result_key": result_key}
    foreign = "whsec_" + "b3RoZXIgc2VjcmV0IG9mIHNvbWVib2R5IGVsc2UhISE="
    assert tell(site, "result.finished", data, secret=foreign) == 400
    unsigned = Visitor(site).post(site.framework.webhook, json.dumps(data).encode(), {})
    assert unsigned[0] == 400
    assert ask("result/get", result_key=result_key)[1]["error"]["reason"] == "result_not_attached"


def test_the_browser_can_confirm_no_payment(site, gateway, ask):
    if site.framework.paid is None:
        pytest.skip("here the framework's own event of a paid order tells of the money")
    session = Attempt(gateway).session
    assert pay(site, session, secret="a guess") == 403
    told = json.dumps({"session": session, "payment_id": "pay-1"}).encode()
    visitor = Visitor(site).sign_in(1)
    for signature in ({}, {"X-Signature": "é"}, {"X-Signature": "00"}):
        headers = {site.framework.token: visitor.token} | signature
        assert visitor.post(site.framework.paid, told, headers)[0] == 403
    assert ask("session/get", session=session)[1]["paid"] is False


@pytest.mark.parametrize("call", ["attempts", "checkout", "results"])
def test_a_call_of_somebody_who_is_not_signed_in_or_of_another_site_is_refused(
    site, gateway, ask, call
):
    session, result_key = finished(gateway, ask)
    told = {"session": session, "result_key": result_key}
    signed_in = Visitor(site).sign_in(1)
    signed_in.token = ""
    forged = Visitor(site).sign_in(1)
    forged.token = "0" * 32
    guest = Visitor(site).sign_in("")
    for visitor in (Visitor(site), guest, signed_in, forged):
        assert visitor.call(call, **told)[0] in {401, 403, 419}
    assert ask("result/get", result_key=result_key)[1]["error"]["reason"] == "result_not_attached"


def test_refusals_of_the_gateway_are_told_by_their_reason(site, gateway, ask):
    _, result_key = finished(gateway, ask)
    reason = site.framework.reason
    first, second = Visitor(site).sign_in(1), Visitor(site).sign_in(5)
    assert first.call("results", result_key=result_key)[0] == 200
    status, told = second.call("results", result_key=result_key)
    assert (status, told[reason]) == (409, "result_attached_to_another_user")
    status, told = second.call("results", result_key=str(uuid.uuid4()))
    assert (status, told[reason]) == (404, "result_not_found")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"17", b"{}", b'{"result_key": []}'])
def test_a_body_that_says_nothing_is_refused_and_is_no_fault(site, body):
    visitor = Visitor(site).sign_in(1)
    headers = {site.framework.token: visitor.token}
    path = site.framework.call.format("results")
    assert 400 <= visitor.post(path, body, headers)[0] < 500
