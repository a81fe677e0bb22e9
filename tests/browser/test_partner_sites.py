"""The partner's site in each language: one story of a visitor, and what each server refuses."""

import json
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import APIResponse, Page, expect
from standardwebhooks import Webhook

from tests.browser.conftest import NewVisitor
from tests.browser.partner_sites import LANGUAGES, command_of
from tests.browser.sites import EXAMPLES, PartnerSite, free_port
from tests.browser.test_flow import PHONE, answers_between, choose_test, option, pay, sign_in
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway
from tests.support.waiting import wait_for

pytestmark = pytest.mark.browser

SERVERS = {
    "python": "partner_site/server.py",
    "php": "php_site/server.php",
    "node": "node_site/server.mjs",
}

CALLS = {
    "attempt": {"session": "", "resume_token": ""},
    "order": {"session": ""},
    "pay": {"order": ""},
    "finish": {"session": ""},
}
"""The calls that only a signed-in user may make, with their parameters."""


@pytest.fixture(scope="module", params=LANGUAGES)
def shop(
    request: pytest.FixtureRequest, gateway: Gateway, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PartnerSite]:
    """A site with a provider of its own, whose webhooks it takes."""
    port = free_port()
    command = command_of(request.param, port)
    slug = f"shop-{request.param}"
    keys = gateway.command(
        *("provider", "create", "--slug", slug, "--name", "Shop", "--policy", "postpaid"),
        *("--test-policy", "unlimited", "--origin", f"http://localhost:{port}"),
    )
    address = f"http://localhost:{port}/webhook"
    webhook = gateway.command("provider", "webhook", slug, "--url", address)
    running = PartnerSite(
        gateway,
        port,
        keys["client_key"],
        command=command,
        provider=slug,
        webhook_secret=webhook["secret"],
        database=str(tmp_path_factory.mktemp("shop") / "site.sqlite3"),
    )
    yield running
    assert running.stop() in {0, -signal.SIGTERM}


def post(page: Page, site: PartnerSite, call: str, **body: Any) -> APIResponse:
    """Make a call as a page of the site does."""
    return page.request.post(
        f"{site.url}/api/{call}",
        headers={"Content-Type": "application/json", "Origin": site.url},
        data=json.dumps(body),
    )


def me(page: Page, site: PartnerSite) -> dict[str, Any]:
    known: dict[str, Any] = page.request.get(f"{site.url}/api/me").json()
    return known


def letters(page: Page, site: PartnerSite) -> list[str]:
    return sorted(letter["type"] for letter in me(page, site)["letters"])


def refused(answer: APIResponse, status: int, reason: str) -> bool:
    assert (answer.status, answer.json()) == (status, {"reason": reason})
    return True


def send_webhook(
    page: Page, site: PartnerSite, event: dict[str, Any], *, id_: str, **change: Any
) -> APIResponse:
    """Send a webhook that the gateway has signed, or one that differs from it by `change`."""
    body = json.dumps(event)
    at = change.get("at", datetime.now(UTC))
    signature = Webhook(change.get("secret", site.webhook_secret)).sign(id_, at, body)
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        "Content-Type": "application/json",
    }
    return page.request.post(f"{site.url}/webhook", headers=headers, data=change.get("body", body))


def begin_just_before_the_pause(visitor: Visitor) -> dict[str, Any]:
    """Begin the paid test, with the answers up to question 67."""
    choose_test(visitor.page, "Career interests")
    visitor.sees("Career interests")
    visitor.page.evaluate(
        "answers => document.querySelector('test-widget').resume({ answers })",
        answers_between(1, 67),
    )
    visitor.sees_question(68)
    return visitor.started()


def percentages(page: Page) -> list[str]:
    """What the report in the frame says of the scales."""
    bars = page.frame_locator("#report").locator("section > .bar")
    expect(bars).to_have_count(6)
    return [str(text) for text in bars.locator(".percentage").all_text_contents()]


