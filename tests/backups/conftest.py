"""Commands that run in the process of the tests, over the tests' database."""

import json
import os
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.processes import PREFIX
from widget_gateway.cli import main


@dataclass(frozen=True)
class Commands:
    """Runs commands; `variables` are settings without their prefix."""

    variables: dict[str, str]

    def run(self, *arguments: str, **changes: str) -> Result:
        """Run a command; return its status and output. An exception that it raises is raised."""
        inherited = [name for name in os.environ if name.startswith(PREFIX)]
        settings = {f"{PREFIX}{name}": value for name, value in (self.variables | changes).items()}
        environ = dict.fromkeys(inherited) | settings
        return CliRunner().invoke(
            main, list(map(str, arguments)), env=environ, catch_exceptions=False
        )

    def json(self, *arguments: str, status: int = 0, **changes: str) -> Any:
        """Run a command with `--json`; return what it printed."""
        done = self.run(*arguments, "--json", **changes)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout)


@pytest.fixture
def commands(settings):
    """The commands over the tests' database, with the secrets of its gateway."""
    return Commands(
        {
            "MONGODB_URI": settings.mongodb_uri,
            "DATABASE": settings.database,
            "DATA_DIR": settings.data_dir,
            "JWT_SECRET": settings.jwt_secret,
            "PIN_PEPPER": settings.pin_pepper,
        }
    )


@pytest.fixture
def other_name(client):
    """The name of another database, which does not exist."""
    name = "restored"
    client.drop_database(name)
    yield name
    client.drop_database(name)
