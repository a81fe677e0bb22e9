"""QUA's editor's desk: one editor's day on the page, its looks, and what differs between texts."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.visitor import SCREENSHOTS
from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.browser

PASSWORD = "correct horse"
ANSWER = "Нажмите **«Забыли пароль?»**.\n\n| Система | Срок |\n| --- | --- |\n| Почта | 90 дней |\n"

MISSED = ("зюйдвест", "ъъъъъ")
"""Queries that find nothing, after which both users find what they want by another one."""


class Caller:
    """A user's calls of the API."""

    def __init__(self, gateway: Gateway, username: str) -> None:
        self.gateway = gateway
        self.token = ""
        self.question = 0
        answer = self.call("POST", "auth", {"username": username, "password": PASSWORD})
        self.token = answer["token"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"JWT {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 - http
            f"{self.gateway.url}/api/{path}", data, headers, method=method
        )
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return json.loads(answer.read())["response"]


@pytest.fixture(scope="module")
def author(gateway: Gateway) -> Iterator[Caller]:
    """A user who is no editor, in a base with an editor and some contents."""
    for username, options in (("boris", ()), ("olga", ("--first-name", "Ольга", "--editor"))):
        create = ("qua", "user", "create", "--username", username, *options)
        gateway.command(*create, stdin=PASSWORD)
    made = Caller(gateway, "boris")
    made.call("POST", "questions", {"title": "Где взять справку", "keywords": ["справка"]})
    question = {"title": "Срок пароля", "keywords": ["пароль"], "answer": {"raw": "90 дней."}}
    made.question = made.call("POST", "questions", question)["id"]
    editor = Caller(gateway, "olga")
    for query in ("zzzqqq", "asdf", "йцукен"):
        made.call("GET", f"search?query={quote(query)}")
    for user in (made, editor):
        for query in MISSED:
            user.call("GET", f"search?query={quote(query)}&spelling=0")
            hits = user.call("GET", f"search?query={quote('срок')}")["hits"]
            (hit,) = (hit for hit in hits if hit["id"] == made.question)
            user.call("GET", f"questions/{hit['id']}?{urlencode(hit['url_params'])}")
    yield made  # Other modules count what they find in the same gateway.
    for question in editor.call("GET", "questions"):
        if question["created_by"]["username"] in ("boris", "olga"):
            editor.call("DELETE", f"questions/{question['id']}")


@pytest.fixture
def desk(new_context: Callable[..., BrowserContext], author: Caller) -> Callable[..., Page]:
    """Open a page at which the editor is signed in."""

    def open_page(**options: Any) -> Page:
        page = new_context(**options).new_page()
        page.goto(f"{author.gateway.url}/qua/")
        sign_in(page)
        expect(page.locator("input[type=search]")).to_be_focused()
        return page

    return open_page


def sign_in(page: Page) -> None:
    page.locator("[name=username]").fill("olga")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form button").click()


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"qua-desk-{name}.png", full_page=True)


def look(page: Page) -> None:
    """Run all rules of axe on the page as it is."""
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []


