"""The demo site in its sandbox, perhaps with mistakes in it, and the command over it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.browser.sites import EXAMPLES, PartnerSite, free_port
from tests.rehearsal.mistakes import ORIGIN_MISSING, Mistake, plant
from tests.support.processes import Gateway

PLAN = EXAMPLES / "site" / "rehearsal.yaml"

PATIENCE = ("--patience", "8")
"""A rehearsal of a site with mistakes waits so long in vain, in seconds."""


class RehearsedSite(PartnerSite):
    """A demo site with the sandbox key, as a provider of its own.

    `command` runs it on a port.
    """

    def __init__(
        self,
        gateway: Gateway,
        database: Path,
        command: Callable[[int], Sequence[str]],
        *,
        has_origin: bool = True,
    ) -> None:
        port = free_port()
        slug = f"college-{port}"
        own = f"http://localhost:{port}"
        self.keys = gateway.command(
            *("provider", "create", "--slug", slug, "--name", "College"),
            *("--origin", own if has_origin else "https://other.example"),
            *("--policy", "postpaid", "--test-policy", "unlimited", "--sandbox-guests"),
        )
        self.webhook = f"{own}/webhook"
        self.database = database
        webhook = gateway.command("provider", "webhook", slug, "--url", self.webhook)
        super().__init__(
            gateway,
            port,
            self.keys["sandbox_key"],
            command=command(port),
            provider=slug,
            webhook_secret=webhook["secret"],
            database=str(database),
        )
        self.page = f"{self.url}/test?test=career-interests"

    @classmethod
    def with_mistakes(
        cls, gateway: Gateway, directory: Path, mistakes: Sequence[Mistake]
    ) -> "RehearsedSite":
        """Start a copy of the site in Python in which these mistakes are planted."""
        for folder in ("site", "partner_site"):
            shutil.copytree(EXAMPLES / folder, directory / folder)
        for mistake in mistakes:
            plant(mistake, directory)
        return cls(
            gateway,
            directory / "site.sqlite",
            lambda _: (sys.executable, str(directory / "partner_site" / "server.py")),
            has_origin=ORIGIN_MISSING not in mistakes,
        )

    def run(
        self, *arguments: str, plan: Path | None = PLAN, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command over this site, as a person does."""
        return self._gateway.run(
            *("rehearse", self.page, "--gateway", self._gateway.url, "--webhook", self.webhook),
            *(("--plan", str(plan)) if plan else ()),
            *arguments,
            **(self._secrets | variables),
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the command without a plan; what it says can be read as it comes."""
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "widget_gateway", "rehearse", self.page),
                *("--gateway", self._gateway.url, "--webhook", self.webhook, *arguments),
            ],
            env=self._gateway.environ | self._secrets,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def _secrets(self) -> dict[str, str]:
        return {"CLIENT_KEY": self.keys["sandbox_key"], "WEBHOOK_SECRET": self.webhook_secret}

    def rehearse(self, *arguments: str) -> dict[str, Any]:
        """Run the command; return what it says of each line, by the lines' names."""
        done = self.run("--json", *arguments)
        assert done.returncode in {0, 1}, done.stderr
        told = json.loads(done.stdout)
        assert done.returncode == int(told["failed"])
        return {line["name"]: line for line in told["lines"]}


def failed(lines: dict[str, Any]) -> set[str]:
    """The names of the lines that failed."""
    return {name for name, line in lines.items() if line["status"] == "failed"}
