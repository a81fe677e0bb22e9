"""(b) The obvious way: Tornado and Motor, one document a session, one `update_one` an answer.

Each update is acknowledged by the majority and journaled before its ack is sent, which is the
promise that the gateway gives as well. It checks nothing else, which makes it the faster.
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
    """Stores every answer in the document of its session, then acknowledges it."""

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        """Any."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """The first."""
        return subprotocols[0] if subprotocols else None

    def open(self) -> None:
        """Small messages shall not wait for each other."""
        self.set_nodelay(True)

    async def on_message(self, message: str | bytes) -> None:
        """Parse, store, answer."""
        sessions = self.settings["sessions"]
        received = json.loads(message)
        if received["type"] == "answer":
            await sessions.update_one(
                {"_id": self.session},
                {
                    "$set": {
                        f"answers.{received['question']}": received["value"],
                        "seq": received["seq"],
                    }
                },
            )
            self.write_message(json.dumps({"type": "ack", "seq": received["seq"]}))
        else:
            self.session = str(uuid.uuid4())
            await sessions.insert_one({"_id": self.session, "answers": {}, "seq": 0})
            self.write_message(json.dumps({"type": "session", "session": self.session, "seq": 0}))


async def main(uri: str) -> None:
    """Serve until killed; tell the port."""
    sessions = AsyncIOMotorClient(uri)["benchmark"].get_collection(
        "sessions", write_concern=WriteConcern("majority", j=True)
    )
    sockets = bind_sockets(0, "127.0.0.1")
    application = Application([("/ws/v1/widget", Channel)], sessions=sessions)
    HTTPServer(application).add_sockets(sockets)
    print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
