"""What all calls of the partner API share: the caller, the user, limits, and the answer."""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from tornado.iostream import StreamClosedError

from handlers.addresses import client_address, counted_address
from handlers.background import in_turns
from handlers.base import JSON_UTF8, AuthKind, BaseHandler
from handlers.contract.errors import ParameterInvalidError, ParameterMissingError
from handlers.contract.inputs import Inputs
from handlers.contract.operations import FileAnswer
from handlers.contract.streams import StreamedAnswer
from handlers.errors import status_of
from handlers.partner.call_log import logged_call, parameter_of, reason_of
from handlers.partner.parameters import (
    CLIENT,
    CLIENT_KEY,
    USER_ID,
    USER_KEY,
)
from handlers.partner.services import PartnerServices
from widget_gateway.domain.errors import (
    CallerUnknownError,
    ClientNotFoundError,
    CursorInvalidError,
    GatewayError,
    RateLimitedError,
    RefusalError,
    ResultAttachedToAnotherUserError,
    UserNotNamedError,
    UsersDifferError,
)
from widget_gateway.domain.partners.idempotency import StoredAnswer
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.rate_limits import Allowance, RateLimiter
from widget_gateway.domain.traces import Facts
from widget_gateway.services.partners.accesses import UserReference
from widget_gateway.services.partners.idempotency import EVERYBODY, about_user

IDEMPOTENCY_KEY = "Idempotency-Key"

SLICE_BYTES = 64 * 2**10
"""Bytes of an answer that are compressed and sent at once, which takes about a millisecond. Longer
answers go in several slices."""

