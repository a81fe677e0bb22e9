"""A replica set of three members, which are started, killed, frozen, moved and taken over."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from pymongo import MongoClient, WriteConcern
from pymongo.errors import NotPrimaryError
from tornado.httpclient import AsyncHTTPClient

from storage.mongod.member import MemberState
from storage.mongod.process import EmbeddedMongodError, wait_until
from storage.mongod.replica_set import ReplicaSet
from tests.support.console import Console
from tests.support.processes import Gateway
from tests.support.proxy import Network
from tests.support.waiting import PATIENCE_S, until
from widget_gateway.composition.application import open_backend
from widget_gateway.settings import read_settings

pytestmark = pytest.mark.crash

ELECTION_TIMEOUT_MS = 2_000
SECRETS = ("JWT_SECRET", "PIN_PEPPER", "CALLBACK_KEY")

OWNER = """
import pathlib, sys, time
from storage.mongod.replica_set import ReplicaSet
owned = ReplicaSet(pathlib.Path(sys.argv[1]), election_timeout_ms=int(sys.argv[2]))
owned.start()
print("started", flush=True)
time.sleep(600)
"""
"""A process that owns a set and is killed."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("set")


@pytest.fixture
def replica_set(directory):
    """The set of this module. Each test starts it anew over the same directory, which is fast."""
    with ReplicaSet(directory, election_timeout_ms=ELECTION_TIMEOUT_MS) as started:
        yield started


def insert(uri, number):
    with MongoClient(uri) as client:
        rows = client.test.get_collection("rows", write_concern=WriteConcern("majority", j=True))
        rows.insert_one({"_id": number})


def inserted(uri):
    with MongoClient(uri) as client:
        return {row["_id"] for row in client.test.rows.find()}


def has(member, number):
    """Whether this member has the row; it is False while the member rolls back."""
    with member.open_client() as client, suppress(NotPrimaryError):
        return client.test.rows.find_one({"_id": number}) is not None
    return False


def states(replica_set):
    return sorted(member.state for member in replica_set.members)


def is_whole(replica_set):
    return states(replica_set) == ["primary", "secondary", "secondary"]


def test_a_started_set_is_whole_and_a_step_down_moves_the_primary(replica_set):
    assert is_whole(replica_set)
    before = replica_set.primary()
    insert(replica_set.uri, "before")
    replica_set.step_down()
    after = replica_set.wait_for_primary(PATIENCE_S)
    assert after is not before
    insert(replica_set.uri, "after")
    assert {"before", "after"} <= inserted(replica_set.uri)


def test_a_killed_primary_is_replaced_and_follows_when_it_is_started(replica_set):
    killed = replica_set.primary()
    pid = killed.pid
    killed.kill()
    assert killed.pid is None
    assert killed.state is MemberState.DEAD
    replica_set.wait_for_primary(PATIENCE_S)
    assert states(replica_set) == ["dead", "primary", "secondary"]
    insert(replica_set.uri, "killed")
    killed.start()
    assert killed.pid not in {pid, None}
    assert wait_until(lambda: is_whole(replica_set), PATIENCE_S)
    assert wait_until(lambda: has(killed, "killed"), PATIENCE_S)


def test_a_frozen_primary_is_replaced_and_follows_when_it_thaws(replica_set):
    frozen = replica_set.primary()
    frozen.freeze()
    assert frozen.state is MemberState.FROZEN
    assert replica_set.wait_for_primary(PATIENCE_S) is not frozen
    frozen.thaw()
    assert wait_until(lambda: frozen.state is MemberState.SECONDARY, PATIENCE_S)
    assert wait_until(lambda: is_whole(replica_set), PATIENCE_S)


def test_without_a_majority_there_is_no_primary_and_no_step_down(replica_set):
    first, second, _ = replica_set.members
    first.kill()
    second.freeze()
    assert wait_until(lambda: replica_set.primary() is None, PATIENCE_S)
    with pytest.raises(EmbeddedMongodError, match="no primary"):
        replica_set.step_down()


