"""`/openapi.json`, `/asyncapi.json`, and the pages below `/docs/`, which show the APIs to people.

Every call has a page of its own, and so has every guide. The pages work without their script, which
adds the search, the buttons that copy, and the choice of a language for the examples.
"""

from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from tornado.web import HTTPError

from handlers.channel import widget_calls
from handlers.contract.json_reader import JSON
from handlers.contract.operations import Operation, Operations
from handlers.languages import Locale, locale_of
from handlers.partner import PARTNER_MODULES
from handlers.partner.progress import CalculateHandler
from handlers.portal import PORTAL_ROUTES
from handlers.public import ops, tests, widget
from handlers.public.start import StartPageHandler
from handlers.qua import QUA_ROUTES
from handlers.qua.base import ID
from handlers.qua.page import QuaPageHandler
from handlers.qua.versions import VERSION_NUMBER
from handlers.reference.asyncapi import asyncapi_document
from handlers.reference.base import DescribingHandler
from handlers.reference.calls import FAMILIES, Call, calls_of
from handlers.reference.examples import LANGUAGES as EXAMPLE_LANGUAGES
from handlers.reference.examples import examples_of
from handlers.reference.guides import GUIDES, advice, guide, guide_names
from handlers.reference.openapi import Endpoint, openapi_document
from handlers.reference.reasons import reasons_of
from handlers.reference.search import Entry, entries
from handlers.reference.words import LANGUAGES, Words

HTML = "text/html; charset=UTF-8"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Content-Security-Policy of the pages."""


def endpoints() -> list[Endpoint]:
    """Every HTTP endpoint except static files and pages, with its path as OpenAPI writes it."""
    return [
        *(
            (f"/partner/api/{family}/{path}", handler)
            for family in ("v3", "v2")
            for module in PARTNER_MODULES
            for path, handler in module.ROUTES
        ),
        ("/partner/api/v1/calculate", CalculateHandler),
        *((path.replace("([^/]+)", "{id_phperson}"), handler) for path, handler in PORTAL_ROUTES),
        *((_qua_path(path), handler) for path, handler in QUA_ROUTES),
        ("/tests/api/v1/info/{slug}/", tests.TestInfoHandler),
        ("/widget/{provider}/{test}", widget.WidgetPageHandler),
        *widget_calls.ROUTES,
        ("/", StartPageHandler),
        ("/qua/", QuaPageHandler),
        ("/schemas/test-definition.json", ops.DefinitionSchemaHandler),
        ("/openapi.json", OpenApiHandler),
        ("/asyncapi.json", AsyncApiHandler),
        ("/docs/", OverviewHandler),
        ("/healthz", ops.HealthHandler),
        ("/readyz", ops.ReadinessHandler),
        ("/metrics", ops.MetricsHandler),
    ]


def _qua_path(path: str) -> str:
    number = "{question_id}" if "/questions/" in path else "{resource_id}"
    if "/synonyms/" in path:
        number = "{group_id}"
    return path.replace(ID, number).replace(VERSION_NUMBER, "{version_id}")


@cache
def _calls() -> tuple[Call, ...]:
    """All calls. They change only with the version of the gateway."""
    return calls_of(openapi_document(endpoints(), ""))


class OpenApiHandler(DescribingHandler):
    """`GET /openapi.json`."""

    operations = Operations(
        get=Operation(
            summary="This document",
            tag="public",
            answer=dict[str, Any],
            example={"openapi": "3.1.0"},
        )
    )

    def get(self) -> None:
        """Answer with the description of every endpoint."""
        self.set_header("Access-Control-Allow-Origin", "*")
        document = openapi_document(endpoints(), self.own_url())
        self.send_unless_known(msgspec.json.encode(document), JSON)

    head = get


class AsyncApiHandler(DescribingHandler):
    """`GET /asyncapi.json`."""

    operations = Operations(
        get=Operation(
            summary="The WebSocket channels, as AsyncAPI",
            tag="public",
            answer=dict[str, Any],
            example={"asyncapi": "3.0.0"},
        )
    )

    def get(self) -> None:
        """Answer with the description of both channels."""
        self.set_header("Access-Control-Allow-Origin", "*")
        document = asyncapi_document(self.own_url())
        self.send_unless_known(msgspec.json.encode(document), JSON)

    head = get


class PageHandler(DescribingHandler):
    """A page of the reference, in the language that is asked for, or else preferred."""

    def prepare_words(self) -> Words:
        """Return the texts of the page. Links keep a language that was asked for."""
        wanted = self.request.query_arguments.get("locale", [b""])[0]
        asked: Locale | None = next((code for code in LANGUAGES if code.encode() == wanted), None)
        accepted = self.request.headers.get("Accept-Language", "")
        return Words(asked or locale_of(accepted), f"?locale={asked}" if asked else "")

    def show(self, template: str, **values: Any) -> None:
        """Answer with a page: a template below handlers/templates/reference/."""
        self.send_unless_known(self._render(template, **values), HTML)

    def _render(self, template: str, **values: Any) -> bytes:
        """Make a page, and set its headers."""
        words = self.prepare_words()
        page = self.services.templates.get_template(f"reference/{template}").render(
            **{
                "words": words,
                "t": words.text,
                "query": words.query,
                "languages": LANGUAGES,
                "families": [
                    (family, [call for call in _calls() if call.family == family])
                    for family in FAMILIES
                ],
                "guides": {
                    family: [guide(name, words.locale, words.query) for name in names]
                    for family, names in GUIDES.items()
                },
                "path": self.request.path,
                "family": None,
            }
            | values
        )
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Content-Language", words.locale)
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Vary", "Accept-Language")
        return page.encode()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer to an unknown address with a page; otherwise as all handlers do."""
        if status_code == HTTPStatus.NOT_FOUND and self.request.method in ("GET", "HEAD"):
            page = self._render("missing.html")
            self.set_header("Content-Type", HTML)
            self.finish(page)
        else:
            super().write_error(status_code, **kwargs)


