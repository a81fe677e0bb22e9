"""A gateway behind the faulty proxy, and how the steps of a case are carried out on it."""

import base64
import gzip
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen
from uuid import uuid4

from standardwebhooks import Webhook

from tests.clients.drivers import Driver
from tests.clients.faulty_proxy import FaultyProxy, Request
from tests.clients.patterns import filled, found_at, mismatch
from tests.support.fixtures import WORK_VALUES
from tests.support.processes import Gateway

Json = dict[str, Any]


@dataclass(frozen=True)
class Provider:
    """A registered partner."""

    slug: str
    live_key: str
    sandbox_key: str


@dataclass
class Stage:
    """What all cases of a session share."""

    gateway: Gateway
    proxy: FaultyProxy
    numbers: Any = field(default_factory=lambda: count(1))

    def register(self, *options: str) -> Provider:
        """Register a partner with an agreement."""
        slug = f"college-{next(self.numbers)}"
        agreed = options or ("--access-limit", "1000", "--test-policy", "unlimited")
        keys = self.gateway.command(
            *("provider", "create", "--slug", slug, "--name", "College"),
            *("--sandbox-guests", "--allow-no-origin", *agreed),
        )
        return Provider(slug, keys["client_key"], keys["sandbox_key"])


class Play:
    """One case on its way through one client."""

    def __init__(self, stage: Stage, provider: Provider, driver: Driver, case: Json) -> None:
        self._stage = stage
        self._provider = provider
        self._driver = driver
        is_live = case.get("world") == "live"
        self._key = provider.live_key if is_live else provider.sandbox_key
        self._idempotency_keys: set[str] = set()
        number = next(stage.numbers)
        self._variables: Json = {
            "user": f"ученик-{number}",
            "other_user": f"student-{number}-other",
            "third_user": f"student-{number}-third",
            "key": self._key,
            "address": self._stage.proxy.url,
            "progress": WORK_VALUES,
            "progress_object": dict(WORK_VALUES),
            "provider": provider.slug,
            "today": datetime.now(UTC).date().isoformat(),
            "now": str(int(time.time())),
            "nowhere": str(uuid4()),
            "deep": "[" * 200_000,
            "bomb": _bomb(),
            **{name: _secret() for name in ("secret", "new_secret", "other_secret")},
        }
        driver.secrets = {provider.live_key, provider.sandbox_key}
        self._options = case.get("options", {})

    def begin(self) -> None:
        """Have the driver make its client."""
        answer = self._driver.perform(
            {
                "do": "client",
                "address": self._stage.proxy.url,
                "key": self._key,
                "options": self._options,
            }
        )
        is_sandbox = self._key == self._provider.sandbox_key
        assert answer["value"]["sandbox"] is is_sandbox, answer

    def perform(self, step: Json) -> None:
        """Carry out a step, and compare what comes of it."""
        asked = filled({k: v for k, v in step.items() if k not in _OF_THE_RUNNER}, self._variables)
        if asked["do"] == "visit":
            self._variables |= {"session": self._visit(asked["test"])}
            return
        if asked["do"] == "webhook":
            headers, body = signed_webhook(asked.pop("webhook"))
            asked |= {"headers": headers, "body": base64.b64encode(body).decode()}
        if asked["do"] == "client":
            self._key = asked["key"]
        proxy = self._stage.proxy
        proxy.expect(filled(_dated(step.get("faults", [])), self._variables))
        answer = self._driver.perform(asked)
        expected = filled(step.get("expect", {"value": "<any>"}), self._variables)
        if "value" in expected:
            assert "value" in answer, answer
        fault = mismatch(expected, answer, "answer")
        assert fault is None, f"{fault}\n{answer}"
        assert not proxy.faults, f"{len(proxy.faults)} more requests were to come"
        self._check_requests(proxy.requests, step.get("requests", {}), asked)
        for name, path in step.get("keep", {}).items():
            self._variables[name] = found_at(answer["value"], path)

    def _visit(self, test: str) -> str:
        """Have a visitor begin a test; return the session."""
        opened = {"type": "open", "provider": self._provider.slug, "test": test}
        opened |= {"sandbox": self._key == self._provider.sandbox_key, "open_id": str(uuid4())}
        request = HttpRequest(  # noqa: S310 - the gateway of the test
            f"{self._stage.gateway.url}/http/v1/widget",
            json.dumps({"messages": [opened]}).encode(),
            {"Content-Type": "text/plain"},
        )
        with urlopen(request) as response:  # noqa: S310 - the same
            told = json.load(response)
        session: str = told["messages"][0]["session"]
        return session

    def _check_requests(self, requests: list[Request], expected: Json, asked: Json) -> None:
        """Check what has to be true of all requests, and what the case expects of these."""
        if "count" in expected:
            assert len(requests) == expected["count"], requests
        keys = {request.idempotency_key for request in requests}
        for request in requests:
            assert (request.method, request.path.partition("?")[2]) == ("POST", ""), request
            assert request.headers["authorization"] == f"Bearer {self._key}"
            assert request.headers["content-type"].partition(";")[0] == "application/json"
            rest = {k: v for k, v in request.headers.items() if k != "authorization"}
            assert self._key not in f"{rest} {request.path} {request.body!r}"
            assert isinstance(json.loads(request.body), dict), request.body
        if "path" in expected:
            assert [request.path for request in requests] == [expected["path"]] * len(requests)
        if "writes" in expected:
            assert (keys != {None}) is expected["writes"], keys
        if expected.get("same_key"):
            assert len(keys) == 1, keys
            assert keys != {None}
        if "idempotency_key" not in asked:
            assert not self._idempotency_keys & (keys - {None}), "a key is used for two calls"
        self._idempotency_keys |= {key for key in keys if key is not None}
        if "body" in expected:
            body = json.loads(requests[0].body)
            meant = filled(expected["body"], self._variables)
            is_meant = as_understood(body) == as_understood(meant)
            assert is_meant, f"{body} was sent instead of {meant}"
        if "waited_s" in expected:
            waited = requests[1].at - requests[0].at
            assert waited >= expected["waited_s"], waited
        if "sent_below" in expected:
            assert self._stage.proxy.sent_bytes < expected["sent_below"]


