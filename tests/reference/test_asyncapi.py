"""`/asyncapi.json` is valid and complete and agrees with the real messages of the channels."""

import json
import os
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from handlers.channel import messages, portal_messages, widget_messages
from handlers.reference.asyncapi import asyncapi_document
from handlers.reference.channels import CHANNELS, PORTAL, WIDGET
from handlers.routes import all_routes

DOCUMENT = asyncapi_document("https://gateway.example:8443")
PUBLISHED = (
    Path(__file__).parents[2]
    / ".venv/typescript/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
)
"""The schema of AsyncAPI documents, as the initiative publishes it; `make` fetches it."""

EXAMPLES = [
    pytest.param(key, example["payload"], id=f"{key}-{number}")
    for key, message in DOCUMENT["components"]["messages"].items()
    for number, example in enumerate(message["examples"])
]


def faults(key, payload):
    """Return the faults that the schema of this message finds in the payload."""
    schema = DOCUMENT["components"]["messages"][key]["payload"]
    validator = Draft202012Validator(schema | {"components": DOCUMENT["components"]})
    return [error.message for error in validator.iter_errors(payload)]


async def fetched(api):
    return (await api.fetch("/asyncapi.json")).body


@pytest.mark.gen_test
async def test_the_document_is_served_with_the_address_of_the_gateway(api, base_url):
    document = await fetched(api)
    assert document["servers"]["gateway"] == {
        "host": base_url.removeprefix("http://"),
        "protocol": "ws",
    }
    assert document["channels"] == DOCUMENT["channels"]


def test_a_gateway_behind_https_is_reached_by_wss():
    assert DOCUMENT["servers"]["gateway"] == {"host": "gateway.example:8443", "protocol": "wss"}


def test_the_document_follows_the_published_schema():
    if not PUBLISHED.exists() and os.environ.get("CI") != "true":  # CI must run it.
        pytest.skip(f"{PUBLISHED} is fetched by `make check` or `make test`")
    validator = Draft7Validator(json.loads(PUBLISHED.read_text()))
    assert [error.message for error in validator.iter_errors(DOCUMENT)] == []
    broken = DOCUMENT | {"channels": {"widget": {"address": 1}}}
    assert not validator.is_valid(broken)


def test_every_reference_points_at_something():
    def references(node):
        if isinstance(node, dict):
            yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(DOCUMENT))
    assert len(found) > 40
    for reference in found:
        node = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize(("key", "payload"), EXAMPLES)
def test_every_example_is_what_its_schema_says(key, payload):
    assert faults(key, payload) == []
    assert faults(key, payload | {"type": "other"}) != []


@pytest.mark.parametrize(
    ("channel", "module"), [(WIDGET, widget_messages), (PORTAL, portal_messages)]
)
def test_every_message_that_a_channel_reads_is_described_and_read(channel, module):
    assert {type(message) for message in channel.received} == set(get_args(module.Message))
    for example in channel.received:
        assert module.decode(msgspec.json.encode(example).decode()) == example


@pytest.mark.parametrize(
    ("channel", "module"), [(WIDGET, widget_messages), (PORTAL, portal_messages)]
)
def test_no_type_of_message_is_left_out(channel, module):
    typed = {
        member
        for source in (messages, module)
        for member in vars(source).values()
        if isinstance(member, type)
        and issubclass(member, msgspec.Struct)
        and member is not msgspec.Struct
    }
    assert {type(message) for message in (*channel.received, *channel.sent)} == typed


def test_the_channels_are_where_the_gateway_serves_them(backend):
    served = {route.regex.pattern for route in all_routes(backend.services)}
    assert {f"{channel.address}$" for channel in CHANNELS} <= served


@pytest.mark.gen_test
async def test_what_the_widget_channel_says_is_what_the_document_says(connect, register):
    await register("college")
    visitor = await connect()
    said = []

    async def hear(kind):
        said.append(await visitor.expect(kind))
        return said[-1]

    await visitor.send("open", provider="college", test="career-interests", locale="en")
    session = await hear("session")
    for seq, question in enumerate(session["questions"], start=1):
        await visitor.answer(seq, question["id"], question["options"][0]["value"])
        await hear("ack")
    await hear("pause")
    await visitor.send("ping")
    await hear("pong")
    await visitor.send("fly")
    await hear("error")
    for message in said:
        assert faults(f"widget.{message['type']}", message) == []
