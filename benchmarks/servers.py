"""The three servers that are compared, each in a process of its own, over one mongod."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from connection import ORIGIN
from quiet import Quiet

from storage.embedded import EmbeddedMongod

DRIVER = os.environ.get("WIDGET_GATEWAY_DRIVER", "motor")
"""The gateway's driver. The other servers always use Motor, so that runs can be compared."""

HERE = Path(__file__).parent
BUNDLED = HERE.parent / "widget_gateway" / "bundled"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server; `key` is its letter, `name` its name in the tables."""

    key: str
    name: str
    port: int
    process: psutil.Process


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The running servers and their database."""

    gateway: Server
    echo: Server
    updates: Server
    mongod: psutil.Process
    quiet: Quiet

    @property
    def servers(self) -> tuple[Server, Server, Server]:
        """The servers in the order of their turns."""
        return self.gateway, self.echo, self.updates


@contextmanager
def running(directory: Path, quiet: Quiet) -> Iterator[Bench]:
    """Start everything below `directory`, and end it afterwards."""
    with ExitStack() as stack:
        mongod = EmbeddedMongod(directory)
        uri = asyncio.run(mongod.start())
        stack.callback(lambda: asyncio.run(mongod.stop()))
        environment = with_settings(DATA_DIR=str(directory))
        prepare(environment, BUNDLED / "work-values.yaml")
        gateway = [sys.executable, "-m", "widget_gateway", "serve", "--json", "--port", "0"]
        started = {
            "g": ("gateway", gateway),
            "a": ("bare echo", [sys.executable, str(HERE / "echo_server.py")]),
            "b": ("update_one", [sys.executable, str(HERE / "update_server.py"), uri]),
        }
        servers = [
            stack.enter_context(start_server(key, name, command, environment))
            for key, (name, command) in started.items()
        ]
        yield Bench(
            gateway=servers[0],
            echo=servers[1],
            updates=servers[2],
            mongod=mongod_of(directory),
            quiet=quiet,
        )


def with_settings(**settings: str) -> dict[str, str]:
    """The environment of a gateway on the chosen driver that logs only warnings and errors."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("WIDGET_GATEWAY_")}
    chosen = {"LOG_LEVEL": "warning", "DRIVER": DRIVER} | settings
    return inherited | {f"WIDGET_GATEWAY_{name}": value for name, value in chosen.items()}


def run_command(environment: dict[str, str], *command: str) -> str:
    """Run a command of `widget-gateway`; returns what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "widget_gateway", *command],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def prepare(environment: dict[str, str], *tests: Path, policy: Sequence[str] = ()) -> str:
    """Import the tests and register the provider "bench", which the load uses; returns its key."""
    run_command(environment, "test", "import", *map(str, tests))
    create = ("provider", "create", "--slug", "bench", "--name", "Benchmark", "--json")
    told = run_command(environment, *create, "--origin", ORIGIN, *policy)
    key: str = json.loads(told)["client_key"]
    return key


@contextmanager
def start_server(
    key: str, name: str, command: list[str], environment: dict[str, str]
) -> Iterator[Server]:
    """Start a server and wait until it prints its port; end it afterwards."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = ""
            while not said.endswith("}\n"):
                line = process.stdout.readline()
                assert line, f"{name} did not start: {said}"
                said += line
            told = json.loads(said)
            port = told.get("port") or int(told["url"].rpartition(":")[2])
            yield Server(key=key, name=name, port=port, process=psutil.Process(process.pid))
        finally:
            process.terminate()


def mongod_of(directory: Path) -> psutil.Process:
    """The mongod that keeps its files below `directory`."""
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "mongod" and any(
            str(directory) in argument for argument in process.info["cmdline"] or ()
        ):
            return process
    raise LookupError("the embedded mongod is not running")
