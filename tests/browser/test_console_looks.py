"""All pages of the console in a real browser: accessible, in both languages, with keys alone."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser.sites import PROVIDER, PartnerSite
from tests.console.routes import ROUTES
from tests.support.console import PASSWORD
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

LOGIN = "looker@example.org"
MAKE_ACCOUNT = f"""
import asyncio
from widget_gateway.composition.application import open_backend
from widget_gateway.domain.console.roles import Role
from widget_gateway.settings import read_settings

async def main():
    async with open_backend(read_settings()) as backend:
        account = await backend.console.accounts.create(
            login={LOGIN!r}, name="Looker", role=Role.ADMIN, provider=None,
            password={PASSWORD!r}, locale=None,
        )
        print(await backend.console.second_factors.give_totp(account.id))

asyncio.run(main())
"""
LOOKS = {
    "en": {"locale": "en-US", "color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "ru": {"locale": "ru-RU", "color_scheme": "dark", "viewport": {"width": 375, "height": 800}},
}
"""Two ways to look: each language, scheme and size is among them."""


def pages() -> list[str]:
    """Return the addresses of all pages that can be looked at without an id made by a test."""
    return [
        row.example
        for row in ROUTES
        if row.looks and not row.example.endswith(("/versions/1/", "/report/", "/as-csv/"))
    ]


@pytest.fixture(scope="module")
def cookie(gateway: Gateway, site: PartnerSite, browser: object) -> dict[str, str]:
    """The cookie of an admin who has signed in with a password and a code."""
    assert site
    made = subprocess.run(
        [sys.executable, "-c", MAKE_ACCOUNT],
        env=gateway.environ,
        check=True,
        capture_output=True,
        text=True,
    )
    context = browser.new_context(locale="en-US")  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{gateway.url}/console/")
    page.get_by_label("Login").fill(LOGIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").click()
    page.get_by_label("Code of the authenticator app").fill(
        pyotp.TOTP(made.stdout.split()[-1]).now()
    )
    page.locator("main form button").click()
    page.wait_for_url(f"{gateway.url}/console/")
    (found,) = context.cookies()
    context.close()
    return {"name": found["name"], "value": found["value"], "url": f"{gateway.url}/console/"}


Opened = Callable[..., Page]


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext], cookie: dict[str, str], gateway: Gateway
) -> Iterator[Opened]:
    """Open a page of the console as an admin; nothing may be blocked or fail in it."""
    faults: list[str] = []

    def opened(path: str, **options: object) -> Page:
        context = new_context(**options)
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                faults.append(f"{page.url}: {message.text}")
                if message.type == "error" and "status of 404" not in message.text
                else None
            ),
        )
        page.goto(f"{gateway.url}{path.replace('college', PROVIDER)}")
        return page

    yield opened
    assert faults == []


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits(open_page: Opened, gateway: Gateway, look: str) -> None:
    found = []
    page = open_page("/console/account/", **LOOKS[look])
    for path in pages():
        page.goto(f"{gateway.url}{path.replace('college', PROVIDER)}")
        assert page.locator("html").get_attribute("lang") == look
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((path, "scrolls sideways"))
        found += [
            (path, rule["id"], node["target"], node["failureSummary"])
            for rule in Axe().run(page).response["violations"]
            for node in rule["nodes"]
        ]
    assert found == []


@pytest.mark.parametrize("path", ["/console/", "/console/providers/", "/console/new-provider/"])
def test_everything_is_reached_by_keys_with_a_visible_focus(open_page: Opened, path: str) -> None:
    page = open_page(path)
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, "
        "textarea, summary')].filter((e) => e.checkVisibility()).length"
    )
    reached = set()
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(() => { const e = document.activeElement; e.dataset.n ??= String(Math.random());"
                "return [e.dataset.n, getComputedStyle(e).outlineStyle, "
                "e.matches('a[href], button, input, select, textarea, summary')].join() })()"
            )
        )
    controls = [each.split(",") for each in reached if each.endswith("true")]
    assert len(controls) == wanted
    assert {outline for _, outline, _ in controls} == {"solid"}


def test_the_skip_link_leads_to_the_content(open_page: Opened) -> None:
    page = open_page("/console/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_forms_work_without_scripts(open_page: Opened, gateway: Gateway) -> None:
    page = open_page("/console/account/", java_script_enabled=False)
    page.locator("#locale").select_option("ru")
    page.locator("form:has(#locale) button").click()
    page.wait_for_url(f"{gateway.url}/console/account/?done=*")
    assert page.locator("html").get_attribute("lang") == "ru"
    page.locator("#locale").select_option("")
    page.locator("form:has(#locale) button").click()
    page.wait_for_url(f"{gateway.url}/console/account/?done=*")
    assert page.locator("html").get_attribute("lang") == "en"
