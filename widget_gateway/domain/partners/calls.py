"""The log of the partner API's calls, by which a partner finds out why a call was refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from widget_gateway.domain.ids import ProviderSlug

KEPT_FOR = timedelta(days=7)
"""How long calls are kept: long enough to look into what failed over a weekend."""


@dataclass(slots=True, kw_only=True)
class PartnerCall:
    """A call that a provider has made with a valid key. It holds no value that the call carried.

    `operation` is the call's name, such as `result/attach`, and `version` that of its address, such
    as `v3`. `reason` is the slug of the refusal, empty if the call succeeded; `parameter` names the
    parameter that was missing or wrong, if it is due to one. `took_ms` is in milliseconds.

    It is not frozen, because one is made for every call, and a frozen one takes three times as
    long.
    """

    provider: ProviderSlug
    sandbox: bool
    at: datetime
    request_id: str
    operation: str
    version: str
    method: str
    status: int
    reason: str
    parameter: str
    took_ms: float
    address: str


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call as it is stored. Ids sort by the time at which the calls were stored."""

    id: str
    call: PartnerCall


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are looked for: of one provider in one of its worlds.

    With `request_id` only those that have this id.
    """

    provider: ProviderSlug
    sandbox: bool
    only_refused: bool = False
    request_id: str | None = None
