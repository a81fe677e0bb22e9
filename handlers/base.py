"""What all HTTP handlers share: request ids, reading input, writing errors."""

import re
import uuid
from enum import Enum, auto
from http import HTTPStatus
from types import TracebackType
from typing import Any, ClassVar

import msgspec
import structlog
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError, RequestHandler

from handlers.contract.inputs import Inputs
from handlers.contract.operations import Operation, Operations
from handlers.errors import RETRY_AFTER_S, partner_shape, status_of
from handlers.services import Services
from widget_gateway.domain.errors import (
    GatewayError,
    RateLimitedError,
    StorageUnavailableError,
)

_log = structlog.get_logger(__name__)

JSON_UTF8 = "application/json; charset=UTF-8"
MAX_BODY_BYTES = 2**20
SAMPLE_REQUEST_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class AuthKind(Enum):
    """How a route authenticates. Start-up refuses one that does not say (handlers/routes.py)."""

    PUBLIC = auto()
    PROVIDER_KEY = auto()
    CALLBACK_KEY = auto()
    ACCESS_TOKEN = auto()
    CHANNEL = auto()
    QUA_TOKEN = auto()


class UndeclaredOperationError(TypeError):
    """A handler answers to a method without declaring its operation, which is a fault of ours."""


def request_id_of(request: HTTPServerRequest) -> str:
    """The caller's `X-Request-Id` where it is sane, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _SANE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


class BaseHandler(RequestHandler):
    """A handler that answers with JSON, in the error shape of the partner API.

    Subclasses declare `auth` and override HTTP methods, `authenticate` where they need it, and
    `error_body` where their API family has a shape of its own.
    """

    auth: ClassVar[AuthKind | None] = None
    operations: ClassVar[Operations] = Operations()

    services: Services
    request_id: str = ""

    def initialize(self, services: Services) -> None:
        """Take the collaborators that the route was made with."""
        self.services = services

    async def _execute(self, *given: Any, **named: Any) -> None:
        """Tornado's: the whole request. Its steps share one wait for the storage.

        Tasks that are spawned within have a wait of their own: so have a socket's messages.
        """
        with self.services.call_budget():
            await super()._execute(*given, **named)

    def set_default_headers(self) -> None:
        """Also called when an error clears what was set before."""
        self.request_id = self.request_id or request_id_of(self.request)
        self.set_header("X-Request-Id", self.request_id)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Refuse what no method of the handler should see."""
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        if len(self.request.body) > MAX_BODY_BYTES:
            raise HTTPError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self.request.method not in self.allowed_methods():
            raise HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        await self.authenticate()

    async def authenticate(self) -> None:
        """Find out who calls; the default is that it does not matter."""

    @classmethod
    def allowed_methods(cls) -> list[str]:
        """The methods that the handler has, for `Allow`."""
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
        """An example of a refusal, as `error_body` would write it."""
        return partner_shape(error, status, SAMPLE_REQUEST_ID)

    def read_inputs(self) -> Inputs:
        """Read the parameters that the operation of the request's method declares.

        Raises:
            ParameterInvalidError: as Inputs.
            UndeclaredOperationError: no operation is declared for the method.
        """
        operation = self.operation_of(self.request.method or "")
        if operation is None:
            raise UndeclaredOperationError(f"{type(self).__name__}: {self.request.method}")
        return Inputs(self.request, operation)

    def write_json(self, body: Any) -> None:
        """Answer with JSON; UUIDs are written as strings."""
        self.set_header("Content-Type", JSON_UTF8)
        self.finish(msgspec.json.encode(body))

    def error_body(self, error: BaseException | None, status: HTTPStatus) -> Any:
        """The error in the shape of the API family."""
        return partner_shape(error, status, self.request_id)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with what the error table says of the exception, if it is in it."""
        info = kwargs.get("exc_info")
        super().send_error(status_of(info[1] if info else None, status_code).value, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the error body; never a trace."""
        info = kwargs.get("exc_info")
        error: BaseException | None = info[1] if info else None
        status = HTTPStatus(status_code)
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", ", ".join(self.allowed_methods()))
        if isinstance(error, RateLimitedError):
            self.set_header("Retry-After", str(error.retry_after_s))
        elif isinstance(error, StorageUnavailableError) or status in (
            HTTPStatus.SERVICE_UNAVAILABLE,
            HTTPStatus.TOO_MANY_REQUESTS,
        ):
            self.set_header("Retry-After", str(RETRY_AFTER_S))
        self.write_json(self.error_body(error, status))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log faults of ours with their trace; refusals are told by the request's own line."""
        expected = isinstance(value, GatewayError) and status_of(value) is not (
            HTTPStatus.INTERNAL_SERVER_ERROR
        )
        if not expected and not isinstance(value, HTTPError):
            _log.error("request_failed", exc_info=(typ, value, tb))

    def data_received(self, chunk: bytes) -> None:
        """Bodies are read whole: they are small."""


class NotFoundHandler(BaseHandler):
    """Every path that no route has."""

    auth = AuthKind.PUBLIC

    async def prepare(self) -> None:
        """Whatever the method."""
        raise HTTPError(HTTPStatus.NOT_FOUND)
