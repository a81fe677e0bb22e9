"""The least that a search's answer costs with Tornado: a handler that writes as many bytes."""

import asyncio
import json
import os
import sys

import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler


class Search(RequestHandler):
    """Reads the query and searches for nothing."""

    def get(self) -> None:
        """Answer with as many bytes as the gateway does."""
        self.get_argument("query")
        self.set_header("Content-Type", "application/json")
        self.finish(self.settings["answer"])


async def main(size: int) -> None:
    """Print the port, then serve until killed."""
    application = Application(
        [("/api/search", Search)],
        answer=b" " * size,
        compress_response=True,
        log_function=lambda _handler: None,
    )
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(application).add_sockets(sockets)
    print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
