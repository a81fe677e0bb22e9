"""The demo site in its sandbox, perhaps with mistakes in it, and the command over it."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.browser.sites import free_port
from tests.rehearsal.mistakes import ORIGIN_MISSING, Mistake, plant
from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S

EXAMPLES = Path(__file__).parents[2] / "examples"
PLAN = EXAMPLES / "site" / "rehearsal.yaml"

PATIENCE = ("--patience", "8")
"""A rehearsal of a site with mistakes waits so long in vain, in seconds."""


class RehearsedSite:
    """A copy of the demo site, run as a provider of its own with the sandbox key."""

    def __init__(self, gateway: Gateway, directory: Path, mistakes: Iterable[Mistake] = ()) -> None:
        for folder in ("site", "partner_site"):
            shutil.copytree(EXAMPLES / folder, directory / folder)
        for mistake in mistakes:
            plant(mistake, directory)
        port = free_port()
        self._gateway = gateway
        self.url = f"http://localhost:{port}"
        self.page = f"{self.url}/test?test=career-interests"
        origin = "https://other.example" if ORIGIN_MISSING in mistakes else self.url
        slug = f"college-{port}"
        self.keys = gateway.command(
            *("provider", "create", "--slug", slug, "--name", "College", "--origin", origin),
            *("--policy", "postpaid", "--test-policy", "unlimited", "--sandbox-guests"),
        )
        self.webhook = f"{self.url}/webhook"
        self.secret = gateway.command("provider", "webhook", slug, "--url", self.webhook)["secret"]
        self._process = subprocess.Popen(
            [sys.executable, str(directory / "partner_site" / "server.py")],
            env=os.environ
            | {
                "PARTNER_PORT": str(port),
                "SITE_URL": self.url,
                "SITE_SECRET": secrets.token_hex(),
                "SITE_DATABASE": str(directory / "site.sqlite"),
                "GATEWAY_URL": gateway.url,
                "GATEWAY_PROVIDER": slug,
                "GATEWAY_CLIENT_KEY": self.keys["sandbox_key"],
                "GATEWAY_WEBHOOK_SECRET": self.secret,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert "ready" in self._process.stdout.readline()

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command over this site, as a person does."""
        known = {"CLIENT_KEY": self.keys["sandbox_key"], "WEBHOOK_SECRET": self.secret}
        return self._gateway.run(
            *("rehearse", self.page, "--gateway", self._gateway.url, "--plan", str(PLAN)),
            *("--webhook", self.webhook, *arguments),
            **(known | variables),
        )

    def rehearse(self, *arguments: str) -> dict[str, Any]:
        """Run the command; return what it says of each line, by the lines' names."""
        done = self.run("--json", *arguments)
        assert done.returncode in {0, 1}, done.stderr
        told = json.loads(done.stdout)
        assert done.returncode == int(told["failed"])
        return {line["name"]: line for line in told["lines"]}

    def stop(self) -> None:
        """End the site's server."""
        self._process.terminate()
        self._process.wait(timeout=PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


def failed(lines: dict[str, Any]) -> set[str]:
    """The names of the lines that failed."""
    return {name for name, line in lines.items() if line["status"] == "failed"}
