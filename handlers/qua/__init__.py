"""QUA's API: questions, answers, and the search (docs/protocol/http.md, "QUA API")."""

from handlers.base import BaseHandler
from handlers.qua import auth, away, external_resources, questions, search
from handlers.qua.base import QuaNotFoundHandler

QUA_ROUTES: list[tuple[str, type[BaseHandler]]] = [
    *(
        (f"/api/{path}", handler)
        for module in (auth, questions, search, external_resources)
        for path, handler in module.ROUTES
    ),
    *away.ROUTES,
]
"""Its calls; `/api/v1/` is the portal's."""

QUA_NOT_FOUND = (r"/api(?:/.*)?", QuaNotFoundHandler)
"""To be tried after all other paths below `/api/`."""
