"""A gateway for all rehearsals, and the demo site with the mistakes that a test plants."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.sites import NETWORKS
from tests.rehearsal.mistakes import Mistake
from tests.rehearsal.rehearsed import RehearsedSite
from tests.support.processes import Gateway
from widget_gateway.services.catalogue.files import bundled_directory

NewSite = Callable[..., RehearsedSite]


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A running gateway with the bundled tests, which calls webhooks on this machine."""
    process = Gateway(tmp_path_factory.mktemp("gateway"), PRIVATE_NETWORKS=NETWORKS)
    process.start()
    process.command("test", "import", str(bundled_directory()))
    yield process
    process.stop()


@pytest.fixture
def new_site(gateway: Gateway, tmp_path: Path) -> Iterator[NewSite]:
    """Start the demo site with these mistakes: `new_site(mistake, ...)`."""
    browser = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert browser, "these tests need Chromium: `make system` installs it"
    sites: list[RehearsedSite] = []

    def start(*mistakes: Mistake) -> RehearsedSite:
        directory = tmp_path / f"site-{len(sites)}"
        site = RehearsedSite.with_mistakes(gateway, directory, mistakes)
        sites.append(site)
        return site

    yield start
    for site in sites:
        site.stop()
