"""What all calls of the portal and of its mobile client share: authentication and errors."""

import hmac
from contextlib import suppress
from http import HTTPStatus
from typing import Any, ClassVar

from tornado.web import HTTPError

from handlers.addresses import client_address
from handlers.background import off_loop
from handlers.base import SAMPLE_REQUEST_ID, AuthKind, BaseHandler
from handlers.contract.bodies import Body, Values
from handlers.contract.errors import CallbackKeyInvalidError, FieldsInvalidError
from handlers.contract.json_reader import JSON, media_type_of
from handlers.errors import partner_shape
from handlers.languages import Locale, locale_of
from handlers.portal.messages import refusal, sentence
from handlers.portal.services import PortalServices
from widget_gateway.domain.errors import GatewayError, PortalClosedError, TokenInvalidError
from widget_gateway.domain.portal.sign_ins import MAX_USER_AGENT, Remote, SignedIn

CALLBACK_KEY = "X-Callback-Key"

_BEARER = "bearer "


def portal_body(
    error: BaseException | None,
    status: HTTPStatus,
    request_id: str,
    locale: Locale,
    *,
    faults_in_error: bool,
) -> dict[str, Any]:
    """The portal API's shape of an error: `{"result": false, "error": "..."}`.

    Faulty fields are members beside `result`, each with a list of sentences; with
    `faults_in_error` they are members of `error`.
    """
    if isinstance(error, FieldsInvalidError):
        fields = {
            name: [sentence(fault, locale) for fault in faults]
            for name, faults in error.fields.items()
        }
        return {"result": False} | ({"error": fields} if faults_in_error else fields)
    told = partner_shape(error, status, request_id)["error"]
    if isinstance(error, GatewayError) and status is not HTTPStatus.INTERNAL_SERVER_ERROR:
        return {"result": False, "error": refusal(error, locale)}
    named = {"request_id": request_id} if "request_id" in told else {}
    return {"result": False, "error": told["message"], **named}


class PortalHandler(BaseHandler):
    """A call whose answers and errors have the shape of the portal API.

    Endpoints declare `operations`; `read_body` reads the body that an operation declares.
    """

    services: PortalServices

    faults_in_error: ClassVar[bool] = False
    """Whether faulty fields are members of `error`, as the portal expects it of events."""

    def set_default_headers(self) -> None:
        """Set the headers of every answer. No cache may store answers about people."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> None:
        """Compute none, since no cache stores these answers and could ask for changes."""

    def error_body(self, error: BaseException | None, status: HTTPStatus) -> Any:
        """The body of an error in the language that the caller prefers, Russian or English."""
        locale = locale_of(self.request.headers.get("Accept-Language", ""))
        self.set_header("Content-Language", locale)
        return portal_body(
            error, status, self.request_id, locale, faults_in_error=self.faults_in_error
        )

    @classmethod
    def describe_refusal(cls, error: GatewayError | None, status: HTTPStatus) -> Any:
        """The body of a refusal in English, as an example for the documentation."""
        return portal_body(
            error, status, SAMPLE_REQUEST_ID, "en", faults_in_error=cls.faults_in_error
        )

    async def read_body(self, body: Body) -> Values:
        """Read the request's body as declared.

        Raises:
            HTTPError: 415, the Content-Type is not that of JSON.
            ParameterInvalidError: the body is no JSON object.
            FieldsInvalidError: fields are missing or wrong.
        """
        if media_type_of(self.request) != JSON:
            raise HTTPError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        raw = self.request.body
        return await off_loop(len(raw), body.parse, raw)

    @property
    def remote(self) -> Remote:
        """The address of the caller and its `User-Agent`."""
        address = client_address(self.request, self.services.trusted_proxies)
        return Remote(address, _as_sent(self.request.headers.get("User-Agent", "")))


class PortalCallbackHandler(PortalHandler):
    """A call of the portal's server, which sends the callback key."""

    auth: ClassVar[AuthKind | None] = AuthKind.CALLBACK_KEY

    async def authenticate(self) -> None:
        """Compare the callback key in constant time.

        Raises:
            PortalClosedError: this gateway has no callback key.
            CallbackKeyInvalidError: the key is missing or wrong.
        """
        expected = self.services.callback_key
        if expected is None:
            raise PortalClosedError
        shown = self.request.headers.get(CALLBACK_KEY, "")
        if not hmac.compare_digest(_header_bytes(shown), expected.encode()):
            await self.services.people.note_wrong_key(self.remote)
            raise CallbackKeyInvalidError


class SignedInHandler(PortalHandler):
    """A call of a person who has signed in, with the access token of the sign-in."""

    auth: ClassVar[AuthKind | None] = AuthKind.ACCESS_TOKEN
    signed_in: SignedIn

    async def authenticate(self) -> None:
        """Find out who calls, and check that the sign-in has not ended.

        Raises:
            TokenInvalidError: the token is missing or not valid.
        """
        header = self.request.headers.get("Authorization", "")
        if not header.lower().startswith(_BEARER):
            raise TokenInvalidError
        token = header[len(_BEARER) :].strip()
        self.signed_in = await self.services.sign_ins.authenticate(token)

    def error_body(self, error: BaseException | None, status: HTTPStatus) -> Any:
        """The body of an error. A 401 names the scheme to authenticate with (RFC 6750)."""
        if isinstance(error, TokenInvalidError):
            self.set_header("WWW-Authenticate", "Bearer")
        return super().error_body(error, status)


class PortalNotFoundHandler(PortalHandler):
    """The handler of every path below `/api/v1/` that has no route."""

    auth: ClassVar[AuthKind | None] = AuthKind.PUBLIC

    async def admit(self) -> None:
        """Answer 404 to any method."""
        raise HTTPError(HTTPStatus.NOT_FOUND)


def _header_bytes(value: str) -> bytes:
    """The bytes of a header as they were sent. Tornado decodes headers as Latin-1."""
    return value.encode("latin-1", "replace")


def _as_sent(value: str) -> str:
    """The text of a header, which Tornado decoded as Latin-1, though it may be UTF-8."""
    with suppress(UnicodeDecodeError):
        value = _header_bytes(value).decode("utf-8")
    return value[:MAX_USER_AGENT]
