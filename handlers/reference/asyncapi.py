"""`/asyncapi.json`: the WebSocket channels, described by the types of their messages."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import msgspec

from handlers.reference.channels import CHANNELS, DescribedChannel

Node = dict[str, Any]

_SECURITY = "#/components/securitySchemes"


def asyncapi_document(server_url: str) -> Node:
    """The whole document, AsyncAPI 3.0. Its directions are those of the gateway."""
    kinds = [
        type(message) for channel in CHANNELS for message in (*channel.received, *channel.sent)
    ]
    _, schemas = msgspec.json.schema_components(
        dict.fromkeys(kinds), ref_template="#/components/schemas/{name}"
    )
    server = urlsplit(server_url)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Widget Gateway",
            "version": version("widget-gateway"),
            "description": "The channels of the gateway: WebSockets with text frames, a JSON "
            "object each, of at most 64 KiB. Unknown fields are ignored; a message of an unknown "
            "type is answered with an error that is not fatal. The HTTP API is in /openapi.json.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "gateway": {
                "host": server.netloc,
                "protocol": "wss" if server.scheme == "https" else "ws",
            }
        },
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {
            f"{channel.name}.{action}": _operation(channel, action, messages)
            for channel in CHANNELS
            for action, messages in (("receive", channel.received), ("send", channel.sent))
        },
        "components": {
            "schemas": schemas,
            "messages": {
                key: message for channel in CHANNELS for key, message in _messages(channel).items()
            },
            "securitySchemes": {
                channel.name: channel.security for channel in CHANNELS if channel.security
            },
        },
    }


def _channel(channel: DescribedChannel) -> Node:
    return {
        "address": channel.address,
        "title": channel.title,
        "description": channel.about,
        "messages": {
            kind: {"$ref": f"#/components/messages/{channel.name}.{kind}"}
            for kind in _by_type((*channel.received, *channel.sent))
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {"Sec-WebSocket-Protocol": channel.subprotocol},
                },
                "bindingVersion": "0.1.0",
            }
        },
        "x-close-codes": {str(code): channel.close_codes[code] for code in channel.close_codes},
    }


def _operation(channel: DescribedChannel, action: str, messages: Sequence[msgspec.Struct]) -> Node:
    operation: Node = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [
            {"$ref": f"#/channels/{channel.name}/messages/{kind}"} for kind in _by_type(messages)
        ],
    }
    if channel.security:
        operation["security"] = [{"$ref": f"{_SECURITY}/{channel.name}"}]
    return operation


def _messages(channel: DescribedChannel) -> Node:
    """The messages of both directions by type, since a type has one meaning in a channel."""
    return {
        f"{channel.name}.{kind}": {
            "name": kind,
            "title": kind,
            "summary": (type(examples[0]).__doc__ or "").partition("\n")[0],
            "payload": {"$ref": f"#/components/schemas/{type(examples[0]).__name__}"},
            "examples": [
                {"payload": msgspec.json.decode(msgspec.json.encode(example))}
                for example in examples
            ],
        }
        for kind, examples in _by_type((*channel.received, *channel.sent)).items()
    }


def _by_type(messages: Sequence[msgspec.Struct]) -> dict[str, list[msgspec.Struct]]:
    """The examples of each type of message, by the name of the type on the wire."""
    grouped: dict[str, list[msgspec.Struct]] = {}
    for message in messages:
        grouped.setdefault(str(message.__struct_config__.tag), []).append(message)
    return grouped
