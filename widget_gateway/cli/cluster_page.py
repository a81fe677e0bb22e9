"""The page with the kill buttons and the calls that it makes, for this machine only.

Since it kills processes, it answers only at its own addresses (another Host header is a sign of DNS
rebinding), and changes something only by POST with a token that no page but its own can read.
"""

import hmac
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler

from widget_gateway.cli.cluster_parts import Act, NotNowError, Parts, UnknownPartError
from widget_gateway.domain.errors import GatewayError

STATIC_ROOT = Path(__file__).parents[2] / "static" / "cluster"
TOKEN_HEADER = "X-Cluster-Token"  # noqa: S105 - it is the header's name

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_STATUSES: dict[type[GatewayError], HTTPStatus] = {
    UnknownPartError: HTTPStatus.NOT_FOUND,
    NotNowError: HTTPStatus.CONFLICT,
}


class _Guarded(RequestHandler):
    """Refuses what does not come from this machine's own page or from a program with the token."""

    def set_default_headers(self) -> None:
        """Set the headers of the page, its files and its calls."""
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def prepare(self) -> None:
        """Check the Host and Origin headers before anything else."""
        if self.request.host not in self.settings["hosts"]:
            raise HTTPError(HTTPStatus.FORBIDDEN, "a foreign Host header")
        origin = self.request.headers.get("Origin")
        if origin is not None and origin != f"http://{self.request.host}":
            raise HTTPError(HTTPStatus.FORBIDDEN, "a page of another site")

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        """Answer with the name of the status only."""
        self.finish({"error": {"reason": HTTPStatus(status_code).phrase}})


class _Page(_Guarded):
    def get(self) -> None:
        """Serve the page."""
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish((STATIC_ROOT / "page.html").read_bytes())


class _File(_Guarded, StaticFileHandler):
    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Forbid caching, as for all answers here."""
        self.set_header("Cache-Control", "no-store")


class _State(_Guarded):
    async def get(self) -> None:
        """Answer all parts, and the token, since pages of other sites can't read this answer."""
        about = {"token": self.settings["token"], "about": dict(self.settings["about"])}
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(about | await self.settings["parts"].describe()))


class _Deed(_Guarded):
    async def post(self, name: str, act: str) -> None:
        """Do something to a part; answers the new state of all parts."""
        token = self.request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(token.encode(), self.settings["token"].encode()):
            raise HTTPError(HTTPStatus.FORBIDDEN, "a wrong token")
        parts: Parts = self.settings["parts"]
        try:
            await parts.do(name, _act(act))
        except GatewayError as error:
            self.set_status(_STATUSES.get(type(error), HTTPStatus.SERVICE_UNAVAILABLE))
            self.finish({"error": {"reason": error.reason, "message": error.message}})
            return
        self.finish(await parts.describe())


def _act(text: str) -> Act:
    try:
        return Act(text)
    except ValueError:
        raise UnknownPartError from None


def make_page(parts: Parts, *, port: int, token: str, about: Mapping[str, object]) -> Application:
    """Make the page's application for a port of loopback; `about` is shown next to the parts."""
    return Application(
        [
            (r"/", _Page),
            (r"/state", _State),
            (r"/parts/([a-z0-9-]{1,40})/([a-z-]{1,40})", _Deed),
            (r"/static/(.*)", _File, {"path": str(STATIC_ROOT)}),
        ],
        hosts={f"{host}:{port}" for host in ("127.0.0.1", "localhost")},
        parts=parts,
        token=token,
        about=about,
        log_function=lambda _handler: None,
    )
