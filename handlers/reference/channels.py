"""What `/asyncapi.json` says about the channels besides the types of their messages.

The messages of a channel are listed as examples, at least one of each type. An example is an
instance of its type, so it has the right shape; a test checks that no type is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from handlers.channel import close_codes, limits
from handlers.channel.messages import Bye, ErrorMessage, Ping, Pong
from handlers.channel.portal import PortalChannel
from handlers.channel.portal_messages import AckEvent, EventMessage
from handlers.channel.widget import WidgetChannel
from handlers.channel.widget_messages import (
    AckMessage,
    AnswerMessage,
    Finish,
    FinishedMessage,
    Open,
    PauseMessage,
    ResumedMessage,
    SessionMessage,
)
from widget_gateway.domain.attempts.attempts import AttemptState
from widget_gateway.domain.portal.events import PortalEventType

_SESSION = UUID("0b6e7c1e-54a3-4e0e-8a3b-6f2d9d1c7a10")
_RESULT = UUID("5f0f2a4e-9a8e-4a70-9c55-1f6f1e0b7d22")
_QUESTION = msgspec.Raw(
    b'{"id":"1","number":1,"type":"option","text":"You like to mend things.",'
    b'"options":[{"value":"a","text":"Yes"},{"value":"b","text":"No"}]}'
)

_ENDS: dict[int, str] = {
    1000: "Done.",
    close_codes.GOING_AWAY: "The node is draining: reconnect at a random moment, as `bye` says.",
    close_codes.TOO_LARGE: "A frame above its limit, which is usually 64 KiB: stop.",
    close_codes.INTERNAL: "A fault of the gateway: reconnect with backoff.",
    close_codes.PROTOCOL_VIOLATION: "A frame that is no JSON object: stop.",
    close_codes.STORAGE_UNAVAILABLE: "Storage is unavailable: reconnect with backoff.",
    close_codes.TOO_MANY: "Too many messages or connections: reconnect with backoff.",
    close_codes.TOO_SLOW: "Over 256 KiB wait for the reader, or over 4 MiB of large "
    "messages: reconnect with backoff.",
}
"""Close codes of every channel, with what a client should do."""


@dataclass(frozen=True, kw_only=True)
class DescribedChannel:
    """A channel. `received` and `sent` are examples of messages to and from the gateway."""

    name: str
    address: str
    title: str
    about: str
    subprotocol: dict[str, Any]
    security: dict[str, Any] = field(default_factory=dict)
    received: Sequence[msgspec.Struct]
    sent: Sequence[msgspec.Struct]
    close_codes: dict[int, str]


WIDGET = DescribedChannel(
    name=WidgetChannel.kind,
    address="/ws/v1/widget",
    title="Widget channel",
    about="Between the browser widget and the gateway. The first message is `open`, within 10 s. "
    "Every answer is acknowledged once it is durable; what was not acknowledged is sent again "
    "after a reconnect, and a repeated `seq` changes nothing. Where a network lets no WebSocket "
    "through, `POST /http/v1/widget` carries the same messages (/openapi.json).",
    subprotocol={
        "type": "string",
        "const": WidgetChannel.subprotocol,
        "description": "May be left out; other subprotocols alone are refused.",
    },
    received=[
        Open(
            provider="college",
            test="career-interests",
            locale="en",
            open_id="5f0c7e0e-8d0b-4c53-9a86-0a3f6a1d2b47",
        ),
        Open(provider="college", session=str(_SESSION), resume_token="3q2-7wAAAAAAAAAAAAAAAA"),  # noqa: S106 - an example
        AnswerMessage(seq=1, question="1", value=["a"]),
        AnswerMessage(seq=7, question="7", value=["b"], generation=1),
        Finish(),
        Ping(),
    ],
    sent=[
        SessionMessage(
            session=_SESSION,
            state=AttemptState.RUNNING,
            test={"slug": "career-interests", "title": "Career interests", "length": 120},
            questions=(_QUESTION,),
            answers=[],
            generation=1,
            seq=0,
            next="1",
            paid=False,
            resume_token="3q2-7wAAAAAAAAAAAAAAAA",  # noqa: S106 - an example
        ),
        AckMessage(seq=1),
        AckMessage(seq=7, generation=1),
        PauseMessage(after=70, answers=[("1", ("a",))], session=_SESSION),
        ResumedMessage(questions=(_QUESTION,), next="71"),
        FinishedMessage(result_key=_RESULT),
        ErrorMessage(
            code="answer_invalid",
            message="The answer does not fit the question.",
            fatal=False,
            seq=1,
        ),
        Pong(),
        Bye(retry_after_ms=limits.DRAIN_SPREAD_MS),
    ],
    close_codes=_ENDS
    | {
        close_codes.ORIGIN_NOT_ALLOWED: "The provider does not allow the page's origin: stop.",
        close_codes.NOT_FOUND: "Unknown provider, test or session: stop.",
        close_codes.TAKEN_OVER: "A newer connection opened the session: offer to continue here.",
        close_codes.NOT_OPENED: "No `open` within 10 s: reconnect with backoff.",
        close_codes.TOKEN_INVALID: "The access or resume token is not valid: renew it first.",
    },
)

PORTAL = DescribedChannel(
    name=PortalChannel.kind,
    address="/ws/v1/portal",
    title="Portal channel",
    about="Events that the intranet portal pushes to a person, on each of the person's devices. "
    "After the handshake come those that nobody has acknowledged yet, in the order in which they "
    "were pushed, then new ones at once. An event comes at least once to each device that is "
    "connected, again after each reconnect until the person's first `ack`, and for 30 days. "
    "`ack` has no answer; repeated, or with an id that is not the person's, it changes nothing.",
    subprotocol={
        "type": "string",
        "pattern": r"^widget-gateway\.portal\.v1, *bearer\..+$",
        "description": "Two subprotocols: `widget-gateway.portal.v1`, which is the one chosen, and "
        "`bearer.` followed by the access token.",
    },
    security={
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": "The access token of `POST /api/v1/auth/login`, as the subprotocol "
        "`bearer.<token>`.",
    },
    received=[AckEvent(id=42), Ping()],
    sent=[
        EventMessage(
            id=42,
            event_type=PortalEventType.KIP_NEW,
            title="Создана новая задача КИП",
            message="Стыковка с международной космической лунной станцией.",
            data=msgspec.Raw(b'{"id":"5dd52390673cf700567e1d72"}'),
            created_at=datetime(2026, 11, 21, 14, 23, 29, 120_000, UTC),
        ),
        ErrorMessage(
            code="unknown_type", message="The type of the message is not known.", fatal=False
        ),
        Pong(),
        Bye(retry_after_ms=limits.DRAIN_SPREAD_MS),
    ],
    close_codes=_ENDS
    | {
        close_codes.NOT_OPENED: "The token could not be checked within 10 s: "
        "reconnect with backoff.",
        close_codes.TOKEN_INVALID: "The access token is missing, wrong or expired, or its "
        "session has ended: renew it, or sign in, then reconnect.",
    },
)

CHANNELS = (WIDGET, PORTAL)
