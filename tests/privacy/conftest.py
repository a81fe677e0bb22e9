"""A user with something in every collection, and calls of several nodes about her."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.partner_api import PartnerApi
from widget_gateway.services.catalogue.files import read_definition_file

EVERY_TYPE = Path(__file__).parents[1] / "catalogue" / "definitions" / "every-type.yaml"
SECRET = "Тайный-ответ-4711"
"""What the user writes into a question. Nobody else does."""

SHEET = [
    ["river", ["b"]],
    ["primes", ["c", "a"]],
    ["space", [SECRET, "1961"]],
    ["work", ["calm", "pay", "people"]],
    ["alone", ["-2"]],
]


@dataclass
class Known:
    """The user, and all keys that the partner has got for her."""

    user_id: str
    caller: dict[str, str]
    user_key: str = ""
    results: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    visitor: Any = None

    @property
    def traces(self) -> list[str | UUID]:
        """All by which she, or what she has answered, could be found."""
        keys = (self.user_key, *self.results, *self.sessions, *self.tokens)
        return [self.user_id, SECRET, *map(UUID, keys)]


@pytest.fixture
def every_type(io_loop, backend):
    definition = read_definition_file(EVERY_TYPE)
    io_loop.run_sync(lambda: backend.services.public.catalogue.add(EVERY_TYPE, definition))
    return "every-type"


@pytest.fixture
def school(make_provider):
    """A provider whose webhooks nobody receives."""
    return make_provider("school", webhook_url="https://hooks.invalid/", price=Decimal("100.00"))


@pytest.fixture
def there(http_client, other_node_url):
    """The partner's server, which calls the second node."""
    return PartnerApi(http_client, other_node_url)


@pytest.fixture
def once(api):
    """Make a call with an `Idempotency-Key`, whose answer is kept."""

    async def call(path, api=api, **parameters):
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        body = json.dumps(parameters)
        answer = await api.fetch(path, method="POST", headers=headers, body=body)
        assert answer.status == 200, answer.body
        return answer.body

    return call


@pytest.fixture
def make_known(once, school, every_type, connect):
    """Give a user of the school something in every collection."""

    async def make(user_id, key=school.client_key) -> Known:
        known = Known(user_id, {"client_key": key})
        named = known.caller | {"user_id": user_id}
        known.user_key = (await once("user/register", **named))["user_key"]
        by_key = known.caller | {"user_key": known.user_key}
        saved = await once("progress/save", **by_key, test=every_type, progress=SHEET)
        guest = await once("progress/save", **known.caller, test=every_type, progress=SHEET)
        await once("result/attach", **named, result_key=guest["result_key"])
        known.results += [saved["result_key"], guest["result_key"]]
        for finishes in (True, False):
            issued = await once("access/token", **named, test=every_type)
            known.tokens.append(issued["access_token"])
            visitor = await connect()
            opened = await visitor.open("school", test=every_type, access_token=known.tokens[-1])
            known.sessions.append(opened["session"])
            for seq, (question, value) in enumerate(SHEET[: 5 if finishes else 3], start=1):
                await visitor.answer(seq, question, *value)
                assert (await visitor.receive())["type"] == "ack"
            if finishes:
                await visitor.send("finish")
                known.results.append((await visitor.expect("finished"))["result_key"])
                await visitor.leave()
            else:
                known.visitor = visitor
        unspent = await once("access/token", **named, test=every_type)
        known.tokens.append(unspent["access_token"])
        await once("user/tests", **by_key)
        await once("users", **known.caller)
        await once("invoice", **known.caller, **{"from": "2020-01-01", "to": "2099-12-31"})
        await once("webhook/deliveries", **known.caller)
        await once("result/get", **known.caller, result_key=known.results[0])
        await once("answers/get", **known.caller, result_key=known.results[1])
        await once("session/get", **known.caller, session=known.sessions[-1])
        return known

    return make
