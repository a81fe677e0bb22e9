"""Sites with the widget: the partner's site as a process, and pages that a test writes."""

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S, wait_for

PROVIDER = "college"
CALLBACK_KEY = "callback key of the browser tests"
EXAMPLES = Path(__file__).parents[2] / "examples"
PYTHON_SITE = (sys.executable, str(EXAMPLES / "partner_site" / "server.py"))
CLIENT = {"PYTHONPATH": str(EXAMPLES.parent / "clients" / "python")}
"""Where the site in Python finds the client."""

NETWORKS = "127.0.0.0/8,::1/128"
"""Where webhooks may go: to a site on this machine."""


def free_port() -> int:
    """Find a port for a process that is started next."""
    with socket.create_server(("localhost", 0)) as server:
        return int(server.getsockname()[1])


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port)).close()
    except OSError:
        return False
    return True


class Site:
    """A site of the examples as a process.

    It prints a line when it is ready. PHP's own server prints none; it is ready when it listens.
    """

    def __init__(self, port: int, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self.url = f"http://localhost:{port}"
        self._process = subprocess.Popen(
            command, env=os.environ | CLIENT | variables, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        if "-S" in command:
            wait_for(lambda: _is_open(port) or self._process.poll() is not None)
            assert self._process.poll() is None
        else:
            ready = self._process.stdout.readline()
            assert ready.endswith(f" is ready at {self.url}\n"), ready

    def stop(self) -> int:
        """Send SIGTERM; return the exit status."""
        self._process.terminate()
        status = self._process.wait(timeout=PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


class PortalSite(Site):
    """`python examples/portal_site/server.py`."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        super().__init__(
            port,
            (sys.executable, str(EXAMPLES / "portal_site" / "server.py")),
            {
                "PORTAL_PORT": str(port),
                "GATEWAY_URL": gateway.url,
                "GATEWAY_CALLBACK_KEY": CALLBACK_KEY,
            },
        )


class PartnerSite(Site):
    """A partner's site, of whatever language, and the partner's secret key."""

    def __init__(
        self,
        gateway: Gateway,
        port: int,
        client_key: str,
        *,
        command: Sequence[str] = PYTHON_SITE,
        provider: str = PROVIDER,
        webhook_secret: str = "whsec_" + "A" * 43 + "=",
        database: str = ":memory:",
    ) -> None:
        self._gateway = gateway
        self.client_key = client_key
        self.webhook_secret = webhook_secret
        super().__init__(
            port,
            command,
            {
                "PARTNER_PORT": str(port),
                "SITE_URL": f"http://localhost:{port}",
                "SITE_SECRET": secrets.token_hex(32),
                "SITE_DATABASE": database,
                "GATEWAY_URL": gateway.url,
                "GATEWAY_PROVIDER": provider,
                "GATEWAY_CLIENT_KEY": client_key,
                "GATEWAY_WEBHOOK_SECRET": webhook_secret,
            },
        )

    def ask(self, endpoint: str, **parameters: str) -> Any:
        """Call the partner API as the partner's server does; return the body."""
        request = Request(  # noqa: S310 - the gateway of this test
            f"{self._gateway.url}/partner/api/v3/{endpoint}",
            data=urlencode(parameters).encode(),
            headers={"Authorization": f"Bearer {self.client_key}"},
        )
        with urlopen(request) as response:  # noqa: S310
            return json.load(response)

    def stored(self, session: str) -> dict[str, list[str]]:
        """Return the stored answers of an attempt by their questions."""
        return dict(self.ask("session/get", session=session)["answers"])


class HostPages:
    """A server of pages that a test writes, each with its own headers."""

    def __init__(self, port: int = 0) -> None:
        # A browser asks every site for an icon; a missing one is an error in its console.
        pages: dict[str, tuple[str, dict[str, str]]] = {"/favicon.ico": ("", {})}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path)
                self.send_response(200 if page else 404)
                body, headers = page or ("", {})
                content = {"Content-Type": "text/html; charset=utf-8"}
                for name, value in (content | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._pages = pages
        self._server = ThreadingHTTPServer(("localhost", port), Handler)
        self.url = f"http://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def add(self, path: str, body: str, *, language: str = "en", **headers: str) -> str:
        """Serve a page with this body; return its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        page = f'<!doctype html><html lang="{language}"><title>Host</title>{body}</html>'
        self._pages[path] = (page, named)
        return self.url + path

    def add_file(self, path: str, content: str, kind: str) -> str:
        """Serve a file of this Content-Type; return its address."""
        self._pages[path] = (content, {"Content-Type": kind})
        return self.url + path

    def stop(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def strict_policy(gateway: Gateway, *more: str) -> str:
    """Write the strictest policy under which the widget works, and `more` directives."""
    channel = gateway.url.replace("http", "ws", 1)
    return "; ".join(
        [
            f"script-src {gateway.url}",
            "style-src 'none'",
            f"connect-src {gateway.url} {channel}",
            "require-trusted-types-for 'script'",
            *more,
        ]
    )


def script(gateway: Gateway, name: str = "widget") -> str:
    """Write the tag that loads the widget, or `frame`."""
    return f'<script type="module" src="{gateway.url}/static/widget/{name}.js"></script>'


def element(test: str, name: str = "test-widget") -> str:
    """Write the tag of a widget, or of `test-widget-frame`."""
    return f'<{name} provider="{PROVIDER}" test="{test}"></{name}>'
