"""The conversation with a widget over plain HTTP, where a network lets no WebSocket through.

`POST /http/v1/widget` brings messages and takes the gateway's answers to them; a poll of
`/http/v1/widget/poll` takes what the gateway has to say later. The rules are those of the
conversation (handlers/channel/conversation.py). No node keeps anything between two calls: the
`connection` that each call brings says which opening of which attempt it carries on.
"""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import msgspec
from tornado.web import HTTPError

from handlers.addresses import counted_address, own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.channel import close_codes, limits
from handlers.channel.carrier import Carrier
from handlers.channel.conversation import Conversation
from handlers.channel.services import ChannelServices
from handlers.contract.errors import ParameterInvalidError
from handlers.contract.json_reader import JSON, media_type_of
from handlers.contract.operations import DescribedBody, Operation, Operations
from widget_gateway.domain.attempts.devices import Device, device_of
from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.partners.providers import parse_origin

T = TypeVar("T")

PLAIN = "text/plain"
"""The media type of bodies from pages of other sites. A browser asks for no permission first, as it
would for a body that says it is JSON."""

PREFLIGHT_MAX_AGE_S = 600
"""Seconds for which a browser remembers that a page may send JSON."""

_OPAQUE_ORIGIN = "null"
"""The `Origin` of pages that have none, such as frames in a sandbox."""

_CONNECTION_SCHEMA: dict[str, Any] = {
    "type": "string",
    "description": "The `connection` of the newest answer.",
}
_SAMPLE_CONNECTION = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwYjZlN2MxZSJ9.q83vEjRWeJA"


class Call(msgspec.Struct):
    """A body that brings messages. The first one of a visit has no `connection`."""

    messages: list[msgspec.Raw]
    connection: str | None = None


class Poll(msgspec.Struct):
    """A body that asks for news."""

    connection: str


class CallAnswer(msgspec.Struct):
    """What the gateway has to say, in order.

    `connection` goes into the next call; it is null until a session is open. `close` is the code
    with which a WebSocket would have been closed now, else null.
    """

    messages: list[msgspec.Raw]
    connection: str | None
    close: int | None


class HttpCarrier(Carrier):
    """Collects the messages that the answer to a call brings."""

    is_followed = False
    kind: ClassVar[str] = "widget"

    max_unacknowledged = limits.MESSAGES_A_WINDOW
    """As many as a call may bring, so that all its answers are written together."""

    def __init__(
        self, services: ChannelServices, origin: str | None, own: str, device: Device | None
    ) -> None:
        self.services = services
        self.origin = origin
        self.own_origin = own
        self.device = device
        self.is_closing = False
        self.said: list[msgspec.Raw] = []
        self.code: int | None = None
        self._news = asyncio.Event()

    def send(self, text: str) -> None:
        """Put a message into the answer."""
        if not self.is_closing:
            self.said.append(msgspec.Raw(text.encode()))
            self._news.set()

    def leave(self, code: int) -> None:
        """Put the close code into the answer."""
        if not self.is_closing:
            self.is_closing = True
            self.code = code
            self._news.set()

    def wait_for_opening(self) -> None:
        """Do nothing: a call ends by itself."""

    def stop_waiting(self) -> None:
        """Do nothing: nobody waits."""

    def release(self) -> None:
        """Answer a poll now, since a newer poll of the same client waits."""
        self._news.set()

    def hang_up(self) -> None:
        """End without an answer, since the client has gone."""
        self.is_closing = True
        self._news.set()

    async def news(self) -> None:
        """Wait until there is something to answer, for at most POLL_S seconds."""
        try:
            await asyncio.wait_for(self._news.wait(), limits.POLL_S)
        except TimeoutError:
            return


class _CallCarrier(HttpCarrier):
    """The carrier of a call with messages, which ends by itself."""

    def drain(self) -> None:
        """Let the call end. The client's next one gets `bye`, or another node."""


