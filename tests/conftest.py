"""The cast of the tests: a real MongoDB, a gateway inside the test's loop, or as a process."""

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop
from tornado.web import Application

from storage.embedded import EmbeddedMongod
from tests.processes import Gateway
from widget_gateway.app import Backend, make_application, open_backend, utc_now
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.providers import PaymentPolicy, Provider, TestPolicy
from widget_gateway.services.catalogue import (
    bundled_directory,
    definition_files,
    read_definition_file,
)
from widget_gateway.services.providers import KeyPair
from widget_gateway.settings import Settings

ORIGIN = "https://partner.example"


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded mongod for all tests that run inside this process."""
    mongod = EmbeddedMongod(tmp_path_factory.mktemp("mongod"))
    # pytest-tornado asks for fixtures late: `asyncio.run` would take its test's loop away.
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete(mongod.start())
    loop.run_until_complete(mongod.stop())
    loop.close()


@pytest.fixture
def settings(mongodb_uri: str) -> Settings:
    """Settings with a database of the test's own."""
    return Settings(
        mongodb_uri=mongodb_uri,
        database=f"test_{uuid.uuid4().hex[:16]}",
        jwt_secret="secret of the tests",
        pin_pepper="pepper of the tests",
        callback_key="callback key of the tests",
    )


@pytest.fixture
def backend(io_loop: IOLoop, settings: Settings) -> Iterator[Backend]:
    """A connected backend with its background work, on the test's loop, and the bundled tests."""
    stack = AsyncExitStack()

    async def open_all() -> tuple[Backend, list[asyncio.Task[None]]]:
        opened = await stack.enter_async_context(open_backend(settings))
        for path in definition_files([bundled_directory()]):
            await opened.services.catalogue.add(path, read_definition_file(path))
        return opened, [asyncio.ensure_future(work) for work in opened.background_work()]

    opened, background = io_loop.run_sync(open_all)
    yield opened

    async def close_all() -> None:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await opened.services.tasks.cancel()
        await stack.aclose()

    io_loop.run_sync(close_all)


@pytest.fixture
def app(backend: Backend) -> Application:
    """What pytest-tornado serves at `base_url`."""
    return make_application(backend.services)


@pytest.fixture
def make_provider(io_loop: IOLoop, backend: Backend) -> Callable[..., KeyPair]:
    """Register a provider: `make_provider("college", access_limit=5)`; returns its keys."""

    def make(slug: str = "college", **given: Any) -> KeyPair:
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
            | given
        )
        return io_loop.run_sync(lambda: backend.services.providers.create(provider))

    return make


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway as its own process over its own embedded mongod; `start()` it when needed."""
    process = Gateway(tmp_path / "data")
    yield process
    process.stop()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The customer's data, which lies beside the project here and in CI only."""
    path = Path(__file__).parents[2] / "shared" / "data"
    if not path.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("the customer's data is not beside this checkout")
    return path