_OF_THE_RUNNER = {"faults", "expect", "requests", "keep", "about"}


@cache
def _bomb() -> str:
    """64 MiB as a small file of gzip, in Base64."""
    return base64.b64encode(gzip.compress(b" " * 64 * 2**20)).decode()


def _secret() -> str:
    return "whsec_" + base64.b64encode(uuid4().bytes * 2).decode()


def as_understood(body: Json) -> Json:
    """The parameters with answers as the gateway understands them: texts, in pairs.

    Languages whose lists and objects are one type may send either of the two forms.
    """
    progress = body.get("progress")
    if not isinstance(progress, list | dict):
        return body
    pairs = progress.items() if isinstance(progress, dict) else progress
    listed = [(q, values if isinstance(values, list) else [values]) for q, values in pairs]
    return body | {"progress": [(str(q), list(map(str, values))) for q, values in listed]}


def _dated(faults: list[Any]) -> list[Any]:
    """The faults with `<in 2 s>` replaced by a date of HTTP that is as far away."""
    soon = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    told: list[Any] = json.loads(json.dumps(faults).replace("<in 2 s>", soon))
    return told


def signed_webhook(made: Json) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a webhook, made and signed as the gateway does it.

    A case may say otherwise: `sent_text` and `sent_hex` are sent instead of what was signed.
    """
    body = made.get("text")
    if body is None:
        timestamp = "2026-05-04T12:40:00.000Z"
        told = {"type": made["type"], "timestamp": timestamp, "data": made["data"]}
        body = json.dumps(told, ensure_ascii=False)
    moment = datetime.fromtimestamp(int(time.time()) - made.get("age_s", 0), UTC)
    identity = made.get("id", "msg_1")
    signatures = [
        Webhook(secret).sign(identity, moment, body) for secret in made.get("signed_by", [])
    ]
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join([*made.get("more_signatures", []), *signatures]),
    }
    headers = {name: value for name, value in (headers | made.get("headers", {})).items() if value}
    sent = (made.get("sent_text") or body).encode() + bytes.fromhex(made.get("sent_hex", ""))
    return headers, sent
