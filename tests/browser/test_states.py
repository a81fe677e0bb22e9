"""What a visitor sees while something is missing: the pause, no connection, refusals, the end.

With DOCS_PICTURES=1 the pictures of docs/partner-kit.md (docs/images/widget-*.png) are taken anew.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import START, NewVisitor
from tests.browser.sites import HostPages
from tests.browser.test_saving import Line
from tests.browser.visitor import SCREENSHOTS, Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "docs" / "images"
CARD = {"width": 560, "height": 700}
NOBODYS = "00000000-0000-4000-8000-000000000000"
LANGUAGES = pytest.mark.parametrize("language", ["en", "ru"])

WORDS = {
    "en": {
        "saved": "Saved",
        "offline": "Offline. Waiting to be sent: 1\N{NO-BREAK SPACE}answer",
        "pause": "A short pause",
        "pay": "Pay 990 ₽",
        "waiting": "Waiting for the connection",
        "finished": "Test completed",
        "taken": "The test is open in another window",
        "here": "Continue here",
        "token": "Your access needs renewing",
        "ended": "This attempt can’t be continued",
        "blocked": "The test is not available on this page",
        "unreachable": "The server can’t be reached",
    },
    "ru": {
        "saved": "Сохранено",
        "offline": "Нет связи. Ждут отправки: 1\N{NO-BREAK SPACE}ответ",
        "pause": "Небольшая пауза",
        "pay": "Оплатить 990 ₽",
        "waiting": "Ждём связи с сервером",
        "finished": "Тест пройден",
        "taken": "Тест открыт в другом окне",
        "here": "Продолжить здесь",
        "token": "Нужно обновить доступ",
        "ended": "Эту попытку уже не продолжить",
        "blocked": "Тест недоступен на этой странице",
        "unreachable": "Не удаётся связаться с сервером",
    },
}


@pytest.fixture(scope="module")
def provider(gateway: Gateway, host: HostPages) -> str:
    """A provider with guests in its sandbox."""
    gateway.command(
        *("provider", "create", "--slug", "states", "--name", "States", "--policy", "postpaid"),
        *("--sandbox-guests", "--origin", host.url),
    )
    return "states"


Show = Callable[..., Visitor]


@pytest.fixture
def show(new_visitor: NewVisitor, host: HostPages, gateway: Gateway, provider: str) -> Show:
    """Bring a visitor to a page with the widget; `prepare` gets the page before it is loaded."""

    def open_page(
        language: str,
        test: str = "work-values",
        attributes: str = "",
        *,
        at: HostPages = host,
        prepare: Callable[[Visitor], None] | None = None,
        **options: str,
    ) -> Visitor:
        visitor = new_visitor(language=language, viewport=CARD, **options)
        if prepare:
            prepare(visitor)
        offer = """<script>addEventListener('test-widget:pause', ({ detail }) =>
            detail.offer({ price: '990 ₽', href: '/checkout' }));</script>"""
        page = (
            f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>{offer}'
            f'<test-widget provider="{provider}" test="{test}" {attributes}></test-widget>'
        )
        visitor.page.goto(at.add(f"/states/{language}", page, language=language))
        return visitor

    return open_page


def keep(visitor: Visitor, name: str, language: str) -> None:
    """Keep a picture of the widget, for the guides or for whoever looks at this test."""
    folder = PICTURES if "DOCS_PICTURES" in os.environ else SCREENSHOTS
    folder.mkdir(exist_ok=True)
    ending = ".ru" if language == "ru" else ""
    visitor.widget.screenshot(animations="disabled", path=folder / f"widget-{name}{ending}.png")


@LANGUAGES
def test_the_pause_says_what_is_saved_and_how_to_pay(show: Show, language: str) -> None:
    words = WORDS[language]
    visitor = show(language, "career-interests", "sandbox")
    expect(visitor.button(START[language])).to_be_visible()
    answers = [[str(number), ["3"]] for number in range(1, 71)]
    visitor.widget.evaluate("(widget, answers) => widget.resume({ answers })", answers)
    visitor.sees(words["pause"])
    expect(visitor.widget.get_by_role("link", name=words["pay"])).to_be_visible()
    keep(visitor, "pause", language)


@LANGUAGES
def test_without_a_connection_the_answers_are_kept_to_the_end(show: Show, language: str) -> None:
    words = WORDS[language]
    lines = []
    visitor = show(
        language, attributes="sandbox", prepare=lambda each: lines.append(Line(each.page))
    )
    visitor.button(START[language]).click()
    visitor.answer(1, 21, lambda _: 2, of=24)
    expect(visitor.status).to_contain_text(words["saved"])
    lines[0].cut()
    visitor.answer(22, 22, lambda _: 2, of=24)
    expect(visitor.status).to_contain_text(words["offline"])
    keep(visitor, "offline", language)
    visitor.answer(23, 24, lambda _: 2, of=24)
    visitor.sees(words["waiting"])
    keep(visitor, "waiting", language)
    lines[0].mend()
    visitor.sees(words["finished"])
    keep(visitor, "finished", language)
    [finish] = visitor.heard("finish")
    assert finish["resultKey"]


@LANGUAGES
def test_a_second_window_takes_the_test_over(show: Show, language: str) -> None:
    words = WORDS[language]
    first = show(language, attributes="sandbox")
    first.button(START[language]).click()
    start = first.started()
    first.answer(1, 1, lambda _: 2, of=24)
    expect(first.status).to_contain_text(words["saved"])
    places = f'session="{start["session"]}" resume-token="{start["resumeToken"]}" sandbox'
    second = show(language, attributes=places)
    second.sees_question(2, of=24)
    first.sees(words["taken"])
    expect(first.button(words["here"])).to_be_visible()
    keep(first, "taken", language)


@LANGUAGES
def test_a_spent_token_is_told_to_the_page_and_to_the_visitor(show: Show, language: str) -> None:
    visitor = show(language, attributes=f'access-token="{NOBODYS}"')
    visitor.button(START[language]).click()
    visitor.sees(WORDS[language]["token"])
    assert [detail["reason"] for detail in visitor.heard("token-needed")] == ["token_invalid"]
    keep(visitor, "token", language)


@LANGUAGES
def test_an_attempt_that_has_expired_can_be_begun_anew(show: Show, language: str) -> None:
    visitor = show(language, attributes=f'session="{NOBODYS}" resume-token="none"')
    visitor.sees(WORDS[language]["ended"])
    keep(visitor, "ended", language)


@LANGUAGES
def test_a_page_that_may_not_show_the_test_says_so(
    show: Show, foreign_host: HostPages, language: str
) -> None:
    visitor = show(language, at=foreign_host)
    visitor.sees(WORDS[language]["blocked"])
    assert visitor.heard("load-failed") == [{"code": "origin_not_allowed"}]
    keep(visitor, "blocked", language)


@LANGUAGES
def test_a_gateway_that_does_not_answer_is_tried_again(show: Show, language: str) -> None:
    def lose(visitor: Visitor) -> None:
        visitor.page.route("**/tests/api/**", lambda route: route.abort())

    visitor = show(language, prepare=lose)
    visitor.sees(WORDS[language]["unreachable"])
    keep(visitor, "unreachable", language)
    visitor.page.unroute_all()
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.button(START[language])).to_be_visible()
