"""The command `widget-gateway cluster` as a process, and the calls that its page makes."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support.processes import PREFIX
from tests.support.waiting import PATIENCE_S


def _free_ports() -> tuple[int, int, int]:
    """Find ports for the page, the site and the first gateway; the second takes the next."""
    while True:
        with ExitStack() as stack:
            ports = [
                stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
                for _ in range(3)
            ]
            try:
                stack.enter_context(socket.create_server(("127.0.0.1", ports[2] + 1)))
            except OSError:
                continue
        return ports[0], ports[1], ports[2]


class ClusterCommand:
    """A cluster over one data directory, which can be ended and started again at the same ports."""

    def __init__(self, data_dir: Path) -> None:
        self._ports = _free_ports()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        chosen = {"DATA_DIR": str(data_dir), "LOG_LEVEL": "error"}
        self._environ = inherited | {f"{PREFIX}{name}": value for name, value in chosen.items()}
        self._process: subprocess.Popen[str] | None = None
        self.told: dict[str, Any] = {}

    def start(self) -> None:
        """Start the command; return when all parts run."""
        page, site, gateway = self._ports
        ports = (f"--page-port={page}", f"--site-port={site}", f"--port={gateway}")
        command = [sys.executable, "-m", "widget_gateway", "cluster", "--json", *ports]
        self._process = subprocess.Popen(
            [*command, "--election-timeout", "2s"],
            env=self._environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        text = ""
        while not text.endswith("}\n"):
            line = self._process.stdout.readline()
            assert line, f"it ended with status {self._process.wait()} and said: {text}"
            text += line
        self.told = json.loads(text)
        assert "error" not in self.told, self.told

    def end(self, number: signal.Signals) -> int:
        """Send the command a signal; return its exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        status = self._process.wait(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status

    def stop(self) -> None:
        """Leave no process behind; a killed command is started again so that it ends its parts."""
        if self._process is not None and self._process.poll() is not None:
            self.start()
        self.end(signal.SIGTERM)

    def call(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Make a call of the page; return the status and the body of its answer."""
        request = Request(self.told["url"] + path, method=method, headers=headers or {})  # noqa: S310
        try:
            with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - this machine's
                return answer.status, json.loads(answer.read())
        except HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read())

    def do(self, part: str, act: str) -> dict[str, Any]:
        """Press the button `act` of a part; return the parts by name."""
        headers = {"X-Cluster-Token": self.told["token"]}
        status, body = self.call(f"/parts/{part}/{act}", "POST", headers)
        assert status == 200, body
        return _by_name(body)

    def parts(self) -> dict[str, Any]:
        """Return what the page shows of each part, by name."""
        return _by_name(self.call("/state")[1])


def _by_name(body: dict[str, Any]) -> dict[str, Any]:
    return {part["name"]: part for part in body["parts"]}
