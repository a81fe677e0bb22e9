"""What all pages of the console share: who calls, what they may do, forms, texts and refusals."""

import re
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlencode, urlsplit

import msgspec
from markupsafe import Markup
from tornado.web import HTTPError

from handlers.addresses import client_address, own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.console.cookies import ConsoleCookie, form_token, is_form_token, new_token
from handlers.console.forms import F, FormFields, UnreadableFieldError
from handlers.console.menu import first_page_of, menu_of
from handlers.console.services import ConsoleServices
from handlers.console.texts import LANGUAGES, Texts
from handlers.languages import Locale, locale_of
from widget_gateway.domain.console.accounts import Account, ConsoleSession
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Actor, Deed
from widget_gateway.domain.errors import GatewayError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.services.console.trail import OpenEntry

SIGN_IN = "/console/sign-in/"
SECOND_FACTOR = "/console/second-factor/"
ENROLMENT = "/console/account/second-factor/"
"""Where an account that has to get a second factor is led, whatever it asks for."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the console's pages."""

CSRF_FIELD = "csrf"

_MAX_USER_AGENT = 200
_OF_PROVIDER = re.compile(r"/console/providers/([^/]+)/")


class ElsewhereError(HTTPError):
    """Leads the browser to another page of the console, which it gets."""

    def __init__(self, location: str) -> None:
        super().__init__(HTTPStatus.SEE_OTHER)
        self.location = location


