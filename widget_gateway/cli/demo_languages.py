"""The languages in which the server of the demo's partner site is written."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from widget_gateway.cli.children import Child
from widget_gateway.domain.errors import SettingsError

_EXAMPLES = Path(__file__).parents[2] / "examples"


class Language(StrEnum):
    """The site is the same in each of them: the pages are shared, and the calls that they make."""

    PYTHON = "python"
    PHP = "php"
    NODE = "node"

    def find_program(self) -> str:
        """Find the program that runs the site, beside this Python or in the system.

        Raises:
            SettingsError: it is missing, or can't do what the site needs.
        """
        if self is Language.PYTHON:
            return sys.executable
        test, needed = _NEEDS[self]
        beside = str(Path(sys.executable).parent)
        path = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"
        if found := shutil.which(self.value, path=path):
            done = subprocess.run([found, *test], capture_output=True, text=True, check=False)  # noqa: S603 - our own words
            if done.returncode == 0:
                return done.stdout.strip()
        raise SettingsError(f"The site in this language needs {needed}.")

    def child(
        self, name: str, port: int, variables: Mapping[str, str], *, lock: Path | None
    ) -> Child:
        """The process of the site, not started yet.

        Raises:
            SettingsError: what runs it is missing.
        """
        server = str(_EXAMPLES / _SERVERS[self])
        if self is Language.PHP:
            # PHP's own server prints nothing when it is ready.
            command = [self.find_program(), "-q", "-S", f"localhost:{port}", server]
            return Child(name, command, variables, lock=lock, ready_port=port)
        return Child(name, [self.find_program(), server], variables, lock=lock)


_SERVERS = MappingProxyType(
    {
        Language.PYTHON: "partner_site/server.py",
        Language.PHP: "php_site/server.php",
        Language.NODE: "node_site/server.mjs",
    }
)

_NEEDS = MappingProxyType(
    {
        Language.PHP: (
            ("-r", "new PDO('sqlite::memory:'); curl_version(); mb_strlen(''); echo PHP_BINARY;"),
            "PHP 8.1 or newer with the extensions curl, mbstring and pdo_sqlite",
        ),
        Language.NODE: (
            ("-e", "require('node:sqlite'); console.log(process.execPath)"),
            "Node 22.5 or newer",
        ),
    }
)
"""By language: what prints the path of the program itself, unless something that the site needs is
missing, and what that is. A script may stand for the program, and not pass on the signal to end."""
