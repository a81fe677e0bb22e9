"""A gateway with an additional call, `/loop`, which writes a frame to every open channel.

The delivery of a push is compared with this bare loop, which writes to the same sockets of the same
processes. Everything else is what `widget-gateway serve` runs.
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
        """Take the services, which know the open channels."""
        self._services = services

    def post(self) -> None:
        """Write the frame to all channels, and do nothing else."""
        frame = self.request.body
        channels: Any = self._services.node.channels
        for channel in channels:
            channel.ws_connection.stream.write(frame)


async def main() -> None:
    """Print the port, then serve until killed."""
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
