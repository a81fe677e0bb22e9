"""`widget-gateway cluster`: the parts that it starts, their buttons, and its end."""

import signal
from contextlib import suppress
from http.client import HTTPException
from urllib.request import urlopen

import psutil
import pytest
from pymongo import MongoClient

from tests.support.cluster_command import ClusterCommand
from tests.support.waiting import wait_for

pytestmark = pytest.mark.crash

MEMBERS = ["member-1", "member-2", "member-3"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    command = ClusterCommand(tmp_path_factory.mktemp("cluster"))
    command.start()
    yield command
    command.stop()


def primary(cluster):
    return cluster.call("/state")[1]["primary"]


def states(cluster):
    return sorted(part["state"] for name, part in cluster.parts().items() if name in MEMBERS)


def is_ready(url):
    with suppress(OSError, HTTPException), urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310
        return answer.status == 200
    return False


def test_three_members_two_gateways_and_the_site_run(cluster):
    parts = cluster.parts()
    assert list(parts) == [*MEMBERS, "gateway-1", "gateway-2", "site"]
    assert all(alive(part["pid"]) for part in parts.values())
    assert primary(cluster) in MEMBERS
    for url in cluster.told["gateways"]:
        wait_for(lambda url=url: is_ready(url))
    with urlopen(cluster.told["site"]) as page:  # noqa: S310
        assert cluster.told["gateways"][0] in page.headers["Content-Security-Policy"]
    with MongoClient(cluster.told["mongodb_uri"]) as client:
        assert client["widget_gateway"]["providers"].count_documents({}) == 1


def test_each_part_can_be_killed_and_started(cluster):
    for name in cluster.parts():
        before = cluster.parts()[name]["pid"]
        dead = cluster.do(name, "kill")[name]
        assert (dead["state"], dead["pid"], dead["acts"]) == ("dead", None, ["start"])
        assert not alive(before)
        assert cluster.do(name, "start")[name]["pid"] not in {before, None}
        wait_for(lambda: primary(cluster) is not None)


def test_each_part_can_be_frozen_and_thawed(cluster):
    for name in cluster.parts():
        frozen = cluster.do(name, "freeze")[name]
        assert (frozen["state"], frozen["acts"]) == ("frozen", ["thaw", "kill"])
        process = psutil.Process(frozen["pid"])
        wait_for(lambda process=process: process.status() == psutil.STATUS_STOPPED)
        assert cluster.do(name, "thaw")[name]["state"] != "frozen"
        wait_for(lambda process=process: process.status() != psutil.STATUS_STOPPED)
        wait_for(lambda: primary(cluster) is not None)


def test_the_primary_steps_down_and_a_gateway_restarts(cluster):
    wait_for(lambda: states(cluster) == ["primary", "secondary", "secondary"])
    before = primary(cluster)
    cluster.do(before, "step-down")
    wait_for(lambda: primary(cluster) not in {None, before})
    pid = cluster.parts()["gateway-2"]["pid"]
    assert cluster.do("gateway-2", "restart")["gateway-2"]["pid"] != pid
    wait_for(lambda: is_ready(cluster.told["gateways"][1]))


def test_what_makes_no_sense_is_refused_and_changes_nothing(cluster):
    token = {"X-Cluster-Token": cluster.told["token"]}
    for path, status, reason in (
        ("/parts/site/thaw", 409, "not_now"),
        ("/parts/site/step-down", 409, "not_now"),
        ("/parts/nobody/kill", 404, "part_not_found"),
        ("/parts/site/dance", 404, "part_not_found"),
    ):
        answered, body = cluster.call(path, "POST", token)
        assert (answered, body["error"]["reason"]) == (status, reason), path
    assert cluster.parts()["site"]["state"] == "running"


def test_other_sites_and_other_hosts_reach_nothing(cluster):
    token = {"X-Cluster-Token": cluster.told["token"]}
    deed, port = "/parts/site/kill", cluster.told["url"].rpartition(":")[2]
    assert cluster.call(deed, "POST")[0] == 403
    assert cluster.call(deed, "POST", {"X-Cluster-Token": "guessed"})[0] == 403
    assert cluster.call(deed, "GET", token)[0] == 405
    for foreign in (
        {"Host": f"evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ):
        assert cluster.call(deed, "POST", token | foreign)[0] == 403, foreign
        assert cluster.call("/state", headers=foreign)[0] == 403, foreign
    assert cluster.parts()["site"]["state"] == "running"
    own = token | {"Origin": cluster.told["url"]}
    assert cluster.call("/parts/site/thaw", "POST", own)[0] == 409


def test_a_killed_command_leaves_what_the_next_one_takes_over_and_ends_in_order(cluster):
    before = {name: part["pid"] for name, part in cluster.parts().items()}
    cluster.do("member-2", "freeze")
    cluster.do("gateway-1", "freeze")
    cluster.end(signal.SIGKILL)
    assert all(alive(pid) for pid in before.values())
    cluster.start()
    after = {name: part["pid"] for name, part in cluster.parts().items()}
    assert [after[name] for name in MEMBERS] == [before[name] for name in MEMBERS]
    assert not [pid for name, pid in before.items() if name not in MEMBERS and alive(pid)]
    assert cluster.end(signal.SIGTERM) == 0
    assert not [pid for pid in after.values() if alive(pid)]
    cluster.start()


def alive(pid):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False