class _WidgetCallHandler(BaseHandler):
    """What both calls share: the body, its origin, and the answer."""

    services: ChannelServices

    auth: ClassVar[AuthKind | None] = AuthKind.CHANNEL
    max_body_bytes: ClassVar[int] = limits.MAX_CALL_BYTES
    carrier_type: ClassVar[type[HttpCarrier]]

    _carrier: HttpCarrier | None = None

    def budget(self) -> AbstractContextManager[None]:
        """Let a visitor wait for the storage as long as one on a socket."""
        return self.services.visitor_budget()

    def set_default_headers(self) -> None:
        """Set the headers of every answer. The page may read all, since a refusal says why.

        What the page may do is decided by its origin, which the conversation checks.
        """
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Vary", "Origin")
        origin = self.request.headers.get("Origin", "")
        if origin == _OPAQUE_ORIGIN or parse_origin(origin) is not None:
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")

    def compute_etag(self) -> None:
        """Compute none, since no cache stores these answers."""

    async def authenticate(self) -> None:
        """Refuse a body that is neither JSON nor the plain text that pages send JSON as.

        Raises:
            HTTPError: 415.
        """
        if self.request.method == "POST" and media_type_of(self.request) not in (PLAIN, JSON):
            raise HTTPError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)

    def options(self) -> None:
        """Answer a preflight: pages may send JSON."""
        self.set_header("Access-Control-Allow-Methods", "POST")
        self.set_header("Access-Control-Allow-Headers", "Content-Type, X-Request-Id")
        self.set_header("Access-Control-Max-Age", str(PREFLIGHT_MAX_AGE_S))
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()

    async def post(self) -> None:
        """Carry the conversation on, and answer with what the gateway has to say."""
        body = self.parse()
        services, node = self.services, self.services.node
        own = own_origin(self.request, services.public_url, services.trusted_proxies)
        headers = self.request.headers
        device = device_of(headers.get("User-Agent", ""))
        carrier = self.carrier_type(services, headers.get("Origin"), own, device)
        conversation = Conversation(carrier)
        if node.draining:
            HttpCarrier.drain(carrier)  # also a call with messages, which has not begun yet
        else:
            self._carrier = carrier
            node.channels.add(carrier)
            try:
                await carrier.guarded(self.converse(conversation, carrier, body))
            finally:
                conversation.end()
                node.channels.discard(carrier)
        connection = body.connection
        if conversation.is_open:
            connection = services.connections.issue(
                conversation.view, knows_payment=conversation.knows_payment
            )
        self.write_json(CallAnswer(carrier.said, connection, carrier.code))

    def on_connection_close(self) -> None:
        """Let a poll end, since its client has gone."""
        if self._carrier is not None:
            self._carrier.hang_up()

    @abstractmethod
    def parse(self) -> Call | Poll:
        """Read the body.

        Raises:
            ParameterInvalidError: it is not such an object.
        """

    @abstractmethod
    async def converse(self, conversation: Conversation, carrier: HttpCarrier, body: Any) -> None:
        """Carry the conversation on. What this raises is sent to the client."""

    async def carry_on(self, conversation: Conversation, carrier: HttpCarrier, token: str) -> None:
        """Go on with the attempt that the connection has opened.

        Raises: whatever an `open` is refused with, and
            TokenInvalidError, ConnectionExpiredError: the connection can't be carried on.
            AttemptSupersededError: a newer one has opened the attempt.
        """
        connection = self.services.connections.read(token)
        self.count(str(connection.attempt))
        attempts = self.services.attempts
        await attempts.admit(connection.provider, carrier.origin, carrier.own_origin)
        view = await attempts.carry_on(
            provider=connection.provider,
            attempt_id=connection.attempt,
            generation=connection.generation,
        )
        conversation.carry_on(view, knows_payment=connection.knows_payment)

    @property
    def party(self) -> str:
        """Who calls, as far as limits are concerned: the network of an address."""
        return counted_address(self.request, self.services.trusted_proxies)

    def count(self, who: str, messages: int = 1) -> None:
        """Count messages of an attempt, or of an address that has not opened one yet.

        Raises:
            TooManyMessagesError: they are too many.
        """
        now = time.monotonic()
        if not self.services.call_messages.spend(who, now, messages).allowed:
            raise limits.TooManyMessagesError


