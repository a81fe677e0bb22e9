"""Whole lives of visitors on bad networks: what they gave is what the partner reads."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.async_api import async_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.line import Network
from tests.browser.lives import SCRIPT, Device, Life, write_tests
from tests.browser.sites import HostPages, PartnerSite
from tests.conftest import SEED
from tests.support.processes import Gateway

LIVES = int(os.environ.get("LIVES") or 8)
"""How many lives are lived; `make test-lives` runs 300."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AT_ONCE = 16
"""How many visitors take the test at the same time. They wait most of the time."""


@pytest.fixture
def networks(
    gateway: Gateway, site: PartnerSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Network]]:
    """Two networks for each visitor of the same time, for two devices."""
    assert site
    directory = tmp_path_factory.mktemp("lives")
    write_tests(directory)
    gateway.command("test", "import", str(directory))
    with ExitStack() as stack:
        yield [stack.enter_context(Network(gateway.url)) for _ in range(2 * AT_ONCE)]


def test_whatever_the_networks_do_what_was_given_is_stored_and_the_end_is_told_once(
    networks: list[Network], host: HostPages, site: PartnerSite
) -> None:
    # The browser of the other tests has the event loop of this thread.
    with ThreadPoolExecutor(1) as thread:
        lives = thread.submit(asyncio.run, live(networks, host, site)).result()
    assert len(lives) == LIVES
    failed = [life for life in lives if life.faults]
    for life in failed:
        print(*[f"\n{life.name} ({life.test})", *life.faults, *life.log], sep="\n")  # noqa: T201
    assert not failed, f"{len(failed)} of {LIVES} lives failed: {[life.name for life in failed]}"
    assert {life.test for life in lives} == {"life-free", "life-paid"}


async def live(networks: list[Network], host: HostPages, site: PartnerSite) -> list[Life]:
    """Live all lives, AT_ONCE at the same time."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    names = [f"{SEED} {number}" for number in range(LIVES)]
    lives: list[Life] = []
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS) as browser,
    ):

        async def live_on(pair: list[Network]) -> None:
            devices = []
            for name, network in zip(("phone", "desk"), pair, strict=True):
                context = await browser.new_context(locale="en-US", reduced_motion="reduce")
                await context.add_init_script(SCRIPT)
                devices.append(Device(name, context, network))
            while names:
                life = Life(names.pop(0), devices, host, site)
                lives.append(life)
                await life.run()

        async with asyncio.TaskGroup() as group:
            for index in range(0, len(networks), 2):
                group.create_task(live_on(networks[index : index + 2]))
    return lives
