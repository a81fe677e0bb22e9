"""Sockets that systemd hands over, and what the gateway tells it."""

import os
import socket
import subprocess
import sys
import urllib.request

import pytest
from tornado.testing import bind_unused_port

from tests.support.processes import PREFIX, Gateway
from tests.support.tools import tool
from tests.support.waiting import PATIENCE_S
from widget_gateway import systemd
from widget_gateway.domain.errors import SettingsError


@pytest.fixture
def hand_over(monkeypatch):
    """Hand a socket over to this process, as systemd does."""

    def handed(sock, for_process=None, number="1"):
        monkeypatch.setattr(systemd, "FIRST_DESCRIPTOR", sock.detach())
        monkeypatch.setenv("LISTEN_PID", for_process or str(os.getpid()))
        monkeypatch.setenv("LISTEN_FDS", number)

    return handed


def test_a_listening_socket_is_taken(hand_over):
    listening, port = bind_unused_port()
    hand_over(listening)
    [taken] = systemd.handed_sockets()
    with taken:
        assert taken.getsockname()[1] == port
        assert not taken.get_inheritable()
    assert not {"LISTEN_PID", "LISTEN_FDS"} & set(os.environ)


@pytest.mark.parametrize(("for_process", "number"), [("1", "1"), ("", "many"), ("", "-1")])
def test_what_is_meant_for_another_process_is_left_alone(hand_over, for_process, number):
    listening, _ = bind_unused_port()
    hand_over(listening, for_process, number)
    assert systemd.handed_sockets() == []
    os.close(systemd.FIRST_DESCRIPTOR)


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        (socket.AF_INET, socket.SOCK_STREAM),  # It is not listening.
        (socket.AF_INET, socket.SOCK_DGRAM),
        (socket.AF_UNIX, socket.SOCK_STREAM),
    ],
)
def test_a_socket_of_another_kind_is_refused(hand_over, family, kind):
    hand_over(socket.socket(family, kind))
    with pytest.raises(SettingsError, match="ListenStream"):
        systemd.handed_sockets()


def test_nothing_is_told_where_nobody_listens(monkeypatch, tmp_path):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    systemd.tell_ready()
    assert "NOTIFY_SOCKET" not in os.environ


@pytest.mark.sampled
@pytest.mark.parametrize("processes", [1, 2])
def test_a_gateway_answers_on_the_socket_that_systemd_holds(
    processes, settings, tmp_path, data_dir
):
    program = tool("systemd-socket-activate")
    reserved, port = bind_unused_port()
    reserved.close()
    environ = Gateway(
        data_dir,
        MONGODB_URI=settings.mongodb_uri,
        DATABASE=settings.database,
        JWT_SECRET="secret of the tests, long enough",
        PIN_PEPPER="pepper of the tests, long enough",
    ).environ
    passed = [name for name in environ if name.startswith((PREFIX, "PYTHON"))]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_S)
        process = subprocess.Popen(
            [
                *(program, "--listen", f"127.0.0.1:{port}"),
                *(f"--setenv={name}" for name in (*passed, "NOTIFY_SOCKET", "PATH")),
                *(sys.executable, "-m", "widget_gateway", "serve", "--json"),
                *("--processes", str(processes)),
            ],
            env=environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert "Listening" in process.stderr.readline()
            # The gateway is started by this connection, which waits until it answers.
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
                assert answer.status == 200
            assert manager.recv(100) == b"READY=1"
        finally:
            process.terminate()
            printed, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert f":{port}" in printed
