"""Every client does what the cases say: against a real gateway, through a proxy that fails."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue

import pytest
from jsonschema import Draft202012Validator

from handlers.reference.openapi import openapi_document
from handlers.reference.pages import endpoints
from tests.clients.drivers import Driver, chosen_clients
from tests.clients.faulty_proxy import FaultyProxy
from tests.clients.stage import Play, Provider, Stage
from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S

CASES = [
    pytest.param(case, id=f"{file.stem}-{case['about'].replace(' ', '-')}")
    for file in sorted(Path(__file__).parent.glob("cases/*.json"))
    for case in json.loads(file.read_text("utf-8"))["cases"]
    if "CLIENTS" in os.environ or case.get("short")
]
"""All cases where clients are named, as `make test-clients` does; otherwise the short ones."""


class Inbox(HTTPServer):
    """A partner's server, which keeps the webhooks that it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _InboxHandler)
        self.got: Queue[tuple[dict[str, str], bytes]] = Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/hooks"


class _InboxHandler(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        """Keep a webhook."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.got.put((dict(self.headers), body))

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Iterator[Stage]:
    gateway = Gateway(tmp_path_factory.mktemp("gateway") / "data", PRIVATE_NETWORKS="127.0.0.0/8")
    try:
        gateway.start()
        gateway.run("test", "import", "--bundled")
        with FaultyProxy(gateway.url) as proxy:
            yield Stage(gateway, proxy)
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def provider(stage) -> Provider:
    return stage.register()


@pytest.fixture(scope="module", params=chosen_clients())
def driver(request, tmp_path_factory) -> Iterator[Driver]:
    errors = tmp_path_factory.mktemp(request.param) / "stderr"
    with Driver(request.param, errors) as running:
        yield running


@pytest.mark.parametrize("case", CASES)
def test_a_client_does_what_the_case_says(stage, provider, driver, case):
    if "provider" in case:
        provider = stage.register(*case["provider"])
    play = Play(stage, provider, driver, case)
    play.begin()
    for step in case["steps"]:
        play.perform(step)


def test_a_webhook_of_the_gateway_is_an_event_of_every_client(stage, driver, inbox):
    provider = stage.register()
    told = stage.gateway.command("provider", "webhook", provider.slug, "--url", inbox.url)
    steps = [
        {"do": "call", "call": "progress/save", "keep": {"result": "result_key"},
         "parameters": {"test": "work-values", "progress": "$progress"}},
        {"do": "call", "call": "result/attach",
         "parameters": {"user_id": "$user", "result_key": "$result"}},
    ]  # fmt: skip
    play = Play(stage, provider, driver, {})
    play.begin()
    for step in steps:
        play.perform(step)
    headers, body = inbox.got.get(timeout=PATIENCE_S)
    document = openapi_document(endpoints(), stage.gateway.url)
    described = document["webhooks"]["result.attached"]["post"]["requestBody"]["content"]
    schema = described["application/json"]["schema"] | {"components": document["components"]}
    Draft202012Validator(schema).validate(json.loads(body))
    answer = driver.perform(
        {
            "do": "webhook",
            "secrets": [told["secret"]],
            "headers": headers,
            "body": base64.b64encode(body).decode(),
        }
    )
    assert answer["value"]["type"] == "result.attached", answer
    assert answer["value"]["data"]["test"] == "work-values"
