"""The partner's site: what each visitor may see, and both languages."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import SERVER, PartnerSite
from tests.browser.test_flow import answers_between, choose_test, pay, sign_in
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

TEMPLATES = SERVER.parent / "templates"


def test_the_secret_key_is_in_no_page(new_visitor: NewVisitor, site: PartnerSite) -> None:
    page = new_visitor().page
    sign_in(page, site, "Maria")
    for path in ("/", "/tests/work-values", "/results", "/no-such-page", "/static/test-page.js"):
        answer = page.request.get(site.url + path)
        assert site.client_key not in answer.text() + str(answer.headers)
    assert "work-values" in page.request.get(f"{site.url}/tests/work-values").text()


def test_a_post_without_the_token_of_a_page_is_refused(
    new_visitor: NewVisitor, site: PartnerSite
) -> None:
    page = new_visitor().page
    sign_in(page, site, "Maria")
    for path in ("/checkout", "/attempts", "/results", "/sign-out", "/sign-in"):
        answer = page.request.post(site.url + path, form={"session": "x", "name": "Eve"})
        assert answer.status == 403
    assert "Maria" in page.request.get(site.url).text()


def test_signing_in_never_leads_to_another_site(new_visitor: NewVisitor, site: PartnerSite) -> None:
    page = new_visitor().page
    for elsewhere in (
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
    ):
        page.goto(f"{site.url}/sign-in")
        page.locator("input[name=next]").evaluate("(input, to) => { input.value = to }", elsewhere)
        page.locator("#name").fill("Maria")
        page.locator("main button").click()
        expect(page.locator(".user")).to_contain_text("Maria")
        assert page.url == f"{site.url}/"


def test_the_language_switch_never_leads_to_another_site(
    new_visitor: NewVisitor, site: PartnerSite
) -> None:
    page = new_visitor().page
    page.goto(f"{site.url}//evil.example/?lang=ru")
    assert page.url.startswith(site.url)


def test_a_result_is_shown_to_its_user_only(new_visitor: NewVisitor, site: PartnerSite) -> None:
    maria, boris = new_visitor(), new_visitor()
    sign_in(maria.page, site, "Maria")
    choose_test(maria.page, "Work values")
    maria.begin()
    maria.answer(1, 24, lambda number: number % 5, of=24)
    maria.page.get_by_role("link", name="See my result").click()
    expect(maria.page.frame_locator("#report").locator("section > .bar")).to_have_count(6)
    sign_in(boris.page, site, "Boris")
    for address in (
        maria.page.url,
        f"{maria.page.url}/report.html",
        f"{maria.page.url}/report.pdf",
    ):
        answer = boris.page.goto(address)
        assert answer
        assert answer.status == 404
    [finish] = maria.heard("finish")
    token = boris.page.locator("input[name=_xsrf]").first.input_value()
    answer_to_claim = boris.page.request.post(
        f"{site.url}/results",
        headers={"X-XSRFToken": token},
        data={"result_key": finish["resultKey"], "session": finish["session"]},
    )
    assert answer_to_claim.status == 409
    assert answer_to_claim.json() == {"message": "This result belongs to another person."}


def test_who_signs_in_next_in_the_same_tab_does_not_continue_anothers_test(
    new_visitor: NewVisitor, site: PartnerSite
) -> None:
    tab = new_visitor()
    sign_in(tab.page, site, "Clara")
    choose_test(tab.page, "Work values")
    tab.begin()
    tab.answer(1, 3, lambda _: 0, of=24)
    expect(tab.status).to_contain_text("Saved")
    tab.page.get_by_role("button", name="Sign out").click()
    sign_in(tab.page, site, "Dora")
    choose_test(tab.page, "Work values")
    expect(tab.button("Start the test")).to_be_visible()
    # Clara finds her own attempt again.
    tab.page.get_by_role("button", name="Sign out").click()
    sign_in(tab.page, site, "Clara")
    choose_test(tab.page, "Work values")
    tab.sees_question(4, 24)


def test_a_payment_waits_for_a_gateway_that_is_down(
    new_visitor: NewVisitor, site: PartnerSite, restarted: Gateway
) -> None:
    tab = new_visitor()
    sign_in(tab.page, site, "Emma")
    choose_test(tab.page, "Career interests")
    tab.sees("Career interests")
    tab.page.evaluate(
        "answers => document.querySelector('test-widget').resume({ answers })",
        answers_between(1, 70),
    )
    tab.widget.get_by_role("link", name="Go to the payment").click()
    expect(tab.page.get_by_role("heading", name="Payment")).to_be_visible()
    restarted.kill()
    tab.page.get_by_role("button", name="Pay").click()
    expect(tab.page.get_by_text("The test service does not answer")).to_be_visible()
    restarted.start()
    tab.page.go_back()
    pay(tab.page)


def test_every_word_of_the_pages_is_translated() -> None:
    sources = [path.read_text("utf-8") for path in TEMPLATES.glob("*.html")]
    sources += [path.read_text("utf-8") for path in SERVER.parent.glob("*.py")]
    said = {text for source in sources for _, text in re.findall(r"_\(([\"'])(.+?)\1\)", source)}
    said |= set(re.findall(r'translate\("([^"]+)"\)', "".join(sources)))
    words = Path(SERVER.parent / "page.py").read_text("utf-8").partition("WORDS = {")[2]
    said |= set(re.findall(r': "([^"]+)"', words.partition("}")[0]))
    with (SERVER.parent / "translations" / "ru.csv").open(encoding="utf-8") as rows:
        known = {row[0] for row in csv.reader(rows)}
    assert len(said) > 40
    assert said - known == set()
    assert known - said == set()
