"""QUA's page: signing in, searching while typing, corrected queries, and reading an answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.test_accessibility import check
from tests.browser.visitor import SCREENSHOTS
from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.browser

USERNAME, PASSWORD = "maria", "correct horse"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

ANSWER = """Откройте **Настройки**, потом [справку](https://example.org/help).

1. Нажмите «Забыли пароль?».
2. Придумайте новый.

| Система | Срок |
| --- | --- |
| Почта | 90 дней |

```
ssh -p 2222 office.example
```

<script>document.title = 'broken'</script> <img src=x alt="" onerror="document.title = 'broken'">
"""

QUESTIONS = [
    {"title": "Как восстановить пароль от почты", "keywords": ["пароль", "почта"], "raw": ANSWER},
    {
        "title": "Срок действия паролей",
        "keywords": ["безопасность"],
        "raw": "Пароли меняют раз в 90 дней: <b>старых</b> паролей система не принимает. " * 8,
    },
    {"title": "Кому звонить, если пароля нет 🙂 нигде: пароль утерян", "keywords": [], "raw": None},
    {"title": "Привет тебе друг", "keywords": ["слон"], "raw": "Дружба с друзьями."},
]
PAGE = {
    "url": "https://docs.example/password",
    "title": "Password reset",
    "content": "Пароль сбрасывает служба поддержки, если его забыли.",
}


@dataclass
class Qua:
    """A gateway with a few questions, and the calls that its users make."""

    gateway: Gateway
    token: str = ""
    questions: list[int] = field(default_factory=list)

    def call(self, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"JWT {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.gateway.url + path, data, headers)  # noqa: S310 - http
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return json.loads(answer.read())["response"]


@pytest.fixture(scope="module")
def qua(gateway: Gateway, spelling_data_dir: Path) -> Qua:
    assert spelling_data_dir
    create = ("qua", "user", "create", "--username", USERNAME, "--first-name", "Мария")
    gateway.command(*create, stdin=PASSWORD)
    made = Qua(gateway)
    made.token = made.call("/api/auth", {"username": USERNAME, "password": PASSWORD})["token"]
    for example in QUESTIONS:
        question = {name: example[name] for name in ("title", "keywords")}
        if example["raw"]:
            question["answer"] = {"raw": example["raw"]}
        made.questions.append(made.call("/api/questions", question)["id"])
    made.call("/api/external_resources", PAGE)
    return made


class Reader:
    """A user who searches on the page."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console",
            lambda message: message.type == "error" and self.faults.append(message.text),
        )
        self.field: Locator = self.page.locator("input[type=search]")
        self.hits: Locator = self.page.locator(".hit h2 a")
        self.options: Locator = self.page.get_by_role("option")
        self.status: Locator = self.page.get_by_role("status")

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/qua/{query}")

    def sign_in(self, password: str = PASSWORD) -> None:
        self.page.locator("[name=username]").fill(USERNAME)
        self.page.locator("[name=password]").fill(password)
        self.page.locator("form button").click()

    def picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"qua-{name}.png", full_page=True)


NewReader = Callable[..., Reader]


@pytest.fixture
def new_reader(new_context: Callable[..., BrowserContext], qua: Qua) -> NewReader:
    """Open a tab in a context of its own, signed in unless `signed_in` is False."""

    def open_tab(*, signed_in: bool = True, **options: Any) -> Reader:
        reader = Reader(new_context(**options), qua.gateway.url)
        reader.open()
        if signed_in:
            reader.sign_in()
            expect(reader.field).to_be_focused()
        return reader

    return open_tab


@pytest.fixture
def reader(new_reader: NewReader) -> Reader:
    return new_reader()


