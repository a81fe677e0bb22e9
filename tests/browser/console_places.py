"""A gateway in which each page of the console has something to show, and the addresses of all."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pyotp
from playwright.sync_api import Browser, Page

from tests.browser.sites import CALLBACK_KEY, HostPages, element, script
from tests.browser.visitor import Visitor
from tests.catalogue.test_definitions import VALID
from tests.console.routes import NO_DRAFT, ROUTES, UNKNOWN
from tests.support.console import PASSWORD
from tests.support.fixtures import WORK_VALUES
from tests.support.portal_api import ANDROID, LOGIN, PERSON, PIN, UPDATE
from tests.support.processes import Gateway
from widget_gateway.services.catalogue.files import bundled_directory

ADMIN, PARTNER, HALF, NOBODY = "anna", "olga", "boris", ""
"""Logins: an admin, a partner, an admin who has shown the password only; and nobody's."""

USER = "student 7"
DRAFTS = "/console/tests/drafts/"

LENGTH = 24
"""The questions of `work-values`."""

NO_PAGES = ("/report/", "/versions/1/", "/trail/export/", "/answers/")
"""How addresses end that lead elsewhere, or answer with a file or a document of its own."""

MAKE_ACCOUNTS = f"""
import asyncio, json
from widget_gateway.composition.application import open_backend
from widget_gateway.domain.console.limits import Limit
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.partners.providers import PaymentPolicy
from widget_gateway.settings import read_settings

LIMIT = Limit(payment_policy=PaymentPolicy.PREPAID, access_limit=500, overdraft=5)

async def main():
    async with open_backend(read_settings()) as backend:
        accounts, factors = backend.console.accounts, backend.console.second_factors

        async def make(login, role, provider=None, password={PASSWORD!r}):
            return await accounts.create(
                login=login, name=login.title(), role=role, provider=provider,
                password=password, locale=None,
            )

        anna = await make({ADMIN!r}, Role.ADMIN)
        boris = await make({HALF!r}, Role.ADMIN)
        await make({PARTNER!r}, Role.PARTNER, "college")
        invited = await make("ivan", Role.SUPPORT, password=None)
        college = await backend.services.partner.providers.get("college")
        await backend.services.console.limits.ask(college, LIMIT, boris)
        await factors.give_totp(boris.id)
        print(json.dumps({{
            "account": str(boris.id),
            "invitation": await accounts.invite(invited.id),
            "secret": await factors.give_totp(anna.id),
        }}))

asyncio.run(main())
"""


@dataclass(frozen=True)
class Place:
    """A page of the console, and the login of who looks at it."""

    login: str
    path: str


