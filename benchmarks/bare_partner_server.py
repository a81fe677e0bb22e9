"""The two busiest calls of the partner API, reduced to their statements to the database.

`/get` reads a result and answers with its fields. `/attach` runs the statements of an attach. Each
call has a transaction of its own, and they run one at a time, as they did in the gateway before
attaches had a group commit. Nobody is authenticated, and nothing is checked, scored, counted in
metrics or logged.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import uvloop
from motor.motor_asyncio import AsyncIOMotorClient
from partner_data import PROVIDER, TEST
from pymongo import WriteConcern
from pymongo.read_concern import ReadConcern
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

DURABLE = WriteConcern("majority", j=True)


class Get(RequestHandler):
    """`/get`: a read."""

    async def get(self) -> None:
        """Find the result and answer with its fields."""
        key = UUID(self.get_argument("result_key"))
        row = await self.settings["database"]["results"].find_one({"_id": key})
        self.finish(json.dumps(row, default=str))


class Attach(RequestHandler):
    """`/attach`: a transaction."""

    async def get(self) -> None:
        """Register the user and attach the result."""
        database = self.settings["database"]
        user, key = self.get_argument("user_id"), UUID(self.get_argument("result_key"))
        user_id = {"provider": PROVIDER, "sandbox": False, "user_id": user}
        now = datetime.now(UTC)

        async def work(session: Any) -> None:
            result = await database["results"].find_one(
                {"_id": key, "provider": PROVIDER}, {"test": 1, "user_id": 1}, session=session
            )
            assert result is not None
            await database["provider_users"].find_one({"_id": user_id}, session=session)
            await database["providers"].find_one_and_update(
                {"_id": PROVIDER}, {"$inc": {"access_count": 1}}, session=session
            )
            await database["accesses"].insert_one({"_id": user_id, "at": now}, session=session)
            await database["provider_users"].insert_one(
                {
                    "_id": user_id,
                    "key": uuid4(),
                    "created_at": now,
                    "main": 0,
                    "bonus": 0,
                    "passed": [],
                },
                session=session,
            )
            await database["provider_users"].update_one(
                {"_id": user_id},
                {"$inc": {"main": 1}, "$addToSet": {"passed": TEST}},
                session=session,
            )
            await database["statistics"].update_one(
                {"_id": {"provider": PROVIDER, "sandbox": False, "test": TEST, "part": 0}},
                {"$inc": {"attached": 1}},
                upsert=True,
                session=session,
            )
            await database["results"].update_one(
                {"_id": key}, {"$set": {"user_id": user, "attached_at": now}}, session=session
            )

        async with self.settings["turn"], await self.settings["client"].start_session() as session:
            await session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=DURABLE
            )
        self.finish('{"status":true}')


async def main(uri: str) -> None:
    """Print the port, then serve until killed."""
    client: Any = AsyncIOMotorClient(uri, uuidRepresentation="standard")
    application = Application(
        [("/get", Get), ("/attach", Attach)],
        client=client,
        database=client.get_database("bare", write_concern=DURABLE),
        turn=asyncio.Lock(),
        log_function=lambda _handler: None,
    )
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(application).add_sockets(sockets)
    print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
