"""The whole way of a visitor through the pages, with what may happen on the way."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, PartnerSite
from tests.browser.visitor import SCREENSHOTS, Visitor
from tests.support.processes import Gateway
from widget_gateway.services.catalogue.files import bundled_directory

pytestmark = pytest.mark.browser

TEST = "career-interests"
PHONE = {"width": 390, "height": 844}

# This script uses the channel without the widget: it takes the attempt over and answers a question
# that is not unlocked.
ANSWER_71 = """({ url, provider, session, resumeToken }) => new Promise((resolve) => {
  const socket = new WebSocket(url, ['widget-gateway.v1']);
  const send = (message) => socket.send(JSON.stringify(message));
  let known;
  socket.onopen = () => send({ type: 'open', provider, session, resume_token: resumeToken });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'session') {
      known = message.questions.map(({ id }) => id);
      send({ type: 'answer', seq: message.seq + 1, question: '71', value: ['5'] });
    } else if (message.type === 'error') {
      socket.close();
      resolve({ code: message.code, known });
    }
  };
})"""


def option(number: int) -> int:
    """Return the index of the option that these visitors choose, from 0."""
    return number * 7 % 5


def answers_between(first: int, last: int) -> list[list[Any]]:
    """Return these answers as the gateway lists them; the values of options are 1 to 5."""
    return [[str(number), [str(option(number) + 1)]] for number in range(first, last + 1)]


def scores() -> dict[str, int]:
    """Compute the scores of the answers from the file of the test, without the gateway's code."""
    definition = yaml.safe_load((bundled_directory() / f"{TEST}.yaml").read_text("utf-8"))
    return {
        scale["title"]["ru"]: sum(option(int(question)) + 1 for question in scale["plus"])
        for scale in definition["scales"]
    }


def sign_in(page: Page, site: PartnerSite, name: str, language: str = "en") -> None:
    """Sign a visitor in at the site. All tests share the site, so each has visitors of its own."""
    page.goto(f"{site.url}/sign-in?lang={language}")
    page.locator("#name").fill(name)
    page.locator("main button").click()
    expect(page.locator(".user")).to_contain_text(name)


def sign_out(page: Page) -> None:
    """Sign the visitor out; the site then shows its first page."""
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def choose_test(page: Page, name: str) -> None:
    page.locator(".card", has=page.get_by_role("heading", name=name, exact=True)).locator(
        ".button"
    ).click()


def pay(page: Page) -> None:
    expect(page.locator(".bill")).to_contain_text("70 of 120")
    expect(page.locator(".bill")).to_contain_text("490 ₽")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="it is paid")).to_be_visible()


def test_a_visitor_comes_from_the_first_question_to_the_six_scales_through_every_trouble(
    restarted: Gateway,
    site: PartnerSite,
    new_visitor: NewVisitor,
) -> None:
    laptop = new_visitor()
    begin_at_the_partners_site(laptop, site)
    session, resume_token = (laptop.heard("start")[0][name] for name in ("session", "resumeToken"))

    survive_a_reload_and_a_crash(laptop, restarted)
    laptop.answer(54, 70, option)
    laptop.sees("More than half is done")
    laptop.picture("06-pause")
    [pause] = laptop.heard("pause")
    assert (pause["session"], pause["after"], pause["answers"]) == (
        session,
        70,
        answers_between(1, 70),
    )

    the_gate_holds(laptop, site, restarted, session, resume_token)

    pay_in_another_tab(laptop)
    laptop.sees_question(71)  # Nobody touched this tab.
    laptop.picture("10-resumed")
    assert laptop.heard("resumed")[-1] == {"session": session, "next": "71"}
    laptop.answer(71, 90, option)
    expect(laptop.status).to_contain_text("Saved")

    phone = new_visitor(viewport=PHONE, color_scheme="dark", language="ru")
    continue_on_the_phone(phone, site)
    laptop.sees("The test is open in another window")
    laptop.picture("13-taken-over")
    phone.answer(91, 120, option)

    phone.sees("Тест пройден")
    expect(phone.page.get_by_text("Ваш результат готов")).to_be_visible()
    phone.picture("14-finished")
    [finish] = phone.heard("finish")
    check_the_result(phone, site)
    check_what_is_stored(site, session, finish["resultKey"])

    laptop.page.goto(f"{site.url}/results")
    laptop.page.get_by_role("link", name="Career interests").click()
    expect(laptop.page.frame_locator("#report").locator("section > .bar")).to_have_count(6)
    laptop.picture("16-result-on-the-laptop")
    # The pages have no other faults than those that the test caused.
    assert [fault for fault in laptop.faults if "ERR_CONNECTION_REFUSED" not in fault] == []
    assert phone.faults == []


def begin_at_the_partners_site(laptop: Visitor, site: PartnerSite) -> None:
    sign_in(laptop.page, site, "Vera")
    laptop.picture("01-home")
    choose_test(laptop.page, "Career interests")
    laptop.sees("Career interests")
    laptop.picture("02-welcome")
    laptop.button("Start the test").click()
    laptop.answer(1, 30, option)
    laptop.sees_question(31)
    laptop.picture("04-question")


