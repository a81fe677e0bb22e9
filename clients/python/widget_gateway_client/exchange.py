"""How a call is made, without doing any input or output: what to send, and when again.

`conversation` is a generator. Whoever drives it (connections.py) sends the request or waits, as it
asks for, and tells it what came of that.
"""

import logging
import random
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Optional, Union

from widget_gateway_client.errors import TransportError
from widget_gateway_client.reading import Received, refusal_in, retry_after

logger = logging.getLogger("widget_gateway_client")

FIRST_PAUSE_S = 0.5
"""The longest pause before the second try, in seconds; each further one is up to twice as long."""

_TRY_AGAIN = frozenset({429, 502, 503, 504})
"""Statuses after which the same call may succeed soon. Proxies have two of them, too."""

_IN_USE = "idempotency_key_in_use"
"""The reason of a refusal while an earlier try of the same call is still running."""


@dataclass(frozen=True)
class Rules:
    """How patient a client is.

    `timeout` is for one try and in seconds. `attempts` are all tries of a call. `longest_wait` is
    the most seconds before another try: if the gateway asks for more, the call ends with its
    refusal. `answer_limit` is the most bytes of an answer.
    """

    timeout: float = 30.0
    attempts: int = 3
    longest_wait: float = 30.0
    answer_limit: int = 64 * 2**20

    def __post_init__(self) -> None:
        """Refuse values that no call could succeed with."""
        if not (self.timeout > 0 and self.attempts >= 1 and self.longest_wait >= 0):
            raise ValueError("A client needs a timeout, an attempt and a wait of at least 0 s.")
        if self.answer_limit < 1:
            raise ValueError("A client needs a limit of answers.")


@dataclass(frozen=True)
class Sending:
    """A request that is to be sent: a POST of JSON."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Pause:
    """A time to wait, in seconds."""

    seconds: float


@dataclass(frozen=True)
class Lost:
    """No answer came; `why` is for people."""

    why: str


Outcome = Union[Received, Lost, None]
"""What came of a request; None after a pause."""

Conversation = Generator[Union[Sending, Pause], Outcome, Received]


def conversation(call: str, sending: Sending, rules: Rules) -> Conversation:
    """Send until an answer comes that another try would not change; return it.

    Raises:
        TransportError: the last try got no answer.
    """
    for attempt in range(1, rules.attempts + 1):
        began = time.monotonic()
        outcome = yield sending
        _log(call, attempt, outcome, time.monotonic() - began)
        pause = _pause_after(outcome, attempt)
        is_over = attempt == rules.attempts or pause is None or pause > rules.longest_wait
        if isinstance(outcome, Received) and is_over:
            return outcome
        if is_over:
            why = outcome.why if isinstance(outcome, Lost) else ""
            tries = "1 try" if attempt == 1 else f"{attempt} tries"
            raise TransportError(
                f"No answer to {call} after {tries}: {why}",
                idempotency_key=sending.headers.get("Idempotency-Key"),
            )
        yield Pause(pause or 0.0)
    raise AssertionError  # The last attempt is over in any case.


def _pause_after(outcome: Outcome, attempt: int) -> Optional[float]:
    """The seconds before another try; None if there shall be none.

    Full jitter: clients that failed together do not come back together.
    """
    jitter = random.uniform(0, FIRST_PAUSE_S * 2 ** min(attempt - 1, 10))  # noqa: S311 - no secret
    if not isinstance(outcome, Received):
        return jitter
    if outcome.status not in _TRY_AGAIN and not _is_in_use(outcome):
        return None
    return max(jitter, retry_after(outcome.headers) or 0.0)


def _is_in_use(received: Received) -> bool:
    if received.status != HTTPStatus.CONFLICT:
        return False
    refusal = refusal_in(received)
    return refusal is not None and refusal.reason == _IN_USE


def _log(call: str, attempt: int, outcome: Outcome, took: float) -> None:
    told: dict[str, object] = {"call": call, "attempt": attempt, "seconds": round(took, 3)}
    if isinstance(outcome, Received):
        logger.debug("%s answered %d at attempt %d", call, outcome.status, attempt, extra=told)
    elif isinstance(outcome, Lost):
        logger.warning("%s got no answer at attempt %d: %s", call, attempt, outcome.why, extra=told)