_PAGE_POLICY = (
    "default-src 'none'; img-src data: https:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
"""Content-Security-Policy of documents that people open: they run no script, and load nothing but
the pictures that a test's texts name."""

_BEARER = "bearer "
_SANE_KEY = re.compile(r"[\x20-\x7e]{1,255}")


class Marked(msgspec.Struct, omit_defaults=True, kw_only=True):
    """An answer, or a part of one, that has `sandbox: true` if it belongs to the sandbox.

    Fields that have their defaults are left out, so subclasses have no other default but UNSET.
    """

    sandbox: bool = False


class Done(msgspec.Struct):
    """The answer of a call that succeeds and has nothing more to say."""

    status: bool


_AS_PARAMETERS: Mapping[type[RefusalError], Callable[[], RefusalError]] = {
    CallerUnknownError: lambda: ParameterMissingError(CLIENT_KEY.name),
    UserNotNamedError: lambda: ParameterMissingError(USER_ID.name),
    UsersDifferError: lambda: ParameterInvalidError(
        USER_ID.name, "it is another user than the user_key's."
    ),
    CursorInvalidError: lambda: ParameterInvalidError(
        "after", "it is the `next` of an earlier page."
    ),
}
"""Refusals of the services that are about a parameter, and the error that names it to callers."""


_FINAL = (ParameterMissingError, ParameterInvalidError, ResultAttachedToAnotherUserError)
"""Refusals that stand as long as an `Idempotency-Key` does, so a repeat gets them again. The first
two follow from the call alone, and a result never changes its user. Any other refusal may be lifted
meanwhile, by a new agreement, a new version of a test, or what the partner itself does."""


class PartnerHandler(BaseHandler):
    """A call of a partner's server. GET and POST are the same call with the same parameters.

    Endpoints declare `operations` and override `call`, which can read declared parameters only.
    """

    services: PartnerServices

    auth: ClassVar[AuthKind | None] = AuthKind.PROVIDER_KEY
    is_traced: ClassVar[bool] = True
    inputs: Inputs
    found_caller: Caller | None = None
    seed: UUID | None = None
    """A UUID that is the same for all tries of a call with an `Idempotency-Key`; else None."""

    is_private: ClassVar[bool] = False
    """Whether a call with an `Idempotency-Key` must leave no trace of its user behind."""

    lists_users: ClassVar[bool] = False
    """Whether answers list users. Kept ones are forgotten as soon as any user is erased."""

    refused_by: BaseException | None = None
    """Why the call was refused; known when its answer is written."""

    kept_refusal: bytes = b""
    """The body of a refusal that a call with the same `Idempotency-Key` got before."""

    _allowance: Allowance | None = None
    _is_counted: bool = False

    def facts(self) -> Facts:
        """Which provider has called."""
        if self.found_caller is None:
            return {}
        caller = self.found_caller
        return {
            "widget_gateway.provider": caller.provider.slug,
            "widget_gateway.sandbox": caller.sandbox,
        }

    def set_default_headers(self) -> None:
        """Set the headers of every answer. No cache may store answers about people."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        if self._allowance is not None:
            self._show(self._allowance)

    def compute_etag(self) -> None:
        """Compute none, since no cache stores these answers and could ask for changes."""

    async def authenticate(self) -> None:
        """Count a call with a body before the body is read, as far as the rest tells who calls.

        A call with a valid key is counted for the provider, any other one for the address. Whose
        key can only be in the body is let in as long as its address has calls left.

        Raises:
            ParameterInvalidError: the query can't be read, or there are two different keys.
            ClientNotFoundError: no provider has the key.
            RateLimitedError: the provider, or the address, has made too many calls.
        """
        if not self.has_body:
            return
        if self.auth is AuthKind.PUBLIC:
            self._count()
            return
        try:
            self.inputs = self.inputs_so_far()
            key = self.find_client_key()
            if key is not None:
                self.found_caller = await self.services.providers.authenticate(key)
        except RefusalError:
            self._count()
            raise
        if key is None:
            self._check(self._calls_of_address.peek(self._address, time.monotonic()))
        else:
            self._count()

    async def read(self) -> None:
        """Read the parameters, find out who calls, and count a call that is not counted yet.

        Raises:
            ParameterInvalidError: the parameters can't be read. The rest as `identify`.
            RateLimitedError: the provider, or the address, has made too many calls.
        """
        try:
            self.inputs = await self.read_inputs()
            self.found_caller = await self.identify()
        except RefusalError:
            self._count()
            raise
        self._count()

    def _count(self) -> None:
        if self._is_counted:
            return
        self._is_counted = True
        if self.found_caller is None:
            self._check(self._calls_of_address.spend(self._address, time.monotonic()))
        else:
            who = f"{self.found_caller.provider.slug} {self.found_caller.sandbox}"
            self._check(self.services.calls_by_key.spend(who, time.monotonic()))

    @property
    def _calls_of_address(self) -> RateLimiter:
        return self.services.calls_by_address

    @property
    def _address(self) -> str:
        return counted_address(self.request, self.services.trusted_proxies)

    def _check(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._show(allowance)
        if not allowance.allowed:
            raise RateLimitedError(allowance.retry_after_s)

    @property
    def party(self) -> str:
        """Whose turn the slow work of this call takes: the provider's, else the address's."""
        if self.found_caller is not None:
            return self.found_caller.provider.slug
        return self._address

    def _show(self, allowance: Allowance) -> None:
        quota = allowance.quota
        policy = f'"{quota.name}";q={quota.amount};w={quota.window_s:.0f}'
        self.set_header("RateLimit-Policy", policy)
        left = f'"{quota.name}";r={allowance.remaining};t={allowance.full_in_s}'
        self.set_header("RateLimit", left)

    @property
    def caller(self) -> Caller:
        """Who calls, for endpoints that need a caller.

        Raises:
            ClientNotFoundError: the call has no key.
        """
        if self.found_caller is None:
            raise ClientNotFoundError
        return self.found_caller

    async def identify(self) -> Caller | None:
        """Find the caller by its key. Endpoints that need no key override this, to return None.

        Raises:
            ParameterMissingError, ParameterInvalidError: no key, or two different keys.
            ClientNotFoundError: no provider has the key.
        """
        key = self.find_client_key()
        if key is None:
            raise ParameterMissingError(CLIENT_KEY.name)
        return await self.services.providers.authenticate(key)

    async def identify_by_user_key(self) -> Caller | None:
        """Find the caller by its key, or by a `user_key`, which belongs to one provider.

        Raises:
            UserNotFoundError: no provider has this user. The rest as `identify`.
        """
        user_key = USER_KEY.find(self.inputs)
        if user_key is None or self.find_client_key() is not None:
            return await PartnerHandler.identify(self)
        return await self.services.accesses.caller_of(user_key)

    def find_client_key(self) -> str | None:
        """The key: `client_key` (V3), `client` (V2) or an `Authorization: Bearer` header."""
        found = [CLIENT_KEY.find(self.inputs), CLIENT.find(self.inputs)]
        header = self.request.headers.get("Authorization", "")
        if header.lower().startswith(_BEARER):
            found.append(header[len(_BEARER) :].strip())
        keys = {key for key in found if key}
        if len(keys) > 1:
            raise ParameterInvalidError(CLIENT_KEY.name, "two different keys are given.")
        return keys.pop() if keys else None

    async def get(self) -> None:
        """Perform the operation. It can't have an `Idempotency-Key`.

        Raises:
            ParameterInvalidError: it has one, which would be ignored to the caller's surprise.
        """
        if IDEMPOTENCY_KEY in self.request.headers:
            raise ParameterInvalidError(IDEMPOTENCY_KEY, "it is for POST only.")
        await self.write_answer(await self._answer())

    async def post(self) -> None:
        """Perform the operation; with an `Idempotency-Key` it succeeds only once in 24 hours."""
        key = self.request.headers.get(IDEMPOTENCY_KEY)
        if key is None or self.found_caller is None:
            await self.write_answer(await self._answer())
        else:
            await self._call_once(self.found_caller, key)

    async def _call_once(self, caller: Caller, key: str) -> None:
        if not _SANE_KEY.fullmatch(key):
            raise ParameterInvalidError(
                IDEMPOTENCY_KEY, "it has 1 to 255 printable ASCII characters."
            )
        calls = self.services.idempotency
        path = self.request.path.rstrip("/")
        parameters = self.inputs.all_but(CLIENT_KEY.name, CLIENT.name)
        claim = await calls.claim(
            caller,
            key,
            path,
            parameters,
            about=self._subjects(parameters),
            is_private=self.is_private,
        )
        if isinstance(claim, StoredAnswer):
            self.set_header("Idempotent-Replayed", "true")
            self.kept_refusal = claim.body if claim.status >= HTTPStatus.BAD_REQUEST else b""
            await self._send(claim)
            return
        self.seed = claim.seed
        try:
            made = await self._answer()
            answer = None if isinstance(made, StreamedAnswer) else _encoded(made)
        except _FINAL as error:
            status = status_of(error)
            refusal = msgspec.json.encode(self.error_body(error, status))
            await calls.keep(claim, StoredAnswer(status.value, JSON_UTF8, refusal))
            raise
        except RefusalError:
            await calls.reopen(claim)
            raise
        except BaseException:
            await calls.release(claim)
            raise
        if answer is None:
            await calls.reopen(claim)
            await self.write_answer(made)
        else:
            await calls.keep(claim, answer)
            await self._send(answer)

    def _subjects(self, parameters: Mapping[str, Any]) -> set[str]:
        """Return what the call is about, besides the UUIDs that it names (`IdempotencyService`)."""
        user_id = parameters.get(USER_ID.name)
        named = set() if user_id is None else {about_user(str(user_id))}
        return named | {EVERYBODY} if self.lists_users else named

    async def _answer(self) -> Any:
        """Perform `call`, and translate what services refuse because of a parameter."""
        try:
            return await self.call()
        except tuple(_AS_PARAMETERS) as refusal:
            told = _AS_PARAMETERS[type(refusal)]()
            raise told from None

    async def call(self) -> Any:
        """Perform the operation.

        Returns an answer of the type that it declares, a FileAnswer or a StreamedAnswer.
        """
        raise GatewayError

    async def write_answer(self, answer: Any) -> None:
        """Send what `call` returned."""
        if isinstance(answer, StreamedAnswer):
            await self.write_stream(answer.pieces)
        else:
            await self._send(_encoded(answer))

    async def _send(self, answer: StoredAnswer) -> None:
        self.set_status(answer.status)
        self.set_header("Content-Type", answer.media_type)
        if answer.media_type.startswith(("text/html", "image/svg")):
            self.set_header("Content-Security-Policy", _PAGE_POLICY)
        if answer.filename is not None:
            disposition = f'attachment; filename="{answer.filename}"'
            self.set_header("Content-Disposition", disposition)
        if len(answer.body) <= SLICE_BYTES:
            self.finish(answer.body)
        else:
            await self._send_in_turns(answer.body)

    async def _send_in_turns(self, body: bytes) -> None:
        self.set_header("Content-Length", len(body))
        slices = (body[at : at + SLICE_BYTES] for at in range(0, len(body), SLICE_BYTES))
        with suppress(StreamClosedError):  # the caller has disconnected
            async for piece in in_turns(slices):
                self.write(piece)
                await self.flush()
            self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the body of an error, and remember it for the log of the provider's calls."""
        info = kwargs.get("exc_info")
        self.refused_by = info[1] if info else None
        super().write_error(status_code, **kwargs)

    def on_finish(self) -> None:
        """Log the call for its provider, if a valid key has named one. Nothing waits for it."""
        if self.found_caller is None:
            return
        status = self.get_status()
        reason = parameter = ""
        if status >= HTTPStatus.BAD_REQUEST:
            operation = self.operation_of(self.request.method or "")
            reason = reason_of(self.refused_by, status, self.kept_refusal)
            parameter = parameter_of(self.refused_by, operation.names if operation else frozenset())
        self.services.call_log.note(
            logged_call(
                self.request,
                self.found_caller,
                request_id=self.request_id,
                status=status,
                reason=reason,
                parameter=parameter,
                address=client_address(self.request, self.services.trusted_proxies),
            )
        )

    def get_user(self) -> UserReference:
        """The user that the call is for, by `user_id`, `user_key`, or both.

        Raises:
            UserNotNamedError: the call has neither.
        """
        user_id, user_key = USER_ID.find(self.inputs), USER_KEY.find(self.inputs)
        if user_id is None and user_key is None:
            raise UserNotNamedError
        return UserReference(user_id, user_key)


def _encoded(answer: Any) -> StoredAnswer:
    if isinstance(answer, FileAnswer):
        return StoredAnswer(HTTPStatus.OK.value, answer.media_type, answer.body, answer.filename)
    return StoredAnswer(HTTPStatus.OK.value, JSON_UTF8, msgspec.json.encode(answer))
