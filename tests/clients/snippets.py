"""The snippets of docs/integrations.md as running sites: in their frameworks, or in stand-ins."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.browser.sites import free_port
from tests.support.processes import end_group
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "examples" / "snippets"
STANDINS = Path(__file__).parent / "standins"
BIN = Path(sys.executable).parent
NODE_MODULES = BIN.parent / "snippets" / "node_modules"
"""Express and its sessions, which `make test-clients` installs."""

PROLOG = "bitrix/modules/main/include/prolog_before.php"


@dataclass(frozen=True)
class Framework:
    """A framework, by its client's language, and where its snippet answers.

    `call` and `webhook` are addresses, with the name of the call for `{}`. `token` is the header
    against forged requests. `paid` is the payment system's address, or None where the framework
    has an event of its own for that. `reason` leads to the reason in an answer.
    """

    language: str
    call: str
    webhook: str
    token: str
    paid: str | None = None
    reason: str = "reason"


FRAMEWORKS = {
    "php": Framework(
        "php", "/tests.php/{}", "/tests.php/webhook", "X-CSRF-Token", "/tests.php/paid"
    ),
    "laravel": Framework("php", "/tests/{}", "/api/tests/webhook", "X-CSRF-TOKEN"),
    "bitrix": Framework(
        "php", "/local/tests/?call={}", "/local/tests/?call=webhook", "X-Bitrix-Csrf-Token"
    ),
    "wordpress": Framework(
        *("php", "/wp-json/career-tests/v1/{}", "/wp-json/career-tests/v1/webhook", "X-WP-Nonce"),
        reason="code",
    ),
    "django": Framework(
        "python", "/tests/api/{}", "/tests/api/webhook", "X-CSRFToken", "/tests/api/paid"
    ),
    "express": Framework("node", "/tests/{}", "/tests/webhook", "X-CSRF-Token", "/tests/paid"),
}


class Site:
    """A running site with a snippet, within a `with` block."""

    def __init__(self, name: str, folder: Path, **variables: str) -> None:
        self.framework = FRAMEWORKS[name]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "log"
        (folder / "data").mkdir()
        snippet = folder / "snippet"
        shutil.copytree(SNIPPETS / name, snippet)
        command = getattr(self, f"_prepare_{name}")(snippet)
        self._environment = os.environ | {
            "PORT": str(self.port),
            "SNIPPET": str(snippet),
            "DATA_DIR": str(folder / "data"),
            "PYTHONPATH": str(ROOT / "clients" / "python"),
            **variables,
        }
        self._command = [str(part) for part in command]

    def set(self, **variables: str) -> None:
        """Set variables of the environment before the site starts."""
        self._environment |= variables

    def __enter__(self) -> Self:
        program = shutil.which(self._command[0], path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
        assert program, f"{self._command[0]} is not installed: make test-clients installs it"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [program, *self._command[1:]],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._answers)
        return self

    def __exit__(self, *_: object) -> None:
        end_group(self._process)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log
        try:
            Visitor(self).get("/_sign-in?user=0")
        except OSError:
            return False
        return True

    @property
    def log(self) -> str:
        """What the site has written so far."""
        return self._log.read_text("utf-8")

    def _serve_php(self, root: Path, router: Path) -> list[object]:
        return ["php", "-S", f"127.0.0.1:{self.port}", "-t", root, router]

    def _load_client(self, folder: Path) -> None:
        autoload = folder / "vendor" / "autoload.php"
        autoload.parent.mkdir(parents=True)
        client = ROOT / "clients" / "php" / "autoload.php"
        autoload.write_text(f"<?php require '{client}';", "utf-8")

    def _prepare_php(self, snippet: Path) -> list[object]:
        self._load_client(snippet)
        return self._serve_php(snippet, STANDINS / "plain.php")

    def _prepare_laravel(self, snippet: Path) -> list[object]:
        self._load_client(snippet)
        return self._serve_php(snippet, STANDINS / "laravel.php")

    def _prepare_wordpress(self, snippet: Path) -> list[object]:
        self._load_client(snippet)
        return self._serve_php(snippet, STANDINS / "wordpress.php")

    def _prepare_bitrix(self, snippet: Path) -> list[object]:
        root = snippet.parent / "www"
        self._load_client(root / "local")
        for name, place in (("index", "tests"), ("init", "php_interface")):
            target = root / "local" / place / f"{name}.php"
            target.parent.mkdir()
            shutil.copy(snippet / f"{name}.php", target)
        prolog = root / PROLOG
        prolog.parent.mkdir(parents=True)
        prolog.write_text(f"<?php require_once '{STANDINS / 'bitrix.php'}';", "utf-8")
        return self._serve_php(root, STANDINS / "bitrix-router.php")

    def _prepare_django(self, snippet: Path) -> list[object]:
        (snippet / "__init__.py").touch()
        return [sys.executable, STANDINS / "django_site.py"]

    def _prepare_express(self, snippet: Path) -> list[object]:
        assert NODE_MODULES.exists(), "Express is not installed: make test-clients installs it"
        modules = snippet / "node_modules"
        (modules / "@widget-gateway").mkdir(parents=True)
        for package in NODE_MODULES.iterdir():
            if not package.name.startswith("."):
                (modules / package.name).symlink_to(package)
        (modules / "@widget-gateway" / "client").symlink_to(ROOT / "clients" / "node")
        shutil.copy(STANDINS / "express-site.mjs", snippet / "site.mjs")
        return ["node", snippet / "site.mjs"]


class Visitor:
    """Somebody's browser on the site, with its cookies and the token of its pages."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.token = ""

    def sign_in(self, user: int | str) -> "Visitor":
        """Sign in as the user with this number. With "" be a guest whose page has a token."""
        self.token = self.get(f"/_sign-in?user={user}")[1]["token"]
        return self

    def get(self, path: str) -> tuple[int, Any]:
        """Open an address."""
        return self._send(Request(self._site.url + path))  # noqa: S310 - the site of this test

    def call(self, name: str, **body: object) -> tuple[int, Any]:
        """Call the site as its page does."""
        framework = self._site.framework
        headers = {framework.token: self.token} if self.token else {}
        return self.post(framework.call.format(name), json.dumps(body).encode(), headers)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        """Post JSON to an address."""
        told = {"Content-Type": "application/json"} | headers
        return self._send(Request(self._site.url + path, body, told))  # noqa: S310 - as above

    def _send(self, request: Request) -> tuple[int, Any]:
        try:
            with self._opener.open(request, timeout=30) as answer:
                status, body = answer.status, answer.read()
        except HTTPError as refusal:
            status, body = refusal.code, refusal.read()
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body.decode(errors="replace")
