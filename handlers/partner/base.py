"""What all calls of the partner API share: who calls, whom for, and how it is answered."""

from http import HTTPStatus
from typing import Annotated, Any, ClassVar

import msgspec

from handlers.base import AuthKind, BaseHandler
from handlers.given import Given
from handlers.operations import Document, Operation
from handlers.partner.parameters import (
    CLIENT,
    CLIENT_KEY,
    USER_ID,
    USER_KEY,
)
from widget_gateway.domain.errors import (
    GatewayError,
    ParameterInvalidError,
    ParameterMissingError,
)
from widget_gateway.domain.ids import UserId, UserKey
from widget_gateway.domain.providers import Caller
from widget_gateway.services.accesses import UserReference

_BEARER = "bearer "

Moment = Annotated[
    str,
    msgspec.Meta(extra_json_schema={"format": "date-time"}, examples=["2026-05-04T12:30:00.000Z"]),
]
"""A time on the wire: see `iso` in domain/clock.py."""


class Marked(msgspec.Struct, omit_defaults=True, kw_only=True):
    """An answer, or a part of one, that says so if it is of the sandbox. No other defaults."""

    sandbox: bool = False


class Done(msgspec.Struct):
    """The answer of calls that only do something."""

    status: bool


class PartnerHandler(BaseHandler):
    """A call of a partner's server. GET and POST are the same call with the same parameters.

    Endpoints declare `operation` and override `call`; it reads no parameter but the declared.
    """

    auth: ClassVar[AuthKind | None] = AuthKind.PROVIDER_KEY
    operation: ClassVar[Operation]
    given: Given
    caller: Caller

    def set_default_headers(self) -> None:
        """Answers are about people: nobody on the way may keep them."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    async def authenticate(self) -> None:
        """Read what is given, and find out who calls.

        Raises:
            ParameterInvalidError: something that can't be read. The rest as `identify`.
        """
        self.given = Given(self.request, self.operation)
        await self.identify()

    async def identify(self) -> None:
        """Find the provider by its key.

        Raises:
            ParameterMissingError, ParameterInvalidError: no key, or two different ones.
            ClientNotFoundError: nobody's key.
        """
        key = self.find_client_key()
        if key is None:
            raise ParameterMissingError(CLIENT_KEY.name)
        self.caller = await self.services.providers.authenticate(key)

    async def identify_by_user_key(self) -> None:
        """As `identify`, but a `user_key` alone will do: it belongs to one provider.

        Raises:
            UserNotFoundError: no provider has this user. The rest as `identify`.
        """
        user_key = USER_KEY.find_key(self.given)
        if user_key is None or self.find_client_key() is not None:
            await PartnerHandler.identify(self)
        else:
            self.caller = await self.services.accesses.caller_of(UserKey(user_key))

    def find_client_key(self) -> str | None:
        """The key: `client_key` (V3), `client` (V2) or an `Authorization: Bearer` header."""
        given = [CLIENT_KEY.find(self.given), CLIENT.find(self.given)]
        header = self.request.headers.get("Authorization", "")
        if header.lower().startswith(_BEARER):
            given.append(header[len(_BEARER) :].strip())
        keys = {key for key in given if key}
        if len(keys) > 1:
            raise ParameterInvalidError(CLIENT_KEY.name, "two different keys are given.")
        return keys.pop() if keys else None

    async def get(self) -> None:
        """Handle the call."""
        self.write_answer(await self.call())

    async def post(self) -> None:
        """Handle the call."""
        self.write_answer(await self.call())

    async def call(self) -> Any:
        """Do what the endpoint is for: returns what `operation.answer` says, or a Document."""
        raise GatewayError

    def write_answer(self, answer: Any) -> None:
        """Send what `call` returned."""
        if not isinstance(answer, Document):
            self.write_json(answer)
            return
        self.set_status(HTTPStatus.OK)
        self.set_header("Content-Type", answer.media_type)
        if answer.filename is not None:
            disposition = f'attachment; filename="{answer.filename}"'
            self.set_header("Content-Disposition", disposition)
        self.finish(answer.body)

    def get_user(self) -> UserReference:
        """Whom the call is for: `user_id`, `user_key`, or both."""
        user_id, key = USER_ID.find(self.given), USER_KEY.find_key(self.given)
        if user_id is None and key is None:
            raise ParameterMissingError(USER_ID.name)
        return UserReference(
            UserId(user_id) if user_id is not None else None,
            UserKey(key) if key is not None else None,
        )
