"""Fixtures of the console's tests."""

from collections.abc import Callable

import pytest
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
