"""What all HTTP handlers share: request ids, reading parameters, writing errors."""

import re
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, suppress
from enum import Enum, auto
from http import HTTPStatus
from types import TracebackType
from typing import Any, ClassVar

import msgspec
import structlog
from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from handlers.addresses import client_address
from handlers.background import off_loop
from handlers.contract.inputs import Inputs
from handlers.contract.operations import Operation, Operations
from handlers.errors import RETRY_AFTER_S, partner_shape, status_of
from handlers.services import Services
from widget_gateway.domain.errors import (
    GatewayError,
    IdempotencyKeyInUseError,
    RateLimitedError,
    StorageError,
    StorageUnavailableError,
)
from widget_gateway.domain.traces import Facts, Span, Tracer, carried, ended, fault_name

_log = structlog.get_logger(__name__)

JSON_UTF8 = "application/json; charset=UTF-8"
MAX_BODY_BYTES = 2**20
"""The most bytes of a body, unless a handler says otherwise."""

SAMPLE_REQUEST_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
_WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class AuthKind(Enum):
    """How a handler authenticates. Start-up refuses a handler without it (handlers/routes.py)."""

    PUBLIC = auto()
    PROVIDER_KEY = auto()
    CALLBACK_KEY = auto()
    ACCESS_TOKEN = auto()
    CHANNEL = auto()
    QUA_TOKEN = auto()
    CONSOLE = auto()


class UndeclaredOperationError(TypeError):
    """A handler answers to a method without declaring its operation, which is a fault of ours."""


def request_id_of(request: HTTPServerRequest) -> str:
    """The caller's `X-Request-Id` if it is well-formed, else a new id."""
    request_id = request.headers.get("X-Request-Id", "")
    return request_id if _WELL_FORMED_ID.fullmatch(request_id) else uuid.uuid4().hex


