"""Checks whether this node can work, for the readiness probe and for `doctor`."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from storage.health import AccessCounts, HealthStore, SetConfiguration
from storage.migrations import Progress, State
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError

RECENT_S = 1.0
"""Seconds for which a readiness answer is repeated, so that probes can't load the database."""

ELECTION = timedelta(seconds=2)
"""How long a failover goes on after the election timeout: members vote, the primary catches up."""

FOLLOWING = timedelta(seconds=2)
"""Longest time in which a member that gives up a frozen source chooses another and catches up."""

TWO_VOTERS = 2
"""Voting members with which a replica set has no majority as soon as one of them dies."""

MAX_TRANSACTION_LIFETIME = timedelta(seconds=10)
"""With a longer one, the locks that a dead gateway leaves outlast the wait of callers."""

MAX_SKEW = timedelta(seconds=5)
"""Largest difference of this node's clock and the database's: tokens expire by the node's clock."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check of `doctor`; `remedy` says what to do if `ok` is false.

    With `warns` the gateway works, but something is amiss that `remedy` mends.
    """

    subject: str
    ok: bool
    detail: str
    remedy: str | None = None
    warns: bool = False


class HealthService:
    """Checks storage, indexes, clocks, the replica set and the counters of accesses."""

    def __init__(
        self,
        health: HealthStore,
        clock: Clock,
        search_is_loaded: Callable[[], bool],
        caller_wait: timedelta,
    ) -> None:
        """`caller_wait` is how long a call waits for a new primary."""
        self._health = health
        self._caller_wait = caller_wait
        self._clock = clock
        self._search_is_loaded = search_is_loaded
        self._checked_at = float("-inf")
        self._faults: list[str] = []

    async def faults(self) -> list[str]:
        """Return what keeps this node from working; nothing if it is ready."""
        if time.monotonic() - self._checked_at > RECENT_S:
            self._faults = await self._look()
            self._checked_at = time.monotonic()
        if not self._search_is_loaded():
            return [*self._faults, "the search index is being loaded"]
        return self._faults

    async def _look(self) -> list[str]:
        try:
            await self._health.ping()
            return [f"index {name} is missing" for name in await self._health.missing_indexes()]
        except StorageError as error:
            return [error.message]

    async def examine(self) -> list[Finding]:
        """Make all checks and return their findings, good and bad.

        Raises:
            StorageUnavailableError: the database can't be reached.
        """
        missing = await self._health.missing_indexes()
        skew = abs(await self._health.server_time() - self._clock())
        findings = [
            Finding("storage", ok=True, detail=f"MongoDB {await self._health.server_version()}"),
            Finding(
                "indexes",
                ok=not missing,
                detail=f"missing: {', '.join(missing)}" if missing else "all built",
                remedy="Start the gateway once: it builds them.",
            ),
            Finding(
                "time",
                ok=skew <= MAX_SKEW,
                detail=f"{skew.total_seconds():.1f} s from the database's clock",
                remedy="Let NTP set the clocks of this node and of the database.",
            ),
        ]
        findings.append(_migrated(await self._health.migration()))
        configuration = await self._health.set_configuration()
        findings += waits_fit(configuration, self._caller_wait)
        if (members := await self._health.members()) is not None:
            findings.append(_reached(members))
        return [*findings, *map(_counts_agree, await self._health.access_counts())]


def waits_fit(configuration: SetConfiguration | None, caller_wait: timedelta) -> list[Finding]:
    """Check that the gateway's waits are longer than the failovers of this replica set."""
    if configuration is None:
        detail = "can't be read by this user (clusterMonitor may), so nothing is known of elections"
        return [Finding("replica set", ok=True, detail=detail)]
    failover = configuration.election_timeout + ELECTION
    frozen = max(failover, configuration.source_wait + FOLLOWING)
    waits, lasts = caller_wait.total_seconds(), failover.total_seconds()
    lifetime = configuration.transaction_lifetime
    return [
        Finding(
            "elections",
            ok=configuration.voters == 1 or failover <= caller_wait,
            detail=f"{configuration.voters} voting; a failover lasts up to {lasts:g} s, "
            f"calls wait {waits:g} s",
            remedy="Calls are refused with 503 before there is a new primary. Lower "
            "settings.electionTimeoutMillis (10000 by default), or raise "
            "WIDGET_GATEWAY_STORAGE_WAIT_S.",
        ),
        Finding(
            "frozen primaries",
            ok=configuration.voters == 1 or frozen <= caller_wait,
            detail=f"a failover from one lasts up to {frozen.total_seconds():g} s, "
            f"calls wait {waits:g} s",
            remedy="Members that ask a primary which hangs follow the new one late. Start each "
            "mongod with --setParameter oplogFetcherSteadyStateMaxFetcherRestarts=0.",
        ),
        Finding(
            "voting members",
            ok=configuration.voters != TWO_VOTERS,
            detail=f"{configuration.voters}",
            remedy="Two members have no majority when one dies: add a third.",
        ),
        Finding(
            "abandoned transactions",
            ok=lifetime <= MAX_TRANSACTION_LIFETIME,
            detail=f"end after {lifetime.total_seconds():g} s",
            remedy="A gateway that dies leaves its locks for so long, and a provider's visitors "
            "wait. Set transactionLifetimeLimitSeconds to 5 on each member.",
        ),
    ]


def _reached(members: Mapping[str, bool]) -> Finding:
    down = [name for name, is_up in members.items() if not is_up]
    return Finding(
        "members",
        ok=not down,
        detail=f"{len(members) - len(down)} of {len(members)} up"
        + (f"; down: {', '.join(down)}" if down else ""),
        remedy="Start the member again, and look into its log. While it is down, the others may "
        "not lose another one.",
    )


def _migrated(progress: Progress) -> Finding:
    # It is no fault: until the migration is finished, gateways read the former version's data, too.
    if progress.state is State.FINISHED:
        detail = "all done"
    elif progress.state is State.COPIED:
        detail = (
            "USER_KEYs are copied. When no gateway of the former version runs any more: "
            "widget-gateway migrate --finish"
        )
    else:
        detail = (
            f"USER_KEYs of the former version: {progress.state.value}; run widget-gateway migrate, "
            "and when no gateway of the former version runs any more, widget-gateway migrate "
            "--finish"
        )
    return Finding("migration", ok=True, detail=detail)


def _counts_agree(counts: AccessCounts) -> Finding:
    return Finding(
        f"accesses of {counts.provider}",
        ok=counts.counter == counts.ledger == counts.users + counts.erased,
        detail=f"counter {counts.counter}, ledger {counts.ledger}, users {counts.users}"
        + (f" and {counts.erased} erased" if counts.erased else ""),
        remedy="They are written together: the database was changed by hand. Compare `accesses` "
        "and `provider_users` with a backup; the ledger is what was billed.",
    )
