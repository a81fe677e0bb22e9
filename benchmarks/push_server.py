"""A gateway with one more call, `/loop`: write a frame to every open channel, and nothing else.

So the bare loop of writes, which the delivery of a push is held against, goes to the same sockets
of the same processes. All the rest is what `widget-gateway serve` runs.
"""

import asyncio
import json
import os
from typing import Any

import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import RequestHandler

from handlers.services import Services
from widget_gateway.composition.application import make_application, open_backend
from widget_gateway.logs import configure_logs
from widget_gateway.server import READ_CHUNK_BYTES
from widget_gateway.settings import read_settings


class LoopHandler(RequestHandler):
    """`POST /loop` with a frame as its body."""

    def initialize(self, services: Services) -> None:
        """Take what knows the channels."""
        self._services = services

    def post(self) -> None:
        """The least that can be done for it."""
        frame = self.request.body
        channels: Any = self._services.channels
        for channel in channels:
            channel.ws_connection.stream.write(frame)


async def main() -> None:
    """Serve until killed; tell the port."""
    settings = read_settings()
    configure_logs(settings)
    async with open_backend(settings) as backend:
        background = [asyncio.ensure_future(work) for work in backend.background_work()]
        application = make_application(backend.services)
        application.add_handlers(
            ".*", [("/loop", LoopHandler, {"services": backend.services.channel})]
        )
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(application, chunk_size=READ_CHUNK_BYTES)
        server.add_sockets(sockets)
        print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
        await asyncio.gather(*background)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
