"""The drivers of all clients: programs that carry out commands (README.md beside this file)."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Client:
    """A client, by the program that runs its driver, and the driver with its arguments."""

    program: str
    driver: str
    arguments: tuple[str, ...] = ()


_PYTHON = "clients/python/tests/driver.py"

CLIENTS = {
    "python": Client(sys.executable, _PYTHON),
    "python-async": Client(sys.executable, _PYTHON, ("--async",)),
    "php": Client("php", "clients/php/tests/driver.php"),
    "node": Client("node", "clients/node/tests/driver.mjs"),
}


def chosen_clients() -> list[str]:
    """The clients that CLIENTS names, separated by commas; `all` names all, and nothing Python.

    Raises:
        LookupError: there is no client of a name.
    """
    named = os.environ.get("CLIENTS") or "python"
    if named == "all":
        return list(CLIENTS)
    chosen = []
    for word in named.split(","):
        found = [name for name in CLIENTS if word in {name, _family(name)}]
        if not found:
            raise LookupError(f"There is no client named {word}.")
        chosen += found
    return chosen


def _family(name: str) -> str:
    return name.partition("-")[0]


class Driver:
    """A running driver, within a `with` block. `secrets` are looked for in all that it writes."""

    def __init__(self, name: str, errors: Path) -> None:
        self._client = CLIENTS[name]
        self._errors = errors
        self.secrets: set[str] = set()

    def __enter__(self) -> Self:
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        program = shutil.which(self._client.program, path=path)
        assert program, f"{self._client.program} is not installed: make test-clients installs it"
        assert (ROOT / self._client.driver).exists(), f"{self._client.driver} is missing"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [program, str(ROOT / self._client.driver), *self._client.arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT / "clients/python"), "PATH": path},
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._look_for_secrets(self._errors.read_text("utf-8", "replace"))

    def perform(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out a command; return the driver's answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the driver has ended: {self._errors.read_text('utf-8', 'replace')}"
        self._look_for_secrets(line)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _look_for_secrets(self, text: str) -> None:
        for secret in self.secrets:
            assert secret not in text, f"the driver shows a secret: {text[:2000]}"
