"""What the log of a provider's calls keeps of a call: no value that the call carried."""

import re
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from tornado.httputil import HTTPServerRequest

from handlers.errors import partner_shape
from widget_gateway.domain.errors import RefusalError
from widget_gateway.domain.partners.calls import PartnerCall
from widget_gateway.domain.partners.providers import Caller

_PATH = re.compile(r"/partner/api/(v[0-9]+)/(.+?)/?")
"""The path of a call: the version of its address, and the call's name."""

_NAMED_BY_US = frozenset({"body", "Idempotency-Key"})
"""What a refusal may name besides the parameters of its operation."""


class _Reason(msgspec.Struct):
    reason: str


class _Refusal(msgspec.Struct):
    """The body of a refusal, as far as the log has it."""

    error: _Reason


def reason_of(error: BaseException | None, status: int, kept: bytes) -> str:
    """Return the slug of a refusal; `kept` is its body if it was kept from an earlier call."""
    if kept:
        return msgspec.json.decode(kept, type=_Refusal).error.reason
    return str(partner_shape(error, HTTPStatus(status), "")["error"]["reason"])


def parameter_of(error: BaseException | None, declared: frozenset[str]) -> str:
    """Return the declared parameter that a refusal is due to; empty if none is.

    Other names are the caller's own text, which may be anything.
    """
    named = str(error.data.get("parameter", "")) if isinstance(error, RefusalError) else ""
    return named if named in declared or named in _NAMED_BY_US else ""


def logged_call(  # noqa: PLR0913 - what is known of a call when it ends
    request: HTTPServerRequest,
    caller: Caller,
    *,
    request_id: str,
    status: int,
    reason: str,
    parameter: str,
    address: str,
) -> PartnerCall:
    """Describe a call that has just ended."""
    path = _PATH.fullmatch(request.path)
    version, operation = path.groups() if path else ("", "")
    return PartnerCall(
        provider=caller.provider.slug,
        sandbox=caller.sandbox,
        at=datetime.now(UTC),
        request_id=request_id,
        operation=operation,
        version=version,
        method=request.method or "",
        status=status,
        reason=reason,
        parameter=parameter,
        took_ms=round(request.request_time() * 1000, 1),
        address=address,
    )
