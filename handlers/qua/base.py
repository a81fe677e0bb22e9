"""What all calls of QUA's API share: authentication, the envelope of answers, and CORS."""

import time
from http import HTTPStatus
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec
from tornado.web import HTTPError

from handlers.addresses import client_address, counted_address, own_origin
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
"""The header of a list with the number of all its items."""

ALLOWED_HEADERS = "Authorization, Content-Type, X-Request-Id"
EXPOSED_HEADERS = f"{TOTAL}, X-Request-Id, Retry-After, WWW-Authenticate"
PREFLIGHT_MAX_AGE_S = 600

_SCHEMES = ("jwt", "bearer")
_BODY_TYPES = (JSON, "application/x-www-form-urlencoded", "multipart/form-data")

_ID_DIGITS = 15
MAX_ID = 10**_ID_DIGITS - 1
ID = rf"([0-9]{{1,{_ID_DIGITS}}})"
"""The id of a question or a resource in a path. A longer number has no route, so it gets 404."""


class Success(msgspec.Struct, Generic[T]):
    """The envelope of every answer that is not an error."""

    ok: Literal[1]
    response: T


class Author(msgspec.Struct):
    """A user as the author of something."""

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
    """The origin of the page that calls; None if it may not read the answer."""

    def initialize(self, services: Services) -> None:
        """Keep the services, and set the headers again, now that the allowed origins are known."""
        super().initialize(services)
        origin = self.request.headers.get("Origin", "")
        if origin in self.services.cors_origins:
            self.allowed_origin = origin
        self.set_default_headers()

    def set_default_headers(self) -> None:
        """Set the headers of every answer. Pages of the allowed origins may read it."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Vary", "Origin")
        if self.allowed_origin is not None:
            self.set_header("Access-Control-Allow-Origin", self.allowed_origin)
            self.set_header("Access-Control-Expose-Headers", EXPOSED_HEADERS)

    def compute_etag(self) -> None:
        """Compute none, since no cache stores these answers."""

    async def authenticate(self) -> None:
        """Find out who calls, and count the call.

        Raises:
            NotSignedInError: the token is missing or not valid.
            RateLimitedError: the user, or an address without a valid token, calls too often.
        """
        self._note_refused_origin()
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

    def _note_refused_origin(self) -> None:
        """Log the origin of a page of another site that may not read the answer."""
        origin = self.request.headers.get("Origin", "")
        if not origin or self.allowed_origin is not None:
            return
        services = self.services
        if origin != own_origin(self.request, services.public_url, services.trusted_proxies):
            services.refused_origins.note(origin, api="qua")

    async def read(self) -> None:
        """Read the parameters.

        Raises:
            ParameterInvalidError: the parameters can't be read.
        """
        if self.request.method != "OPTIONS":
            self._check_body()
            self.inputs = await self.read_inputs()

    def _token(self) -> str:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in _SCHEMES or not token.strip():
            raise NotSignedInError
        return token.strip()

    def address(self) -> str:
        """The address of the caller."""
        return client_address(self.request, self.services.trusted_proxies)

    def _count_address(self) -> None:
        who = counted_address(self.request, self.services.trusted_proxies)
        self._count(self.services.calls_by_address, who)

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
        """Answer with the allowed methods, as browsers ask before calls of another origin."""
        methods = ", ".join(self.allowed_methods())
        self.set_header("Allow", methods)
        if self.allowed_origin is not None:
            self.set_header("Access-Control-Allow-Methods", methods)
            self.set_header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
            self.set_header("Access-Control-Max-Age", str(PREFLIGHT_MAX_AGE_S))
        self.answer(None)

    async def authors(self, *written: Authorship) -> People:
        """The users who wrote and changed these, removed ones included."""
        return await self.services.users.find_authors(written)

    def answer(self, response: Any) -> None:
        """Answer with `response` in the envelope of success."""
        self.write_json(Success(1, response))

    @classmethod
    def describe_refusal(cls, error: GatewayError | None, status: HTTPStatus) -> Any:
        """The body of a refusal, as an example for the documentation."""
        return qua_shape(error, status, SAMPLE_REQUEST_ID)

    def error_body(self, error: BaseException | None, status: HTTPStatus) -> Any:
        """The body of an error. A 401 names the scheme to authenticate with (RFC 6750)."""
        if status is HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Bearer")
        return qua_shape(error, status, self.request_id)


class QuaNotFoundHandler(QuaHandler):
    """The handler of every path below `/api/` that has no route."""

    auth = AuthKind.PUBLIC

    async def admit(self) -> None:
        """Answer 404 to any method."""
        raise HTTPError(HTTPStatus.NOT_FOUND)


def authorship(written: Authorship, people: People) -> dict[str, Any]:
    """The members of an answer that show who wrote something and when."""
    return {
        "created_at": iso_micros(written.created_at),
        "created_by": author_of(written.created_by, people),
        "updated_at": iso_micros(written.updated_at),
        "updated_by": author_of(written.updated_by, people),
    }


def author_of(who: QuaUserId, people: People) -> Author:
    """A user as the author of something."""
    user = people[who]
    return Author(
        first_name=user.first_name, id=user.id, last_name=user.last_name, username=user.username
    )
