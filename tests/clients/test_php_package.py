"""The Composer package of the PHP client: its own tests, its style, examples and README.

They run with CLIENTS=php, which `make test-clients` sets.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.drivers import ROOT, chosen_clients

pytestmark = pytest.mark.skipif(
    "php" not in chosen_clients(), reason="CLIENTS=php, or make test-clients, runs them"
)

PACKAGE = ROOT / "clients/php"


def run(*command: str | Path, cwd: Path = PACKAGE) -> str:
    """Run a program; return what it wrote."""
    program = shutil.which(command[0])
    assert program, f"{command[0]} is not installed: make test-clients installs it"
    done = subprocess.run(
        [program, *command[1:]], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def test_what_the_client_does_by_itself():
    assert "OK (" in run("phpunit")


def test_its_code_has_the_style_of_psr_12():
    run(
        "phpcs", "--standard=PSR12", "src", "autoload.php", *sorted(PACKAGE.glob("tests/*Test.php"))
    )