class Console:
    """The console of a gateway that has something of everything."""

    def __init__(self, gateway: Gateway, browser: Browser, host: HostPages, folder: Path) -> None:
        self.gateway = gateway
        self._browser = browser
        gateway.command("test", "import", str(bundled_directory()))
        for number in (1, 2):
            file = folder / f"{number}.yaml"
            file.write_text(VALID.replace("One", f"One {number}"), "utf-8")
            gateway.command("test", "import", str(file))
        keys = gateway.command(
            *("provider", "create", "--slug", "college", "--name", "The College"),
            *("--access-limit", "2", "--test-policy", "unlimited", "--origin", host.url),
            *("--main-test", "work-values", "--brand-name", "College", "--price", "99.50"),
        )
        gateway.command("provider", "create", "--slug", "school", "--name", "School")
        school = gateway.command("provider", "rotate-key", "school")
        self.key_id = sha256(school["client_key"].encode()).hexdigest()[:10]
        gateway.command("provider", "webhook", "college", "--url", f"{host.url}/hook")
        gateway.command(
            *("qua", "user", "create", "--username", "qua", "--first-name", "Anna"),
            stdin=f"{PASSWORD}\n",
        )
        call(gateway, "api/v1/callback/pin/update", {"X-Callback-Key": CALLBACK_KEY}, UPDATE)
        call(gateway, "api/v1/auth/login", {}, {"ad_login": LOGIN, "pin_code": PIN})
        self._key = keys["client_key"]
        self.result = self._make_result()
        self.attempt = self._leave_attempt(host)
        made = subprocess.run(
            [sys.executable, "-c", MAKE_ACCOUNTS],
            env=gateway.environ,
            check=True,
            capture_output=True,
            text=True,
        )
        self.made = json.loads(made.stdout.splitlines()[-1])
        self.cookies = {NOBODY: []} | {
            login: self._sign_in(login) for login in (ADMIN, PARTNER, HALF)
        }
        self.drafts: list[str] = []
        self.preview = ""
        self._make_drafts()

    def _ask(self, path: str, **fields: Any) -> Any:
        """Call the partner API as the partner's server does."""
        head = {"Authorization": f"Bearer {self._key}"}
        return call(self.gateway, f"partner/api/v3/{path}", head, fields)

    def _make_result(self) -> str:
        """Make a user with a result, and a call that is refused."""
        self._ask("user/register", user_id=USER)
        saved = self._ask("progress/save", user_id=USER, test="work-values", progress=WORK_VALUES)
        try:
            self._ask("user/tests", user_id="nobody")
        except HTTPError as refused:
            refused.close()
        return str(saved["result_key"])

    def _leave_attempt(self, host: HostPages) -> str:
        """Let a visitor leave at the third question."""
        context = self._browser.new_context(locale="en-US")
        visitor = Visitor(context)
        widget = script(self.gateway) + element("work-values")
        visitor.page.goto(host.add("/left", widget))
        visitor.begin()
        visitor.answer(1, 2, lambda _: 0, of=LENGTH)
        visitor.sees_question(3, of=LENGTH)
        session = visitor.started()["session"]
        context.close()
        return str(session)

    def _sign_in(self, login: str) -> list[Any]:
        """Sign an account in as far as this login goes, and return the cookies."""
        context = self._browser.new_context(locale="en-US")
        page = context.new_page()
        page.goto(f"{self.gateway.url}/console/sign-in/")
        page.locator("#login").fill(login)
        page.locator("#password").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        if login == ADMIN:
            page.locator("#code").fill(pyotp.TOTP(self.made["secret"]).now())
            page.locator("form:has(#code) button").first.click()
            page.wait_for_url(f"{self.gateway.url}/console/")
        cookies: list[Any] = context.cookies()
        context.close()
        return cookies

    def _make_drafts(self) -> None:
        """Upload a test with a fault, and one that differs from the published; begin a preview."""
        context = self._browser.new_context(locale="en-US")
        context.add_cookies(self.cookies[ADMIN])
        page = context.new_page()
        for source in (VALID.replace("type: option", "type: nonsense", 1), VALID):
            page.goto(f"{self.gateway.url}{DRAFTS}")
            upload(page, source)
            self.drafts.append(page.url.removeprefix(self.gateway.url).partition("?")[0])
        page.locator("form[action$='preview/'] button").click()
        page.wait_for_url("**/previews/*/**")
        self.preview = page.url.removeprefix(self.gateway.url).partition("?")[0]
        context.close()

    def open(self, login: str = ADMIN, **options: Any) -> Page:
        """Open a tab of somebody who has signed in as far as ADMIN, PARTNER and HALF say."""
        context = self._browser.new_context(reduced_motion="reduce", **options)
        context.add_cookies(self.cookies[login])
        return context.new_page()

    def places(self) -> list[Place]:
        """Return all pages: an admin's, those of a partner, and those before the sign-in."""
        shown = {
            f"/console/accounts/{UNKNOWN}/": f"/console/accounts/{self.made['account']}/",
            f"/console/attempts/attempt/{UNKNOWN}/": f"/console/attempts/attempt/{self.attempt}/",
            "/console/people/address/": "/console/people/address/?address=127.0.0.1",
            "/console/people/person/": f"/console/people/person/?{urlencode({'id': PERSON})}",
            "/console/providers/college/users/user/": (
                f"/console/providers/college/users/user/?{urlencode({'user_id': USER})}"
            ),
            "/console/qua/users/999/": "/console/qua/users/1/",
            "/console/qua/users/999/password/": "/console/qua/users/1/password/",
            "/console/qua/users/999/removal/": "/console/qua/users/1/removal/",
            f"{DRAFTS}{NO_DRAFT}/": self.drafts[1],
            f"{DRAFTS}{NO_DRAFT}/source/": f"{self.drafts[0]}source/?file=sample.yaml",
            f"{DRAFTS}{NO_DRAFT}/comparison/": f"{self.drafts[1]}comparison/?test=sample",
            f"/console/tests/previews/_{NO_DRAFT}/": self.preview,
            "/console/tests/test/work-values/comparison/": (
                "/console/tests/test/sample/comparison/?old=1&new=2&results=yes"
            ),
        }
        of_admin = [
            shown.get(row.example, row.example)
            for row in ROUTES
            if row.looks and row.looks != "*" and not row.example.endswith(NO_PAGES)
        ]
        asked = urlencode({"provider": "college", "user_id": USER})
        more = [
            self.drafts[0],
            "/console/providers/?q=nobody",
            "/console/providers/school/keys/?end=" + self.key_id,
            "/console/providers/college/?world=sandbox&days=7",
            f"/console/attempts/?{asked}",
            f"/console/attempts/result/{self.result}/",
            "/console/people/?text=i&by=login",
            "/console/trail/?outcome=done",
            "/console/nothing/",
        ]
        of_partner = [
            row.example
            for row in ROUTES
            if "p" in row.looks and row.example.startswith("/console/providers/college/")
            if not row.example.endswith((*NO_PAGES, "/user/"))
        ]
        return [
            *(Place(ADMIN, path) for path in (*of_admin, *more)),
            *(Place(PARTNER, path) for path in (*of_partner, "/console/tests/")),
            Place(NOBODY, "/console/sign-in/"),
            Place(NOBODY, f"/console/invitation/?{urlencode({'token': self.made['invitation']})}"),
            Place(HALF, "/console/second-factor/"),
        ]


def upload(page: Page, source: str) -> None:
    """Upload a test by the form of drafts."""
    page.locator("#files").set_input_files(
        {"name": "sample.yaml", "mimeType": "application/yaml", "buffer": source.encode()}
    )
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/drafts/*/**")


def call(gateway: Gateway, path: str, head: Mapping[str, str], body: Mapping[str, Any]) -> Any:
    """Send JSON to an API of the gateway, and return the answer."""
    request = Request(  # noqa: S310 - the gateway of this test
        f"{gateway.url}/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "User-Agent": ANDROID, **head},
    )
    with urlopen(request) as response:  # noqa: S310
        return json.load(response)
