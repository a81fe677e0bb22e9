"""What goes wrong, by who said so. reasons.py has a class for each reason of the gateway."""

from typing import Optional


class WidgetGatewayError(Exception):
    """The root of all exceptions of this package; `message` is for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class GatewayError(WidgetGatewayError):
    """The gateway has refused a call, which has changed nothing.

    `reason` is a stable name to act on; each known one has a class of its own. `code` is the HTTP
    status. Name `request_id` when you ask the operator for help. `retry_after` is in seconds, if
    the gateway has said when to try again.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int = 0,
        reason: str = "",
        request_id: str = "",
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        named = f", request {self.request_id}" if self.request_id else ""
        return f"{self.message} ({self.reason}, {self.code}{named})"


class TransportError(WidgetGatewayError):
    """No answer came: a timeout or a lost connection. The gateway may have acted or not.

    A repeat with the same `idempotency_key` does no harm in either case.
    """

    def __init__(self, message: str, *, idempotency_key: Optional[str] = None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class AnswerError(WidgetGatewayError):
    """An answer came that is none of a gateway: no JSON, another shape, too large, a redirect.

    `code` is the HTTP status. Something between you and the gateway may have answered.
    """

    def __init__(self, message: str, *, code: int = 0, request_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id

    def __str__(self) -> str:
        named = f", request {self.request_id}" if self.request_id else ""
        return f"{self.message} (status {self.code}{named})"


class WebhookError(WidgetGatewayError):
    """A webhook that is not from the gateway, is too old, or can't be read: answer it with 400."""