def test_a_visitor_pays_at_the_pause_and_sees_the_result_on_two_devices(
    new_visitor: NewVisitor, shop: PartnerSite
) -> None:
    laptop = new_visitor()
    sign_in(laptop.page, shop, "Vera")
    start = begin_just_before_the_pause(laptop)
    laptop.answer(68, 69, option)
    expect(laptop.status).to_contain_text("Saved")
    laptop.page.reload()
    laptop.answer(70, 70, option)
    laptop.sees("More than half is done")
    laptop.page.reload()
    laptop.sees("More than half is done")

    laptop.widget.get_by_role("link", name="Go to the payment").click()
    pay(laptop.page)
    order = post(laptop.page, shop, "order", session=start["session"]).json()
    again = post(laptop.page, shop, "pay", order=order["id"])
    assert (again.status, again.json()) == (200, {"paid": True})
    assert post(laptop.page, shop, "order", session=start["session"]).json()["id"] == order["id"]
    stored = shop.ask("session/get", session=start["session"])
    assert (stored["paid"], stored["payment_id"]) == (True, order["id"])
    laptop.page.get_by_role("link", name="Continue the test").click()
    laptop.answer(71, 75, option)
    expect(laptop.status).to_contain_text("Saved")

    phone = new_visitor(viewport=PHONE, color_scheme="dark")
    sign_in(phone.page, shop, "Vera")
    expect(phone.page.get_by_text("Answered: 75 of 120")).to_be_visible()
    choose_test(phone.page, "Career interests")
    phone.answer(76, 120, option)
    phone.sees("Test completed")
    phone.page.get_by_role("link", name="See my result").click()
    seen = percentages(phone.page)
    key = phone.page.url.partition("key=")[2]
    report = f"{shop.url}/report?result_key={key}&locale=en"
    pdf = phone.page.request.get(f"{report}&format=pdf")
    assert pdf.headers["content-type"].startswith("application/pdf")
    assert pdf.body().startswith(b"%PDF-")
    assert "script-src" not in pdf.headers["content-security-policy"]

    laptop.page.goto(f"{shop.url}/results")
    laptop.page.get_by_role("link", name="Career interests").click()
    assert percentages(laptop.page) == seen
    [passed] = shop.ask("user/tests", user_id="Vera")["passed"]
    assert passed["result_key"] == key
    wait_for(lambda: letters(laptop.page, shop) == ["attempt.paused", "result.finished"])
    laptop.page.goto(f"{shop.url}/results")
    expect(laptop.page.get_by_text("Your test waits for its payment.")).to_be_visible()
    assert laptop.faults == phone.faults == []

    stranger = new_visitor().page
    sign_in(stranger, shop, "Boris")
    assert stranger.request.get(f"{report}&format=html").status == 404
    assert refused(post(stranger, shop, "pay", order=order["id"]), 404, "session_not_found")
    assert me(stranger, shop)["results"] == []


def test_what_a_page_claims_is_refused_unless_it_is_the_users_own(
    new_visitor: NewVisitor, shop: PartnerSite
) -> None:
    nora, nobody, boris = new_visitor(), new_visitor().page, new_visitor().page
    sign_in(nora.page, shop, "Nora")
    choose_test(nora.page, "Work values")
    nora.begin()
    nora.answer(1, 1, lambda _: 0, of=24)
    start = nora.started()
    wait_for(lambda: len(me(nora.page, shop)["unfinished"]) == 1)
    session = start["session"]
    order = post(nora.page, shop, "order", session=session).json()["id"]
    claims = {"session": session, "resume_token": start["resumeToken"], "order": order}
    sign_in(boris, shop, "Boris")
    for call, parameters in CALLS.items():
        claim = {name: claims[name] for name in parameters}
        assert refused(post(nobody, shop, call, **claim), 401, "sign_in_first")
        assert refused(post(boris, shop, call, **claim), 404, "session_not_found")
        shouted = claim | ({"session": session.upper()} if "session" in claim else {})
        assert refused(post(boris, shop, call, **shouted), 404, "session_not_found")
        unknown = dict.fromkeys(claim, str(uuid4()))
        assert refused(post(boris, shop, call, **unknown), 404, "session_not_found")
        for odd in ({}, dict.fromkeys(claim, 7), {name: [claim[name]] for name in claim}):
            assert post(nora.page, shop, call, **odd).status in {200, 400, 404}, (call, odd)
    assert refused(post(nora.page, shop, "finish", session=session), 409, "not_finished")
    answers = [[str(number), ["3"]] for number in range(1, 25)]
    saved = shop.ask("progress/save", test="work-values", progress=json.dumps(answers))
    report = f"{shop.url}/report?result_key={saved['result_key']}&format=html&locale=en"
    assert nora.page.request.get(report).status == 404
    assert me(boris, shop)["unfinished"] == []
    assert shop.ask("stats")["users"] <= 1  # Nothing was attached to anybody but Vera.


