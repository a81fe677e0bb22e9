"""What all pages share: the signed-in user, the language, and messages for refusals."""

import json
from datetime import datetime
from http import HTTPStatus
from typing import Any

import tornado.locale
from tornado.httputil import url_concat
from tornado.web import HTTPError, RequestHandler

from gateway import Gateway, GatewayRefusal
from memory import Memory

PRICES_RUB = {"career-interests": 490, "career-interests-trial": 290, "work-values": 0}
"""The tests on offer and their prices. The site sets prices; the gateway only learns that an
attempt is paid for."""

LANGUAGES = {"ru": "Русский", "en": "English"}

WORDS = {
    "unreachable": "The test service does not answer. Please try again in a minute.",
    "storage_unavailable": "The test service does not answer. Please try again in a minute.",
    "test_not_found": "There is no such test.",
    "session_not_found": "This attempt has ended or is too old to be continued.",
    "result_not_found": "There is no such result.",
    "result_attached_to_another_user": "This result belongs to another person.",
    "result_limit_reached": "You have already saved the results that your access includes.",
    "access_limit_reached": "We have no free places at the moment. Please tell us about it.",
}
"""What visitors read when the gateway refuses a call, by its stable reason."""

MAX_JSON_TEXT = 1_000
"""Most characters of a text in a JSON body; keys and tokens are shorter."""

Json = dict[str, Any]


class Page(RequestHandler):
    """A page for everybody; its `@authenticated` methods are for signed-in users only."""

    gateway: Gateway
    memory: Memory

    def initialize(self, gateway: Gateway, memory: Memory) -> None:
        """Take the collaborators."""
        self.gateway = gateway
        self.memory = memory

    def set_default_headers(self) -> None:
        """Forbid caching, framing, foreign scripts, and sending the page's address to others."""
        self.set_header("Content-Security-Policy", self.settings["security_policy"])
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("X-Content-Type-Options", "nosniff")

    def prepare(self) -> None:
        """Follow the language switch: `?lang=ru` on any page."""
        if self.request.method == "GET" and (code := self.get_query_argument("lang", "")):
            if code in LANGUAGES:
                self.set_cookie("lang", code, expires_days=365, samesite="Lax")
            self.redirect(self._address_with(lang=None))

    def _address_with(self, *, lang: str | None) -> str:
        kept = [
            (name, value)
            for name in self.request.query_arguments
            for value in self.get_query_arguments(name)
            if name != "lang"
        ]
        # A path that begins with two slashes, such as `//elsewhere`, would lead to another site.
        path = "/" + self.request.path.lstrip("/\\")
        return url_concat(path, kept + ([("lang", lang)] if lang else []))

    def get_current_user(self) -> str | None:
        """The id of the signed-in user, under which the gateway knows the user, too."""
        cookie = self.get_signed_cookie("user")
        return cookie.decode() if cookie else None

    def forget_last_visitor(self) -> None:
        """Clear the tab's storage, since the widget would continue the attempt that is there."""
        self.set_header("Clear-Site-Data", '"storage"')

    def get_user_locale(self) -> tornado.locale.Locale | None:
        """The language that the visitor chose; None for that of the browser."""
        code = self.get_cookie("lang")
        return tornado.locale.get(code) if code in LANGUAGES else None

    @property
    def language(self) -> str:
        """The language of the page, `ru` or `en`."""
        return self.locale.code[:2]

    @property
    def user(self) -> str:
        """The signed-in user of an `@authenticated` page."""
        return str(self.current_user)

    def get_template_namespace(self) -> Json:
        """The names that every template may use."""
        return super().get_template_namespace() | {
            "language": self.language,
            "languages": LANGUAGES,
            "switch_to": lambda code: self._address_with(lang=code),
            "price": self.say_price,
            "day": self.say_day,
            "gateway_url": self.settings["gateway_url"],
            "provider": self.settings["provider"],
            "has_portal": self.settings["has_portal"],
        }

    def say_price(self, test: str) -> str:
        """The price of a test, as text for people."""
        amount = PRICES_RUB[test]
        return f"{amount}\N{NO-BREAK SPACE}₽" if amount else self.locale.translate("Free")

    def say_day(self, moment: str) -> str:
        """The day of a time in ISO 8601, as text for people."""
        pattern = "%d.%m.%Y" if self.language == "ru" else "%-d %B %Y"
        return datetime.fromisoformat(moment).strftime(pattern)

    def words_for(self, error: BaseException | None, status: int) -> str:
        """The message for the visitor on what went wrong."""
        if isinstance(error, GatewayRefusal) and error.reason in WORDS:
            return self.locale.translate(WORDS[error.reason])
        if status == HTTPStatus.NOT_FOUND:
            return self.locale.translate("There is no page at this address.")
        if status == HTTPStatus.FORBIDDEN:
            return self.locale.translate("Please reload the page, sign in and try again.")
        return self.locale.translate("Something went wrong. We have made a note of it.")

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with the status of the gateway's refusal, or with 503 if it did not answer."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, GatewayRefusal):
            status_code = error.status or HTTPStatus.SERVICE_UNAVAILABLE
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a page, or with the message as JSON if a script asked."""
        error = kwargs.get("exc_info", (None, None))[1]
        words = self.words_for(error, status_code)
        if self.request.headers.get("Content-Type", "").startswith("application/json"):
            self.finish({"message": words})
        else:
            self.render("trouble.html", words=words)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Log exceptions except refusals, which gateway.py has logged."""
        if not isinstance(value, GatewayRefusal):
            super().log_exception(typ, value, tb)

    def json_text(self, name: str) -> str:
        """A short text of the JSON body.

        Raises:
            HTTPError: status 400, since there is no such text.
        """
        try:
            value = json.loads(self.request.body)[name]
        except (ValueError, KeyError, TypeError):
            value = None
        if not isinstance(value, str) or not 0 < len(value) <= MAX_JSON_TEXT:
            raise HTTPError(HTTPStatus.BAD_REQUEST)
        return value


class NotFoundPage(Page):
    """The answer at any other address."""

    def prepare(self) -> None:
        """Refuse every method."""
        raise HTTPError(HTTPStatus.NOT_FOUND)
