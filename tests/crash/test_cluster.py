"""Members and gateways die, freeze and lose their connections under load; no promise is broken.

`make test` causes one fault of each kind once, with short elections. `make test-cluster` causes all
faults, CLUSTER_ROUNDS times each, with MongoDB's default elections. Only there times are asserted,
since only there nothing else uses the machine. A table tells what was measured.
"""

import asyncio
import os
import random
import time

import pytest

from storage.driver.waits import VISITOR_WAIT_S
from tests.crash.attempt_log import Notes
from tests.crash.elections import Elections
from tests.crash.faults import FAULTS, Fault, Harm
from tests.crash.outages import Outage, Run, longest_gap, table
from tests.crash.partner_load import PartnerLoad
from tests.crash.pipeliner import Pipeliner
from tests.crash.stage import PROVIDER, Stage, running_stage
from tests.crash.truths import untruths
from tests.support.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.slow]

ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", "0"))
"""How often each fault is caused; 0 is the short form of `make test`."""

ELECTION_TIMEOUT_MS = 10_000 if ROUNDS else 2_000
FREEZE_S = 15.0 if ROUNDS else 4.0
SILENCE_S = (3.0, 12.0) if ROUNDS else (3.0, 3.0)
SPOIL_S = 5.0 if ROUNDS else 1.0

VISITORS = 40
SERVERS = 4
"""How many servers of partners there are; each makes one call at a time."""

TEST, QUESTIONS = "work-values", 24

WITHOUT_ACKS_S = 1.0
"""The promise: how long there may be no acks once the database has a majority, in seconds."""

CALLERS_WAIT_S = 15.0
"""The promise: how long calls wait for a primary, in seconds."""

LATE_S = 2.0
"""How much later than promised a busy machine may be, in seconds."""


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory, data_dir):
    """Return a stage with or without proxies; the one before it is ended."""
    open_stage = None

    def get(*, proxied: bool) -> Stage:
        nonlocal open_stage
        if open_stage is None or open_stage[0] is not proxied:
            close()
            opening = running_stage(
                tmp_path_factory.mktemp("stage"),
                election_timeout_ms=ELECTION_TIMEOUT_MS,
                proxied=proxied,
                dictionary=data_dir,
            )
            open_stage = (proxied, opening, opening.__enter__())
        return open_stage[2]

    def close() -> None:
        nonlocal open_stage
        if open_stage is not None:
            opening, open_stage = open_stage[1], None
            opening.__exit__(None, None, None)

    yield get
    close()


@pytest.fixture(scope="module")
def runs(request):
    """The measured runs, which are printed as a table in the end."""
    measured: list[Run] = []
    yield measured
    plugins = request.config.pluginmanager
    if terminal := plugins.getplugin("terminalreporter"):  # The processes of xdist have none.
        with plugins.getplugin("capturemanager").global_and_fixture_disabled():
            terminal.write_line(f"\n\n{table(measured)}\n")


async def _suffer(stage: Stage, fault: Fault, chance: random.Random) -> Run:
    """Cause the fault under load; return when the load has ended and all is acknowledged."""
    notes = Notes()
    ways = [gateway.ws_url for gateway in stage.gateways]
    visitors = [
        Pipeliner(
            number,
            ways,
            provider=PROVIDER,
            test=TEST,
            questions=QUESTIONS,
            notes=notes,
            chance=random.Random(chance.random()),
        )
        for number in range(VISITORS)
    ]

    def sessions() -> list[str]:
        latest = [visitor.attempts[-1].identity for visitor in visitors if visitor.attempts]
        return [identity["session"] for identity in latest if identity]

    partners = PartnerLoad(
        [gateway.url for gateway in stage.gateways],
        stage.client_key,
        sessions,
        random.Random(chance.random()),
    )
    stop = asyncio.Event()
    harm = Harm(FREEZE_S, SILENCE_S, SPOIL_S, chance)
    suffered = []
    elections = Elections(stage.replica_set)
    with elections.watched():
        async with asyncio.TaskGroup() as tasks:
            for visitor in visitors:
                tasks.create_task(visitor.visit(stop))
            tasks.create_task(partners.run(stop, SERVERS))
            await _all_acknowledged(visitors)
            for _ in range(ROUNDS or 1):
                await asyncio.sleep(chance.uniform(0, 1))
                began = time.monotonic()
                await fault.strike(stage, harm)
                await stage.whole()
                await _all_acknowledged(visitors)
                suffered.append((began, time.monotonic()))
            stop.set()
    outages = [
        Outage(
            began,
            settled,
            elections.elected_after(began) if fault.elects else None,
            elections.able_after(began) if fault.elects else None,
            longest_gap(notes.acks, began, settled),
        )
        for began, settled in suffered
    ]
    attempts = [attempt for visitor in visitors for attempt in visitor.attempts]
    untrue = await asyncio.to_thread(untruths, stage.replica_set.uri, attempts, partners.calls)
    return Run(fault.name, outages, notes, partners.calls, untrue + notes.faults)


async def _all_acknowledged(visitors: list[Pipeliner]) -> None:
    """Wait until each visitor gets a new ack."""
    since = time.monotonic()
    try:
        await until(lambda: all(visitor.acknowledged_at > since for visitor in visitors))
    except TimeoutError:
        late = [str(visitor) for visitor in visitors if visitor.acknowledged_at <= since]
        raise AssertionError(f"{len(late)} visitors get no ack any more: {late}") from None


STRUCK = [fault for fault in FAULTS if fault.always or ROUNDS]


@pytest.mark.sampled
@pytest.mark.parametrize("fault", STRUCK, ids=lambda fault: fault.name.replace(" ", "-"))
def test_promises_are_kept(fault, stage_of, runs, chance, request):
    run = asyncio.run(_suffer(stage_of(proxied=fault.proxied), fault, chance))
    runs.append(run)
    request.node.add_report_section("call", "measured", run.details())
    assert run.untrue == []
    assert run.failed == []
    codes = {code for _, code in run.notes.closes}
    assert not codes - {4100, 4009}, codes
    if ROUNDS:
        assert run.slowest_call.seconds <= CALLERS_WAIT_S + LATE_S, run.slowest_call
    if not fault.elects:
        return
    assert all(outage.majority_s for outage in run.outages)
    if ROUNDS:
        assert max(outage.beyond_s for outage in run.outages) <= WITHOUT_ACKS_S + LATE_S
        assert run.refused_though_able(CALLERS_WAIT_S, LATE_S) == []
    if not run.outlasts(VISITOR_WAIT_S):
        assert not run.notes.refusals
        assert not codes
