"""What the bytes of an answer say: a value, a file, or a refusal. None of it is trusted."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Optional, TypeVar

from widget_gateway_client.decoding import ShapeError, decode
from widget_gateway_client.errors import AnswerError, GatewayError
from widget_gateway_client.reasons import REASONS

T = TypeVar("T")

_JSON = "application/json"
_FILENAME = re.compile(r'filename="([A-Za-z0-9._-]{1,200})"')
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True)
class Received:
    """An answer, with the names of its headers in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def request_id(self) -> str:
        """The id by which the operator finds the call; empty if there is no sane one."""
        told = self.headers.get("x-request-id", "")
        return told if _REQUEST_ID.fullmatch(told) else ""


@dataclass(frozen=True)
class File:
    """A document: a report or an invoice. `filename` is what the gateway calls it, if it does."""

    media_type: str
    content: bytes = field(repr=False)
    filename: Optional[str] = None


@dataclass(frozen=True)
class Refusal:
    """The body of a refusal."""

    message: str = field(repr=False)
    reason: str = field(repr=False)


@dataclass(frozen=True)
class _RefusalBody:
    error: Refusal


def refusal_in(received: Received) -> Optional[Refusal]:
    """What a refusal says; None if the answer has another shape."""
    try:
        body: _RefusalBody = decode(_RefusalBody, _parsed(received))
    except ValueError:
        return None
    return body.error


def value_of(kind: type[T], call: str, received: Received) -> T:
    """The value that a call answers with.

    Raises:
        GatewayError: the gateway refuses the call.
        AnswerError: the answer is no JSON, or has another shape.
    """
    _check_status(call, received)
    try:
        value: T = decode(kind, _parsed(received))
    except ShapeError as error:
        raise _unexpected(call, received, f"does not have its shape: {error}") from None
    except ValueError:
        raise _unexpected(call, received, "is no JSON") from None
    return value


def file_of(media_type: str, call: str, received: Received) -> File:
    """The document that a call answers with.

    Raises:
        GatewayError: the gateway refuses the call.
        AnswerError: the answer is of another media type.
    """
    _check_status(call, received)
    if received.media_type != media_type:
        raise _unexpected(call, received, f"is no {media_type}")
    named = _FILENAME.search(received.headers.get("content-disposition", ""))
    return File(media_type, received.body, named.group(1) if named else None)


def retry_after(headers: Mapping[str, str]) -> Optional[float]:
    """The seconds that a `Retry-After` asks for, as a number or as a date; None without one."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _check_status(call: str, received: Received) -> None:
    if received.status == HTTPStatus.OK:
        return
    is_refusal = received.status >= HTTPStatus.BAD_REQUEST
    refusal = refusal_in(received) if is_refusal else None
    if refusal is None:
        raise _unexpected(call, received, "is none of a gateway")
    raise REASONS.get(refusal.reason, GatewayError)(
        refusal.message,
        code=received.status,
        reason=refusal.reason,
        request_id=received.request_id,
        retry_after=retry_after(received.headers),
    )


def _parsed(received: Received) -> Any:
    """The JSON of an answer.

    Raises:
        ValueError: it is none.
    """
    if received.media_type != _JSON:
        raise ValueError(received.media_type)
    try:
        return json.loads(received.body.decode("utf-8"))
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def _unexpected(call: str, received: Received, what: str) -> AnswerError:
    kind = received.media_type if re.fullmatch(r"[a-z0-9.+/-]{1,80}", received.media_type) else "?"
    return AnswerError(
        f"The answer to {call} {what}; its media type is {kind}",
        code=received.status,
        request_id=received.request_id,
    )