def test_overview_and_doctor_tell_the_same_of_a_member_that_is_down(replica_set, tmp_path):
    down = next(each for each in replica_set.members if each is not replica_set.primary())
    down.kill()
    secrets = dict.fromkeys(SECRETS, "a secret of the tests, 32 bytes or more")
    gateway = Gateway(tmp_path, MONGODB_URI=replica_set.uri, DATABASE="overview", **secrets)
    expected = f"2 of 3 up; down: {down.address}"

    async def look():
        async with open_backend(read_settings(gateway.environ)) as backend:

            async def is_noticed():
                found = {each.subject: each.detail for each in await backend.doctor.examine()}
                return found["members"] == expected

            await until(is_noticed)
            await Console(backend, AsyncHTTPClient(), "").make_account("support")
            await backend.numbers.needs.look()
            return await backend.numbers.needs.read()

    shown = {fault.subject: fault.detail for fault in asyncio.run(look()).faults}
    assert shown["members"] == expected
    told = gateway.command("doctor", check=False)["findings"]
    amiss = {row["subject"]: row["detail"] for row in told if row.get("warns") or not row["ok"]}
    assert shown == {subject: amiss[subject] for subject in shown}


def test_what_a_killed_owner_leaves_is_taken_over_frozen_or_not(directory):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory), str(ELECTION_TIMEOUT_MS)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with owner:
        try:
            assert owner.stdout is not None
            assert any(b"started" in line for line in owner.stdout)
            second = ReplicaSet(directory, election_timeout_ms=ELECTION_TIMEOUT_MS)
            with pytest.raises(EmbeddedMongodError, match="Another process uses"):
                second.start()
            pids = [member.pid for member in second.members]
            second.members[1].freeze()
        finally:
            owner.kill()
    with ReplicaSet(directory, election_timeout_ms=ELECTION_TIMEOUT_MS) as taken_over:
        assert [member.pid for member in taken_over.members] == pids
        assert is_whole(taken_over)
    assert [member.pid for member in taken_over.members] == [None] * 3


def test_a_set_may_move_with_its_directory_and_get_other_timeouts(tmp_path):
    with ReplicaSet(tmp_path / "here", election_timeout_ms=ELECTION_TIMEOUT_MS) as replica_set:
        insert(replica_set.uri, 1)
    (tmp_path / "here").rename(tmp_path / "there")
    with ReplicaSet(tmp_path / "there") as replica_set:
        assert inserted(replica_set.uri) == {1}
        with replica_set.members[0].open_client() as client:
            config = client.admin.command("replSetGetConfig")["config"]
        assert config["settings"]["electionTimeoutMillis"] == 10_000
        assert config["settings"]["heartbeatIntervalMillis"] == 2_000


def test_everybody_reaches_a_member_through_its_proxy(tmp_path):
    with Network() as network:
        proxies = [network.add() for _ in range(3)]
        replica_set = ReplicaSet(
            tmp_path / "set",
            election_timeout_ms=ELECTION_TIMEOUT_MS,
            addresses=[proxy.address for proxy in proxies],
        )
        for proxy, member in zip(proxies, replica_set.members, strict=True):
            proxy.target = member.socket
        with replica_set:
            insert(replica_set.uri, 1)
            primary = replica_set.primary()
            proxy = proxies[replica_set.members.index(primary)]
            links = (proxy.clients, proxy.members)
            with MongoClient(replica_set.uri) as client:
                client.admin.command("ping")
                assert proxy.clients.connections
                assert wait_until(lambda: bool(proxy.members.connections), PATIENCE_S)
                for link in links:
                    link.silence()
            assert wait_until(lambda: replica_set.primary() not in {None, primary}, PATIENCE_S)
            insert(replica_set.uri, 2)
            assert wait_until(lambda: primary.state is MemberState.SECONDARY, PATIENCE_S)
            for link in links:
                link.heal()
            assert wait_until(lambda: is_whole(replica_set), PATIENCE_S)
