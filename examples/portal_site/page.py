"""What the page and its calls share: the language, headers, and messages for refusals."""

import json
from http import HTTPStatus
from typing import Any

import tornado.locale
from tornado.httputil import url_concat
from tornado.web import HTTPError, RequestHandler

LANGUAGES = {"ru": "Русский", "en": "English"}

MAX_JSON_TEXT = 1_000
"""Most characters of a text in a JSON body; tokens are shorter."""

Json = dict[str, Any]


class UnreachableError(Exception):
    """The gateway did not answer, or what answered was no gateway."""


class Page(RequestHandler):
    """A page, or a call of its script."""

    def set_default_headers(self) -> None:
        """Forbid caching, framing, foreign scripts, and sending the page's address to others."""
        self.set_header("Content-Security-Policy", self.settings["security_policy"])
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("X-Content-Type-Options", "nosniff")

    def prepare(self) -> None:
        """Follow the language switch: `?lang=ru`."""
        if self.request.method == "GET" and (code := self.get_query_argument("lang", "")):
            if code in LANGUAGES:
                self.set_cookie("lang", code, expires_days=365, samesite="Lax")
            # A path that begins with two slashes, such as `//elsewhere`, would lead elsewhere.
            self.redirect("/" + self.request.path.lstrip("/\\"))

    def get_user_locale(self) -> tornado.locale.Locale | None:
        """The language that the visitor chose; None for that of the browser."""
        code = self.get_cookie("lang")
        return tornado.locale.get(code) if code in LANGUAGES else None

    @property
    def language(self) -> str:
        """The language of the page, `ru` or `en`."""
        return self.locale.code[:2]

    def get_template_namespace(self) -> Json:
        """The names that every template may use."""
        return super().get_template_namespace() | {
            "language": self.language,
            "languages": LANGUAGES,
            "switch_to": lambda code: url_concat(self.request.path, {"lang": code}),
            "gateway_url": self.settings["gateway_url"],
        }

    def words_for(self, error: BaseException | None, status: int) -> str:
        """The message for people on what went wrong."""
        if isinstance(error, UnreachableError):
            return self.locale.translate("The gateway does not answer. Please try again.")
        if status == HTTPStatus.NOT_FOUND:
            return self.locale.translate("There is no page at this address.")
        if status == HTTPStatus.FORBIDDEN:
            return self.locale.translate("Please reload the page and try again.")
        return self.locale.translate("Something went wrong. We have made a note of it.")

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with 503 if the gateway did not answer."""
        if isinstance(kwargs.get("exc_info", (None, None))[1], UnreachableError):
            status_code = HTTPStatus.SERVICE_UNAVAILABLE
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a page, or with the message as JSON if a script asked."""
        words = self.words_for(kwargs.get("exc_info", (None, None))[1], status_code)
        if self.request.headers.get("Content-Type", "").startswith("application/json"):
            self.finish({"message": words})
        else:
            self.render("trouble.html", words=words)

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
