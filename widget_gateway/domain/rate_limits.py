"""Rate limits: each caller has a bucket of calls that refills steadily (a token bucket)."""

import math
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """A caller may make `amount` calls at once, and then as many in each `window_s` seconds."""

    name: str
    amount: int
    window_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a caller's quota after a call. A refused call takes nothing from it."""

    quota: Quota
    allowed: bool
    remaining: int
    full_in_s: int
    """Seconds until the whole quota is available again."""

    retry_after_s: int
    """Seconds until another call is allowed; 0 if one is allowed now."""


class RateLimiter:
    """Counts the calls of all callers under one quota, in memory.

    The libraries that were tried walk through all callers at each call, and anybody can raise the
    number of callers. Here the cost of a call does not depend on it. A caller that made no call
    for a whole window has a full bucket again and is forgotten.
    """

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._buckets)

    def spend(self, caller: str, now_s: float, calls: int = 1) -> Allowance:
        """Take calls from the caller's bucket; `now_s` is read from a monotonic clock.

        Either all of them are allowed or none.
        """
        self._forget(now_s)
        left = self._left(caller, now_s)
        allowed = left >= calls
        if allowed:
            left -= calls
        self._buckets[caller] = (left, now_s)
        self._buckets.move_to_end(caller)
        return self._allowance(left, allowed=allowed)

    def peek(self, caller: str, now_s: float) -> Allowance:
        """Tell whether the caller may make a call now, and take none."""
        left = self._left(caller, now_s)
        return self._allowance(left, allowed=left >= 1)

    def _left(self, caller: str, now_s: float) -> float:
        left, at = self._buckets.get(caller, (float(self.quota.amount), now_s))
        return min(self.quota.amount, left + (now_s - at) * self._rate)

    @property
    def _rate(self) -> float:
        return self.quota.amount / self.quota.window_s

    def _allowance(self, left: float, *, allowed: bool) -> Allowance:
        return Allowance(
            quota=self.quota,
            allowed=allowed,
            remaining=math.floor(left),
            full_in_s=math.ceil((self.quota.amount - left) / self._rate),
            retry_after_s=0 if left >= 1 else math.ceil((1 - left) / self._rate),
        )

    def _forget(self, now_s: float) -> None:
        while self._buckets:
            caller, (_, at) = next(iter(self._buckets.items()))
            if now_s - at < self.quota.window_s:
                return
            del self._buckets[caller]
