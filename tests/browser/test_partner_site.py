"""The partner's site: what each visitor may see, both languages, and how short its servers are."""

import json
import re

import pytest
from playwright.sync_api import APIResponse, Page, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import EXAMPLES, PartnerSite
from tests.browser.test_flow import answers_between, choose_test, pay, sign_in, sign_out
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

PAGES = EXAMPLES / "site"


def post(page: Page, site: PartnerSite, call: str, **body: object) -> APIResponse:
    """Make a call as a page of the site does."""
    return page.request.post(
        f"{site.url}/api/{call}",
        headers={"Content-Type": "application/json", "Origin": site.url},
        data=json.dumps(body),
    )


def test_the_secrets_are_in_no_page(new_visitor: NewVisitor, site: PartnerSite) -> None:
    page = new_visitor().page
    sign_in(page, site, "Maria")
    files = [path.name for path in PAGES.iterdir() if path.suffix in {".html", ".js", ".json"}]
    for path in ("", "test?test=work-values", "results", "no-such-page", "api/me", *files):
        answer = page.request.get(f"{site.url}/{path}")
        told = answer.text() + str(answer.headers)
        assert site.client_key not in told
        assert site.webhook_secret not in told
    assert len(files) > 15
    assert "<test-widget" in page.request.get(f"{site.url}/test?test=work-values").text()


def test_only_the_files_of_the_pages_are_served(new_visitor: NewVisitor, site: PartnerSite) -> None:
    page = new_visitor().page
    for path in ("schema.sql", "README.md", "..%2Fpartner_site%2Fserver.py", "%2Fetc%2Fpasswd"):
        assert page.request.get(f"{site.url}/{path}").status == 404


def test_a_post_that_no_page_of_the_site_sent_is_refused(
    new_visitor: NewVisitor, site: PartnerSite
) -> None:
    page = new_visitor().page
    sign_in(page, site, "Maria")
    as_json = {"Content-Type": "application/json", "Origin": site.url}
    for call in ("sign_in", "attempt", "order", "pay", "finish"):
        for headers in (
            as_json | {"Origin": "https://evil.example"},
            as_json | {"Content-Type": "text/plain"},
            {"Content-Type": "application/json"},
        ):
            answer = page.request.post(
                f"{site.url}/api/{call}", headers=headers, data=json.dumps({"name": "Eve"})
            )
            assert answer.status == 403
    assert page.request.get(f"{site.url}/api/me").json()["user"] == "Maria"


def test_odd_bodies_are_refused_as_such(new_visitor: NewVisitor, site: PartnerSite) -> None:
    page = new_visitor().page
    sign_in(page, site, "Maria")
    for body in ("", "[]", "7", "{", '{"session": {"a": 1}}', '{"session": null}', '{"a": "b"}'):
        for call in ("order", "finish"):
            answer = page.request.post(
                f"{site.url}/api/{call}",
                headers={"Content-Type": "application/json", "Origin": site.url},
                data=body,
            )
            assert answer.status in {400, 404}, (call, body)


def test_signing_in_never_leads_to_another_site(new_visitor: NewVisitor, site: PartnerSite) -> None:
    page = new_visitor().page
    for elsewhere in (
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "https://[",
    ):
        page.goto(f"{site.url}/sign-in?next={elsewhere}")
        page.locator("#name").fill("Maria")
        page.locator("main button").click()
        page.wait_for_url(f"{site.url}/")
        expect(page.locator(".user")).to_contain_text("Maria")
    for path in ("//evil.example", "/.//evil.example"):
        page.goto(f"{site.url}/sign-in?next={site.url}{path}")
        page.locator("#name").fill("Maria")
        page.locator("main button").click()
        page.wait_for_url(f"{site.url}//evil.example")


def test_whoever_is_not_signed_in_is_led_to_do_so_and_back(
    new_visitor: NewVisitor, site: PartnerSite
) -> None:
    page = new_visitor().page
    page.goto(f"{site.url}/test?test=work-values")
    page.locator("#name").fill("Maria")
    page.locator("main button").click()
    expect(page.get_by_role("heading", name="Work values", level=1)).to_be_visible()
    assert page.url == f"{site.url}/test?test=work-values"


def test_a_result_is_shown_to_its_user_only(new_visitor: NewVisitor, site: PartnerSite) -> None:
    maria, boris = new_visitor(), new_visitor()
    sign_in(maria.page, site, "Maria")
    choose_test(maria.page, "Work values")
    maria.begin()
    maria.answer(1, 24, lambda number: number % 5, of=24)
    maria.page.get_by_role("link", name="See my result").click()
    expect(maria.page.frame_locator("#report").locator("section > .bar")).to_have_count(6)
    sign_in(boris.page, site, "Boris")
    boris.page.goto(maria.page.url)
    expect(boris.page.get_by_text("There is no such result.")).to_be_visible()
    [finish] = maria.heard("finish")
    for form in ("html", "pdf", "svg"):
        report = f"{site.url}/report?result_key={finish['resultKey']}&format={form}&locale=en"
        assert maria.page.request.get(report).status == 200
        assert boris.page.request.get(report).status == 404
    [start] = maria.heard("start")
    known = {"session": start["session"], "resume_token": start["resumeToken"]}
    for call, body in (
        ("attempt", known),
        ("order", {"session": start["session"]}),
        ("finish", {"session": start["session"]}),
        ("attempt", known | {"session": start["session"].upper()}),
        ("finish", {"session": start["session"].upper()}),
    ):
        answer = post(boris.page, site, call, **body)
        assert answer.status == 404
        assert answer.json() == {"reason": "session_not_found"}


def test_who_signs_in_next_in_the_same_tab_does_not_continue_anothers_test(
    new_visitor: NewVisitor, site: PartnerSite
) -> None:
    tab = new_visitor()
    sign_in(tab.page, site, "Clara")
    choose_test(tab.page, "Work values")
    tab.begin()
    tab.answer(1, 3, lambda _: 0, of=24)
    expect(tab.status).to_contain_text("Saved")
    sign_out(tab.page)
    sign_in(tab.page, site, "Dora")
    choose_test(tab.page, "Work values")
    expect(tab.button("Start the test")).to_be_visible()
    # Clara finds her own attempt again.
    sign_out(tab.page)
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
    pay(tab.page)


def test_every_word_of_the_pages_is_in_both_languages() -> None:
    words = (PAGES / "words.js").read_text("utf-8")
    first, _, second = words.partition("const ru = {")
    key = re.compile(r"^  '?([\w.]+)'?:", re.MULTILINE)
    english, russian = (key.findall(text.partition("\n};")[0]) for text in (first, second))
    assert sorted(english) == sorted(russian)
    assert len(set(english)) == len(english)
    pages = "".join(path.read_text("utf-8") for path in PAGES.glob("*.html"))
    scripts = "".join(path.read_text("utf-8") for path in PAGES.glob("*.js"))
    said = set(re.findall(r'data-(?:say|title)="(\w+)"', pages))
    said |= set(re.findall(r"(?:say|begin|Refusal)\((?:\d+, )?'(\w+)'", scripts))
    assert len(said) > 40
    assert said - set(english) == set()