def show(page: Page, name: str) -> None:
    """Take a picture of the page, which fits into the window and follows all rules of axe."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert page.viewport_size is not None
    assert width <= page.viewport_size["width"]
    look(page)
    picture(page, name)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_an_editors_day(desk: Callable[..., Page], author: Caller) -> None:
    page = desk()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    shelves = page.locator(".shelves section")
    expect(shelves.filter(has_text="New questions")).to_contain_text("Где взять справку")
    answer_a_search_without_hits(page)
    question = int(page.url.rpartition("question=")[2])
    meet_the_change_of_another(page, Caller(author.gateway, "olga"), question)
    compare_versions(page)
    archive_and_bring_back(page)
    add_and_remove_a_page(page)
    add_change_and_remove_synonyms(page)
    assert faults == []


def answer_a_search_without_hits(page: Page) -> None:
    """Find a query in the list and write an answer to it, by the keyboard alone."""
    page.get_by_role("link", name="Editing").press("Enter")
    expect(heading(page)).to_be_focused()
    page.get_by_role("link", name="Searches without hits").press("Enter")
    page.get_by_role("link", name="Write an answer to “zzzqqq”").press("Enter")
    title = page.locator("[name=title]")
    expect(title).to_have_value("zzzqqq")
    title.fill("Как сбросить пароль")
    keywords = page.get_by_role("combobox", name="Keywords")
    keywords.press_sequentially("ПАР")
    expect(page.get_by_role("option", name="пароль")).to_be_visible()
    keywords.press("ArrowDown")
    look(page)
    keywords.press("Enter")
    keywords.press_sequentially("zzzqqq")
    keywords.press("Enter")
    expect(page.locator(".chosen li")).to_have_count(2)
    page.locator("[name=raw]").fill(ANSWER)
    expect(page.locator(".preview strong")).to_have_text("«Забыли пароль?»")
    expect(page.locator(".preview td")).to_have_text(["Почта", "90 дней"])
    page.get_by_role("button", name="Save").press("Enter")
    expect(heading(page)).to_have_text("Как сбросить пароль")
    expect(page.locator("article .keywords")).to_contain_text("zzzqqq")


def meet_the_change_of_another(page: Page, other: Caller, question: int) -> None:
    """Save upon what another editor saved meanwhile, and after the sign-in has ended."""
    mine = ANSWER + "\nЗвоните 112."
    page.get_by_role("link", name="Edit", exact=True).press("Enter")
    raw = page.locator("[name=raw]")
    expect(raw).to_have_value(ANSWER)
    raw.fill(mine)
    theirs = {"title": "Как восстановить пароль", "answer": {"raw": ANSWER.replace("90", "60")}}
    other.call("PUT", f"questions/{question}", theirs)
    page.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("region", name="Somebody else has changed this question")
    expect(conflict).to_be_focused()
    expect(conflict.locator("del")).to_contain_text(["сбросить", "90"])
    expect(page.locator("[name=title]")).to_have_value("Как восстановить пароль")
    expect(raw).to_have_value(mine)
    look(page)
    page.evaluate("sessionStorage.setItem('qua token', 'a.b.c')")
    page.get_by_role("button", name="Save").click()
    sign_in(page)
    expect(raw).to_have_value(mine)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("article .answer")).to_contain_text("Звоните 112.")


def compare_versions(page: Page) -> None:
    """See who changed what, and begin with a former text, which is then discarded."""
    page.get_by_role("link", name="Versions").press("Enter")
    expect(page.locator(".difference ins")).to_contain_text(["90", "Звоните 112."])
    page.get_by_role("combobox", name="From").select_option("1")
    page.get_by_role("combobox", name="To").select_option("2")
    expect(page.locator(".difference del")).to_contain_text(["сбросить", "90"])
    look(page)
    page.get_by_role("button", name="Edit the text of the left version").click()
    expect(page.locator("[name=title]")).to_have_value("Как сбросить пароль")
    page.get_by_role("button", name="Discard").click()


def archive_and_bring_back(page: Page) -> None:
    page.get_by_role("button", name="Archive").press("Enter")
    expect(page.get_by_role("button", name="Bring back")).to_be_focused()
    page.get_by_role("link", name="Editing").click()
    page.get_by_role("link", name="Archive").click()
    back = page.get_by_role("button", name="Bring back: Как восстановить пароль")
    expect(back).to_be_visible()
    look(page)
    back.press("Enter")
    expect(page.locator("article .answer")).to_contain_text("Звоните 112.")


def add_and_remove_a_page(page: Page) -> None:
    page.get_by_role("link", name="Editing").click()
    expect(page.locator(".entries")).to_contain_text("Где взять справку")
    page.get_by_role("link", name="External pages").click()
    page.locator("[name=url]").fill("https://docs.example/a")
    page.locator("[name=title]").fill("Памятка")
    page.locator("[name=content]").fill("Пароль меняют раз в квартал.")
    page.get_by_role("button", name="Add the page").press("Enter")
    entry = page.locator(".entries > li").filter(has_text="Памятка")
    entry.locator("summary").press("Enter")
    expect(entry.locator(".page-text")).to_have_text("Пароль меняют раз в квартал.")
    look(page)
    page.get_by_role("button", name="Remove: Памятка").press("Enter")
    expect(entry).to_have_count(0)


def add_change_and_remove_synonyms(page: Page) -> None:
    page.get_by_role("link", name="Synonyms").press("Enter")
    words = page.get_by_role("textbox", name="Words or phrases")
    words.fill("одинокое")
    words.press("Enter")
    expect(page.get_by_role("alert").first).to_have_text(
        "Give two words at least, separated by commas."
    )
    words.fill("пасс-код, пароль")
    words.press("Enter")
    entry = page.locator(".entries > li").filter(has_text="пасс-код")
    expect(entry.locator("strong")).to_have_text("пасс-код = пароль")
    entry.get_by_role("button", name="Edit").press("Enter")
    look(page)
    page.locator(".entries").get_by_role("checkbox").check()
    page.locator(".entries").get_by_role("button", name="Save").press("Enter")
    expect(entry.locator("strong")).to_have_text("пасс-код → пароль")
    entry.get_by_role("button", name="Remove").press("Enter")
    expect(entry).to_have_count(0)


def dismisses(page: Page, first: str, second: str, action: str) -> None:
    """Dismiss two entries by the keyboard alone, bring one back where it was, and the other later.

    `action` is what else can be done with an entry.
    """
    entries = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Dismiss"))
    expect(entries.first).to_be_visible()
    before = entries.count()
    status = page.get_by_role("status").first
    expect(status).to_have_text(f"{before} entries")
    page.get_by_role("button", name=f"Dismiss: {first}", exact=True).press("Enter")
    expect(status).to_have_text(f"Dismissed for all editors: {first}. {before - 1} {n(before - 1)}")
    expect(page.get_by_role("button", name=f"Dismiss: {second}", exact=True)).to_be_focused()
    away = page.locator("[data-dismissed]")
    expect(away).to_contain_text(first)
    expect(away).not_to_contain_text(action)
    look(page)
    page.keyboard.press("Enter")
    expect(away).to_have_count(2)
    page.get_by_role("button", name=f"Bring back: {second}", exact=True).press("Enter")
    expect(page.get_by_role("button", name=f"Dismiss: {second}", exact=True)).to_be_focused()
    expect(status).to_have_text(f"Back in the list: {second}. {before - 1} {n(before - 1)}")
    expect(entries).to_have_count(before - 1)
    page.reload()
    expect(page.get_by_role("button", name=f"Dismiss: {second}", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=f"Dismiss: {first}", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Dismissed").press("Enter")
    expect(heading(page)).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("1 entry")
    look(page)
    page.get_by_role("button", name=f"Bring back: {first}", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_have_text(
        f"Back in the list: {first}. Nothing is dismissed."
    )
    expect(page.get_by_role("button", name=f"Dismiss: {first}", exact=True)).to_be_focused()
    expect(page.get_by_role("listitem").filter(has_text=first)).to_contain_text(action)


def n(count: int) -> str:
    return "entry" if count == 1 else "entries"


def test_an_editor_dismisses_searches_and_brings_them_back(
    desk: Callable[..., Page], author: Caller
) -> None:
    page = desk()
    page.goto(f"{author.gateway.url}/qua/?desk=searches")
    first, second = dismissable(page)[:2]
    dismisses(page, first, second, "Write an answer")


def test_an_editor_dismisses_proposed_synonyms_and_brings_them_back(
    desk: Callable[..., Page], author: Caller
) -> None:
    page = desk()
    page.goto(f"{author.gateway.url}/qua/?desk=synonyms")
    first, second = dismissable(page)
    assert {first, second} == {f"{query} = срок" for query in MISSED}
    dismisses(page, first, second, "Add the synonyms")


def dismissable(page: Page) -> list[str]:
    """List the names of the entries that can be dismissed."""
    buttons = page.get_by_role("button", name="Dismiss: ")
    expect(buttons.first).to_be_visible()
    names = [button.get_attribute("aria-label") or "" for button in buttons.all()]
    return [name.removeprefix("Dismiss: ") for name in names]


def test_a_dismissal_that_fails_is_told_and_a_key_that_is_held_dismisses_once(
    desk: Callable[..., Page], author: Caller
) -> None:
    page = desk()
    page.goto(f"{author.gateway.url}/qua/?desk=searches")
    first, second = dismissable(page)[:2]
    page.route("**/dismiss", lambda route: route.abort())
    button = page.get_by_role("button", name=f"Dismiss: {first}", exact=True)
    button.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(button).to_be_focused()
    page.unroute("**/dismiss")
    page.keyboard.down("Enter")
    expect(page.get_by_role("button", name=f"Dismiss: {second}", exact=True)).to_be_focused()
    page.keyboard.down("Enter")  # The key repeats.
    page.keyboard.up("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    back = page.get_by_role("button", name=f"Bring back: {first}", exact=True)
    back.press("Enter")
    expect(button).to_be_focused()
    expect(page.locator("[data-dismissed]")).to_have_count(0)


@pytest.mark.parametrize(
    ("device", "options"),
    [
        ("desktop", {"viewport": {"width": 1280, "height": 900}}),
        ("phone-dark", {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark"}),
    ],
    ids=["desktop", "phone"],
)
def test_pictures_of_the_desk_in_russian(
    desk: Callable[..., Page], author: Caller, device: str, options: dict[str, Any]
) -> None:
    author.call(
        "PUT", f"questions/{author.question}", {"answer": {"raw": "60 дней, а у **почты** 90."}}
    )
    page = desk(locale="ru-RU", **options)
    expect(page.locator(".shelves li").first).to_be_visible()
    for name, address, shown in (
        ("home", "", ".shelves li"),
        ("unanswered", "?desk=unanswered", ".entries li"),
        ("searches", "?desk=searches", ".entries li"),
        ("archive", "?desk=archive", ".desk-place .muted"),
        ("edit", f"?desk=edit&question={author.question}", ".preview strong"),
        ("versions", f"?desk=versions&question={author.question}", ".difference ins"),
        ("pages", "?desk=pages", "[name=url]"),
        ("synonyms", "?desk=synonyms", "[name=words]"),
        ("question", f"?question={author.question}", "article .button"),
    ):
        page.goto(f"{author.gateway.url}/qua/{address}")
        expect(page.locator(shown).first).to_be_visible()
        show(page, f"{device}-{name}")
    for name in ("searches", "synonyms"):
        page.goto(f"{author.gateway.url}/qua/?desk={name}")
        page.get_by_role("button", name="Скрыть").first.click()
        expect(page.locator("[data-dismissed]")).to_be_visible()
        show(page, f"{device}-{name}-dismissed")
        page.get_by_role("link", name="Скрытые").click()
        expect(page.locator("[data-dismissed]")).to_be_visible()
        show(page, f"{device}-dismissed-{name}")
        page.get_by_role("button", name="Вернуть").click()
        expect(page.get_by_role("status")).to_contain_text("Снова в списке")


DIFFERENCES = [
    ("", "", []),
    ("a b", "a b", [("same", "a b")]),
    ("", "a", [("added", "a")]),
    ("a\n", "", [("removed", "a\n")]),
    ("раз два три", "раз три", [("same", "раз "), ("removed", "два "), ("same", "три")]),
    (
        "a\nсрок 90 дней\nb\n",
        "a\nсрок 60 дней\nb\n",
        [("same", "a\nсрок "), ("removed", "90"), ("added", "60"), ("same", " дней\nb\n")],
    ),
]


def test_differences_are_found_by_words_and_both_texts_can_be_put_together_again(
    desk: Callable[..., Page],
) -> None:
    page = desk()
    find = """async (pairs) => {
        const { difference } = await import('/static/qua/desk/diff.js');
        return pairs.map(([before, after]) => difference(before, after));
    }"""
    long = ["".join(f"{n * step} слово\n" for n in range(3_000)) for step in (1, 7)]
    pairs = [[before, after] for before, after, _ in DIFFERENCES] + [long]
    found = page.evaluate(find, pairs)
    for (before, after), pieces in zip(pairs, found, strict=True):
        for text, left_out in ((before, "added"), (after, "removed")):
            kept = [piece["text"] for piece in pieces if piece["kind"] != left_out]
            assert "".join(kept) == text
    shown = [[(piece["kind"], piece["text"]) for piece in pieces] for pieces in found]
    assert shown[:-1] == [pieces for _, _, pieces in DIFFERENCES]
