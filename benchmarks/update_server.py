"""(b) The obvious way: Tornado and Motor, a document for each attempt, an update for each answer.

Each `update_one` is acknowledged by a majority and journaled before its ack is sent, which is what
the gateway promises, too. Nothing else is checked, which makes this server faster.
"""

import asyncio
import json
import os
import sys
import uuid

import uvloop
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Channel(WebSocketHandler):
    """Stores every answer in the document of its attempt, then acknowledges it."""

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        """Allow any origin."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose the first."""
        return subprotocols[0] if subprotocols else None

    def open(self) -> None:
        """Send small messages at once (TCP_NODELAY)."""
        self.set_nodelay(True)

    async def on_message(self, message: str | bytes) -> None:
        """Parse the message, store it and answer it."""
        attempts = self.settings["attempts"]
        received = json.loads(message)
        if received["type"] == "answer":
            await attempts.update_one(
                {"_id": self.attempt},
                {
                    "$set": {
                        f"answers.{received['question']}": received["value"],
                        "seq": received["seq"],
                    }
                },
            )
            self.write_message(json.dumps({"type": "ack", "seq": received["seq"]}))
        else:
            self.attempt = str(uuid.uuid4())
            await attempts.insert_one({"_id": self.attempt, "answers": {}, "seq": 0})
            self.write_message(json.dumps({"type": "session", "session": self.attempt, "seq": 0}))


async def main(uri: str) -> None:
    """Print the port, then serve until killed."""
    attempts = AsyncIOMotorClient(uri)["benchmark"].get_collection(
        "attempts", write_concern=WriteConcern("majority", j=True)
    )
    sockets = bind_sockets(0, "127.0.0.1")
    application = Application([("/ws/v1/widget", Channel)], attempts=attempts)
    HTTPServer(application).add_sockets(sockets)
    print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
