"""(a) The upper bound: a bare Tornado server that answers on the channel and keeps nothing."""

import asyncio
import json
import os

import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Channel(WebSocketHandler):
    """Acknowledges every answer at once."""

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        """Allow any origin."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose the first."""
        return subprotocols[0] if subprotocols else None

    def open(self) -> None:
        """Send small messages at once (TCP_NODELAY)."""
        self.set_nodelay(True)

    def on_message(self, message: str | bytes) -> None:
        """Parse the message and answer it."""
        received = json.loads(message)
        if received["type"] == "answer":
            self.write_message(json.dumps({"type": "ack", "seq": received["seq"]}))
        else:
            self.write_message(json.dumps({"type": "session", "seq": 0}))


async def main() -> None:
    """Print the port, then serve until killed."""
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(Application([("/ws/v1/widget", Channel)])).add_sockets(sockets)
    print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
