"""A small partner site that uses Widget Gateway, in its own process and with its own origin.

Environment: GATEWAY_URL, GATEWAY_PROVIDER (our public name there), GATEWAY_CLIENT_KEY (our secret
there), PARTNER_PORT. With GATEWAY_CALLBACK_KEY the site also has the page of the intranet portal.
`widget-gateway demo` sets these variables; the README beside this file explains the rest.
"""

import asyncio
import os
import secrets
import signal
from pathlib import Path
from typing import Any

import tornado.locale
from tornado.web import Application

from gateway import Gateway
from memory import Memory
from page import NotFoundPage
from pages import ROUTES
from portal import Portal
from portal_pages import ROUTES as PORTAL_ROUTES

HERE = Path(__file__).parent


def content_security_policy(gateway_url: str) -> str:
    """The strictest policy that lets the widget work; copy it."""
    channel_url = gateway_url.replace("http", "ws", 1)
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {gateway_url}",  # for the widget's modules
            f"connect-src 'self' {gateway_url} {channel_url}",  # for test info and the channel
            f"img-src 'self' {gateway_url}",  # for pictures in questions
            "style-src 'self'",  # The widget needs nothing here: its style sheet is constructed.
            "frame-src 'self'",  # for the report
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types test-widget",  # for formatted questions, which the gateway sanitises
        ]
    )


def make_application(
    *, gateway_url: str, provider: str, client_key: str, callback_key: str | None
) -> Application:
    """Make the site, which is a provider of a gateway, and with a callback key also a portal."""
    collaborators: dict[str, Any] = {
        "gateway": Gateway(gateway_url, client_key),
        "memory": Memory(),
    }
    routes = [(path, page, collaborators) for path, page in ROUTES]
    if callback_key is not None:
        with_portal = collaborators | {"portal": Portal(gateway_url, callback_key)}
        routes += [(path, page, with_portal) for path, page in PORTAL_ROUTES]
    return Application(
        routes,
        default_handler_class=NotFoundPage,
        default_handler_args=collaborators,
        template_path=HERE / "templates",
        static_path=HERE / "static",
        login_url="/sign-in",
        # The secret is new at each start, which signs everybody out. A real site keeps its secret,
        # and adds secure=True to both cookies, since it has https.
        cookie_secret=secrets.token_hex(32),
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax"},
        security_policy=content_security_policy(gateway_url),
        gateway_url=gateway_url,
        provider=provider,
        has_portal=callback_key is not None,
    )


async def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    port = int(os.environ.get("PARTNER_PORT", "8000"))
    tornado.locale.load_translations(str(HERE / "translations"))
    tornado.locale.set_default_locale("en")
    application = make_application(
        gateway_url=os.environ["GATEWAY_URL"].rstrip("/"),
        provider=os.environ["GATEWAY_PROVIDER"],
        client_key=os.environ["GATEWAY_CLIENT_KEY"],
        callback_key=os.environ.get("GATEWAY_CALLBACK_KEY"),
    )
    server = application.listen(port, "localhost")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(f"Partner site is ready at http://localhost:{port}", flush=True)
    await stop.wait()
    server.stop()
    await server.close_all_connections()


if __name__ == "__main__":
    asyncio.run(main())
