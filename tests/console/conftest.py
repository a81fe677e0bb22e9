"""Fixtures of the console's tests."""

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database
from tornado.httpclient import AsyncHTTPClient

from tests.support.console import Console
from widget_gateway.composition.application import Backend
from widget_gateway.services.partners.providers import KeyPair


@pytest.fixture
def console(backend: Backend, http_client: AsyncHTTPClient, base_url: str) -> Console:
    """The console of this node: `admin = await console.sign_in("admin")`."""
    return Console(backend, http_client, base_url)


@pytest.fixture
def make_two_providers(make_provider: Callable[..., KeyPair]) -> list[KeyPair]:
    """Register the providers `college` and `school`."""
    return [make_provider(slug) for slug in ("college", "school")]


@pytest.fixture
def make_provider_rows(
    database: Database[dict[str, Any]], make_provider: Callable[..., KeyPair]
) -> Callable[[int], None]:
    """Make so many providers p000, p001, … quickly, as copies of one."""
    make_provider("p000")

    def make(count: int) -> None:
        row = database["providers"].find_one({"_id": "p000"})
        assert row is not None
        rows = [
            row
            | {
                "_id": f"p{number:03}",
                "name": f"School {number}",
                "keys": [key | {"hash": key["hash"] + bytes([number])} for key in row["keys"]],
            }
            for number in range(count)
        ]
        database["providers"].delete_many({})
        database["providers"].insert_many(rows)

    return make