def test_wrong_passwords_are_told_and_right_ones_open_the_search(new_reader: NewReader) -> None:
    reader = new_reader(signed_in=False)
    expect(reader.page.locator("[name=username]")).to_be_focused()
    check(reader.page)
    reader.sign_in("wrong")
    expect(reader.page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(reader.page.locator("[name=password]")).to_be_focused()
    check(reader.page)
    reader.sign_in()
    expect(reader.field).to_be_focused()
    check(reader.page)


def test_results_come_as_one_types_with_any_form_of_the_word_marked(reader: Reader) -> None:
    reader.field.press_sequentially("паролями", delay=10)
    expect(reader.hits).to_have_count(4)
    expect(reader.status).to_have_text("4 results")
    assert set(reader.page.locator(".hit h2 mark").all_inner_texts()) == {
        "пароль",
        "паролей",
        "пароля",
    }
    assert "Пароль" in reader.page.locator(".snippet mark").all_inner_texts()
    assert "query=" in reader.page.url
    check(reader.page)
    assert reader.faults == []


def test_words_after_an_emoji_are_marked_where_they_are(reader: Reader) -> None:
    reader.field.fill("утерян")
    title = reader.page.locator(".hit h2").filter(has_text="🙂")
    expect(title.locator("mark")).to_have_text("утерян")
    expect(title).to_have_text(QUESTIONS[2]["title"])


def test_markup_in_what_people_wrote_is_text(reader: Reader, qua: Qua) -> None:
    title = '<img src=x onerror="document.title=1"> зебра'
    qua.call("/api/questions", {"title": title, "keywords": ["<b>зебра</b>"]})
    reader.field.fill("зебры")
    expect(reader.hits.first).to_have_text(title)
    expect(reader.page.locator(".hit img, .hit b")).to_have_count(0)
    assert reader.faults == []


def test_an_answer_to_an_older_query_never_takes_the_place_of_a_newer_ones(
    reader: Reader,
) -> None:
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if not held:
            held.append(route)
        else:
            route.continue_()

    reader.page.route("**/api/search?*", hold_first)
    reader.field.fill("пароль")

    def is_held() -> bool:
        reader.page.wait_for_timeout(10)  # Playwright hands requests over only while it waits.
        return bool(held)

    wait_for(is_held)
    reader.field.fill("друг")
    expect(reader.hits).to_have_text(["Привет тебе друг"])
    held[0].continue_()
    # The wait is the point: the late answer may change nothing meanwhile.
    reader.page.wait_for_timeout(300)
    expect(reader.hits).to_have_text(["Привет тебе друг"])
    assert "%D0%B4" in reader.page.url


def test_a_query_that_finds_nothing_says_so_to_everybody(reader: Reader) -> None:
    reader.field.fill("ъъъъъъ")
    expect(reader.page.locator(".nothing")).to_contain_text("Nothing found for “ъъъъъъ”.")
    expect(reader.status).to_contain_text("Nothing found")
    check(reader.page)


def test_a_corrected_query_offers_the_one_that_was_typed(reader: Reader) -> None:
    asked = []

    def correct(route: Route) -> None:
        parameters = parse_qs(urlsplit(route.request.url).query)
        asked.append((parameters["query"][0], parameters["spelling"][0]))
        exact = parameters["spelling"] == ["0"]
        if exact:
            route.continue_()
            return
        answer = route.fetch(url=route.request.url.replace("%D0%BA&", "%D0%B3&"))
        body = answer.json()
        body["response"] |= {"query": "друк", "used_query": "друг", "query_was_corrected": True}
        route.fulfill(response=answer, json=body)

    reader.page.route("**/api/search?*", correct)
    reader.field.fill("друк")
    expect(reader.page.locator(".correction")).to_have_text(
        "Showing results for друг. Search instead for друк."
    )
    expect(reader.hits).to_have_text(["Привет тебе друг"])
    check(reader.page)
    reader.picture("corrected")
    reader.page.get_by_role("link", name="друк").click()
    expect(reader.page.locator(".nothing")).to_be_visible()
    expect(reader.page.locator(".correction")).to_have_count(0)
    assert asked == [("друк", "1"), ("друк", "0")]
    assert "exact=1" in reader.page.url


def test_a_question_opens_with_what_counts_the_click_and_leads_back(
    reader: Reader, qua: Qua
) -> None:
    reader.field.fill("восстановить пароль")
    expect(reader.hits.first).to_have_text(QUESTIONS[0]["title"])
    with reader.page.expect_request("**/api/questions/*") as sent:
        reader.hits.first.click()
    parameters = parse_qs(urlsplit(sent.value.url).query)
    assert parameters["qid"] == [str(qua.questions[0])]
    assert parameters["track"] == ["search_internal"]
    assert len(parameters["token"][0]) == 20
    heading = reader.page.get_by_role("heading", level=1)
    expect(heading).to_have_text(QUESTIONS[0]["title"])
    expect(heading).to_be_focused()
    expect(reader.page.locator(".answer strong")).to_have_text("Настройки")
    expect(reader.page.locator(".answer script, .answer [onerror]")).to_have_count(0)
    assert "token" not in reader.page.url
    check(reader.page)
    with reader.page.expect_request("**/api/questions/*") as again:
        reader.page.reload()
    assert "shid" not in again.value.url
    expect(heading).to_have_text(QUESTIONS[0]["title"])
    reader.page.get_by_role("link", name="Back to the results").click()
    expect(reader.hits.first).to_be_focused()
    assert "question" not in reader.page.url


def test_an_external_hit_leaves_by_away_in_another_tab(reader: Reader) -> None:
    reader.field.fill("password reset")
    link = reader.page.get_by_role("link", name="Password reset")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    address = str(link.get_attribute("href"))
    assert address.startswith("/away?track=search_external&")
    answer = reader.page.request.get(reader.url + address, max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (302, PAGE["url"])
    expect(reader.page.locator(".resource")).to_contain_text("docs.example")


def test_arrows_go_through_the_hits_and_escape_leads_back(reader: Reader) -> None:
    page = reader.page
    reader.field.fill("пароль")
    expect(reader.hits).to_have_count(4)
    expect(reader.options).to_have_count(3)
    page.keyboard.press("Escape")  # It closes the list of suggestions.
    page.keyboard.press("ArrowDown")
    expect(reader.hits.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(reader.hits.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(reader.field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(reader.field).to_be_focused()
    page.keyboard.press("Tab")  # The focus is on the button.
    page.keyboard.press("Tab")
    expect(reader.hits.nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(reader.field).to_be_focused()
    expect(reader.field).to_have_value("пароль")


def test_a_sign_in_that_has_ended_asks_for_it_again_and_goes_on(reader: Reader) -> None:
    reader.page.evaluate("sessionStorage.setItem('qua token', 'a.b.c')")
    reader.field.fill("друг")
    expect(reader.page.get_by_role("alert")).to_contain_text("Your sign-in has ended")
    reader.sign_in()
    expect(reader.hits).to_have_text(["Привет тебе друг"])
    reader.page.get_by_role("button", name="Sign out").click()
    expect(reader.page.locator("[name=password]")).to_be_visible()
    assert reader.page.evaluate("sessionStorage.length") == 0
    reader.open("?query=друг")
    expect(reader.page.locator("[name=password]")).to_be_visible()


def test_a_server_that_is_gone_is_told_and_asked_again(reader: Reader) -> None:
    reader.page.route("**/api/search?*", lambda route: route.abort())
    reader.field.fill("друг")
    expect(reader.page.get_by_role("alert")).to_contain_text("can’t be reached")
    check(reader.page)
    reader.page.unroute("**/api/search?*")
    reader.page.get_by_role("button", name="Try again").click()
    expect(reader.hits).to_have_text(["Привет тебе друг"])


def test_more_hits_are_shown_where_there_are_more(reader: Reader, qua: Qua) -> None:
    for number in range(25):
        qua.call("/api/questions", {"title": f"Журавль номер {number}"})
    reader.field.fill("журавли")
    expect(reader.hits).to_have_count(20)
    reader.page.get_by_role("button", name="Show more").click()
    expect(reader.hits).to_have_count(25)
    expect(reader.hits.nth(20)).to_be_focused()
    expect(reader.page.get_by_role("button", name="Show more")).to_have_count(0)
    assert len(set(reader.hits.all_inner_texts())) == 25


def test_the_policy_of_the_page_lets_nothing_else_run(reader: Reader) -> None:
    answer = reader.page.request.get(f"{reader.url}/qua/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    refused = reader.page.evaluate(
        "() => { try { document.body.innerHTML = '<p>'; } catch (error) { return error.name; } }"
    )
    assert refused == "TypeError"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_zoomed_to_400_percent_nothing_scrolls_sideways(
    new_reader: NewReader, language: str
) -> None:
    reader = new_reader(viewport={"width": 320, "height": 256}, locale=language)
    reader.field.fill("пароль")
    expect(reader.hits).to_have_count(4)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 320
    reader.hits.filter(has_text="восстановить").click()
    expect(reader.page.locator(".answer")).to_be_visible()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    ("device", "options"),
    [
        ("desktop", {}),
        ("desktop-dark", {"color_scheme": "dark"}),
        ("desktop-forced-colors", {"forced_colors": "active"}),
        ("phone", PHONE),
        ("phone-dark", PHONE | {"color_scheme": "dark"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pictures_for_people_to_look_at(
    new_reader: NewReader, device: str, options: dict[str, Any]
) -> None:
    reader = new_reader(signed_in=False, locale="ru-RU", **options)
    # The answer has a picture that does not exist.
    reader.page.route("**/qua/x", lambda route: route.fulfill(body=""))
    reader.picture(f"{device}-sign-in")
    reader.sign_in()
    reader.field.fill("восстановление паролей")
    expect(reader.status).to_have_text("4 результата")
    reader.picture(f"{device}-results")
    reader.hits.first.click()
    expect(reader.page.locator(".answer")).to_be_visible()
    reader.picture(f"{device}-question")
    assert reader.faults == []
