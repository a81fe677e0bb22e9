"""The rehearsal: a gateway under load is backed up and restored on a replica set of three members.

Backups and restores are killed at random moments meanwhile.
"""

import asyncio
import copy
import json
import random

import pytest

from storage.mongod.replica_set import ReplicaSet
from tests.crash.attempt_log import Notes
from tests.crash.partner_load import PartnerLoad
from tests.crash.pipeliner import Pipeliner
from tests.crash.stage import DATABASE, PROVIDER
from tests.crash.truths import untruths
from tests.support.processes import Gateway
from tests.support.waiting import until
from widget_gateway.services.catalogue.files import bundled_directory

pytestmark = [pytest.mark.gen_test, pytest.mark.crash, pytest.mark.slow]

VISITORS = 8
PARTNERS = 2
KILLS = 3
LONGEST_WORK_S = 1.0
"""About how long a backup or a restore of the test takes, in seconds."""


@pytest.fixture
def source(tmp_path, data_dir):
    """A gateway with its embedded database, which everything is moved away from."""
    gateway = Gateway(tmp_path / "source", DATABASE=DATABASE).with_dictionary(data_dir)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def replica_set(tmp_path):
    """The replica set that everything is moved to."""
    with ReplicaSet(tmp_path / "set", election_timeout_ms=2_000) as started:
        yield started


class Load:
    """Visitors and partners' servers, and what was acknowledged to them at a moment."""

    def __init__(self, gateway, client_key, chance) -> None:
        rule = {"provider": PROVIDER, "test": "work-values", "questions": 24, "notes": Notes()}
        self._visitors = [
            Pipeliner(number, [gateway.ws_url], chance=random.Random(chance.random()), **rule)
            for number in range(VISITORS)
        ]
        self._partner = PartnerLoad([gateway.url], client_key, list, random.Random(chance.random()))

    async def run(self, stop):
        async with asyncio.TaskGroup() as tasks:
            for visitor in self._visitors:
                tasks.create_task(visitor.visit(stop))
            tasks.create_task(self._partner.run(stop, PARTNERS))

    @property
    def attempts(self):
        return [attempt for visitor in self._visitors for attempt in visitor.attempts]

    def has_begun(self):
        """Whether there is enough that could be lost."""
        attempts, calls = self.promised()
        answers = sum(len(acknowledged) for acknowledged, _ in attempts.values())
        return len(calls) > 20 and answers > 100

    def promised(self):
        """What has been acknowledged so far: copies of attempts, and answered calls."""
        attempts = {
            id(attempt): (set(attempt.acknowledged), attempt.result_key)
            for attempt in self.attempts
            if attempt.identity
        }
        return attempts, [call for call in self._partner.calls if call.status == 200]

    def as_of(self, promised):
        """Return the attempts with all that was given, and what was acknowledged at that time."""
        acknowledged, calls = promised
        attempts = []
        for attempt in self.attempts:
            if id(attempt) in acknowledged:
                then = copy.copy(attempt)
                then.acknowledged, then.result_key = acknowledged[id(attempt)]
                attempts.append(then)
        return attempts, calls


async def test_a_backup_under_load_is_whole_and_moves_to_a_replica_set(
    source, replica_set, tmp_path, chance, data_dir
):
    source.command("test", "import", str(bundled_directory()))
    policy = ("--allow-no-origin", "--policy", "postpaid", "--test-policy", "unlimited")
    keys = source.command("provider", "create", "--slug", PROVIDER, "--name", "College", *policy)
    load = Load(source, keys["client_key"], chance)
    stop = asyncio.Event()
    running = asyncio.create_task(load.run(stop))
    await until(load.has_begun)
    promised = load.promised()
    file = tmp_path / "backup.zip"
    made = await asyncio.to_thread(source.command, "backup", str(file))
    assert made["collections"]["answers"] > 0
    for _ in range(KILLS):
        await kill_soon(source.start_command("backup", str(tmp_path / "killed.zip")), chance)
    assert {path.name for path in tmp_path.glob("killed*")} <= {"killed.zip", "killed.zip.part"}
    stop.set()
    await running
    lost = await asyncio.to_thread(source.command, "restore", "--verify", str(file))
    assert lost["good"], lost["findings"]
    assert sum(loss["lost"] for loss in lost["loses"]) > 0
    source.terminate()

    secrets = json.loads((source.data_dir / "secrets").read_text("utf-8"))
    target = Gateway(
        tmp_path / "target",
        MONGODB_URI=replica_set.uri,
        DATABASE=DATABASE,
        JWT_SECRET=secrets["jwt_secret"],
        PIN_PEPPER=secrets["pin_pepper"],
    ).with_dictionary(data_dir)
    for _ in range(KILLS):
        await kill_soon(target.start_command("restore", str(file)), chance)
    restored = await asyncio.to_thread(target.command, "restore", str(file))
    assert restored["good"], restored["findings"]
    attempts, calls = load.as_of(promised)
    assert await asyncio.to_thread(untruths, replica_set.uri, attempts, calls) == []
    target.start()
    try:
        assert target.command("doctor")["healthy"]
    finally:
        target.stop()


async def kill_soon(process, chance):
    """Kill a command at a random moment of its work, unless it ends before."""
    await asyncio.sleep(chance.uniform(0, LONGEST_WORK_S))
    process.kill()
    await asyncio.to_thread(process.join)