class OverviewHandler(PageHandler):
    """`GET /docs/`."""

    operations = Operations(
        get=Operation(
            summary="The reference for people",
            tag="public",
            answer=None,
            media_types=("text/html",),
        )
    )

    def get(self) -> None:
        """Answer with the list of all calls and guides."""
        self.show("overview.html")

    head = get


class FamilyHandler(PageHandler):
    """`GET /docs/<family>/`: how an API is called, with its calls."""

    def get(self, family: str) -> None:
        """Answer with the page of an API."""
        if family not in FAMILIES:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        self.show("family.html", family=family)

    head = get


class CallHandler(PageHandler):
    """`GET /docs/<family>/<call>/`."""

    def get(self, family: str, name: str) -> None:
        """Answer with the page of a call."""
        calls = _calls()
        found = (n for n, call in enumerate(calls) if (call.family, call.name) == (family, name))
        number = next(found, None)
        if number is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        call = calls[number]
        self.show(
            "call.html",
            family=family,
            call=call,
            examples=examples_of(call, self.own_url()),
            files=[(file, examples_of(call, self.own_url(), file)) for file in _shown_file(call)],
            example_languages=EXAMPLE_LANGUAGES,
            previous=calls[number - 1] if number else None,
            following=calls[number + 1] if number + 1 < len(calls) else None,
        )

    head = get


def _shown_file(call: Call) -> list[str]:
    """The form of the answer for which there are examples, too: PDF, where there is one."""
    return ["pdf"] if "pdf" in call.files else []


class GuideHandler(PageHandler):
    """`GET /docs/guides/<name>/`."""

    def get(self, name: str) -> None:
        """Answer with a guide."""
        if name not in guide_names():
            raise HTTPError(HTTPStatus.NOT_FOUND)
        words = self.prepare_words()
        self.show("guide.html", family="guides", guide=guide(name, words.locale, words.query))

    head = get


class ReasonsHandler(PageHandler):
    """`GET /docs/reasons/`."""

    def get(self) -> None:
        """Answer with the reasons of refusals."""
        words = self.prepare_words()
        told = advice(words.locale, words.query)
        self.show("reasons.html", reasons=reasons_of(_calls()), advice=told)

    head = get


class ListHandler(PageHandler):
    """`GET /docs/list/`: all that the search finds, for those who have no script."""

    def get(self) -> None:
        """Answer with the list."""
        self.show("list.html", entries=self.entries())

    head = get

    def entries(self) -> list[Entry]:
        """All that can be found, in the language of the page."""
        words = self.prepare_words()
        guides = [guide(name, words.locale, words.query) for name in guide_names()]
        return list(entries(_calls(), reasons_of(_calls()), guides, words, words.query))


class SearchHandler(ListHandler):
    """`GET /docs/search.json`, which the search reads."""

    def get(self) -> None:
        """Answer with all that can be found."""
        self.set_header("Vary", "Accept-Language")
        self.send_unless_known(msgspec.json.encode(self.entries()), JSON)

    head = get


class MissingHandler(PageHandler):
    """Any other address below `/docs/`."""

    def get(self) -> None:
        """Answer with a page that leads on."""
        raise HTTPError(HTTPStatus.NOT_FOUND)

    head = get


ROUTES = [
    (r"/openapi\.json", OpenApiHandler),
    (r"/asyncapi\.json", AsyncApiHandler),
    (r"/docs/?", OverviewHandler),
    (r"/docs/list/?", ListHandler),
    (r"/docs/search\.json", SearchHandler),
    (r"/docs/reasons/?", ReasonsHandler),
    (r"/docs/guides/([\w-]+)/?", GuideHandler),
    (r"/docs/([\w-]+)/?", FamilyHandler),
    (r"/docs/([\w-]+)/([\w.-]+)/?", CallHandler),
    (r"/docs/.*", MissingHandler),
]
