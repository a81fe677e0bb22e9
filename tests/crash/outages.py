"""What a run measured, and the table of all runs."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tests.crash.attempt_log import Notes
from tests.crash.partner_load import OK, UNAVAILABLE, Call

MAJORITY_S = 3.0
"""How long a new primary may take for a majority behind its first one. While the old primary hangs,
members tell the new one how far they are only with their heartbeats, which are 2 s apart, so that a
call which comes behind others is done with the second; a second more is for the gateway."""


@dataclass(frozen=True)
class Outage:
    """One fault: from its beginning until everybody was acknowledged again; seconds.

    After `election_s` there was a new primary, after `majority_s` a majority followed it; both are
    None where none was elected. `gap_s` is the longest time without an ack.
    """

    began: float
    settled: float
    election_s: float | None
    majority_s: float | None
    gap_s: float

    @property
    def beyond_s(self) -> float:
        """The time without acks beyond the one in which the database could promise nothing."""
        return max(0.0, self.gap_s - (self.majority_s or 0.0))


def longest_gap(acks: Sequence[float], began: float, ended: float) -> float:
    """The longest time without an ack to anybody; `acks` are in the order of time."""
    first, last = bisect_right(acks, began), bisect_right(acks, ended)
    moments = [began, *acks[first:last], ended]
    return max(after - before for before, after in pairwise(moments))


@dataclass(frozen=True)
class Run:
    """A fault, struck several times."""

    fault: str
    outages: list[Outage]
    notes: Notes
    calls: list[Call]
    untrue: list[str]

    @property
    def refused(self) -> list[Call]:
        """Calls that were answered by 503."""
        return [call for call in self.calls if call.status == UNAVAILABLE]

    def refused_though_able(self, wait_s: float, late_s: float) -> list[Call]:
        """Calls that were refused though within their wait a majority had time to take them.

        `late_s`: seconds that a busy machine may add.
        """
        needs = MAJORITY_S + late_s
        able = [
            outage.began + outage.majority_s + needs for outage in self.outages if outage.majority_s
        ]
        return [
            call
            for call in self.refused
            if not any(call.began + wait_s < moment < call.began + 2 * wait_s for moment in able)
        ]

    def outlasts(self, wait_s: float) -> bool:
        """Whether an outage was longer than somebody waits who came at its beginning.

        That happens where an election of the database itself needs a second try.
        """
        return any((one.majority_s or 0.0) + MAJORITY_S > wait_s for one in self.outages)

    @property
    def failed(self) -> list[Call]:
        """Calls that were answered, and neither by 200 nor by 503."""
        return [call for call in self.calls if call.status not in {None, OK, UNAVAILABLE}]

    @property
    def slowest_call(self) -> Call:
        """The one that took longest."""
        return max(self.calls, key=lambda call: call.seconds)

    def details(self) -> str:
        """Each outage, and what was refused when."""
        closes = [f"closed by {code} at {at:.1f}" for at, code in self.notes.closes]
        refused = [
            f"{call.path} of {call.began:.1f} refused after {call.seconds:.1f}"
            for call in self.refused
        ]
        refusals = [f"{count} x {code}" for code, count in self.notes.refusals.items()]
        return "\n".join([*map(str, self.outages), *refusals, *closes, *refused])

    def row(self) -> tuple[str, ...]:
        """Its line of the table."""
        elections = [outage.election_s for outage in self.outages if outage.election_s is not None]
        majorities = [outage.majority_s for outage in self.outages if outage.majority_s is not None]
        codes = Counter(code for _, code in self.notes.closes)
        return (
            self.fault,
            str(len(self.outages)),
            _median_and_most(elections),
            _median_and_most(majorities),
            _median_and_most([outage.gap_s for outage in self.outages]),
            _median_and_most([outage.beyond_s for outage in self.outages]),
            f"{len(self.notes.acks):,}",
            str(len(self.untrue)),
            ", ".join(f"{count} x {code}" for code, count in sorted(codes.items())) or "0",
            f"{len(self.refused)} of {len(self.calls):,}",
            f"{self.slowest_call.seconds:.1f}",
        )


HEADINGS = (
    "fault",
    "times",
    "new primary s",
    "its majority s",
    "without acks s",
    "beyond the majority s",
    "acks",
    "broken promises",
    "sockets closed",
    "calls refused",
    "slowest call s",
)


def _median_and_most(seconds: list[float]) -> str:
    return f"{median(seconds):.1f} / {max(seconds):.1f}" if seconds else ""


def table(runs: Sequence[Run]) -> str:
    """All runs as a table in Markdown; pairs are median and most."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *(run.row() for run in runs)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
