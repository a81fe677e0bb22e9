"""The two drivers, Motor and PyMongo, behind the API of PyMongo's AsyncMongoClient.

Stores use the types of this module and can't tell which driver runs. Only this module knows how
Motor differs: for example, `aggregate` and `watch` are not awaited there, and `start_session` is. A
call through a Client, Database or Collection of this module

- ends within the client's wait, whatever state the replica set is in;
- is repeated meanwhile where that is safe. The driver repeats single reads, and writes that it
  numbers so that the server applies them once. This module repeats queries that broke off, and
  `delete_many`. Nothing is repeated inside a transaction, nor are `update_many` and commands, which
  may have been done in part;
- raises the errors of the driver, whose meaning storage/driver/faults.py tells.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Self, cast

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.asynchronous.database import AsyncDatabase

from storage.driver.calls import finishing, heeding, never, outside, repeated, within
from storage.driver.faults import is_unavailable
from storage.driver.waits import GOODBYE_WAIT_S

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]
Cursor = AsyncCursor[Document]
Session = AsyncClientSession

MOTOR_THREADS = 64
"""How many threads Motor may use; it makes each call in a thread. Each of the about ten change
streams of a process holds a thread nearly all the time, and each call that waits for a primary
holds a thread for seconds. Motor's default, five for each core, would not be enough. A waiting
thread costs some KB."""


class Driver(StrEnum):
    """The drivers that the gateway can use."""

    MOTOR = "motor"
    PYMONGO = "pymongo"


def make_client(driver: Driver, uri: str, wait_s: float, **options: Any) -> Client:
    """Make a client whose calls end within `wait_s` seconds. The first call connects.

    Raises:
        pymongo.errors.PyMongoError, ValueError: the URI can't be read.
    """
    if driver is Driver.PYMONGO:
        return cast("Client", _Client(AsyncMongoClient(uri, **options), wait_s))
    os.environ.setdefault("MOTOR_MAX_WORKERS", str(MOTOR_THREADS))  # Motor reads it on import.
    from motor.motor_asyncio import AsyncIOMotorClient  # noqa: PLC0415 - after the line above

    return cast("Client", _Client(AsyncIOMotorClient(uri, **options), wait_s))


def with_wait(database: Database, wait_s: float) -> Database:
    """Return the same database with another limit, in seconds, of how long a call may take."""
    return cast("Database", _Database(cast("_Database", database).delegate, wait_s))


def wait_of(opened: Client | Database) -> float:
    """Return how many seconds a call to this database, or through this client, may take."""
    return cast("_Client | _Database", opened).wait_s


@asynccontextmanager
async def start_session(client: Client, **options: Any) -> AsyncIterator[Session]:
    """Open a session for a block. At its end, a transaction that is still open is aborted."""
    session = await _awaited(cast("_Client", client).delegate.start_session(**options))
    try:
        is_bridged = not isinstance(session, AsyncClientSession)
        yield cast("Session", _OfMotorClientSession(session) if is_bridged else session)
    finally:
        await session.end_session()


async def _awaited(value: Any) -> Any:
    return await value if isawaitable(value) else value


class _OfMotorClientSession:
    """Motor's session with the methods of PyMongo's.

    Motor takes an object for a session of its own if the name of its class ends like this one's.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self.delegate = session.delegate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def start_transaction(self, **options: Any) -> None:
        self._session.start_transaction(**options)


