"""The demo's page of the intranet portal: a device and an administrator, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import CALLBACK_KEY, PortalSite
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

PIN = "0042"


@pytest.fixture
def page(new_visitor: NewVisitor, portal: PortalSite) -> Iterator[Page]:
    """The page in English; the person has the PIN and is signed in nowhere."""
    opened = new_visitor().page
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(portal.url)
    set_pin(opened)
    delete_sessions(opened)
    yield opened
    assert faults == []


def device(page: Page) -> Locator:
    return page.get_by_role("region", name="The device")


def admin(page: Page) -> Locator:
    return page.get_by_role("region", name="The portal's administrator")


def set_pin(page: Page, pin: str = PIN) -> None:
    admin(page).get_by_label("PIN for").fill(pin)
    admin(page).get_by_role("button", name="Set the PIN").click()
    expect(admin(page).get_by_text("The PIN is set.")).to_be_visible()


def sign_in(page: Page, pin: str = PIN) -> None:
    device(page).get_by_label("PIN").fill(pin)
    device(page).get_by_role("button", name="Sign in with the PIN").click()


LONGEST_PAUSE_MS = 60_000
"""How long to wait for a device that connects again, in milliseconds: it pauses for up to half a
minute between two tries."""


def is_online(page: Page, patience_ms: float = 15_000) -> None:
    expect(device(page).get_by_text("Online")).to_be_visible(timeout=patience_ms)


def push(page: Page, title: str) -> None:
    admin(page).get_by_label("Title").fill(title)
    admin(page).get_by_role("button", name="Push the event").click()


def event(page: Page, title: str) -> Locator:
    return device(page).get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))


def delete_sessions(page: Page) -> None:
    admin(page).get_by_role("button", name="Show the sessions").click()
    row = admin(page).get_by_role("button", name=re.compile("^Delete"))
    listed = row.or_(admin(page).get_by_text("No session."))
    expect(listed.locator("visible=true").first).to_be_visible()
    while count := row.count():
        row.first.click()
        expect(row).to_have_count(count - 1)


def test_an_event_arrives_and_is_acknowledged_for_good(page: Page) -> None:
    sign_in(page)
    is_online(page)
    push(page, "Read the plan")
    push(page, "Read the other plan")
    expect(device(page).get_by_role("listitem")).to_have_count(2)
    event(page, "Read the plan").get_by_role("button", name="Acknowledge").click()
    expect(event(page, "Read the plan").get_by_text("it comes no more")).to_be_visible()
    device(page).get_by_role("button", name="Sign the device out").click()
    sign_in(page)
    is_online(page)
    expect(event(page, "Read the other plan")).to_be_visible()
    expect(event(page, "Read the plan")).to_have_count(0)
    event(page, "Read the other plan").get_by_role("button", name="Acknowledge").click()


def test_the_session_ends_on_the_device_when_the_portal_deletes_it(page: Page) -> None:
    sign_in(page)
    is_online(page)
    delete_sessions(page)
    expect(device(page).get_by_text("The session has ended")).to_be_visible()
    expect(device(page).get_by_role("button", name="Sign in with the PIN")).to_be_visible()
    sign_in(page)
    is_online(page)


def test_a_wrong_pin_is_told_in_words(page: Page) -> None:
    sign_in(page, "9999")
    expect(device(page).get_by_text("The login or the PIN is wrong")).to_be_visible()
    sign_in(page)
    is_online(page)


def test_a_faulty_pin_of_the_portal_is_told_in_words(page: Page) -> None:
    admin(page).get_by_label("PIN for").fill("12a4")
    admin(page).get_by_role("button", name="Set the PIN").click()
    expect(admin(page).get_by_text("A PIN is exactly four digits.")).to_be_visible()


def test_the_device_comes_back_by_itself_after_a_crash(page: Page, restarted: Gateway) -> None:
    sign_in(page)
    is_online(page)
    restarted.kill()
    expect(device(page).get_by_text(re.compile("Offline|Connecting"))).to_be_visible()
    restarted.start()
    is_online(page, LONGEST_PAUSE_MS)
    push(page, "After the crash")
    expect(event(page, "After the crash")).to_be_visible()
    event(page, "After the crash").get_by_role("button", name="Acknowledge").click()


def test_all_of_it_works_by_keyboard(page: Page) -> None:
    device(page).get_by_label("PIN").focus()
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    is_online(page)
    expect(page.locator("#state")).to_be_focused()
    admin(page).get_by_label("Title").fill("By keyboard")
    page.keyboard.press("Enter")
    button = event(page, "By keyboard").get_by_role("button", name="Acknowledge: By keyboard")
    button.focus()
    page.keyboard.press("Enter")
    expect(event(page, "By keyboard").get_by_role("heading")).to_be_focused()
    admin(page).get_by_role("button", name="Show the sessions").focus()
    page.keyboard.press("Enter")
    delete = admin(page).get_by_role("button", name=re.compile("^Delete"))
    expect(delete).to_have_count(1)
    page.keyboard.press("Tab")
    expect(delete).to_be_focused()
    page.keyboard.press("Enter")
    expect(device(page).get_by_text("The session has ended")).to_be_visible()
    expect(admin(page).get_by_role("button", name="Show the sessions")).to_be_focused()


def test_the_keys_are_in_no_page(page: Page, portal: PortalSite) -> None:
    for path in ("/", "/sessions", "/static/portal-page.js"):
        answer = page.request.get(portal.url + path)
        assert answer.ok
        assert CALLBACK_KEY not in answer.text() + str(answer.headers)
    for path in ("/pin", "/push", "/sessions", "/sign-in"):
        assert page.request.post(portal.url + path, data={"pin_code": "0042"}).status == 403


def test_it_fits_a_phone_and_speaks_russian(new_visitor: NewVisitor, portal: PortalSite) -> None:
    phone = new_visitor(language="ru", viewport={"width": 320, "height": 640}, locale="ru-RU").page
    phone.goto(f"{portal.url}/?lang=ru")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Интранет-портал")
    expect(phone.get_by_text("Вход не выполнен")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
