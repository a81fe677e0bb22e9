"""The measurements of a run, and the table of all runs."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tests.crash.attempt_log import Notes
from tests.crash.partner_load import OK, UNAVAILABLE, Call

MAJORITY_S = 3.0
"""How long a call may take after a new primary had its first majority, in seconds. While the old
primary hangs, members tell the new one of their progress only by heartbeats, which are 2 seconds
apart; one more second is for the gateway."""


@dataclass(frozen=True)
class Outage:
    """A fault, from its beginning until all visitors got an ack again; times are in seconds.

    After `election_s` there was a new primary, and after `majority_s` a majority followed it. Both
    are None if none was elected. `gap_s` is the longest time without an ack.
    """

    began: float
    settled: float
    election_s: float | None
    majority_s: float | None
    gap_s: float

    @property
    def beyond_s(self) -> float:
        """The time without acks, less the time in which the database had no majority."""
        return max(0.0, self.gap_s - (self.majority_s or 0.0))


def longest_gap(acks: Sequence[float], began: float, ended: float) -> float:
    """Return the longest time without an ack to anybody; `acks` are sorted."""
    first, last = bisect_right(acks, began), bisect_right(acks, ended)
    moments = [began, *acks[first:last], ended]
    return max(after - before for before, after in pairwise(moments))


@dataclass(frozen=True)
class Run:
    """A fault that was caused several times."""

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
        """Return calls that were refused although a majority could have taken them in their wait.

        A busy machine may add `late_s` seconds.
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
        """Whether an outage was longer than the wait of a call that came at its beginning.

        That happens when an election of the database needs a second try.
        """
        return any((outage.majority_s or 0.0) + MAJORITY_S > wait_s for outage in self.outages)

    @property
    def failed(self) -> list[Call]:
        """Calls whose status was neither 200 nor 503."""
        return [call for call in self.calls if call.status not in {None, OK, UNAVAILABLE}]

    @property
    def slowest_call(self) -> Call:
        """The call that took longest."""
        return max(self.calls, key=lambda call: call.seconds)

    def details(self) -> str:
        """Tell of each outage, and of the refusals with their times."""
        closes = [f"closed by {code} at {at:.1f}" for at, code in self.notes.closes]
        refused = [
            f"{call.path} of {call.began:.1f} refused after {call.seconds:.1f}"
            for call in self.refused
        ]
        refusals = [f"{count} x {code}" for code, count in self.notes.refusals.items()]
        return "\n".join([*map(str, self.outages), *refusals, *closes, *refused])

    def row(self) -> tuple[str, ...]:
        """Return the cells of its line in the table."""
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
    """Return all runs as a table in Markdown; pairs are the median and the maximum."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *(run.row() for run in runs)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
