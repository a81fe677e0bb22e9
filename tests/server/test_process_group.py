"""A group of processes handles deaths and signals at any moment of its life."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import PATIENCE_S, wait_for

SERVE = """
    stops = []
    for number in END_SIGNALS:
        signal.signal(number, lambda received, _: stops.append(received))
    ready()
    while not stops:
        time.sleep(0.01)
    return 0
"""

DRAIN_UNTIL = """os.write(1, b"draining\\n")  # In one piece: several processes tell it at once.
    while not os.path.exists({path!r}):
        time.sleep(0.01)
    return 0"""
"""The end of a process that drains until there is a file at `path`."""

DRAIN_FOR_EVER = SERVE.replace("return 0", DRAIN_UNTIL.format(path="/nowhere/at/all"))

SCRIPT = """
import os, signal, sys, time
from widget_gateway.processes import END_SIGNALS, ProcessGroup

def serve(ready):
{serve}

group = ProcessGroup(serve, {processes}, {end_wait_s})
sys.exit(group.run(lambda: print("ready", flush=True)))
"""


class Group:
    """A process that runs a group, and its children."""

    def __init__(self, process) -> None:
        self.process = process
        self.itself = psutil.Process(process.pid)

    def ready(self):
        self.hear(b"ready\n")
        return self.children()

    def hear(self, expected):
        """Wait until the group prints this line."""
        for line in self.process.stdout:
            if line == expected:
                return
        raise AssertionError(f"it ended before it said {expected}")

    def children(self):
        return [child for child in self.itself.children() if child.status() != psutil.STATUS_ZOMBIE]

    def wait_for(self, condition):
        wait_for(lambda: condition(self.children()))


@pytest.fixture
def run():
    """Run a group, and leave no process of it behind."""

    @contextmanager
    def running(serve=SERVE, processes=2, end_wait_s=PATIENCE_S):
        script = SCRIPT.format(serve=serve, processes=processes, end_wait_s=end_wait_s)
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            seen = []
            group = Group(process)
            try:
                yield group
                seen = group.children() if process.poll() is None else []
            finally:
                for running_process in (*seen, *psutil.process_iter()):
                    if running_process.is_running() and _is_in_session(
                        running_process, process.pid
                    ):
                        running_process.kill()
                process.kill()

    return running


def _is_in_session(process, session):
    try:
        return _session_of(process.pid) == session
    except OSError:
        return False


def _session_of(pid):
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return int(stat.rpartition(")")[2].split()[3])


def _left(session):
    """Return the processes of the group that still run, by their Unix session."""
    return [
        process.pid
        for process in psutil.process_iter(["status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE and _is_in_session(process, session)
    ]


def _ends(group, status=0):
    assert group.process.wait(PATIENCE_S) == status
    assert _left(group.process.pid) == []


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"])
def test_each_signal_that_ends_a_program_ends_all_processes(run, number):
    with run() as group:
        group.ready()
        group.process.send_signal(signal.Signals[number])
        _ends(group)


def test_a_signal_soon_after_a_death_leaves_no_process_behind(run, chance):
    for _ in range(5):
        with run() as group:
            victim = chance.choice(group.ready())
            victim.kill()
            # The random pause ends before, at or after the fork of the next process.
            time.sleep(chance.uniform(0, 1.3))
            group.process.terminate()
            _ends(group)


def test_a_signal_amid_the_first_forks_is_not_lost(run, chance):
    for _ in range(6):
        with run(processes=8) as group:
            forks = chance.randint(0, 7)
            group.wait_for(lambda children, least=forks: len(children) >= least)
            # The random pause ends at any point of the next fork.
            time.sleep(chance.uniform(0, 0.005))
            if forks:  # Before the first fork Python itself may still be starting.
                group.process.terminate()
                _ends(group)


def test_a_process_that_dies_before_all_are_ready_is_replaced(run, tmp_path):
    first = tmp_path / "first"
    serve = f"""
    try:
        os.close(os.open({str(first)!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        pass
    else:
        os.kill(os.getpid(), signal.SIGKILL)
{SERVE}"""
    with run(serve) as group:
        assert len(group.ready()) == 2
        group.process.terminate()
        _ends(group)


def test_a_process_that_dies_or_ends_later_is_replaced(run):
    with run() as group:
        dead, told = group.ready()
        dead.kill()
        told.terminate()
        group.wait_for(lambda children: len(set(children) - {dead, told}) == 2)
        group.process.terminate()
        _ends(group)


def test_processes_that_can_not_start_end_the_group_with_their_status(run):
    with run("    time.sleep(0.1)\n    return 3") as group:
        _ends(group, 3)


def test_a_fault_of_the_code_at_the_start_ends_the_group(run):
    with run("    raise LookupError('planted')") as group:
        _ends(group, 1)


@pytest.mark.parametrize("number", ["SIGKILL", "SIGSEGV"])
def test_children_end_when_their_parent_is_gone(run, number):
    with run() as group:
        children = group.ready()
        group.process.send_signal(signal.Signals[number])
        group.process.wait(PATIENCE_S)
        _, alive = psutil.wait_procs(children, PATIENCE_S)
        assert alive == []


def test_a_frozen_process_is_waited_for_only_so_long(run):
    with run(end_wait_s=0.5) as group:
        group.ready()[0].suspend()
        group.process.terminate()
        _ends(group, 1)


def test_a_second_ctrl_c_kills_what_still_drains(run):
    with run(DRAIN_FOR_EVER) as group:
        group.ready()
        group.process.send_signal(signal.SIGINT)
        for _ in range(2):
            group.hear(b"draining\n")
        assert group.process.poll() is None
        group.process.send_signal(signal.SIGINT)
        _ends(group, 1)


def test_other_signals_do_not_cut_a_drain_short(run, tmp_path):
    drained = tmp_path / "drained"
    with run(SERVE.replace("return 0", DRAIN_UNTIL.format(path=str(drained)))) as group:
        children = group.ready()
        group.process.send_signal(signal.SIGTERM)
        for _ in children:
            group.hear(b"draining\n")
        for number in (signal.SIGHUP, signal.SIGTERM):
            group.process.send_signal(number)
        # The pause is the point: nothing may end meanwhile.
        time.sleep(0.3)
        assert group.children() == children
        drained.touch()
        _ends(group)
