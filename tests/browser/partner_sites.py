"""How the demo site of each language is started, and whether it can be."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.browser.sites import EXAMPLES, PYTHON_SITE

LANGUAGES = ("python", "php", "node")

_NEEDS = {
    "php": ("-r", "exit(extension_loaded('pdo_sqlite') && extension_loaded('curl') ? 0 : 1);"),
    "node": ("-e", "require('node:sqlite')"),
}
"""What a program of the language does without a fault if it can run the site."""


def command_of(language: str, port: int) -> Sequence[str]:
    """The command that runs the site of a language; without what it needs the test is skipped.

    `make test` tries the site in Python. `make test-clients` tries those that CLIENTS names.
    """
    if language == "python":
        return PYTHON_SITE
    if not {"all", language} & set(os.environ.get("CLIENTS", "").split(",")):
        pytest.skip(f"make test-clients tries the site in {language}")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which(language, path=path)
    if program is None or subprocess.run([program, *_NEEDS[language]], check=False).returncode:
        missing = f"the site in {language} needs the program {language}, with SQLite"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    if language == "node":
        # Node's wheel has a script in its place, which would not pass on the signal to end.
        itself = subprocess.run(
            [program, "-p", "process.execPath"], capture_output=True, text=True, check=True
        )
        return (itself.stdout.strip(), str(EXAMPLES / "node_site" / "server.mjs"))
    server = EXAMPLES / "php_site" / "server.php"
    return (program, "-q", "-S", f"localhost:{port}", str(server))