class _Client:
    def __init__(self, delegate: Any, wait_s: float) -> None:
        self.delegate = delegate
        self.wait_s = wait_s

    @property
    def admin(self) -> "_Database":
        return self.get_database("admin")

    def get_database(self, name: str, **options: Any) -> "_Database":
        return _Database(self.delegate.get_database(name, **options), self.wait_s)

    async def server_info(self) -> Any:
        return await repeated(partial(finishing, self.delegate.server_info), never, self.wait_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        close = self.delegate.close
        with within(GOODBYE_WAIT_S):
            await (close() if iscoroutinefunction(close) else asyncio.to_thread(close))


class _Database:
    def __init__(self, delegate: Any, wait_s: float) -> None:
        self.delegate = delegate
        self.wait_s = wait_s

    def __getitem__(self, name: str) -> "_Collection":
        return _Collection(self.delegate[name], self.wait_s)

    @property
    def codec_options(self) -> Any:
        return self.delegate.codec_options

    @property
    def write_concern(self) -> Any:
        return self.delegate.write_concern

    def get_collection(self, name: str, **options: Any) -> "_Collection":
        return _Collection(self.delegate.get_collection(name, **options), self.wait_s)

    def __getattr__(self, name: str) -> Any:
        """Wrap a method of the driver's database. It is not repeated: it may be done in part."""
        method = getattr(self.delegate, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            made = partial(method, *arguments, **options)
            return await repeated(partial(finishing, made), never, self.wait_s)

        return call


class _Collection:
    def __init__(self, delegate: Any, wait_s: float) -> None:
        self._delegate = delegate
        self._wait_s = wait_s

    def __getattr__(self, name: str) -> Any:
        """Wrap a method of the driver's collection, which ends within the client's wait."""
        method = getattr(self._delegate, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            made = partial(method, *arguments, **options)
            return await repeated(partial(finishing, made), never, self._wait_s)

        return call

    async def delete_many(self, *arguments: Any, session: Any = None, **options: Any) -> Any:
        """Delete; a repeat is safe. The count that is returned is that of the last try."""
        made = partial(self._delegate.delete_many, *arguments, session=session, **options)
        return await repeated(
            partial(finishing, made), outside(session, is_unavailable), self._wait_s
        )

    def with_options(self, **options: Any) -> "_Collection":
        return _Collection(self._delegate.with_options(**options), self._wait_s)

    def find(self, *arguments: Any, session: Any = None, **options: Any) -> "_Cursor":
        query = partial(self._delegate.find, *arguments, session=session, **options)
        return _Cursor(query, session, self._wait_s)

    async def aggregate(self, *arguments: Any, session: Any = None, **options: Any) -> "_Cursor":
        query = partial(self._delegate.aggregate, *arguments, session=session, **options)
        return _Cursor(query, session, self._wait_s)

    async def watch(self, **options: Any) -> "_Stream":
        """Open a change stream. It has no deadline; each of its calls waits for a short time."""
        watch = partial(self._delegate.watch, **options)
        return _Stream(await heeding(lambda: _awaited(watch())))


class _Stream:
    def __init__(self, delegate: Any) -> None:
        self._delegate = delegate

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the driver's stream, such as `alive` or `resume_token`."""
        return getattr(self._delegate, name)

    async def try_next(self) -> Any:
        return await heeding(self._delegate.try_next)

    async def __aenter__(self) -> Self:
        await self._delegate.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._delegate.__aexit__(*error)


class _Cursor:
    """The rows of a query, which is sent, and repeated if it fails, when rows are asked for."""

    def __init__(self, query: Callable[[], Any], session: Any, wait_s: float) -> None:
        self._query = query
        self._session = session
        self._wait_s = wait_s
        self._steps: list[Callable[[Any], Any]] = []
        self._opened: Any = None

    def __getattr__(self, name: str) -> Any:
        """Wrap `sort`, `skip`, `limit` and `batch_size`, each of which returns the cursor."""

        def chain(*arguments: Any) -> "_Cursor":
            self._steps.append(lambda cursor: getattr(cursor, name)(*arguments))
            return self

        return chain

    async def to_list(self, length: int | None = None) -> list[Document]:
        """Return all rows, or the next `length`; an empty list when there are no more.

        Only the first rows are asked for again where that fails. Later ones are lost with the
        cursor of their server.
        """
        if self._opened is not None:
            more = partial(self._opened.to_list, length)
            return cast(
                "list[Document]", await repeated(partial(finishing, more), never, self._wait_s)
            )

        async def read() -> list[Document]:
            cursor = made = self._query()
            if isawaitable(made):  # It is an aggregation of PyMongo.
                cursor = await finishing(lambda: made)
            for step in self._steps:
                cursor = step(cursor)
            rows: list[Document] = await finishing(partial(cursor.to_list, length))
            self._opened = cursor
            return rows

        may_be = outside(self._session, is_unavailable)
        return cast("list[Document]", await repeated(read, may_be, self._wait_s))

    async def __aiter__(self) -> AsyncIterator[Document]:
        for row in await self.to_list():
            yield row
