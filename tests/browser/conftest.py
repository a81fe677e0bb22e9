"""Fixtures of the browser tests: Chromium, a gateway, a partner's site and host pages.

None of them may use Tornado's event loop, since Playwright runs a loop of its own in this thread
for as long as its browser is open.
"""

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect, sync_playwright

from tests.browser.questions import send_picture, write_tests
from tests.browser.sites import (
    CALLBACK_KEY,
    NETWORKS,
    PROVIDER,
    HostPages,
    PartnerSite,
    PortalSite,
    free_port,
)
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway
from widget_gateway.services.catalogue.files import bundled_directory

PATIENCE_MS = 60_000
"""How long a browser waits for what should come at once, in milliseconds: a minute, so that a slow
machine is no fault. A test that passes never waits so long."""

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]

NewVisitor = Callable[..., Visitor]
Take = Callable[..., Visitor]

START = {"en": "Start the test", "ru": "Начать тест"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium, with windows or without."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert chromium, "these tests need Chromium: `make system` installs it"
    expect.set_options(timeout=PATIENCE_MS)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS) as opened,
    ):
        yield opened


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser context, as of another device or person: `new_context(viewport=...)`."""
    contexts = []

    def open_context(**options: Any) -> BrowserContext:
        # Playwright waits for animations before it clicks; without them tests take half as long.
        context = browser.new_context(
            **{
                "locale": "en-US",
                "viewport": {"width": 1280, "height": 900},
                "reduced_motion": "reduce",
            }
            | options
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()


@pytest.fixture
def new_visitor(new_context: Callable[..., BrowserContext]) -> NewVisitor:
    """Open a tab in a context of its own."""

    def open_tab(*, language: str = "en", **options: Any) -> Visitor:
        return Visitor(new_context(**options), language=language)

    return open_tab


@pytest.fixture(scope="package")
def host() -> Iterator[HostPages]:
    """A host of pages that the test writes; the provider allows its origin."""
    pages = HostPages()
    yield pages
    pages.stop()


@pytest.fixture(scope="package")
def foreign_host() -> Iterator[HostPages]:
    """A host of pages that the test writes; the provider does not allow its origin."""
    pages = HostPages()
    yield pages
    pages.stop()


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[Gateway]:
    """A running gateway with the bundled tests. A test that kills it uses `restarted`."""
    directory = tmp_path_factory.mktemp("gateway")
    process = Gateway(directory, CALLBACK_KEY=CALLBACK_KEY, PRIVATE_NETWORKS=NETWORKS)
    process.with_dictionary(data_dir)
    process.start()
    process.command("test", "import", str(bundled_directory()))
    yield process
    process.stop()


@pytest.fixture
def restarted(gateway: Gateway) -> Iterator[Gateway]:
    """A gateway that the test may kill; it is started again afterwards."""
    yield gateway
    if not psutil.pid_exists(gateway.pid):
        gateway.start()


@pytest.fixture(scope="package")
def site(gateway: Gateway, host: HostPages) -> Iterator[PartnerSite]:
    """The partner's site; its provider also allows the origin of `host`."""
    port = free_port()
    keys = gateway.command(
        *("provider", "create", "--slug", PROVIDER, "--name", "College"),
        *("--policy", "postpaid", "--test-policy", "unlimited"),
        *("--origin", f"http://localhost:{port}", "--origin", host.url),
    )
    running = PartnerSite(gateway, port, keys["client_key"])
    yield running
    assert running.stop() == -signal.SIGTERM


@pytest.fixture(scope="package")
def portal(gateway: Gateway) -> Iterator[PortalSite]:
    """The demo's intranet portal."""
    running = PortalSite(gateway, free_port())
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="package")
def small_tests(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Import the tests of tests/browser/questions.py."""
    directory = tmp_path_factory.mktemp("small-tests")
    write_tests(directory)
    gateway.command("test", "import", str(directory))


@pytest.fixture
def take(
    new_visitor: NewVisitor,
    site: PartnerSite,
    host: HostPages,
    gateway: Gateway,
    small_tests: None,
) -> Take:
    """Bring a visitor to the first question of one of the small tests: `take("rating")`.

    With `clock=True` the test moves the browser's clock. `script` runs before all other scripts.
    `pictures` answers the requests for pictures.
    """
    assert site
    assert small_tests is None

    def open_test(
        slug: str,
        *,
        language: str = "en",
        clock: bool = False,
        script: str = "",
        pictures: Callable[[Route], None] = send_picture,
        **options: Any,
    ) -> Visitor:
        visitor = new_visitor(language=language, **options)
        if clock:
            visitor.page.clock.install()
        visitor.page.add_init_script(script)
        visitor.page.route("**/pictures/*", pictures)
        page = (
            f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f'<main><test-widget provider="{PROVIDER}" test="{slug}" heading-level="1">'
            "</test-widget></main>"
        )
        visitor.page.goto(host.add(f"/{slug}/{language}", page, language=language))
        visitor.button(START[language]).click()
        return visitor

    return open_test
