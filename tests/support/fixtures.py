"""Fixtures of all tests: a real MongoDB, a gateway in the test's loop or as a process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port
from tornado.web import Application

from storage.driver.adapter import Driver
from storage.embedded import EmbeddedMongod
from storage.migrations import FORMER_INDEX, USER_KEYS, State
from tests.support.channel_client import ChannelClient
from tests.support.partner_api import PartnerApi
from tests.support.portal_api import PortalApi
from tests.support.portal_device import PortalDevice
from tests.support.processes import Gateway, chosen_driver
from tests.support.qua_api import Qua
from tests.support.waiting import PATIENCE_S, until
from widget_gateway.composition.application import Backend, make_application, open_backend, utc_now
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider, TestPolicy
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.files import (
    bundled_directory,
    files_in,
    read_definition_file,
)
from widget_gateway.services.partners.providers import KeyPair
from widget_gateway.services.spelling.dictionary import SpellingDictionary, load_dictionary
from widget_gateway.settings import Settings

ORIGIN = "https://partner.example"
UNKNOWN = "9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90"
"""A key that nobody has. It is fixed because xdist needs the same test names in each process."""

WORK_VALUES = [[str(number), ["3"]] for number in range(1, 25)]
"""An answer to each question of the free test `work-values`: the middle of five steps."""


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded mongod for all tests that run inside this process."""
    mongod = EmbeddedMongod(tmp_path_factory.mktemp("mongod"))
    # `asyncio.run` would unset the loop that pytest-tornado has already made for the test.
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete(mongod.start())
    loop.run_until_complete(mongod.stop())
    loop.close()


@pytest.fixture(scope="session")
def bundled() -> list[tuple[Path, Definition]]:
    """The bundled tests, read once for all tests, since reading YAML is slow."""
    return [(path, read_definition_file(path)) for path in files_in(bundled_directory())[0]]


@pytest.fixture(scope="session")
def data_dir(request: pytest.FixtureRequest) -> Path:
    """The data directory of nodes in this process; pytest's cache keeps it between runs."""
    directory: Path = request.config.cache.mkdir("data")
    return directory


@pytest.fixture(scope="session")
def spelling_data_dir(data_dir: Path) -> Path:
    """The data directory with the real dictionary of spelling in it."""
    load_dictionary(data_dir)
    return data_dir


@pytest.fixture(scope="session")
def spelling_dictionary(spelling_data_dir: Path) -> SpellingDictionary:
    """The real dictionary; if none is kept, one of the processes that run tests makes it."""
    return load_dictionary(spelling_data_dir)


