"""Routes that are grouped find the same handlers as one after another."""

from typing import Any

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application

from handlers.routes import all_routes, grouped

_PATHS = (
    "/ /apix /api /api/ /api/search /api/search/ /api//search /API/search /api/questions/12 "
    "/api/questions/x /api/v1 /api/v1/x /api/v1/auth/login /api/searches/without_hits/dismiss "
    "/healthz /healthzz /healthz/ //healthz /%2e%2e/healthz /docs /docsx /docs/a/b /docs/a/b/c/d "
    "/openapi.json /openapi /asyncapi.json /schemas/test-definition.json /static /static/x "
    "/static/widget/widget.js /static/qua/page.js /static/start/x /static/reference/x /favicon.ico "
    "/favicon.svg /faviconXico /qua /quax /away /partner /partner/api/v2/users /widget /widget/a/b "
    "/partner/api/v4/users /ws/v1/widget /ws/v1/widgetx /http/v1/widget/poll /console /console/x/y "
    "/tests/api/v1/info/a /api/search%0A /api/questions/1%0A /docs/%0Aa /static/widget/a%0Ab"
)
PATHS = _PATHS.split()


class Connection:
    """Where a request came from, as far as routes care."""

    context = None


def found(application: Application, path: str) -> tuple[str, Any]:
    line = RequestStartLine("GET", path, "HTTP/1.1")
    headers = HTTPHeaders({"Host": "gateway.example"})
    request = HTTPServerRequest(start_line=line, headers=headers, connection=Connection())
    delegate: Any = Application.find_handler(application, request)
    return delegate.handler_class.__name__, delegate.path_args


@pytest.mark.gen_test
async def test_each_path_has_the_same_handler_and_arguments(backend) -> None:
    routes = all_routes(backend.services)
    flat, in_groups = Application(routes), Application(grouped(all_routes(backend.services)))
    others = {path: found(flat, path) for path in PATHS}
    assert {path: found(in_groups, path) for path in PATHS} == others
    assert len({handler for handler, _ in others.values()}) > 20
