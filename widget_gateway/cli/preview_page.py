"""The page of `test preview` and the calls that it makes, for this machine only."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from tornado.web import HTTPError

from handlers.base import AuthKind, BaseHandler
from handlers.services import Services
from widget_gateway.cli.previewed import Previewed
from widget_gateway.composition.application import Backend, utc_now
from widget_gateway.domain.catalogue.simulated_answers import simulated_sheet
from widget_gateway.domain.ids import AttemptId, ResultKey, UserId, parse_uuid
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.services.attempts.results import AnsweredTest
from widget_gateway.services.partners.accesses import UserReference

STATIC_ROOT = Path(__file__).parents[2] / "static" / "preview"

_TYPES = {"js": "text/javascript; charset=UTF-8", "css": "text/css; charset=UTF-8"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


class _Guarded(BaseHandler):
    """Answers only its own page: another Host header is a sign of DNS rebinding."""

    auth = AuthKind.PUBLIC

    def initialize(self, services: Services, **shared: Any) -> None:
        """Keep the backend, the preview, the caller and the host names of the page."""
        self.backend: Backend = shared["backend"]
        self.previewed: Previewed = shared["previewed"]
        self.caller: Caller = shared["caller"]
        self.hosts: set[str] = shared["hosts"]
        super().initialize(services)

    def set_default_headers(self) -> None:
        """Set the headers of the page and its calls."""
        super().set_default_headers()
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")

    async def authenticate(self) -> None:
        """Check the Host and Origin headers before anything else."""
        if self.request.host not in self.hosts:
            raise HTTPError(HTTPStatus.FORBIDDEN, "a foreign Host header")
        origin = self.request.headers.get("Origin")
        if origin is not None and origin != f"http://{self.request.host}":
            raise HTTPError(HTTPStatus.FORBIDDEN, "a page of another site")


class _Page(_Guarded):
    def get(self) -> None:
        """Serve the page."""
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish((STATIC_ROOT / "page.html").read_bytes())


class _File(_Guarded):
    def get(self, name: str) -> None:
        """Serve a file of the page."""
        self.set_header("Content-Type", _TYPES[name.rpartition(".")[2]])
        self.finish((STATIC_ROOT / name).read_bytes())


class _State(_Guarded):
    def get(self) -> None:
        """Answer which test is shown, and the faults of the file."""
        self.write_json(self.previewed.describe())


class _Payment(_Guarded):
    async def post(self, attempt: str) -> None:
        """Confirm the payment of an attempt, as a partner's server does."""
        key = parse_uuid(attempt)
        if key is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        payments = self.backend.services.partner.payments
        await payments.confirm_payment(self.caller, AttemptId(key), "preview")
        self.write_json({"status": True})


class _Report(_Guarded):
    async def get(self) -> None:
        """Answer with the report of a finished attempt (`key`), or of random answers (`seed`)."""
        key = parse_uuid(self.get_query_argument("key", ""))
        answered = self._random() if key is None else await self._finished_test(ResultKey(key))
        locale = answered.test.locale_for(self.get_query_argument("locale", None))
        report = await self.backend.services.partner.reports.get(
            ResultKey(key or uuid4()), answered, locale, "html", "preview"
        )
        self.set_header("Content-Security-Policy", _REPORT_POLICY)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(report)

    def _random(self) -> AnsweredTest:
        test = self.previewed.test
        if test is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        seed = self.get_query_argument("seed", "")
        return AnsweredTest(test, simulated_sheet(test, seed), utc_now(), test.locales[0])

    async def _finished_test(self, key: ResultKey) -> AnsweredTest:
        results = self.backend.services.partner.results
        await results.attach(self.caller, UserReference(UserId(f"preview-{key}"), None), key)
        return await results.read(self.caller, key)


def preview_routes(
    backend: Backend, previewed: Previewed, caller: Caller, port: int
) -> list[tuple[str, type[BaseHandler], dict[str, Any]]]:
    """Return the routes of the page, for an application that serves the widget, too."""
    hosts = {f"{host}:{port}" for host in ("127.0.0.1", "localhost")}
    shared = {
        "services": backend.services.public,
        "backend": backend,
        "previewed": previewed,
        "caller": caller,
        "hosts": hosts,
    }
    handlers: list[tuple[str, type[BaseHandler]]] = [
        (r"/preview/", _Page),
        (r"/preview/static/(page\.js|page\.css)", _File),
        (r"/preview/state", _State),
        (r"/preview/pay/([0-9a-f-]{36})", _Payment),
        (r"/preview/report", _Report),
    ]
    return [(path, handler, shared) for path, handler in handlers]
