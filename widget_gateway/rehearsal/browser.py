"""The browser of a rehearsal: Chromium or one of its kind, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from widget_gateway.rehearsal.device import Device
from widget_gateway.rehearsal.errors import RehearsalRefusedError
from widget_gateway.rehearsal.relay import Relay
from widget_gateway.rehearsal.traffic import Traffic

HEADLESS = ("chromium-headless-shell",)
"""Programs without windows."""

PROGRAMS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("microsoft-edge", "microsoft-edge-stable", "brave-browser"),
)
"""Programs that Playwright can drive, in the order in which they are looked for."""

_ROOT = 0


def find_browser(*, headed: bool) -> str | None:
    """Find an installed browser; None if there is none."""
    names = PROGRAMS if headed else (*HEADLESS, *PROGRAMS)
    return next((path for name in names if (path := shutil.which(name))), None)


@dataclass(frozen=True, kw_only=True)
class Browsers:
    """Opens browser contexts, each as of another device."""

    browser: Browser
    traffic: Traffic
    locale: str
    patience_s: float

    def device(self, **options: Any) -> Device:
        """Open a device without cookies, unless `storage_state` brings some."""
        context = self.browser.new_context(
            locale=self.locale,
            reduced_motion="reduce",
            viewport={"width": 1280, "height": 900},
            ignore_https_errors=False,
            **options,
        )
        return Device(context, self.traffic, self.patience_s)


@contextmanager
def open_browser(  # noqa: PLR0913 - a browser has so many sides
    program: str | None,
    relay: Relay,
    traffic: Traffic,
    *,
    headed: bool,
    locale: str,
    patience_s: float,
) -> Iterator[Browsers]:
    """Start a browser whose connections to the gateway go through the relay.

    Raises:
        RehearsalRefusedError: there is none, or it does not start.
    """
    found = program or find_browser(headed=headed)
    if found is None:
        raise RehearsalRefusedError(
            "No Chromium, Chrome or Edge is installed. Install one (on Debian: apt install "
            "chromium), or name one by --browser PATH."
        )
    # Chromium's own sandbox does not work for root, as in most containers.
    arguments = ["--no-sandbox"] if os.geteuid() == _ROOT else []
    arguments += [
        f"--host-resolver-rules={relay.rule}",
        # Browsers forbid public pages to call this machine, where the relay is.
        f"--ip-address-space-overrides=127.0.0.1:{relay.port}=public",
        "--disable-background-networking",
    ]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=found, args=arguments, headless=not headed
            )
        except Error as error:
            why = error.message.partition("\n")[0]
            raise RehearsalRefusedError(f"The browser {found} does not start: {why}") from None
        try:
            yield Browsers(browser=browser, traffic=traffic, locale=locale, patience_s=patience_s)
        finally:
            browser.close()