class BaseHandler(RequestHandler):
    """A handler that answers with JSON. Its errors have the shape of the partner API.

    Subclasses declare `auth` and `operations` and override HTTP methods; `authenticate` if they
    need to know who calls; `error_body` if errors of their API family have another shape.
    """

    auth: ClassVar[AuthKind | None] = None
    operations: ClassVar[Operations] = Operations()

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES
    """The most bytes of a body that the handler reads."""

    services: Services
    request_id: str = ""
    refusal: Exception | None = None
    """Why the call is refused, if that is known before it is performed."""

    closes: bool = False
    """Whether the connection ends with this answer, since the request is not read to its end."""

    is_traced: ClassVar[bool] = False
    """Whether traces show the calls of the handler, if they are on."""

    span: Span | None = None
    """The span of the call, if it is traced."""

    has_body: bool = False
    """Whether a body follows the headers; known before it is read."""

    _declared_bytes: int = 0
    _has_admitted: bool = False

    def initialize(self, services: Services) -> None:
        """Keep the services that the route was made with. Tornado calls this for each request."""
        self.services = services

    async def _execute(self, *args: Any, **kwargs: Any) -> None:
        """Handle the request. All its calls to the storage share one time limit.

        Tasks that it spawns, and the messages of a WebSocket, have time limits of their own.
        """
        with self.budget():
            if self.services.tracer is None or not self.is_traced:
                await super()._execute(*args, **kwargs)
            else:
                await self._execute_traced(self.services.tracer, *args, **kwargs)

    async def _execute_traced(self, tracer: Tracer, *args: Any, **kwargs: Any) -> None:
        route = type(self).__name__.removesuffix("Handler")
        method = self.request.method
        facts = {
            "http.request.method": method if method in self.SUPPORTED_METHODS else "other",
            "widget_gateway.request_id": self.request_id,
        }
        caller = self.request.headers.get("traceparent")
        self.span = span = tracer.begin_call(route, facts, caller)
        with carried(span), ended(span):
            await super()._execute(*args, **kwargs)
            status = self.get_status()
            span.note({"http.response.status_code": status, **self.facts()})

    def facts(self) -> Facts:
        """What the span of the call tells when it ends: ids only."""
        return {}

    def budget(self) -> AbstractContextManager[None]:
        """Limit the total time that the calls to the storage within it may take."""
        return self.services.call_budget()

    def set_default_headers(self) -> None:
        """Set the headers of every answer. Tornado calls this again before it writes an error."""
        self.request_id = self.request_id or request_id_of(self.request)
        self.set_header("X-Request-Id", self.request_id)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.clear_header("Server")
        if self.closes:
            self.set_header("Connection", "close")

    async def read_headers(self, declared_bytes: int) -> None:
        """Decide before the body is read whether the call is refused.

        `declared_bytes` is the length of the body, 0 if it comes in chunks.
        """
        self.has_body = True
        self._declared_bytes = declared_bytes
        with (
            structlog.contextvars.bound_contextvars(**self._logged()),
            self.budget(),
        ):
            try:
                await self._admit_once()
            except Exception as refusal:  # noqa: BLE001 - `prepare` raises it
                self.refusal = refusal

    async def prepare(self) -> None:
        """Decide whether the call may be made, unless the headers have told it before."""
        structlog.contextvars.bind_contextvars(**self._logged())
        if self.refusal is not None:
            raise self.refusal
        if not self._has_admitted:
            await self._admit_once()
        await self.read()

    def _logged(self) -> dict[str, str]:
        """What each line of the log has that is written while the request is handled."""
        address = client_address(self.request, self.services.trusted_proxies)
        return {"request_id": self.request_id, "client": address}

    async def _admit_once(self) -> None:
        await self.admit()
        self._has_admitted = True

    async def admit(self) -> None:
        """Refuse bodies that are too large and methods that are not allowed, then authenticate.

        It is called before the body is read.
        """
        if self._declared_bytes > self.max_body_bytes:
            raise HTTPError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self.request.method not in self.allowed_methods():
            raise HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        await self.authenticate()

    async def authenticate(self) -> None:
        """Find out who calls, or refuse the call. By default anybody may call."""

    async def read(self) -> None:
        """Read what the handler needs of the body, which has arrived."""

    @classmethod
    def allowed_methods(cls) -> list[str]:
        """The HTTP methods that the handler has, as the header `Allow` lists them."""
        return [
            method
            for method in cls.SUPPORTED_METHODS
            if getattr(cls, method.lower()) is not getattr(RequestHandler, method.lower())
        ]

    @classmethod
    def operation_of(cls, method: str) -> Operation | None:
        """The operation that an HTTP method of the handler performs, if one is declared."""
        return cls.operations.of(method)

    @classmethod
    def describe_refusal(cls, error: GatewayError | None, status: HTTPStatus) -> Any:
        """The body of a refusal as an example for the documentation; as `error_body` makes it."""
        return partner_shape(error, status, SAMPLE_REQUEST_ID)

    async def read_inputs(self) -> Inputs:
        """Read the parameters that the operation of the request's method declares.

        Raises: as `inputs_so_far`.
        """
        return await off_loop(len(self.request.body), self.inputs_so_far)

    def inputs_so_far(self) -> Inputs:
        """Read the parameters of what has arrived of the request: before the body, its query.

        Raises:
            ParameterInvalidError: as Inputs.
            UndeclaredOperationError: no operation is declared for the method.
        """
        operation = self.operation_of(self.request.method or "")
        if operation is None:
            raise UndeclaredOperationError(f"{type(self).__name__}: {self.request.method}")
        return Inputs(self.request, operation)

    def write_json(self, body: Any) -> None:
        """Answer with `body` as JSON; msgspec encodes Structs, UUIDs and times, too."""
        self.set_header("Content-Type", JSON_UTF8)
        self.finish(msgspec.json.encode(body))

    async def write_stream(self, pieces: AsyncIterator[bytes], media_type: str = JSON_UTF8) -> None:
        """Answer with a document, by default of JSON, while it is made.

        A failure before the first piece gets its status. After that, the document breaks off.
        """
        await self.send_pieces(pieces, media_type)
        with suppress(StreamClosedError):
            self.finish()

    async def send_pieces(self, pieces: AsyncIterator[bytes], media_type: str) -> None:
        """Send a document while it is made; the caller ends the answer (`write_stream`)."""
        self.set_header("Content-Type", media_type)
        with suppress(StreamClosedError):  # the caller has disconnected
            async for piece in pieces:
                self.write(piece)
                await self.flush()

    def error_body(self, error: BaseException | None, status: HTTPStatus) -> Any:
        """The body of an error, in the shape of the API family."""
        return partner_shape(error, status, self.request_id)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with the status that handlers/errors.py has for the exception, if any."""
        info = kwargs.get("exc_info")
        super().send_error(status_of(info[1] if info else None, status_code).value, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the body of an error, which never has a traceback."""
        info = kwargs.get("exc_info")
        error: BaseException | None = info[1] if info else None
        status = HTTPStatus(status_code)
        if isinstance(error, StorageError):
            self.services.metrics.storage_refusals.labels("call").inc()
        if self.span is not None and error is not None:
            self.span.note({"error.type": fault_name(error)})
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", ", ".join(self.allowed_methods()))
        if isinstance(error, RateLimitedError):
            self.set_header("Retry-After", str(error.retry_after_s))
        elif isinstance(error, IdempotencyKeyInUseError | StorageUnavailableError) or status in (
            HTTPStatus.SERVICE_UNAVAILABLE,
            HTTPStatus.TOO_MANY_REQUESTS,
        ):
            self.set_header("Retry-After", str(RETRY_AFTER_S))
        self.write_refusal(error, status)

    def write_refusal(self, error: BaseException | None, status: HTTPStatus) -> None:
        """Write the body of an error, whose status and headers are set."""
        self.write_json(self.error_body(error, status))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log faults of the gateway with their traceback; the access log has the refusals."""
        expected = isinstance(value, GatewayError) and status_of(value) is not (
            HTTPStatus.INTERNAL_SERVER_ERROR
        )
        if not expected and not isinstance(value, HTTPError):
            _log.error("request_failed", exc_info=(typ, value, tb))

    def data_received(self, chunk: bytes) -> None:
        """Ignore parts of a body: handlers/exchange.py gathers them."""


class NotFoundHandler(BaseHandler):
    """The handler of every path that has no route."""

    auth = AuthKind.PUBLIC

    async def admit(self) -> None:
        """Answer 404 to any method."""
        raise HTTPError(HTTPStatus.NOT_FOUND)