@pytest.fixture(scope="session")
def client(mongodb_uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """A driver of the tests' own, to look at what is stored. Its writes wait for no majority."""
    with MongoClient(mongodb_uri, tz_aware=True, uuidRepresentation="standard", w=1) as opened:
        yield opened


@pytest.fixture
def database(client: MongoClient[dict[str, Any]]) -> Database[dict[str, Any]]:
    """The test's database, emptied. Its collections stay, since making them is slow."""
    emptied = client["tests"]
    for name in _filled_collections(emptied):
        emptied[name].delete_many({})
    _make_migrated(emptied)
    return emptied


def _make_migrated(database: Database[dict[str, Any]]) -> None:
    """Let nothing wait to be migrated, whatever the test before has left."""
    present = database["migrations"].find_one({"_id": USER_KEYS})
    if present is None or present["state"] != State.FINISHED.value:
        finished = {"state": State.FINISHED.value, "place": None, "key_place": None}
        database["migrations"].replace_one(
            {"_id": USER_KEYS}, finished | {"seen": 0, "added": 0}, upsert=True
        )
        if FORMER_INDEX.document["name"] in database["provider_users"].index_information():
            database["provider_users"].drop_index(FORMER_INDEX.document["name"])


def _filled_collections(database: Database[dict[str, Any]]) -> list[str]:
    """Find the collections to be emptied by one query, which is faster than emptying all.

    `migrations` is left out: it tells that nothing has to be migrated. So is what belongs to the
    database itself, such as a record of operations that ended after a test that counted them.
    """
    found = database["none"].aggregate(
        [
            {"$unionWith": {"coll": name, "pipeline": [{"$limit": 1}, {"$project": {"_id": name}}]}}
            for name in database.list_collection_names()
            if name != "migrations" and not name.startswith("system.")
        ]
    )
    return [row["_id"] for row in found]


@pytest.fixture
def settings(mongodb_uri: str, database: Database[dict[str, Any]], data_dir: Path) -> Settings:
    """Settings of a node over the test's database."""
    return Settings(
        mongodb_uri=mongodb_uri,
        database=database.name,
        data_dir=str(data_dir),
        driver=Driver(chosen_driver()),
        jwt_secret="secret of the tests",
        pin_pepper="pepper of the tests",
        callback_key="callback key of the tests",
    )


@contextmanager
def running_backend(io_loop: IOLoop, settings: Settings) -> Iterator[Backend]:
    """Open a backend and run its background work on the test's event loop."""
    stack = AsyncExitStack()

    async def open_all() -> tuple[Backend, list[asyncio.Task[None]]]:
        opened = await stack.enter_async_context(open_backend(settings, creates=True))
        tasks = [asyncio.ensure_future(work) for work in opened.background_work()]
        await opened.search_feed.ready()
        await until(lambda: all(stream.is_trusted for stream in opened.streams))
        return opened, tasks

    async def close_all() -> None:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await opened.services.public.node.tasks.cancel()
        await stack.aclose()

    opened, background = io_loop.run_sync(open_all)
    yield opened
    io_loop.run_sync(close_all)


@pytest.fixture(scope="session")
def catalogue_rows() -> dict[str, list[dict[str, Any]]]:
    """The rows that the first import of the bundled tests stored; later tests insert them."""
    return {}


@pytest.fixture
def backend(
    io_loop: IOLoop,
    settings: Settings,
    database: Database[dict[str, Any]],
    bundled: list[tuple[Path, Definition]],
    catalogue_rows: dict[str, list[dict[str, Any]]],
) -> Iterator[Backend]:
    """This node's backend, with the bundled tests in its catalogue."""
    with running_backend(io_loop, settings) as opened:

        async def import_all() -> None:
            for path, definition in bundled:
                await opened.services.public.catalogue.add(path, definition)

        if not catalogue_rows:
            io_loop.run_sync(import_all)
            catalogue_rows |= {n: list(database[n].find()) for n in ("tests", "test_versions")}
        else:
            for name, rows in catalogue_rows.items():
                database[name].insert_many(rows)
        yield opened


@pytest.fixture
def app(backend: Backend) -> Application:
    """The application that pytest-tornado serves at `base_url`."""
    return make_application(backend.services)


@pytest.fixture
def other_node_url(io_loop: IOLoop, backend: Backend, settings: Settings) -> Iterator[str]:
    """The URL of a second node over the same database, with a backend of its own."""
    assert backend
    with running_backend(io_loop, settings) as other:
        sock, port = bind_unused_port()
        server = HTTPServer(make_application(other.services))
        server.add_socket(sock)
        yield f"http://127.0.0.1:{port}"
        server.stop()
        io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def http_client(http_server: HTTPServer) -> Iterator[AsyncHTTPClient]:
    """The HTTP client of a test. A call may wait in its queue as long as a slow machine takes."""
    assert http_server
    patient = {"connect_timeout": PATIENCE_S, "request_timeout": PATIENCE_S}
    client = AsyncHTTPClient(defaults=patient)
    yield client
    client.close()


@pytest.fixture
def api(http_client: AsyncHTTPClient, base_url: str) -> PartnerApi:
    """A partner's server, which calls this node."""
    return PartnerApi(http_client, base_url)


@pytest.fixture
def portal(http_client: AsyncHTTPClient, base_url: str, settings: Settings) -> PortalApi:
    """The portal's server and the devices of its people, which call this node."""
    return PortalApi(http_client, base_url, str(settings.callback_key))


@pytest.fixture
def elsewhere(http_client: AsyncHTTPClient, other_node_url: str, settings: Settings) -> PortalApi:
    """The portal's server and devices, which call another node."""
    return PortalApi(http_client, other_node_url, str(settings.callback_key))


@pytest.fixture
def qua(
    http_client: AsyncHTTPClient, base_url: str, backend: Backend, spelling_data_dir: Path
) -> Qua:
    """A client of QUA without a token, which makes users that have one."""
    assert spelling_data_dir
    return Qua(http_client, base_url, backend.services.qua.users)


@pytest.fixture
def connect(
    io_loop: IOLoop, http_server: HTTPServer, base_url: str
) -> Iterator[Callable[..., Awaitable[ChannelClient]]]:
    """Connect a widget to this node or to the node at `url`; all leave when the test ends."""
    assert http_server
    clients: list[ChannelClient] = []

    async def connect_to(url: str = base_url, **options: Any) -> ChannelClient:
        clients.append(await ChannelClient.connect(url, **({"origin": ORIGIN} | options)))
        return clients[-1]

    async def leave() -> None:
        await asyncio.gather(*(client.leave() for client in clients))

    yield connect_to
    io_loop.run_sync(leave)


@pytest.fixture
def sign_on(
    io_loop: IOLoop, portal: PortalApi, base_url: str
) -> Iterator[Callable[..., Awaitable[PortalDevice]]]:
    """Open the portal channel of this node or of the node at `url`; all leave when the test ends.

    It is opened with `tokens`, or with those of a new sign-in of the usual person.
    """
    devices: list[PortalDevice] = []

    async def open_channel(
        tokens: dict[str, Any] | None = None, url: str = base_url, **options: Any
    ) -> PortalDevice:
        tokens = tokens or await portal.signed_in()
        devices.append(await PortalDevice.sign_on(url, tokens["access_token"], **options))
        devices[-1].tokens = tokens
        return devices[-1]

    async def leave() -> None:
        await asyncio.gather(*(device.leave() for device in devices))

    yield open_channel
    io_loop.run_sync(leave)


@pytest.fixture
def register(backend: Backend) -> Callable[..., Awaitable[KeyPair]]:
    """Make a provider inside a coroutine from its slug and the fields that matter to the test."""

    async def create(slug: str = "college", **fields: Any) -> KeyPair:
        provider = Provider(
            **{
                "slug": ProviderSlug(slug),
                "name": slug.title(),
                "created_at": utc_now(),
                "origins": (ORIGIN,),
                "allow_no_origin": True,
                "payment_policy": PaymentPolicy.POSTPAID,
                "test_policy": TestPolicy.UNLIMITED,
            }
            | fields
        )
        return await backend.services.partner.providers.create(provider)

    return create


@pytest.fixture
def make_provider(
    io_loop: IOLoop, register: Callable[..., Awaitable[KeyPair]]
) -> Callable[..., KeyPair]:
    """Make a provider outside of a coroutine: `make_provider("college", access_limit=5)`."""
    return lambda *slugs, **fields: io_loop.run_sync(lambda: register(*slugs, **fields))


@pytest.fixture
def college(make_provider: Callable[..., KeyPair]) -> KeyPair:
    """The provider of most tests: postpaid, with any number of results."""
    return make_provider("college")


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """The log entries of the test, as structlog's event dictionaries."""
    with capture_logs(processors=[merge_contextvars]) as captured:
        yield captured


@pytest.fixture
def take_test(connect: Callable[..., Awaitable[ChannelClient]]) -> Callable[..., Awaitable[str]]:
    """Let a visitor take the whole of `work-values`; return its RESULT_KEY."""

    async def take(provider: str = "college", **fields: Any) -> str:
        visitor = await connect()
        await visitor.open(provider, **{"test": "work-values", "answers": WORK_VALUES} | fields)
        await visitor.send("finish")
        key = (await visitor.expect("finished"))["result_key"]
        await visitor.leave()
        return str(key)

    return take


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway as a process over an embedded mongod of its own; the test calls `start()`."""
    process = Gateway(tmp_path / "data")
    yield process
    process.stop()
