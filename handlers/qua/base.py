"""What all calls of QUA's API share: who calls, the envelope, and pages of other origins."""

import time
from http import HTTPStatus
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec
from tornado.web import HTTPError

from handlers.addresses import client_address
from handlers.base import SAMPLE_REQUEST_ID, AuthKind, BaseHandler
from handlers.contract.errors import ParameterInvalidError
from handlers.contract.inputs import Inputs
from handlers.contract.json_reader import JSON, media_type_of
from handlers.errors import qua_shape
from handlers.qua.services import QuaServices
from handlers.services import Services
from widget_gateway.domain.clock import iso_micros
from widget_gateway.domain.errors import GatewayError, NotSignedInError, RateLimitedError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.questions import Authorship
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.users import People

T = TypeVar("T")

TOTAL = "X-Total-Count"
"""The header of a list that tells how many there are in all."""

ALLOWED_HEADERS = "Authorization, Content-Type, X-Request-Id"
EXPOSED_HEADERS = f"{TOTAL}, X-Request-Id, Retry-After, WWW-Authenticate"
PREFLIGHT_MAX_AGE_S = 600

_SCHEMES = ("jwt", "bearer")
_BODY_TYPES = (JSON, "application/x-www-form-urlencoded", "multipart/form-data")

_ID_DIGITS = 15
MAX_ID = 10**_ID_DIGITS - 1
ID = rf"([0-9]{{1,{_ID_DIGITS}}})"
"""The number of something in a path. What is longer is the number of nothing, and not found."""


class Success(msgspec.Struct, Generic[T]):
    """The envelope of every answer that is no error."""

    ok: Literal[1]
    response: T


class Author(msgspec.Struct):
    """A user, as what it wrote names it."""

    first_name: str
    id: int
    last_name: str
    username: str


class QuaHandler(BaseHandler):
    """A call with a token in `Authorization: JWT …` or `Bearer …`.

    Endpoints declare `operations`; their methods read the declared parameters from `inputs`.
    """

    services: QuaServices

    auth: ClassVar[AuthKind | None] = AuthKind.QUA_TOKEN
    inputs: Inputs
    user: User

    allowed_origin: str | None = None
    """Where the page is that calls, if it may read the answer."""

    def initialize(self, services: Services) -> None:
        """Take the services; Tornado has set the default headers before it comes here."""
        super().initialize(services)
        origin = self.request.headers.get("Origin", "")
        if origin in self.services.cors_origins:
            self.allowed_origin = origin
        self.set_default_headers()

    def set_default_headers(self) -> None:
        """Answers are for who asked; pages of the origins that are set may read them."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Vary", "Origin")
        if self.allowed_origin is not None:
            self.set_header("Access-Control-Allow-Origin", self.allowed_origin)
            self.set_header("Access-Control-Expose-Headers", EXPOSED_HEADERS)

    def compute_etag(self) -> None:
        """None: nobody keeps these answers."""

    async def authenticate(self) -> None:
        """Find out who calls, count the call, and read what is given.

        Raises:
            NotSignedInError: nobody does.
            RateLimitedError: too many calls by the user, or by an address without one.
            ParameterInvalidError: something that can't be read.
        """
        if self.request.method == "OPTIONS":
            return
        if self.auth is AuthKind.QUA_TOKEN:
            try:
                self.user = await self.services.users.authenticate(self._token())
            except NotSignedInError:
                self._count_address()
                raise
            self._count(self.services.calls_by_key, f"qua {self.user.id}")
        else:
            self._count_address()
        self._check_body()
        self.inputs = self.read_inputs()

    def _token(self) -> str:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in _SCHEMES or not token.strip():
            raise NotSignedInError
        return token.strip()

    def address(self) -> str:
        """Where the call comes from."""
        return client_address(self.request, self.services.trusted_proxies)

    def _count_address(self) -> None:
        self._count(self.services.calls_by_address, self.address())

    def _count(self, limiter: Any, who: str) -> None:
        allowance = limiter.spend(who, time.monotonic())
        if not allowance.allowed:
            raise RateLimitedError(allowance.retry_after_s)

    def _check_body(self) -> None:
        if self.request.body and media_type_of(self.request) not in _BODY_TYPES:
            raise ParameterInvalidError(
                "body", "it is JSON or a form, and its Content-Type says which."
            )

    def options(self, *_path: str) -> None:
        """Tell what the address takes; browsers ask so before they call from another origin."""
        methods = ", ".join(self.allowed_methods())
        self.set_header("Allow", methods)
        if self.allowed_origin is not None:
            self.set_header("Access-Control-Allow-Methods", methods)
            self.set_header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
            self.set_header("Access-Control-Max-Age", str(PREFLIGHT_MAX_AGE_S))
        self.answer(None)

    async def authors(self, *written: Authorship) -> People:
        """Who wrote and changed these, removed users included."""
        return await self.services.users.find_authors(written)

    def answer(self, response: Any) -> None:
        """Answer in the envelope of success."""
        self.write_json(Success(1, response))

    @classmethod
    def describe_refusal(cls, error: GatewayError | None, status: HTTPStatus) -> Any:
        """An example in the envelope."""
        return qua_shape(error, status, SAMPLE_REQUEST_ID)

    def error_body(self, error: BaseException | None, status: HTTPStatus) -> Any:
        """The envelope of errors; who is not let in is told what to show (RFC 6750)."""
        if status is HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Bearer")
        return qua_shape(error, status, self.request_id)


class QuaNotFoundHandler(QuaHandler):
    """Every path below `/api/` that is no call."""

    auth = AuthKind.PUBLIC

    async def prepare(self) -> None:
        """Whatever the method."""
        raise HTTPError(HTTPStatus.NOT_FOUND)


def authorship(written: Authorship, people: People) -> dict[str, Any]:
    """Who wrote something and when, as answers show it."""
    return {
        "created_at": iso_micros(written.created_at),
        "created_by": _author(written.created_by, people),
        "updated_at": iso_micros(written.updated_at),
        "updated_by": _author(written.updated_by, people),
    }


def _author(who: QuaUserId, people: People) -> Author:
    user = people[who]
    return Author(
        first_name=user.first_name, id=user.id, last_name=user.last_name, username=user.username
    )
