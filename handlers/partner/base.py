"""What all calls of the partner API share: who calls, whom for, and how it is answered."""

from typing import Any, ClassVar
from uuid import UUID

from handlers.base import AuthKind, BaseHandler
from handlers.partner.parameters import Parameters
from widget_gateway.domain.errors import (
    GatewayError,
    ParameterInvalidError,
    ParameterMissingError,
    RefusalError,
    ResultNotFoundError,
    SessionNotFoundError,
    UserNotFoundError,
)
from widget_gateway.domain.ids import AttemptId, ResultKey, UserId, UserKey, parse_uuid
from widget_gateway.domain.providers import Caller
from widget_gateway.services.accesses import UserReference

_BEARER = "bearer "


class PartnerHandler(BaseHandler):
    """A call of a partner's server. GET and POST are the same call with the same parameters."""

    auth: ClassVar[AuthKind | None] = AuthKind.PROVIDER_KEY
    parameters: Parameters
    caller: Caller

    def set_default_headers(self) -> None:
        """Answers are about people: nobody on the way may keep them."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    async def authenticate(self) -> None:
        """Find the provider by its key.

        Raises:
            ParameterMissingError, ParameterInvalidError: no key, or two different ones.
            ClientNotFoundError: nobody's key.
        """
        self.parameters = Parameters(self.request)
        key = self.find_client_key()
        if key is None:
            raise ParameterMissingError("client_key")
        self.caller = await self.services.providers.authenticate(key)

    async def authenticate_by_user_key(self) -> None:
        """As `authenticate`, but a `user_key` alone will do: it belongs to one provider.

        Raises:
            UserNotFoundError: no provider has this user. The rest as `authenticate`.
        """
        self.parameters = Parameters(self.request)
        user_key = self.parameters.find_text("user_key")
        if user_key is None or self.find_client_key() is not None:
            await PartnerHandler.authenticate(self)
        else:
            key = UserKey(_uuid(user_key, UserNotFoundError()))
            self.caller = await self.services.accesses.caller_of(key)

    def find_client_key(self) -> str | None:
        """The key: `client_key` (V3), `client` (V2) or an `Authorization: Bearer` header."""
        given = [self.parameters.find_text("client_key"), self.parameters.find_text("client")]
        header = self.request.headers.get("Authorization", "")
        if header.lower().startswith(_BEARER):
            given.append(header[len(_BEARER) :].strip())
        keys = {key for key in given if key}
        if len(keys) > 1:
            raise ParameterInvalidError("client_key", "two different keys are given.")
        return keys.pop() if keys else None

    def write_marked(self, body: dict[str, Any]) -> None:
        """Answer with JSON that says so if it is of the sandbox."""
        self.write_json(body | sandbox_mark(self.caller.sandbox))

    async def get(self) -> None:
        """Handle the call."""
        await self.call()

    async def post(self) -> None:
        """Handle the call."""
        await self.call()

    async def call(self) -> None:
        """Do what the endpoint is for; every endpoint overrides this."""
        raise GatewayError

    def get_user(self) -> UserReference:
        """Whom the call is for: `user_id`, `user_key`, or both."""
        user_id = self.parameters.find_text("user_id")
        key = self.parameters.find_text("user_key")
        if user_id is None and key is None:
            raise ParameterMissingError("user_id")
        return UserReference(
            UserId(user_id) if user_id is not None else None,
            UserKey(_uuid(key, UserNotFoundError())) if key is not None else None,
        )

    def get_result_key(self) -> ResultKey:
        """The RESULT_KEY; one that is no UUID is the key of no result."""
        return ResultKey(_uuid(self.parameters.get_text("result_key"), ResultNotFoundError()))

    def get_session(self) -> AttemptId:
        """The session; one that is no UUID is no session."""
        return AttemptId(_uuid(self.parameters.get_text("session"), SessionNotFoundError()))


def sandbox_mark(sandbox: bool) -> dict[str, bool]:  # noqa: FBT001 - a member of JSON, or none
    """What users, sessions and results of the sandbox carry, and live ones do not."""
    return {"sandbox": True} if sandbox else {}


def _uuid(text: str, otherwise: RefusalError) -> UUID:
    parsed = parse_uuid(text)
    if parsed is None:
        raise otherwise
    return parsed
