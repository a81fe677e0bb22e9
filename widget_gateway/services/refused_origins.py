"""The log of refused origins, by which operators see what they forgot to list."""

import time
from typing import Any

import structlog

from widget_gateway.domain.rate_limits import Quota, RateLimiter

LOGGED_EVERY_S = 60.0
"""Seconds in which a refused origin is logged once."""

MAX_LOGGED = 100
"""The most refused origins that are logged in that time."""

MAX_ORIGIN = 300
"""Characters of a refused origin that are logged. The longest host name has 253."""

_log = structlog.get_logger(__name__)


class RefusedOrigins:
    """Logs which origins are refused.

    Anybody can send any origin, so the log says each at most once in LOGGED_EVERY_S seconds, and at
    most MAX_LOGGED of them.
    """

    def __init__(self) -> None:
        self._each = RateLimiter(Quota("origin", 1, LOGGED_EVERY_S))
        self._all = RateLimiter(Quota("origins", MAX_LOGGED, LOGGED_EVERY_S))

    def note(self, origin: str | None, **refused_by: Any) -> None:
        """Log a refusal unless it was logged lately; `refused_by` tells who refused the origin."""
        now_s = time.monotonic()
        told = None if origin is None else origin[:MAX_ORIGIN]
        what = f"{refused_by} {told}"
        if not self._each.peek(what, now_s).allowed or not self._all.spend("", now_s).allowed:
            return
        self._each.spend(what, now_s)
        _log.warning("origin_refused", origin=told, **refused_by)
