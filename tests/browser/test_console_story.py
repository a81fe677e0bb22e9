"""A whole life of the console in a real browser: from the first account to an erased person.

With DOCS_PICTURES=1 the pictures of the guides (docs/images/console-*.png) are taken anew.
"""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import CALLBACK_KEY, HostPages
from tests.browser.visitor import SCREENSHOTS
from tests.catalogue.test_definitions import VALID
from tests.support.console import PASSWORD
from tests.support.portal_api import ANDROID, LOGIN, PIN, UPDATE
from tests.support.processes import Gateway
from tests.support.waiting import wait_for
from widget_gateway.services.catalogue.files import bundled_directory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = Path(__file__).parents[2] / "docs" / "images"
PHONE = {"width": 375, "height": 800}
NEW_PASSWORD = "seven purple elephants dance"
LENGTH = 24
"""The questions of `work-values`."""


@pytest.fixture
def gateway(tmp_path: Path, data_dir: Path) -> Iterator[Gateway]:
    """A gateway of its own, whose limits are confirmed by a second admin."""
    process = Gateway(
        tmp_path / "gateway",
        CALLBACK_KEY=CALLBACK_KEY,
        LIMIT_APPROVALS="on",
        PRIVATE_NETWORKS="127.0.0.0/8,::1/128",
    )
    process.with_dictionary(data_dir)
    process.start()
    yield process
    process.stop()


