"""Sites with the widget: the partner's site as a process, and pages that a test writes."""

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S

PROVIDER = "college"
CALLBACK_KEY = "callback key of the browser tests"
SERVER = Path(__file__).parents[2] / "examples" / "partner_site" / "server.py"


def free_port() -> int:
    """Find a port for a process that is started next."""
    with socket.create_server(("localhost", 0)) as server:
        return int(server.getsockname()[1])


class PartnerSite:
    """`python examples/partner_site/server.py`, and the partner's secret key."""

    def __init__(self, gateway: Gateway, port: int, client_key: str) -> None:
        self.url = f"http://localhost:{port}"
        self._gateway = gateway
        self.client_key = client_key
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            env=os.environ
            | {
                "PARTNER_PORT": str(port),
                "GATEWAY_URL": gateway.url,
                "GATEWAY_PROVIDER": PROVIDER,
                "GATEWAY_CLIENT_KEY": client_key,
                "GATEWAY_CALLBACK_KEY": CALLBACK_KEY,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == f"Partner site is ready at {self.url}\n"

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

    def stop(self) -> int:
        """Send SIGTERM; return the exit status."""
        self._process.terminate()
        status = self._process.wait(timeout=PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


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
