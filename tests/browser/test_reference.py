"""The pages of the reference in a browser: search, examples, copies, phones, and no script."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_accessibility import check
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
CALL = "/docs/partner/result-attach/"

NewContext = Callable[..., BrowserContext]


@pytest.fixture
def open_page(new_context: NewContext, gateway: Gateway) -> Callable[..., Page]:
    """Open a page of the reference in a context of its own; no script may fail on it."""

    def opened(path: str, **options: object) -> Page:
        page = new_context(**options).new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.on("console", lambda said: said.type == "error" and pytest.fail(said.text))
        page.goto(gateway.url + path)
        return page

    return opened


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("en", CALL),
        ("ru", "/docs/guides/widget/"),
        ("en", "/docs/reasons/"),
    ],
)
def test_axe_finds_nothing(open_page: Callable[..., Page], language: str, path: str) -> None:
    page = open_page(f"{path}?locale={language}")
    expect(page.locator("main h1")).to_be_visible()
    check(page)


def test_axe_finds_nothing_in_the_overview_and_its_search(open_page: Callable[..., Page]) -> None:
    page = open_page("/docs/?locale=ru")
    page.get_by_role("combobox").fill("результат")
    expect(page.get_by_role("option").first).to_be_visible()
    check(page)


@pytest.mark.parametrize(
    ("typed", "kind", "name", "address"),
    [
        ("result/attach", "Call", "result/attach", CALL),
        ("resultAttach", "Call", "result/attach", CALL),
        ("atach", "Call", "result/attach", CALL),
        ("payment_id", "Parameter", "payment_id", "payment-confirm/#parameter-payment_id"),
        ("access_limit_r", "Reason", "access_limit_reached", "/docs/reasons/#access_limit_reached"),
        ("signature", "Guide", "Check the signature", "webhooks/#check-the-signature"),
        ("extermnal", "Call", "external_resources/{resource_id}", "resources-resource_id/"),
    ],
)
def test_what_is_typed_is_found_and_opened_by_the_keyboard(
    open_page: Callable[..., Page], typed: str, kind: str, name: str, address: str
) -> None:
    page = open_page("/docs/guides/privacy/")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    page.keyboard.type(typed)
    options = page.get_by_role("option")
    wanted = options.filter(has_text=re.compile(f"^{re.escape(kind)}{re.escape(name)}"))
    expect(wanted.first).to_be_visible()
    for _ in range(options.count()):
        if wanted.first.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == wanted.first.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


def test_the_search_says_how_much_it_found_and_closes(open_page: Callable[..., Page]) -> None:
    page = open_page("/docs/?locale=ru")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Поиск")
    page.keyboard.type("оплаты")
    expect(page.get_by_role("status")).to_contain_text("Найдено:")
    expect(page.get_by_role("option").filter(has_text="payment/confirm").first).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    field.fill("щщщщщ")
    expect(page.get_by_role("status")).to_contain_text("Ничего не найдено")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_chosen_language_is_kept_for_all_examples(
    open_page: Callable[..., Page], gateway: Gateway
) -> None:
    page = open_page(CALL)
    expect(page.get_by_role("button", name="curl")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-example=curl]").last).to_contain_text("curl ")
    page.get_by_role("button", name="PHP").click()
    shown = page.locator("section[data-example]:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("$client->resultAttach(")
    page.goto(f"{gateway.url}/docs/qua/search/")
    expect(page.get_by_role("button", name="PHP")).to_have_attribute("aria-pressed", "true")
    expect(shown).to_contain_text("file_get_contents(")
    page.goto(f"{gateway.url}/docs/partner/invoice/")
    expect(shown).to_have_count(2)
    page.get_by_role("button", name="Node").first.click()
    expect(shown.first).to_contain_text("client.invoice(")
    expect(shown.last).to_contain_text("client.invoiceFile(")


@pytest.mark.parametrize("stored", ["perl", '"><script>'])
def test_an_unknown_stored_language_shows_the_first(
    open_page: Callable[..., Page], gateway: Gateway, stored: str
) -> None:
    page = open_page("/docs/")
    page.evaluate(f"localStorage.setItem('reference-example', {json.dumps(stored)})")
    page.goto(gateway.url + CALL)
    expect(page.locator("section[data-example]:visible")).to_have_count(1)
    expect(page.get_by_role("button", name="curl")).to_have_attribute("aria-pressed", "true")


def test_code_is_copied(new_context: NewContext, gateway: Gateway) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(gateway.url + CALL)
    page.get_by_role("button", name="Python").click()
    page.get_by_role("button", name="Copy").locator("visible=true").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("section[data-example=python] code").text_content()
    assert "client.result_attach(" in copied


@pytest.mark.parametrize(
    ("anchor", "address"),
    [
        ("partner-api-v3-result-attach", CALL),
        ("api-extermnal_serources-resource_id", "/docs/qua/external_resources-resource_id/"),
        ("delete-api-questions-question_id", "/docs/qua/delete-questions-question_id/"),
    ],
)
def test_an_address_of_the_former_page_leads_to_the_call(
    open_page: Callable[..., Page], gateway: Gateway, anchor: str, address: str
) -> None:
    page = open_page(f"/docs/#{anchor}")
    page.wait_for_url(gateway.url + address)


def test_on_a_phone_the_menu_is_opened_and_nothing_is_cut(
    open_page: Callable[..., Page], gateway: Gateway
) -> None:
    page = open_page(CALL, viewport=PHONE)
    menu = page.get_by_role("navigation", name="Calls and guides")
    expect(menu).to_be_hidden()
    page.get_by_text("Contents").click()
    menu.get_by_role("link", name="payment/confirm").click()
    page.wait_for_url("**/payment-confirm/")
    for path in ("/docs/", CALL, "/docs/guides/privacy/", "/docs/portal/callback-pin-update/"):
        page.goto(gateway.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        cut = page.evaluate(
            """[...document.querySelectorAll("main *")].filter((element) =>
                !element.closest("pre") && element.getBoundingClientRect().right > innerWidth + 1
            ).map((element) => element.outerHTML.slice(0, 200))"""
        )
        assert cut == []
    page.goto(f"{gateway.url}{CALL}")
    assert page.evaluate("document.documentElement.scrollHeight") < 5000


def test_on_a_desktop_the_menu_stays_in_sight(open_page: Callable[..., Page]) -> None:
    page = open_page("/docs/guides/privacy/")
    link = page.get_by_role("navigation", name="Calls and guides").get_by_role(
        "link", name="People's data"
    )
    expect(link).to_have_attribute("aria-current", "page")
    page.mouse.wheel(0, 3000)
    page.wait_for_function("scrollY > 1000")
    expect(link).to_be_in_viewport()


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}])
def test_without_a_script_everything_can_be_read(
    open_page: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = open_page(CALL, java_script_enabled=False, viewport=viewport)
    for text in ("curl http", "$client->resultAttach(", "client.result_attach(", "await client."):
        expect(page.locator("main pre", has_text=text)).to_be_visible()
    expect(page.get_by_role("combobox")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    if viewport == PHONE:
        page.get_by_text("Contents").click()
    page.get_by_role("link", name="All in one list").click()
    expect(page.locator("main")).to_contain_text("access_limit_reached")
    page.locator("main").get_by_role("link", name="payment_id", exact=True).click()
    page.wait_for_url("**/payment-confirm/#parameter-payment_id")


def test_paper_has_the_text_alone(open_page: Callable[..., Page]) -> None:
    page = open_page(CALL)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("combobox")).to_be_hidden()
    expect(page.get_by_text("storage_unavailable")).to_be_visible()
    assert page.pdf().startswith(b"%PDF-")
