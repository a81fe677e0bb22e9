"""The demo of the portal API: an intranet portal's administrator and a person's device on one page.

Environment: GATEWAY_URL, GATEWAY_CALLBACK_KEY, PORTAL_PORT. `widget-gateway demo` sets them.
"""

import asyncio
import os
import signal
from pathlib import Path

import tornado.locale
from tornado.web import Application, StaticFileHandler

from page import NotFoundPage
from portal import Portal
from portal_pages import ROUTES

HERE = Path(__file__).parent
LOOKS = HERE.parent / "site"
"""The style and the logo are those of the partner's site."""


def make_application(*, gateway_url: str, callback_key: str) -> Application:
    """Make the portal."""
    channel_url = gateway_url.replace("http", "ws", 1)
    policy = [
        "default-src 'none'",
        "script-src 'self'",
        f"connect-src 'self' {channel_url}",
        "img-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]
    portal = {"portal": Portal(gateway_url, callback_key)}
    return Application(
        [
            *((path, page, portal) for path, page in ROUTES),
            (r"/looks/(site\.css|logo\.svg)", StaticFileHandler, {"path": LOOKS}),
        ],
        default_handler_class=NotFoundPage,
        template_path=HERE / "templates",
        static_path=HERE / "static",
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax"},
        security_policy="; ".join(policy),
        gateway_url=gateway_url,
    )


async def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    port = int(os.environ.get("PORTAL_PORT", "8001"))
    tornado.locale.load_translations(str(HERE / "translations"))
    tornado.locale.set_default_locale("en")
    application = make_application(
        gateway_url=os.environ["GATEWAY_URL"].rstrip("/"),
        callback_key=os.environ["GATEWAY_CALLBACK_KEY"],
    )
    server = application.listen(port, "localhost")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(f"Portal is ready at http://localhost:{port}", flush=True)
    await stop.wait()
    server.stop()
    await server.close_all_connections()


if __name__ == "__main__":
    asyncio.run(main())