def survive_a_reload_and_a_crash(laptop: Visitor, gateway: Gateway) -> None:
    laptop.page.reload()
    laptop.answer(31, 50, option)
    gateway.kill()  # Answer 50 may be stored or not.
    laptop.answer(51, 53, option)
    expect(laptop.status).to_contain_text("Offline")
    laptop.picture("05-offline")
    gateway.start()
    expect(laptop.status).to_contain_text("Saved", timeout=60_000)


def the_gate_holds(
    laptop: Visitor, site: PartnerSite, gateway: Gateway, session: str, resume_token: str
) -> None:
    """Check that neither the widget nor the server takes an answer to question 71."""
    expect(laptop.choices).to_have_count(0)
    laptop.page.evaluate("document.querySelector('test-widget').back()")
    laptop.sees("More than half is done")
    refusal = laptop.page.evaluate(
        ANSWER_71,
        {
            "url": gateway.ws_url,
            "provider": PROVIDER,
            "session": session,
            "resumeToken": resume_token,
        },
    )
    assert refusal == {"code": "question_locked", "known": [str(n) for n in range(1, 71)]}
    stored = site.ask("session/get", session=session)
    assert (stored["state"], stored["paid"]) == ("awaiting_payment", False)
    assert stored["answers"] == answers_between(1, 70)

    # The script's connection was newer, so it took the attempt from the widget.
    laptop.sees("The test is open in another window")
    laptop.picture("07-taken-over")
    laptop.button("Continue here").click()
    laptop.sees("More than half is done")


def pay_in_another_tab(laptop: Visitor) -> None:
    with laptop.page.context.expect_page() as opened:
        laptop.widget.get_by_role("link", name="Go to the payment").click(
            modifiers=["ControlOrMeta"]
        )
    checkout = opened.value
    expect(checkout.get_by_role("heading", name="Payment")).to_be_visible()
    checkout.screenshot(path=SCREENSHOTS / "08-checkout.png")
    pay(checkout)
    checkout.screenshot(path=SCREENSHOTS / "09-paid.png")
    checkout.close()


def continue_on_the_phone(phone: Visitor, site: PartnerSite) -> None:
    sign_in(phone.page, site, "Vera", language="ru")
    expect(phone.page.get_by_text("Отвечено: 90 из 120")).to_be_visible()
    phone.picture("11-home-on-the-phone")
    choose_test(phone.page, "Профессиональные интересы")
    phone.sees_question(91)
    phone.picture("12-question-on-the-phone")


def check_the_result(phone: Visitor, site: PartnerSite) -> None:
    page = phone.page
    page.get_by_role("link", name="Посмотреть результат").click()
    report = page.frame_locator("#report")
    expect(report.locator("section > .bar")).to_have_count(6)
    expect(report.get_by_role("img", name="Лепестковая диаграмма")).to_be_visible()
    phone.picture("15-result")
    for title, score in scores().items():
        # Twenty questions of one to five points each: 20 to 100. A half is rounded up.
        percentage = ((score - 20) * 100 + 40) // 80
        bar = report.locator("section > .bar", has=page.get_by_role("heading", name=title))
        expect(bar.locator(".percentage")).to_have_text(f"{percentage} %")
        expect(bar.locator(".level")).to_contain_text("интерес")
    key = page.url.partition("key=")[2]
    pdf = page.request.get(f"{site.url}/report?result_key={key}&format=pdf&locale=ru")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF-")
    page.goto(f"{site.url}/results")
    expect(page.locator(".list li")).to_have_count(1)


def check_what_is_stored(site: PartnerSite, session: str, result_key: str) -> None:
    stored = site.ask("session/get", session=session)
    assert stored["answers"] == answers_between(1, 120)
    assert (stored["state"], stored["paid"]) == ("finished", True)
    assert stored["result_key"] == result_key
    result = site.ask("result/get", result_key=result_key, locale="ru")
    assert {scale["title"]: scale["score"] for scale in result["scales"]} == scores()


def test_who_pays_in_the_same_tab_comes_back_to_question_71(
    site: PartnerSite, new_context: Callable[..., BrowserContext]
) -> None:
    visitor = Visitor(new_context())
    sign_in(visitor.page, site, "Anna")
    choose_test(visitor.page, "Career interests")
    visitor.sees("Career interests")
    visitor.page.evaluate(
        "answers => document.querySelector('test-widget').resume({ answers })",
        answers_between(1, 70),
    )
    visitor.sees("More than half is done")
    visitor.widget.get_by_role("link", name="Go to the payment").click()
    pay(visitor.page)
    visitor.page.get_by_role("link", name="Continue the test").click()
    visitor.sees_question(71)


def test_a_refusal_of_the_gateway_is_told_in_words(
    site: PartnerSite, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    sign_in(page, site, "Boris", language="ru")
    unknown = "00000000-0000-4000-8000-000000000000"
    with page.expect_response("**/api/order") as refused:
        page.goto(f"{site.url}/checkout?session={unknown}")
    assert refused.value.status == 404
    expect(page.get_by_text("Эта попытка завершена или слишком стара")).to_be_visible()
    page.goto(f"{site.url}/result?key={unknown}")
    expect(page.get_by_text("Такого результата нет.")).to_be_visible()
    answer = page.request.get(f"{site.url}/report?result_key={unknown}&format=html&locale=ru")
    assert answer.status == 404
