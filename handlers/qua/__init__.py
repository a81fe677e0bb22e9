"""QUA's API: questions, answers, and the search (docs/protocol/http.md, "QUA API")."""

from handlers.base import BaseHandler
from handlers.qua import (
    auth,
    away,
    desk,
    dismissals,
    external_resources,
    home,
    questions,
    search,
    suggest,
    synonyms,
    versions,
)
from handlers.qua.base import QuaNotFoundHandler

QUA_ROUTES: list[tuple[str, type[BaseHandler]]] = [
    *(
        (f"/api/{path}", handler)
        for module in (
            auth,
            questions,
            versions,
            desk,
            dismissals,
            home,
            synonyms,
            search,
            suggest,
            external_resources,
        )
        for path, handler in module.ROUTES
    ),
    *away.ROUTES,
]
"""The calls of QUA. Paths below `/api/v1/` belong to the portal."""

QUA_NOT_FOUND = (r"/api(?:/.*)?", QuaNotFoundHandler)
"""The route of unknown paths, which has to follow all others below `/api/`."""
