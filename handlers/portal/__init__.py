"""The portal callback API, and the calls of people's devices (docs/protocol/http.md)."""

from handlers.portal import auth, people, privacy, pushes, sign_ins
from handlers.portal.base import PortalHandler

PORTAL_ROUTES: list[tuple[str, type[PortalHandler]]] = [
    *(
        (f"/api/v1/callback/{path}", handler)
        for path, handler in (
            *people.ROUTES,
            *pushes.ROUTES,
            *sign_ins.ROUTES,
            *privacy.ROUTES,
        )
    ),
    *((f"/api/v1/auth/{path}", handler) for path, handler in auth.ROUTES),
]