class WidgetMessagesHandler(_WidgetCallHandler):
    """`POST /http/v1/widget`: messages of a widget, and the answers to them."""

    carrier_type = _CallCarrier
    is_traced = True
    operations = Operations(
        post=Operation(
            summary="Messages of a widget without a WebSocket",
            tag="public",
            about="The messages of the widget channel (/asyncapi.json) by plain HTTP. The first "
            "call's only message is an `open`; the answer's `connection` goes into the next call. "
            "Refusals come as on the WebSocket, as an `error` and a `close` code.",
            body=DescribedBody(
                schema={
                    "type": "object",
                    "properties": {
                        "messages": {"type": "array", "items": {"type": "object"}},
                        "connection": {"anyOf": [_CONNECTION_SCHEMA, {"type": "null"}]},
                    },
                    "required": ["messages"],
                },
                example={
                    "messages": [
                        {"type": "open", "provider": "college", "test": "career-interests"}
                    ]
                },
                media_types=(PLAIN, JSON),
            ),
            answer=CallAnswer,
            example={
                "messages": [{"type": "ack", "seq": 1}],
                "connection": _SAMPLE_CONNECTION,
                "close": None,
            },
        )
    )

    def parse(self) -> Call:
        """Read the messages of the body, each of which is an object."""
        call = _decoded(self.request.body, Call)
        if not all(bytes(message).startswith(b"{") for message in call.messages):
            raise ParameterInvalidError("messages", "each message is a JSON object.")
        return call

    async def converse(self, conversation: Conversation, carrier: HttpCarrier, body: Call) -> None:
        """Handle the messages in their order."""
        if body.connection is None:
            self.count(self.party, max(1, len(body.messages)))
        else:
            await self.carry_on(conversation, carrier, body.connection)
            self.count(str(conversation.view.id), len(body.messages))
        for message in body.messages:
            if carrier.is_closing:
                return
            frame = bytes(message)
            if not conversation.allows(frame):
                carrier.leave(close_codes.TOO_LARGE)
                return
            await carrier.guarded(conversation.perform(frame.decode()))
        await conversation.settle()


class WidgetPollHandler(_WidgetCallHandler):
    """`POST /http/v1/widget/poll`: held until the gateway has something to say."""

    carrier_type = HttpCarrier
    operations = Operations(
        post=Operation(
            summary="News for a widget without a WebSocket",
            tag="public",
            about="Held for up to 25 s, and answered at once when there is something to say: "
            "`resumed`, or an end.",
            body=DescribedBody(
                schema={
                    "type": "object",
                    "properties": {"connection": _CONNECTION_SCHEMA},
                    "required": ["connection"],
                },
                example={"connection": _SAMPLE_CONNECTION},
                media_types=(PLAIN, JSON),
            ),
            answer=CallAnswer,
            example={"messages": [], "connection": _SAMPLE_CONNECTION, "close": None},
        )
    )

    def parse(self) -> Poll:
        """Read which connection asks for news."""
        return _decoded(self.request.body, Poll)

    async def converse(self, conversation: Conversation, carrier: HttpCarrier, body: Poll) -> None:
        """Wait for news."""
        with self._place():
            await self.carry_on(conversation, carrier, body.connection)
            await conversation.settle()
            if not (carrier.said or carrier.is_closing):
                await conversation.follow()
                await carrier.news()

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Count the poll while it is held.

        Raises:
            TooManyMessagesError: too many are held, in all or from this address.
        """
        if len(self.services.node.channels) > limits.MAX_CONNECTIONS:
            raise limits.TooManyMessagesError
        polls = self.services.metrics.polls
        try:
            with self.services.polls.place(self.party), polls.track_inprogress():
                yield
        except BusyError:
            raise limits.TooManyMessagesError from None


def _decoded(body: bytes, kind: type[T]) -> T:
    """Decode a body.

    Raises:
        ParameterInvalidError: it is no JSON object with the members of the kind.
    """
    try:
        return msgspec.json.decode(body.decode("utf-8"), type=kind)
    except UnicodeDecodeError:
        raise ParameterInvalidError("body", "it is not valid UTF-8.") from None
    except msgspec.ValidationError as error:
        raise ParameterInvalidError("body", f"{error}.") from None
    except (msgspec.DecodeError, RecursionError):
        raise ParameterInvalidError("body", "it is not valid JSON.") from None


ROUTES = [
    (r"/http/v1/widget", WidgetMessagesHandler),
    (r"/http/v1/widget/poll", WidgetPollHandler),
]