class Person:
    """Somebody in front of a browser, who knows a password and an authenticator app's secret."""

    def __init__(self, context: BrowserContext, origin: str, login: str, password: str) -> None:
        self.page: Page = context.new_page()
        self.context = context
        self.origin = origin
        self.login = login
        self.password = password
        self.secret = ""
        self._step = 0
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.faults.append(message.text) if "Content Security" in message.text else None
            ),
        )

    def open(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(f"{self.origin}{path}")

    def press(self, name: str) -> None:
        """Press the first button with this name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def show_password(self) -> None:
        """Fill in the sign-in."""
        self.open("/console/sign-in/")
        self.page.get_by_label("Login").fill(self.login)
        self.page.get_by_label("Password").fill(self.password)
        self.press("Sign in")

    def code(self) -> str:
        """Return a code of the app that was not used yet, as soon as there is one."""
        wait_for(lambda: int(time.time()) // 30 + 1 > self._step)
        self._step = max(self._step + 1, int(time.time()) // 30)
        return pyotp.TOTP(self.secret).at(self._step * 30)

    def add_app(self) -> None:
        """Set an authenticator app up, on the page of second factors."""
        self.secret = self.page.locator("#secret").inner_text().replace(" ", "")
        self.page.get_by_label("Code of the app").fill(self.code())
        self.press("Set up")

    def sees(self, text: str) -> None:
        """Wait until a text is on the page."""
        expect(self.page.locator("main")).to_contain_text(text)

    def picture(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture of the page; one for the guides in Russian, too."""
        is_for_docs = "DOCS_PICTURES" in os.environ
        folder = PICTURES if is_for_docs else SCREENSHOTS
        folder.mkdir(exist_ok=True)
        self.page.screenshot(path=folder / f"console-{name}.png", full_page=whole)
        if is_for_docs and not name.startswith("preview"):
            address = self.page.url
            self.page.goto(f"{address}{'&' if '?' in address else '?'}locale=ru")
            self.page.screenshot(path=folder / f"console-{name}.ru.png", full_page=whole)
            self.page.goto(address)


NewPerson = Callable[..., Person]


@pytest.fixture
def new_person(new_context: Callable[..., BrowserContext], gateway: Gateway) -> Iterator[NewPerson]:
    """Open a browser for somebody; passkeys need a host that has a name."""
    people: list[Person] = []
    origin = gateway.url.replace("127.0.0.1", "localhost")

    def make(login: str, password: str = PASSWORD) -> Person:
        people.append(Person(new_context(), origin, login, password))
        return people[-1]

    yield make
    assert [person.faults for person in people if person.faults] == []


def make_account(gateway: Gateway, login: str, role: str) -> None:
    gateway.command(
        *("operator", "create", "--login", login, "--role", role, "--password-stdin"),
        stdin=f"{PASSWORD}\n",
    )


def call_portal(gateway: Gateway, path: str, **fields: str) -> dict[str, object]:
    """Make a call of the portal's server or of a device."""
    request = Request(  # noqa: S310 - the gateway of this test
        f"{gateway.url}/api/v1/{path}",
        data=json.dumps(fields).encode(),
        headers={"X-Callback-Key": CALLBACK_KEY, "Content-Type": "application/json"}
        | {"User-Agent": ANDROID},
    )
    with urlopen(request) as response:  # noqa: S310
        answer: dict[str, object] = json.load(response)
    return answer


def call_partner_api(gateway: Gateway, path: str, key: str, **fields: str) -> None:
    """Make a call of the partner's server."""
    request = Request(  # noqa: S310 - the gateway of this test
        f"{gateway.url}/partner/api/v3/{path}",
        data=urlencode(fields).encode(),
        headers={"Authorization": f"Bearer {key}"},
    )
    with urlopen(request) as response:  # noqa: S310
        assert response.status == HTTPStatus.OK


class Receiver:
    """A partner's server that takes webhooks; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = HTTPStatus.GONE
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_the_life_of_a_console(
    new_person: NewPerson, new_visitor: NewVisitor, gateway: Gateway, host: HostPages
) -> None:
    gateway.command("test", "import", str(bundled_directory()))
    # The first operator is made on the command line and signs in with a second factor.
    make_account(gateway, "anna", "admin")
    anna = new_person("anna")
    anna.show_password()
    anna.sees("Your role needs a second factor")
    use_passkey(anna)
    # The page before names them too, so only the codes themselves tell that this is done.
    expect(anna.page.locator(".codes li").first).to_be_visible()
    anna.open("/console/account/second-factor/")
    anna.add_app()
    anna.sees("The second factor is added.")
    anna.press("Sign out")
    anna.show_password()
    anna.press("Use a passkey")
    anna.sees("Overview")
    anna.press("Sign out")
    anna.show_password()
    anna.page.get_by_label("Code of the authenticator app").fill(anna.code())
    anna.page.locator("form:has(#code)").get_by_role("button").click()
    anna.sees("Overview")
    anna.picture("overview")

    publish_a_test(anna)
    key = register_provider(anna, host)
    olga = invite_partner(anna, new_person)
    with Receiver() as receiver:
        set_a_webhook(olga, receiver)
        result = see_the_funnel_move(olga, new_visitor, gateway, host)
        replay_a_webhook(olga, receiver)
    key = rotate_a_key(olga, key)
    raise_a_limit(anna, new_person, gateway)
    call_partner_api(gateway, "result/attach", key, user_id="student-7", result_key=result)
    download_an_invoice(olga, gateway)
    end_a_sign_in(new_person, gateway)
    export_and_erase(anna)


def end_a_sign_in(new_person: NewPerson, gateway: Gateway) -> None:
    """End a session of the portal, and find it in the trail."""
    call_portal(gateway, "callback/pin/update", **UPDATE)
    call_portal(gateway, "auth/login", ad_login=LOGIN, pin_code=PIN)
    make_account(gateway, "sergey", "support")
    sergey = new_person("sergey")
    sergey.show_password()
    sergey.open("/console/people/")
    sergey.page.get_by_label("Begins with").fill("ivan")
    sergey.press("Find")
    sergey.page.get_by_role("link", name=LOGIN).click()
    sergey.picture("person")
    sergey.press("End")
    sergey.sees("This person is signed in nowhere.")
    sergey.open("/console/trail/")
    sergey.sees("sergey")
    expect(sergey.page.locator("main")).to_contain_text(re.compile("[Ss]ession"))
    sergey.picture("trail", whole=False)


def use_passkey(person: Person) -> None:
    """Add a passkey of a virtual authenticator."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    person.page.get_by_label("A name for the passkey").fill("Laptop")
    person.press("Add a passkey")


def publish_a_test(anna: Person) -> None:
    """Upload a test with a fault, see it beside its line, mend it, preview it, publish it."""
    anna.open("/console/tests/drafts/")
    broken = VALID.replace("type: option", "type: nonsense", 1)
    anna.page.locator("#files").set_input_files(
        {"name": "sample.yaml", "mimeType": "application/yaml", "buffer": broken.encode()}
    )
    anna.press("Upload and check")
    fault = anna.page.locator(".source li.found").first
    expect(fault).to_contain_text("nonsense")
    anna.picture("draft-with-a-fault")
    anna.page.get_by_role("link", name="Mend this file").click()
    source = anna.page.locator("textarea.source")
    source.fill(source.input_value().replace("type: nonsense", "type: option", 1))
    anna.press("Check")
    anna.sees("No fault was found.")
    draft = anna.page.url
    anna.press("Preview")
    for language, start in (("en", "Start the test"), ("ru", "Начать тест")):
        anna.page.locator("#size").select_option("phone")
        anna.page.locator("#locale").select_option(language)
        widget = anna.page.frame_locator("#widget")
        expect(widget.get_by_role("button", name=start)).to_be_visible()
        anna.picture(f"preview-{language}")
    anna.page.goto(draft)
    anna.press("Publish")
    anna.sees("current: new attempts take it")


def register_provider(anna: Person, host: HostPages) -> str:
    """Register a provider; return its live key."""
    anna.open("/console/providers/")
    anna.page.get_by_role("link", name="Register a provider").click()
    anna.page.get_by_label("Slug").fill("college")
    anna.page.get_by_label("Name").first.fill("The College")
    anna.page.get_by_label("Results of an access").select_option("unlimited")
    anna.page.get_by_label("Origins of its pages").fill(host.url)
    anna.page.get_by_label("Price of an access").fill("99.50")
    anna.press("Register")
    anna.sees("New keys of college")
    key = anna.page.get_by_label("Live key").input_value()
    assert re.fullmatch(r"live_[\w-]{43}", key)
    anna.context.grant_permissions(["clipboard-read", "clipboard-write"])
    anna.page.get_by_role("button", name="Copy").first.click()
    expect(anna.page.get_by_role("button", name="Copied")).to_be_visible()
    assert anna.page.evaluate("navigator.clipboard.readText()") == key
    return key


def invite_partner(anna: Person, new_person: NewPerson) -> Person:
    """Invite a partner, who chooses a password and sees only the own provider."""
    anna.open("/console/accounts/")
    anna.page.get_by_label("Login").fill("olga@college.example")
    anna.page.get_by_label("Role").select_option("partner")
    anna.page.get_by_label("Provider").fill("college")
    anna.press("Invite")
    link = anna.page.get_by_label("Link").input_value()
    olga = new_person("olga@college.example", NEW_PASSWORD)
    olga.page.goto(link.replace("127.0.0.1", "localhost"))
    olga.page.get_by_label("New password").fill(NEW_PASSWORD)
    olga.press("Save the password")
    olga.show_password()
    olga.page.wait_for_url("**/console/providers/college/")
    menu = olga.page.get_by_role("navigation", name="Menu").get_by_role("link")
    assert menu.all_inner_texts() == ["My pages", "Tests"]
    for foreign in ("/console/", "/console/providers/", "/console/people/", "/console/trail/"):
        olga.open(foreign)
        assert (
            olga.page.url.endswith("/console/providers/college/")
            or olga.page.get_by_text("This did not work").is_visible()
        )
    return olga


def set_a_webhook(olga: Person, receiver: Receiver) -> None:
    """Have events sent to the partner's server."""
    olga.open("/console/providers/college/webhooks/")
    olga.page.get_by_text("Change the webhook").click()
    olga.page.get_by_label("Address").fill(receiver.url)
    olga.press("Set, with a new secret")
    assert olga.page.get_by_label("Secret").input_value().startswith("whsec_")


def replay_a_webhook(olga: Person, receiver: Receiver) -> None:
    """Send a delivery again that the partner's server has refused for good."""
    wait_until_shown(olga, "/console/providers/college/webhooks/?state=failed", "result.finished")
    olga.picture("webhooks")
    receiver.status = HTTPStatus.OK
    olga.page.get_by_role("button", name="Send again").first.click()
    olga.sees("What you asked for is being sent again.")
    wait_until_shown(
        olga, "/console/providers/college/webhooks/?state=delivered", "result.finished"
    )


def wait_until_shown(person: Person, path: str, text: str) -> None:
    """Load a page anew until a text is in its table."""

    def is_shown() -> bool:
        person.open(path)
        return person.page.locator("tbody").get_by_text(text).count() > 0

    wait_for(is_shown)


def download_an_invoice(olga: Person, gateway: Gateway) -> None:
    """Download this month's invoice, which agrees with the command's."""
    month = time.strftime("%Y-%m", time.gmtime())
    olga.open(f"/console/providers/college/invoices/?month={month}")
    olga.sees("99.50")
    olga.picture("invoices")
    with olga.page.expect_download() as loading:
        olga.page.get_by_role("link", name="Download as CSV").click()
    loaded = Path(loading.value.path()).read_text("utf-8-sig")
    printed = gateway.run(
        *("provider", "invoice", "college", "--format", "csv", "--locale", "en")
    ).stdout
    assert loaded.splitlines() == printed.removeprefix("\ufeff").splitlines()
    assert "student-7" in loaded


def export_and_erase(anna: Person) -> None:
    """Export all that is known of a user, and erase it."""
    anna.open("/console/providers/college/privacy/")
    anna.page.locator("form[action$='export/']").get_by_label("Id of the user").fill("student-7")
    with anna.page.expect_download() as loading:
        anna.press("Download")
    assert "work-values" in Path(loading.value.path()).read_text("utf-8")
    erase = anna.page.locator("form[action$='erase/']")
    erase.get_by_label("Id of the user").fill("student-7")
    erase.get_by_label("The same id once more").fill("student-7")
    anna.press("Erase for good")
    anna.sees("The user is erased.")
    anna.open("/console/providers/college/users/")
    expect(anna.page.get_by_text("student-7")).to_have_count(0)


def see_the_funnel_move(
    olga: Person, new_visitor: NewVisitor, gateway: Gateway, host: HostPages
) -> str:
    """Look at the funnel while a visitor takes a test in another window; return the RESULT_KEY."""
    visitor = new_visitor()
    visitor.page.goto(
        host.add(
            "/story",
            f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
            '<test-widget provider="college" test="work-values"></test-widget>',
        )
    )
    visitor.begin()
    visitor.answer(1, 1, lambda _: 0, of=LENGTH)
    visitor.sees_question(2, of=LENGTH)
    visitor.started()
    assert funnel_of(olga)[:2] == ["work-values", "1"]
    visitor.answer(2, LENGTH, lambda _: 0, of=LENGTH)
    visitor.sees("Test completed")
    row = funnel_of(olga)
    assert (row[0], row[1], row[4].split()[0]) == ("work-values", "1", "1")
    olga.picture("provider")
    return str(visitor.heard("finish")[0]["resultKey"])


def funnel_of(olga: Person) -> list[str]:
    """Return the row of the only test in the provider's funnel."""
    olga.open("/console/providers/college/")
    return olga.page.get_by_role("region", name="By test").locator("tbody tr > *").all_inner_texts()


def rotate_a_key(olga: Person, old: str) -> str:
    """Make new keys by oneself; return the live one."""
    olga.open("/console/providers/college/keys/")
    olga.picture("keys")
    olga.press("Make new keys")
    olga.sees("New keys of college")
    key = olga.page.get_by_label("Live key").input_value()
    assert key != old
    return key


def raise_a_limit(anna: Person, new_person: NewPerson, gateway: Gateway) -> None:
    """Ask for a new limit, which another admin confirms."""
    anna.open("/console/providers/college/limit/")
    anna.page.get_by_label("Accesses").fill("500")
    anna.press("Ask for it")
    anna.sees("Another admin has to confirm it.")
    make_account(gateway, "boris", "admin")
    boris = new_person("boris")
    boris.show_password()
    boris.add_app()
    boris.open("/console/providers/college/limit/")
    boris.picture("limit")
    boris.press("Confirm")
    boris.sees("The new limit counts.")
    assert gateway.command("provider", "show", "college")["access_limit"] == 500
