"""Three members, two gateways, and a primary that fails: how long visitors get no acks."""

import itertools
import math
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import failover_load
from election import Election
from failover_load import CALLERS, PAUSE_S, VISITORS, Record
from quiet import Quiet
from set_servers import SetBench, set_bench

from storage.mongod.member import MemberState
from storage.mongod.replica_set import ReplicaSet

Goal = tuple[str, str, bool]

GATEWAYS = 2
SLACK_S = 1.0
"""The goal: most seconds that the gateway may add to the time of the election itself."""

BEFORE_S = 2.0
"""Seconds that visitors answer before the fault."""

FROZEN_S = 30.0
"""Seconds that a frozen primary stays frozen: longer than the others need to replace it."""

AFTER_S = {"step-down": 15.0, "SIGKILL": 30.0, "SIGSTOP": 40.0}
"""Seconds that visitors go on after the fault: longer than an election, and than FROZEN_S."""

LONGEST_ELECTION_S = 60.0
COMPLETE_S = 120.0
"""Seconds after which the run fails without a new primary, or without all members."""

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What a fault did. Names that end in `_s` are seconds, the others are counts."""

    elected_s: float
    writes_s: float
    """From the fault to the first write of a client of the primary that a majority acknowledged."""
    no_acks_s: float
    """The longest time in which no visitor got an ack."""
    all_again_s: float
    """From the fault until each visitor had an ack after that time."""
    closings: int
    refused_answers: int
    refused_calls: int
    longest_call_s: float

    @property
    def added_s(self) -> float:
        """How much longer there were no acks than the election took."""
        return self.no_acks_s - self.writes_s


def failover(*, rounds: int, quiet: Quiet) -> list[Goal]:
    """Let the primary step down, kill it and freeze it, each `rounds` times."""
    print(
        f"\nThree members, {GATEWAYS} gateways, {VISITORS} visitors with an answer every "
        f"{PAUSE_S * 1000:.0f} ms each, {CALLERS} partners' servers; {rounds} rounds, seconds"
    )
    print(
        f"  {'':11}{'elected':>8}{'writes':>8}{'no acks':>9}{'added':>7}{'all again':>11}"
        f"{'sockets':>9}{'answers':>9}{'HTTP':>9}{'longest':>9}{'load':>9}\n"
        f"  {'':11}{'after':>8}{'after':>8}{'for':>9}{'':>7}{'after':>11}"
        f"{'closed':>9}{'refused':>9}{'refused':>9}{'call':>9}{'average':>9}"
    )
    outages: dict[str, list[Outage]] = {fault: [] for fault in AFTER_S}
    with (
        tempfile.TemporaryDirectory(prefix="wg-bench-") as directory,
        ReplicaSet(Path(directory)) as replica_set,
        set_bench(replica_set, gateways=GATEWAYS) as bench,
    ):
        for _ in range(rounds):
            for fault, known in outages.items():
                quiet.wait()
                known.append(_suffer(bench, fault))
                _print(fault, known[-1])
    goals = []
    for fault, known in outages.items():
        added = max(outage.added_s for outage in known)
        goal = f"{fault}: no acks for the election and {SLACK_S:.0f} s at most, at worst"
        goals.append((goal, f"{added:+.1f} s", added <= SLACK_S))
    closed = sum(outage.closings for known in outages.values() for outage in known)
    refused = sum(outage.refused_calls for known in outages.values() for outage in known)
    goals.append(("sockets closed in elections: none", f"{closed:,}", not closed))
    goals.append(("calls refused in elections: none", f"{refused:,}", not refused))
    return goals


def _suffer(bench: SetBench, fault: str) -> Outage:
    """Cause a fault, and wait until all members are back."""
    election = Election(bench.replica_set)
    orders, theirs = _spawn.Pipe()
    ports = [gateway.port for gateway in bench.gateways]
    process = _spawn.Process(target=failover_load.run, args=(ports, bench.key, theirs), daemon=True)
    process.start()
    theirs.close()
    assert orders.recv() == "ready"
    time.sleep(BEFORE_S)
    with _broken(bench.replica_set, fault, election) as fault_at:
        election.wait(LONGEST_ELECTION_S)
        time.sleep(max(0.0, fault_at + AFTER_S[fault] - time.monotonic()))
        orders.send("end")
        ended_at = time.monotonic()
        record: Record = orders.recv()
        process.join()
    _wait_until_complete(bench.replica_set)
    return _judge(record, election, fault_at, ended_at)


@contextmanager
def _broken(replica_set: ReplicaSet, fault: str, election: Election) -> Iterator[float]:
    """Cause the fault and yield its monotonic time; restart the primary on leaving."""
    primary = replica_set.wait_for_primary()
    election.watch()
    fault_at = time.monotonic()
    if fault == "step-down":
        replica_set.step_down()
    elif fault == "SIGKILL":
        primary.kill()
    else:
        primary.freeze()
        threading.Timer(FROZEN_S, primary.thaw).start()
    yield fault_at
    primary.start()


def _wait_until_complete(replica_set: ReplicaSet) -> None:
    deadline = time.monotonic() + COMPLETE_S
    whole = {MemberState.PRIMARY, MemberState.SECONDARY}
    while {member.state for member in replica_set.members} != whole:
        assert time.monotonic() < deadline, "the set is not whole again"
        time.sleep(0.5)


def _judge(record: Record, election: Election, fault_at: float, ended_at: float) -> Outage:
    assert election.elected_at is not None
    assert election.writes_at is not None
    moments = [at for at, _ in record.acks]
    before = max(at for at in moments if at <= fault_at)
    after = [before, *(at for at in moments if at > fault_at), ended_at]
    no_acks_s, again_at = max((b - a, b) for a, b in itertools.pairwise(after))
    first: dict[int, float] = {}
    for at, visitor in record.acks:
        if at >= again_at:
            first.setdefault(visitor, at)
    calls = [(seconds, status) for at, seconds, status in record.calls if at + seconds > fault_at]
    return Outage(
        elected_s=election.elected_at - fault_at,
        writes_s=election.writes_at - fault_at,
        no_acks_s=no_acks_s,
        all_again_s=max(first.values()) - fault_at if len(first) == VISITORS else math.inf,
        closings=sum(at > fault_at for at, _ in record.closings),
        refused_answers=record.errors.total(),
        refused_calls=sum(status != HTTPStatus.OK for _, status in calls),
        longest_call_s=max(seconds for seconds, _ in calls),
    )


def _print(fault: str, outage: Outage) -> None:
    print(
        f"  {fault:11}{outage.elected_s:>8.2f}{outage.writes_s:>8.2f}{outage.no_acks_s:>9.2f}"
        f"{outage.added_s:>+7.2f}{outage.all_again_s:>11.2f}{outage.closings:>9,}"
        f"{outage.refused_answers:>9,}{outage.refused_calls:>9,}{outage.longest_call_s:>9.2f}"
        f"{os.getloadavg()[0]:>9.1f}",
        flush=True,
    )
