"""What every page of the console refuses: strangers, foreign forms, ended sessions."""

import re
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from handlers.console.cookies import form_token, is_form_token, new_token
from tests.support.console import PASSWORD

pytestmark = pytest.mark.gen_test

ACCOUNT = "/console/account/"


async def test_the_console_is_not_there_before_the_first_account(console):
    browser = console.browser()
    for path in ("/console/", "/console/sign-in/", "/console/providers/", "/console/nothing"):
        assert (await browser.get(path)).status == 404
    await console.make_account("support")
    assert (await browser.get("/console/sign-in/")).status == 200


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in(console):
    await console.make_account("support")
    browser = console.browser()
    page = await browser.get("/console/account/?days=7")
    assert page.status == 303
    asked = urlsplit(page.location)
    assert asked.path == "/console/sign-in/"
    assert parse_qs(asked.query)["next"] == ["/console/account/?days=7"]


@pytest.mark.parametrize(
    "asked", ["https://evil.example/", "//evil.example/", "/console/\\evil", "/qua/", "/console/\n"]
)
async def test_a_sign_in_leads_to_pages_of_the_console_only(console, asked):
    account, _ = await console.make_account("editor")
    browser = console.browser()
    token = await browser.token("/console/sign-in/")
    fields = {"csrf": token, "login": account.login, "password": PASSWORD}
    page = await browser.send(f"/console/sign-in/?{urlencode({'next': asked})}", fields)
    assert (page.status, page.location) == (303, "/console/")


async def test_a_sign_in_gets_a_new_token_that_scripts_and_other_sites_do_not_get(console):
    account, _ = await console.make_account("support")
    browser = console.browser()
    await browser.get("/console/sign-in/")
    before = browser.cookies["console"]
    page = await browser.post("/console/sign-in/", login=account.login, password=PASSWORD)
    (morsel,) = SimpleCookie(page.headers["Set-Cookie"]).values()
    assert morsel.value != before
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/console/")


@pytest.mark.parametrize(
    "origin", ["", "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost"]
)
async def test_a_form_of_another_origin_changes_nothing(console, origin):
    support = await console.sign_in("support")
    fields = {"csrf": await support.token("/console/account/")}
    page = await support.send("/console/sign-out/", fields, Origin=origin)
    assert page.status == 403
    assert (await support.get(ACCOUNT)).status == 200


async def test_a_form_without_an_origin_changes_nothing(console):
    support = await console.sign_in("support")
    token = await support.token(ACCOUNT)
    page = await support.fetch("/console/sign-out/", method="POST", body=f"csrf={token}")
    assert page.status == 403
    assert (await support.get(ACCOUNT)).status == 200


@pytest.mark.parametrize("kind", ["missing", "empty", "garbage", "foreign", "old", "stolen"])
async def test_a_form_without_its_own_token_changes_nothing(console, kind):
    support = await console.sign_in("support")
    other = await console.sign_in("editor")
    token = {
        "missing": None,
        "empty": "",
        "garbage": "a\x7f" * 50,
        "foreign": await other.token(ACCOUNT),
        "old": form_token("a former session"),
        "stolen": await support.token(ACCOUNT),
    }[kind]
    fields = {} if token is None else {"csrf": token}
    victim = support
    if kind == "stolen":  # Whoever has read the token has not the cookie that it belongs to.
        victim = console.browser()
        await victim.get("/console/sign-in/")
    page = await victim.send("/console/sign-out/", fields)
    assert page.status == 403
    assert (await support.get(ACCOUNT)).status == 200


async def test_tokens_of_forms_differ_and_belong_to_one_cookie():
    cookie = new_token()
    tokens = {form_token(cookie) for _ in range(20)}
    assert len(tokens) == 20
    assert all(is_form_token(cookie, token) for token in tokens)
    assert not any(is_form_token(new_token(), token) for token in tokens)
    assert not is_form_token(cookie, "é")


async def test_a_session_that_is_ended_elsewhere_is_dead_at_once_on_every_node(
    console, other_node_url
):
    support = await console.sign_in("support")
    twin = console.browser(other_node_url)
    twin.cookies = dict(support.cookies)
    assert (await twin.get(ACCOUNT)).status == 200
    page = await support.post("/console/sign-out/", ACCOUNT)
    assert page.status == 303
    for browser in (support, twin):
        browser.cookies = dict(twin.cookies)
        assert urlsplit((await browser.get(ACCOUNT)).location).path == "/console/sign-in/"


async def test_pages_are_kept_framed_and_read_by_nobody(console):
    support = await console.sign_in("support")
    for path in (ACCOUNT, "/console/nothing", "/console/sign-in/"):
        headers = (await support.get(path)).headers
        assert headers["Cache-Control"] == "no-store"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_pages_have_nothing_inline(console):
    admin = await console.sign_in("admin")
    for path in ("/console/", ACCOUNT, "/console/providers/"):
        body = (await admin.get(path)).body.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", body), path


@pytest.mark.parametrize("value", [b"%FF", b"a%00b"])
async def test_fields_that_are_no_text_are_refused(console, value):
    await console.make_account("support")
    browser = console.browser()
    token = await browser.token("/console/sign-in/")
    body = f"csrf={token}&password=x&login=".encode() + value
    head = {"Origin": browser.origin, "Content-Type": "application/x-www-form-urlencoded"}
    page = await browser.fetch("/console/sign-in/", method="POST", body=body, headers=head)
    assert page.status == 400
