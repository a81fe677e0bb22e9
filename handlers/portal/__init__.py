"""The portal callback API, and what people's devices call (docs/protocol/http.md)."""

from handlers.portal import auth, people, pushes, sessions
from handlers.portal.base import PortalHandler

PORTAL_ROUTES: list[tuple[str, type[PortalHandler]]] = [
    *(
        (f"/api/v1/callback/{path}", handler)
        for path, handler in (*people.ROUTES, *pushes.ROUTES, *sessions.ROUTES)
    ),
    *((f"/api/v1/auth/{path}", handler) for path, handler in auth.ROUTES),
]