def test_a_post_that_no_page_of_the_site_sent_is_refused(
    new_visitor: NewVisitor, shop: PartnerSite
) -> None:
    page = new_visitor().page
    sign_in(page, shop, "Maria")
    cookie = page.context.cookies()
    assert {(item["httpOnly"], item["sameSite"]) for item in cookie if item["name"] != "lang"} == {
        (True, "Lax")
    }
    as_json = {"Content-Type": "application/json", "Origin": shop.url}
    for call in ("sign_in", *CALLS):
        for headers in (
            as_json | {"Origin": "https://evil.example"},
            as_json | {"Content-Type": "text/plain"},
            {"Content-Type": "application/json"},
        ):
            answer = page.request.post(
                f"{shop.url}/api/{call}", headers=headers, data=json.dumps({"name": "Eve"})
            )
            assert refused(answer, 403, "forbidden")
    for body in ("", "[]", "7", "null", "{", '{"name": 7}', '{"name": "x", "more": "y"}'):
        answer = page.request.post(f"{shop.url}/api/sign_in", headers=as_json, data=body)
        assert answer.status in {200, 400}, body
    assert post(page, shop, "no_such_call").status in {403, 404}
    for path in ("schema.sql", "README.md", "server.py", "..%2Fphp_site%2Fserver.php", "%2Fetc"):
        missing = page.request.get(f"{shop.url}/{path}")
        assert missing.status == 404
        assert "<!doctype html>" in missing.text()
    assert re.search("script-src 'self' http", missing.headers["content-security-policy"])


def test_a_webhook_is_believed_if_it_is_signed_and_tells_its_news_once(
    new_visitor: NewVisitor, shop: PartnerSite
) -> None:
    page, visitor = new_visitor().page, new_visitor()
    sign_in(visitor.page, shop, "Emma")
    session = begin_just_before_the_pause(visitor)["session"]
    wait_for(lambda: len(me(visitor.page, shop)["unfinished"]) == 1)
    data = {"session": session, "test": "career-interests"}
    event = {"type": "attempt.paused", "timestamp": "2026-05-04T12:40:00.000Z", "data": data}
    forged: list[dict[str, Any]] = [
        {"secret": "whsec_" + "B" * 43 + "="},
        {"body": json.dumps(event | {"timestamp": "2026-05-05T12:40:00.000Z"})},
        {"at": datetime.now(UTC) - timedelta(minutes=6)},
        {"at": datetime.now(UTC) + timedelta(minutes=6)},
    ]
    for change in forged:
        answer = send_webhook(page, shop, event, id_="msg_forged", **change)
        assert refused(answer, 400, "parameter_invalid")
    bare = page.request.post(f"{shop.url}/webhook", data=json.dumps(event))
    assert refused(bare, 400, "parameter_invalid")
    assert letters(visitor.page, shop) == []
    for _ in range(2):
        assert send_webhook(page, shop, event, id_="msg_again").status == 200
    assert letters(visitor.page, shop) == ["attempt.paused"]
    unknown = event | {"type": "weather.changed"}
    foreign = event | {"data": data | {"session": str(uuid4())}}
    for number, odd in enumerate((unknown, foreign)):
        assert send_webhook(page, shop, odd, id_=f"msg_{number}").status == 200
    # Its result is not there yet, whoever says so; the gateway would send the event again.
    early = event | {"type": "result.finished", "data": data | {"result_key": str(uuid4())}}
    answer = send_webhook(page, shop, early, id_="msg_early")
    assert refused(answer, 409, "not_finished")
    assert letters(visitor.page, shop) == ["attempt.paused"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_server_is_short(language: str) -> None:
    server = EXAMPLES / SERVERS[language]
    files = [
        path
        for path in server.parent.rglob("*")
        if path.is_file() and path.suffix in {".py", ".php", ".mjs", ".js", ".cjs"}
    ]
    assert files == [server]
    assert len(Path(server).read_text("utf-8").splitlines()) < 150
