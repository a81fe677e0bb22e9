"""Suggestions on QUA's page: by keyboard and pointer, for screen readers, phones and the dark."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.test_accessibility import check
from tests.browser.test_qua_desk import PASSWORD, Caller
from tests.browser.visitor import SCREENSHOTS
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

TITLES = ["Больничный лист: куда его сдать", "Больничный по уходу за ребёнком", "Отпуск"]
PHONE = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def asked(gateway: Gateway) -> Caller:
    """A user, in a base with a few questions."""
    gateway.command("qua", "user", "create", "--username", "vera", stdin=PASSWORD)
    made = Caller(gateway, "vera")
    for title in TITLES:
        made.call("POST", "questions", {"title": title})
    return made


class Typist:
    """A user who types into the search field."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console",
            lambda message: message.type == "error" and self.faults.append(message.text),
        )
        self.field: Locator = self.page.get_by_role("combobox")
        self.options: Locator = self.page.get_by_role("option")
        self.hits: Locator = self.page.locator(".hit h2 a")
        self.page.goto(f"{url}/qua/")
        self.page.locator("[name=username]").fill("vera")
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator("form button").click()
        expect(self.field).to_be_focused()

    def type(self, text: str, suggestions: int) -> None:
        self.field.press_sequentially(text)
        expect(self.options).to_have_count(suggestions)


@pytest.fixture
def new_typist(new_context: Callable[..., BrowserContext], asked: Caller) -> Callable[..., Typist]:
    return lambda **options: Typist(new_context(**options), asked.gateway.url)


def test_who_goes_on_to_hits_stays_there_when_those_of_the_last_letter_come(
    new_typist: Callable[..., Typist],
) -> None:
    typist = new_typist()
    page = typist.page
    typist.type("больни", 2)
    expect(typist.hits).to_have_count(2)
    page.evaluate("document.querySelector('.hits').dataset.former = ''")
    held: list[Route] = []
    page.route("**/api/search?*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    with page.expect_request("**/api/search?*"):
        typist.field.press_sequentially("ч")
    expect(typist.options).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(typist.hits.nth(1)).to_be_focused()
    held[0].continue_()
    expect(page.locator(".hits[data-former]")).to_have_count(0)
    expect(typist.hits.nth(1)).to_be_focused()
    assert typist.faults == []


def test_the_keyboard_chooses_a_suggestion_closes_the_list_and_goes_on_to_the_hits(
    new_typist: Callable[..., Typist],
) -> None:
    typist = new_typist()
    page, field, options = typist.page, typist.field, typist.options
    expect(field).to_have_attribute("aria-expanded", "false")
    typist.type("больнич", 2)
    expect(typist.hits).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".suggestions [aria-live]")).to_contain_text("2 suggestions")
    check(page)
    page.keyboard.press("ArrowDown")
    expect(field).to_be_focused()
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    chosen = options.nth(0).get_attribute("id")
    expect(field).to_have_attribute("aria-activedescendant", str(chosen))
    check(page)
    page.keyboard.press("ArrowUp")
    expect(options.nth(0)).to_have_attribute("aria-selected", "false")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(field).to_have_value("больнич")
    page.keyboard.press("ArrowDown")
    expect(typist.hits.nth(0)).to_be_focused()
    page.keyboard.press("/")
    typist.type("н", 2)
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(typist.hits.nth(0)).to_be_focused()
    expect(options).to_have_count(0)
    page.keyboard.press("/")
    typist.type("ы", 2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    assert heading.inner_text() in TITLES
    page.go_back()
    expect(typist.hits).to_have_count(2)
    expect(options).to_have_count(0)
    assert typist.faults == []


def test_enter_searches_and_the_pointer_picks(new_typist: Callable[..., Typist]) -> None:
    typist = new_typist()
    typist.type("jngec", 1)  # It is meant for another layout.
    typist.page.keyboard.press("Enter")
    expect(typist.options).to_have_count(0)
    expect(typist.field).to_be_focused()
    typist.field.fill("")
    suggestion = {"text": "отпуск за свой счёт", "kind": "query", "question_id": None}
    body = {"ok": 1, "response": {"suggestions": [suggestion]}}
    typist.page.route("**/api/suggest?*", lambda route: route.fulfill(json=body))
    typist.type("от", 1)
    typist.options.first.click()
    expect(typist.field).to_have_value("отпуск за свой счёт")
    expect(typist.field).to_be_focused()
    expect(typist.options).to_have_count(0)
    expect(typist.hits.first).to_have_text("Отпуск")
    assert typist.faults == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phone-dark", PHONE | {"color_scheme": "dark"}),
        ("desktop", {"viewport": {"width": 1280, "height": 800}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_list_fits_phones_and_the_dark(
    new_typist: Callable[..., Typist], name: str, options: dict[str, Any]
) -> None:
    typist = new_typist(locale="ru-RU", **options)
    typist.type("больнич", 2)
    expect(typist.page.locator(".suggestions [aria-live]")).to_contain_text("2 подсказки")
    typist.page.keyboard.press("ArrowDown")
    width = typist.page.viewport_size
    assert width is not None
    assert typist.page.evaluate("document.documentElement.scrollWidth") <= width["width"]
    assert all(
        box["height"] >= 44 for option in typist.options.all() if (box := option.bounding_box())
    )
    SCREENSHOTS.mkdir(exist_ok=True)
    typist.page.screenshot(path=SCREENSHOTS / f"qua-suggestions-{name}.png")
    check(typist.page)
