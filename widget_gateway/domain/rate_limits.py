"""How often somebody may call: a bucket of calls that fills up steadily."""

import math
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """`amount` calls at once, and as many in each `window_s` seconds after that."""

    name: str
    amount: int
    window_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to somebody after a call; a call that is not allowed took nothing."""

    quota: Quota
    allowed: bool
    remaining: int
    full_in_s: int
    """Seconds until the whole quota is there again."""

    retry_after_s: int
    """Seconds until one more call is there; 0 where there is one."""


class RateLimiter:
    """Counts the calls of everybody under one quota, in memory.

    Ours, though libraries do it: those looked at go over all callers at each call, whose number is
    anybody's to raise. Here a call costs the same whoever else called; who has not called for a
    window has a full bucket and is forgotten.
    """

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._buckets)

    def spend(self, caller: str, now_s: float) -> Allowance:
        """Take one call out of the caller's bucket; `now_s` is of a clock that never goes back."""
        self._forget(now_s)
        rate = self.quota.amount / self.quota.window_s
        left, at = self._buckets.get(caller, (float(self.quota.amount), now_s))
        left = min(self.quota.amount, left + (now_s - at) * rate)
        allowed = left >= 1
        if allowed:
            left -= 1
        self._buckets[caller] = (left, now_s)
        self._buckets.move_to_end(caller)
        return Allowance(
            quota=self.quota,
            allowed=allowed,
            remaining=math.floor(left),
            full_in_s=math.ceil((self.quota.amount - left) / rate),
            retry_after_s=0 if left >= 1 else math.ceil((1 - left) / rate),
        )

    def _forget(self, now_s: float) -> None:
        while self._buckets:
            caller, (_, at) = next(iter(self._buckets.items()))
            if now_s - at < self.quota.window_s:
                return
            del self._buckets[caller]
