"""What `/openapi.json` describes once for all calls: headers, and ways to authenticate."""

from typing import Any

from handlers.base import AuthKind
from handlers.partner.parameters import CLIENT, CLIENT_KEY
from handlers.portal.base import CALLBACK_KEY
from handlers.qua.base import TOTAL

Node = dict[str, Any]

KEYS = (CLIENT_KEY, CLIENT)
"""The parameters that a provider's key may be sent as."""

SECURITY = {
    AuthKind.CALLBACK_KEY: "callback_key",
    AuthKind.ACCESS_TOKEN: "access_token",
    AuthKind.QUA_TOKEN: "qua_token",
}
"""The security scheme of each kind of authentication but a provider's key, which has several."""

SECURITY_SCHEMES: Node = {
    "bearer": {"type": "http", "scheme": "bearer", "description": CLIENT_KEY.about},
    "callback_key": {
        "type": "apiKey",
        "in": "header",
        "name": CALLBACK_KEY,
        "description": "The key that the gateway and the portal share.",
    },
    "access_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a session of the portal's.",
    },
    "qua_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "What `/api/auth` answers; `Authorization: JWT …` does as well.",
    },
    **{
        key.name: {
            "type": "apiKey",
            "in": "query",
            "name": key.name,
            "description": key.about,
        }
        for key in KEYS
    },
}

HEADERS: Node = {
    "X-Request-Id": {
        "description": "The caller's own where it sent one, else a new one; logs carry it too.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The quota and its window in seconds: `"key";q=60000;w=60`.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'Calls left, and seconds until all are back: `"key";r=59990;t=1`.',
        "schema": {"type": "string"},
    },
    TOTAL: {
        "description": "How many there are in all.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Location": {"description": "Where it is.", "schema": {"type": "string", "format": "uri"}},
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 0},
    },
}
