"""What an endpoint takes, answers and refuses: declared once, read with and documented by."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from handlers.contract.bodies import Body
from handlers.contract.parameters import Parameter
from widget_gateway.domain.errors import GatewayError

JSON = "application/json"

Moment = Annotated[
    str,
    msgspec.Meta(extra_json_schema={"format": "date-time"}, examples=["2026-05-04T12:30:00.000Z"]),
]
"""A time on the wire: see `iso` in domain/clock.py."""


@dataclass(frozen=True, slots=True)
class Document:
    """An answer that is no JSON, such as a PDF; `filename` where it is for keeping."""

    media_type: str
    body: bytes
    filename: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """One endpoint.

    `answer` is the type of its JSON body: a msgspec Struct, or a list of them. `refusals` are its
    own errors; those that any call of its API family may meet are added by
    handlers/reference/openapi.py. `example` is an answer as JSON shows it. Of the optional
    parameters in `one_of` at least one has to be given. `tag` groups operations for readers.
    `key_optional` says that some calls do without a key. `body` is the body of a call that takes
    JSON only. `status` is the HTTP status of a success, and `headers` are those of its answer.
    """

    summary: str
    tag: str = "partner"
    about: str = ""
    required: tuple[Parameter[Any], ...] = ()
    optional: tuple[Parameter[Any], ...] = ()
    one_of: tuple[Parameter[Any], ...] = ()
    answer: Any
    example: Any = None
    media_types: tuple[str, ...] = (JSON,)
    refusals: tuple[type[GatewayError], ...] = ()
    key_optional: bool = False
    body: Body | None = None
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[str, ...] = ()

    names: frozenset[str] = field(init=False)
    """Of all its parameters."""

    def __post_init__(self) -> None:
        """Collect what every request is held against."""
        names = frozenset(one.name for one in (*self.required, *self.optional))
        object.__setattr__(self, "names", names)

    def declares(self, parameter: Parameter[Any], *, required: bool) -> bool:
        """Whether the parameter is one of the operation's, required or optional as asked."""
        return parameter in (self.required if required else self.optional)
