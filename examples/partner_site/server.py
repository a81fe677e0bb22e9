"""A small partner site: its own process, its own origin, a user of Widget Gateway.

Environment: GATEWAY_URL, GATEWAY_PROVIDER (our public name there), GATEWAY_CLIENT_KEY (our secret
there), PARTNER_PORT. With GATEWAY_CALLBACK_KEY there is the page of the intranet portal, too.
`widget-gateway demo` sets them; the README beside this file tells the rest.
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
            f"script-src 'self' {gateway_url}",  # the widget's modules
            f"connect-src 'self' {gateway_url} {channel_url}",  # test info, and the channel
            f"img-src 'self' {gateway_url}",  # pictures in questions
            "style-src 'self'",  # the widget brings its styles as a constructed sheet
            "frame-src 'self'",  # the report
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types test-widget",  # formatted questions; sanitised by the gateway
        ]
    )


def make_application(
    *, gateway_url: str, provider: str, client_key: str, callback_key: str | None
) -> Application:
    """The site, talking to one gateway as one provider; with a callback key as a portal, too."""
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
        # A new secret a start signs everybody out. A real site keeps its own, and adds
        # secure=True to both cookies, since it has https.
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
