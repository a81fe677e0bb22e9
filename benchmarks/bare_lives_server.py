"""The least that a whole visit costs with Tornado and Motor: the channel's messages, no checks.

There is a majority-acknowledged, journaled insert at `open`, such an update at the pause, and such
an insert and update at `finish`. Answers have a group commit like the gateway's: while a bulk
insert is in flight, the next one gathers. Nobody is authenticated; no origin, value or order is
checked; nothing is counted, sent to partners, expired or logged; no attempt can be resumed.

It gets its `session` messages from a file when it starts. They are the gateway's own, so both send
the same bytes, and this server does not even encode them.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Any
from uuid import uuid4

import uvloop
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

DURABLE = WriteConcern("majority", j=True)
MAX_BATCH = 200
_ROW_KEY = Struct(">16sII")


class Journal:
    """The group commit of answers."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._rows: list[dict[str, Any]] = []
        self._waiting: list[Callable[[], None]] = []
        self._wake = asyncio.Event()

    def append(self, row: dict[str, Any], done: Callable[[], None]) -> None:
        """Queue an answer; `done` is called when a majority has it on disk."""
        self._rows.append(row)
        self._waiting.append(done)
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled."""
        insert = {"insert": "answers", "ordered": False, "writeConcern": DURABLE.document}
        while True:
            await self._wake.wait()
            rows, self._rows = self._rows[:MAX_BATCH], self._rows[MAX_BATCH:]
            waiting, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            if not self._rows:
                self._wake.clear()
            reply = await self._database.command(insert | {"documents": rows})
            assert "writeErrors" not in reply, reply
            for done in waiting:
                done()


class Channel(WebSocketHandler):
    """The connection of a visit."""

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        """Allow any origin."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose the first."""
        return subprotocols[0] if subprotocols else None

    def open(self) -> None:
        """Send small messages at once (TCP_NODELAY)."""
        self.set_nodelay(True)

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Do what the message says."""
        received = json.loads(message)
        if received["type"] == "answer":
            self._answer(received)
            return None
        if received["type"] == "finish":
            return self._finish()
        return self._begin(received)

    async def _begin(self, received: dict[str, Any]) -> None:
        self._attempt = uuid4()
        self._template = self.settings["templates"][received["test"]]
        self._answers: dict[str, list[str]] = {}
        self._unacknowledged = 0
        token = secrets.token_urlsafe(32)
        await self.settings["attempts"].insert_one(
            {
                "_id": self._attempt,
                "provider": received["provider"],
                "test": received["test"],
                "locale": received["locale"],
                "state": "running",
                "resume_hash": sha256(token.encode()).digest(),
                "created_at": datetime.now(UTC),
            }
        )
        self._say(self._template["session"] % (self._attempt, token))

    def _answer(self, received: dict[str, Any]) -> None:
        seq, question, value = received["seq"], received["question"], received["value"]
        self._answers[question] = value
        self._unacknowledged += 1
        row = {"_id": _ROW_KEY.pack(self._attempt.bytes, 1, seq), "q": question, "v": value}
        self.settings["journal"].append(row, partial(self._acknowledge, seq))

    def _acknowledge(self, seq: int) -> None:
        self._unacknowledged -= 1
        self._say('{"type":"ack","seq":%d}' % seq)  # noqa: UP031 - the fastest way to say it
        if not self._unacknowledged and len(self._answers) == self._template["pause_after"]:
            self._pausing = asyncio.ensure_future(self._pause())

    async def _pause(self) -> None:
        await self._set({"state": "awaiting_payment"})
        self._say(
            json.dumps(
                {
                    "type": "pause",
                    "after": len(self._answers),
                    "answers": list(self._answers.items()),
                    "session": str(self._attempt),
                },
                separators=(",", ":"),
            )
        )

    async def _finish(self) -> None:
        result = uuid4()
        await self.settings["results"].insert_one(
            {
                "_id": result,
                "attempt": self._attempt,
                "answers": list(self._answers.items()),
                "created_at": datetime.now(UTC),
            }
        )
        await self._set({"state": "finished", "result_key": result})
        self._say('{"type":"finished","result_key":"%s"}' % result)  # noqa: UP031

    async def _set(self, fields: dict[str, Any]) -> None:
        await self.settings["attempts"].update_one({"_id": self._attempt}, {"$set": fields})

    def _say(self, text: str) -> None:
        with contextlib.suppress(WebSocketClosedError):  # The visitor has left.
            self.write_message(text)


async def main(uri: str, templates: dict[str, Any]) -> None:
    """Print the port, then serve until killed."""
    client: Any = AsyncIOMotorClient(uri, uuidRepresentation="standard")
    database = client.get_database("bare", write_concern=DURABLE)
    journal = Journal(database)
    application = Application(
        [("/ws/v1/widget", Channel)],
        attempts=database["attempts"],
        results=database["results"],
        journal=journal,
        templates=templates,
    )
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(application).add_sockets(sockets)
    print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
    await journal.run()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))