class VisitorHandler(BaseHandler):
    """A page of the console that needs no sign-in. Its forms have tokens all the same."""

    auth = AuthKind.CONSOLE
    area: ClassVar[str]
    """The file of the page's words, and its entry of the menu."""

    services: ConsoleServices
    account: Account | None = None
    session: ConsoleSession | None = None
    _token: str = ""

    @property
    def language(self) -> Locale:
        """The language of the page: the account's choice, else the browser's."""
        wanted = self.get_query_argument("locale", "")
        chosen = self.account.locale if self.account is not None else None
        accepted = self.request.headers.get("Accept-Language", "")
        code = chosen or wanted
        return next((known for known in LANGUAGES if known == code), locale_of(accepted))

    @property
    def origin(self) -> str:
        """The console's own origin. A proxy that ends TLS need not tell so if PUBLIC_URL does."""
        services = self.services
        asked = own_origin(self.request, None, services.trusted_proxies)
        public = own_origin(self.request, services.public_url, services.trusted_proxies)
        return public if urlsplit(public).netloc == urlsplit(asked).netloc else asked

    @property
    def cookie(self) -> ConsoleCookie:
        """The console's cookie of the request."""
        return ConsoleCookie(self, is_secure=self.origin.startswith("https:"))

    def set_default_headers(self) -> None:
        """Let nothing of the console be kept, framed or read by other sites."""
        super().set_default_headers()
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("X-Robots-Tag", "noindex")

    async def authenticate(self) -> None:
        """Find the session of the cookie. A form that another site sends is refused."""
        if not await self.services.accounts.exists_any():
            raise HTTPError(HTTPStatus.NOT_FOUND)
        self._token = self.cookie.read() or ""
        if self._token and (found := await self.services.sessions.find(self._token)):
            self.session, self.account = found
        if self.request.method == "POST" and self.request.headers.get("Origin") != self.origin:
            raise HTTPError(HTTPStatus.FORBIDDEN, "a form of another origin")

    async def read(self) -> None:
        """Check the form's token, without which nothing is changed."""
        if self.request.method == "POST":
            given = self.get_body_argument(CSRF_FIELD, "")
            if not self._token or not is_form_token(self._token, given):
                raise HTTPError(HTTPStatus.FORBIDDEN, "a wrong token of the form")

    @property
    def actor(self) -> Actor:
        """Who calls, for the trail."""
        account = self.account
        return Actor(
            account=account.id if account else None,
            login=account.login if account else "",
            role=account.role.value if account else "",
            address=client_address(self.request, self.services.trusted_proxies),
            user_agent=self.request.headers.get("User-Agent", "")[:_MAX_USER_AGENT],
            request_id=self.request_id,
        )

    def acting(
        self,
        deed: Deed,
        subject: str,
        *,
        provider: ProviderSlug | None = None,
        before: dict[str, Any] | None = None,
    ) -> AbstractAsyncContextManager[OpenEntry]:
        """Do something within an entry of the trail, which tells how it ended.

        The entry is written before the deed begins. What has changed is put into `entry.after`.
        """
        return self.services.trail.acting(
            self.actor, deed, subject, provider=provider, before=before
        )

    @property
    def texts(self) -> Texts:
        """The console's texts in the language of the page."""
        return Texts(self.language)

    def text(self, key: str, /, **values: object) -> str:
        """Return a text of the console in the language of the page (`Texts.text`)."""
        return self.texts.text(key, **values)

    def fields(self) -> FormFields:
        """Return the fields of the form that was sent; of a GET those of the query.

        Raises:
            HTTPError: a field is no text.
        """
        request = self.request
        sent = request.body_arguments if request.method == "POST" else request.query_arguments
        try:
            return FormFields(sent)
        except UnreadableFieldError:
            raise HTTPError(HTTPStatus.BAD_REQUEST) from None

    def form(self, kind: type[F], **data: Any) -> F:
        """Make a form of what was sent; of a GET without a query, of `data`."""
        fields = self.fields()
        return kind(fields if len(fields) else None, self.language, **data)

    def show(self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> None:
        """Answer with a page: a template below handlers/templates/console/."""
        self.set_status(status.value)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Content-Language", self.language)
        self.finish(self._render(template, **values))

    def _render(self, template: str, **values: Any) -> str:
        if not self._token:
            self._token = self._new_visit()
        texts = self.texts
        done = self.get_query_argument("done", "")
        page = self.services.templates.get_template(f"console/{template}")
        return page.render(
            **{
                "t": texts.text,
                "texts": texts,
                "locale": texts.locale,
                "languages": LANGUAGES,
                "account": self.account,
                "menu": menu_of(self.account) if self.account and self._is_signed_in else [],
                "area": getattr(self, "area", ""),
                "path": self.request.path,
                "query": self.request.query,
                "csrf": self._csrf,
                "done": texts.text(done) if _names_notice(done) and texts.has(done) else None,
            }
            | values
        )

    @property
    def _is_signed_in(self) -> bool:
        return self.session is not None and self.session.is_complete

    def _new_visit(self) -> str:
        token = new_token()
        self.cookie.write(token)
        return token

    def _csrf(self) -> Markup:
        """Return the hidden field that each form has."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(
            CSRF_FIELD, form_token(self._token)
        )

    def go(self, path: str, done: str = "") -> None:
        """Lead the browser to a page; `done` names a text that the page shows as a notice."""
        joint = "&" if "?" in path else "?"
        self.redirect(f"{path}{joint}{urlencode({'done': done})}" if done else path, status=303)

    def next_page(self, account: Account) -> str:
        """Return the page of the console that was asked for before the sign-in."""
        asked = self.get_query_argument("next", "")
        is_ours = asked.startswith("/console/") and "\\" not in asked and asked.isprintable()
        return asked if is_ours else first_page_of(account)

    def file(self, name: str, media_type: str, body: bytes) -> None:
        """Answer with a file that browsers save under an ASCII name."""
        self.set_header("Content-Type", media_type)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(body)

    def write_refusal(self, error: BaseException | None, status: HTTPStatus) -> None:
        """Answer with a page that says what is wrong, or lead to another page."""
        if isinstance(error, ElsewhereError):
            self.set_header("Location", error.location)
            self.finish()
            return
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Content-Language", self.language)
        self.finish(
            self._render("refusal.html", status=status.value, sentence=self.sentence(error, status))
        )

    def sentence(self, error: BaseException | None, status: HTTPStatus) -> str:
        """Say in the page's language why something is refused."""
        texts = self.texts
        if isinstance(error, GatewayError) and status is not HTTPStatus.INTERNAL_SERVER_ERROR:
            key = f"refusals.{error.reason}"
            return texts.text(key) if texts.has(key) else error.message
        key = f"refusals.status_{status.value}"
        return texts.text(key if texts.has(key) else "refusals.status_500")


class ConsoleHandler(VisitorHandler):
    """A page of the console for accounts that are signed in and may look at it.

    Whoever is not signed in is led to the sign-in. A partner finds only what is below its own
    provider's address; other providers do not exist for it.
    """

    looks: ClassVar[Permission]
    """What an account needs to look at the page."""

    changes: ClassVar[Permission | None] = None
    """What an account needs to send the page's form; None if there is no form."""

    is_open_without_second_factor: ClassVar[bool] = False
    """Whether an account that has yet to get its second factor may use the page."""

    account: Account
    session: ConsoleSession

    async def authenticate(self) -> None:
        """Find out who calls, and refuse what the account may not see or do."""
        await super().authenticate()
        if not self._is_signed_in:
            self._lead_to_sign_in()
        if self.account.needs_second_factor and not self.is_open_without_second_factor:
            raise ElsewhereError(ENROLMENT)
        needed = self.changes if self.request.method == "POST" else self.looks
        found = _OF_PROVIDER.match(self.request.path)
        if found and self.account.provider not in (None, found[1]):
            raise HTTPError(HTTPStatus.NOT_FOUND)
        if needed is None or not self.account.may(needed):
            raise HTTPError(HTTPStatus.FORBIDDEN)

    def _lead_to_sign_in(self) -> NoReturn:
        if self.session is not None:
            raise ElsewhereError(SECOND_FACTOR)
        if self.request.method != "GET":
            raise HTTPError(HTTPStatus.UNAUTHORIZED)
        raise ElsewhereError(f"{SIGN_IN}?{urlencode({'next': self.request.uri or ''})}")

    def may(self, permission: Permission) -> bool:
        """Whether the account may do this, so that the page offers it."""
        return self.account.may(permission)

    def _render(self, template: str, **values: Any) -> str:
        return super()._render(template, **({"may": self.may} | values))


def _names_notice(key: str) -> bool:
    """Whether a key may be shown as a notice, whoever has made the link."""
    return key.partition(".")[2].startswith("done")


def plain(value: Any) -> Any:
    """Return a value as the trail keeps it: of JSON's types only."""
    return msgspec.to_builtins(value)
