"""What a call takes, answers and refuses. Requests are read, and documented, by one declaration."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any, Self

import msgspec

from handlers.contract.bodies import Body
from handlers.contract.json_reader import JSON
from handlers.contract.parameters import Parameter
from widget_gateway.domain.errors import GatewayError

Moment = Annotated[
    str,
    msgspec.Meta(extra_json_schema={"format": "date-time"}, examples=["2026-05-04T12:30:00.000Z"]),
]
"""A time in UTC as answers spell it, made by `iso` in domain/clock.py."""


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """An answer that is not JSON, such as a PDF. With a `filename` browsers offer to save it."""

    media_type: str
    body: bytes
    filename: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class DescribedBody:
    """A body that its handler reads by itself: its JSON Schema, an example, and its media types."""

    schema: dict[str, Any]
    example: Any
    media_types: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """One call of the API.

    `tag` names its API family. `answer` is the type of its JSON answer, a msgspec Struct, and
    `example` such an answer as plain Python values. `media_types` are all forms of the answer.
    `status` and `headers` are those of a success.

    `writes` says that the call changes something: the partners' clients repeat such a call under
    one `Idempotency-Key`. `refusals` are the errors of this call alone;
    handlers/reference/refusals.py adds those that all calls of the family share. `pages` are
    statuses of refusals that are HTML for people. `body` is the body of a call that accepts JSON
    only. At least one of the optional parameters in `one_of` has to be given. With `key_optional`
    some calls need no provider's key. A `deprecated` call answers callers of former documents and
    is shown to nobody else.
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
    writes: bool = False
    refusals: tuple[type[GatewayError], ...] = ()
    key_optional: bool = False
    body: Body | DescribedBody | None = None
    pages: tuple[HTTPStatus, ...] = ()
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[str, ...] = ()
    deprecated: bool = False

    names: frozenset[str] = field(init=False)
    """The names of all its parameters, required or optional."""

    def __post_init__(self) -> None:
        """Collect the names once, since each request is compared with them."""
        names = frozenset(parameter.name for parameter in (*self.required, *self.optional))
        object.__setattr__(self, "names", names)

    def declares(self, parameter: Parameter[Any], *, required: bool) -> bool:
        """Whether this is one of its required, or of its optional, parameters."""
        return parameter in (self.required if required else self.optional)


@dataclass(frozen=True, kw_only=True, eq=False)
class Operations:
    """The operations of a handler by HTTP method; None where it has no such method."""

    get: Operation | None = None
    post: Operation | None = None
    put: Operation | None = None
    delete: Operation | None = None

    @classmethod
    def by_get_and_post(cls, operation: Operation) -> Self:
        """One operation that either method performs."""
        return cls(get=operation, post=operation)

    def of(self, method: str) -> Operation | None:
        """The operation of an HTTP method such as `GET`; None where none is declared.

        HEAD performs that of GET.
        """
        return {
            "GET": self.get,
            "HEAD": self.get,
            "POST": self.post,
            "PUT": self.put,
            "DELETE": self.delete,
        }.get(method)
