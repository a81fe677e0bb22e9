"""Signing in to the console: passwords, second factors, sessions, and guesses of all of them."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from cryptography.fernet import Fernet

from tests.support.console import PASSWORD
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.console.accounts import SESSION_IDLE, SESSION_LIFETIME

pytestmark = pytest.mark.gen_test

SIGN_IN, CODE, ACCOUNT = "/console/sign-in/", "/console/second-factor/", "/console/account/"
FACTORS = "/console/account/second-factor/"


async def half_signed_in(console, role="admin"):
    """Show the password of a new account; return the browser and the TOTP secret."""
    account, secret = await console.make_account(role)
    browser = console.browser()
    page = await browser.post(SIGN_IN, login=account.login, password=PASSWORD)
    assert (page.status, page.location.partition("?")[0]) == (303, CODE)
    return browser, secret


@pytest.mark.parametrize("wrong", ["", "wrong", PASSWORD.upper(), f"{PASSWORD} "])
async def test_a_wrong_password_does_not_sign_in(console, wrong):
    account, _ = await console.make_account("support")
    browser = console.browser()
    page = await browser.post(SIGN_IN, login=account.login, password=wrong)
    assert page.status == 422
    assert (await browser.get(ACCOUNT)).status == 303


@pytest.mark.parametrize("login", ["nobody@example.org", "", "a b", "x" * 1000, "$ne", "\u202e"])
async def test_an_unknown_login_is_refused_like_a_wrong_password(console, login):
    await console.make_account("support")
    page = await console.browser().post(SIGN_IN, login=login, password=PASSWORD)
    assert page.status == 422


async def test_after_ten_wrong_passwords_even_the_right_one_is_refused(console):
    account, _ = await console.make_account("support")
    other, _ = await console.make_account("support")
    browser = console.browser()
    answers = await asyncio.gather(
        *(
            browser.post(SIGN_IN, login=account.login.upper(), password=f"wrong {number}")
            for number in range(20)
        )
    )
    assert sorted(page.status for page in answers) == [422] * 10 + [429] * 10
    page = await browser.post(SIGN_IN, login=account.login, password=PASSWORD)
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0
    page = await browser.post(SIGN_IN, login=other.login, password=PASSWORD)
    assert page.status == 303


async def test_right_passwords_are_not_counted(console):
    account, _ = await console.make_account("support")
    for _ in range(12):
        page = await console.browser().post(SIGN_IN, login=account.login, password=PASSWORD)
        assert page.status == 303


async def test_without_its_second_factor_a_session_opens_nothing(console):
    browser, _ = await half_signed_in(console)
    for path in (ACCOUNT, "/console/accounts/", "/console/trail/"):
        page = await browser.get(path)
        assert page.status in (303, 404)
        if page.status == 303:
            assert page.location.startswith(CODE)
    token = await browser.token(CODE)
    page = await browser.send(ACCOUNT, {"csrf": token, "locale": "ru"})
    assert (page.status, page.location) == (303, CODE)


async def test_a_code_signs_in_under_a_new_token_and_works_once(console):
    browser, secret = await half_signed_in(console)
    before = browser.cookies["console"]
    code = pyotp.TOTP(secret).now()
    page = await browser.post(CODE, code=f"{code[:3]} {code[3:]}")
    assert page.status == 303
    assert browser.cookies["console"] != before
    assert (await browser.get(ACCOUNT)).status == 200
    old = console.browser()
    old.cookies = {"console": before}
    assert (await old.get(ACCOUNT)).status == 303


async def test_of_two_uses_of_a_code_one_wins(console, backend):
    account, secret = await console.make_account("admin")
    browsers = [console.browser() for _ in range(4)]
    for browser in browsers:
        await browser.post(SIGN_IN, login=account.login, password=PASSWORD)
    tokens = [await browser.token(CODE) for browser in browsers]
    code = pyotp.TOTP(secret).now()
    pages = await asyncio.gather(
        *(
            browser.send(CODE, {"csrf": token, "code": code})
            for browser, token in zip(browsers, tokens, strict=True)
        )
    )
    assert sorted(page.status for page in pages) == [303, 422, 422, 422]
    assert backend


@pytest.mark.parametrize("code", ["", "000000x", "abcdef", "٣٣٣٣٣٣", "1" * 60])
async def test_a_wrong_code_does_not_sign_in(console, code):
    browser, _ = await half_signed_in(console)
    assert (await browser.post(CODE, code=code)).status == 422
    assert (await browser.get(ACCOUNT)).status == 303


async def test_codes_are_guessed_as_seldom_as_passwords(console):
    browser, secret = await half_signed_in(console)
    token = await browser.token(CODE)
    wrong = [f"{number:06}" for number in range(20) if f"{number:06}" != pyotp.TOTP(secret).now()]
    pages = [await browser.send(CODE, {"csrf": token, "code": code}) for code in wrong[:15]]
    assert {page.status for page in pages} == {422, 429}
    page = await browser.send(CODE, {"csrf": token, "code": pyotp.TOTP(secret).now()})
    assert page.status == 429


async def test_a_code_whose_secret_another_pepper_sealed_is_wrong(console, database):
    browser, secret = await half_signed_in(console)
    sealed = Fernet(Fernet.generate_key()).encrypt(secret.encode())
    database["console_accounts"].update_one({}, {"$set": {"totp": sealed}})
    assert (await browser.post(CODE, code=pyotp.TOTP(secret).now())).status == 422


async def test_guesses_beyond_the_limit_do_not_fill_the_trail(console, database):
    account, _ = await console.make_account("support")
    browser = console.browser()
    for number in range(15):
        await browser.post(SIGN_IN, login=account.login, password=f"wrong {number}")
    outcomes = [row["outcome"] for row in database["console_trail"].find().sort("_id", 1)]
    assert outcomes == ["credentials_wrong"] * 10 + ["rate_limited"], "the first refusal is noted"


async def test_a_recovery_code_works_once(console, backend):
    browser, _ = await half_signed_in(console)
    (found,) = [await backend.console.accounts.list_page(limit=1)]
    codes = await backend.console.second_factors.make_recovery_codes(found[0].id)
    assert (await browser.post(CODE, code=codes[0].upper())).status == 303
    again = console.browser()
    await again.post(SIGN_IN, login=found[0].login, password=PASSWORD)
    assert (await again.post(CODE, code=codes[0])).status == 422
    assert (await again.post(CODE, code=codes[1].replace("-", " "))).status == 303


async def test_an_admin_without_a_second_factor_sees_how_to_get_one_and_nothing_else(
    console, backend
):
    account, _ = await console.make_account("admin")
    await backend.console.second_factors.remove_all(account.id)
    browser = console.browser()
    page = await browser.post(SIGN_IN, login=account.login, password=PASSWORD)
    assert page.status == 303
    for path in (ACCOUNT, "/console/accounts/"):
        page = await browser.get(path)
        assert (page.status, page.location) == (303, FACTORS)
    page = await browser.get(FACTORS)
    secret = page.tree.get_element_by_id("secret").text.replace(" ", "")
    page = await browser.post(FACTORS, do="add_app", code="000000")
    assert page.status == 422
    page = await browser.post(FACTORS, do="add_app", code=pyotp.TOTP(secret).now())
    assert page.status == 200
    assert len(page.tree.xpath("//ul[@class='codes']/li")) == 10
    assert (await browser.get(ACCOUNT)).status == 200
    again = console.browser()
    await again.post(SIGN_IN, login=account.login, password=PASSWORD)
    page = await again.post(CODE, code=pyotp.TOTP(secret).now())
    assert page.status == 422, "the code that set the app up was used"


async def test_the_last_second_factor_of_an_admin_stays(console):
    admin = await console.sign_in("admin")
    page = await admin.post(FACTORS, do="remove_app", password="wrong")
    assert page.status == 422
    page = await admin.post(FACTORS, do="remove_app", password=PASSWORD)
    assert page.status == 409
    assert (await admin.get(ACCOUNT)).status == 200


async def test_a_session_ends_by_idleness_and_by_age(console, database):
    support = await console.sign_in("support")
    sessions = database["console_sessions"]
    for change in (
        {"expires_at": utc_now()},
        {
            "created_at": utc_now() - SESSION_LIFETIME,
            "expires_at": utc_now() - timedelta(seconds=1),
        },
    ):
        kept = sessions.find_one({})
        assert (await support.get(ACCOUNT)).status == 200
        sessions.update_one({"_id": kept["_id"]}, {"$set": change})
        assert (await support.get(ACCOUNT)).status == 303
        sessions.replace_one({"_id": kept["_id"]}, kept)


async def test_a_request_makes_a_session_last_longer_but_never_beyond_its_age(console, database):
    support = await console.sign_in("support")
    sessions = database["console_sessions"]
    row = sessions.find_one({})
    began = row["created_at"] - SESSION_LIFETIME + timedelta(minutes=10)
    seen = row["created_at"] - timedelta(minutes=20)
    sessions.update_one({}, {"$set": {"created_at": began, "seen_at": seen}})
    assert (await support.get(ACCOUNT)).status == 200
    row = sessions.find_one({})
    assert row["seen_at"] > seen
    assert row["expires_at"] == began + SESSION_LIFETIME < row["seen_at"] + SESSION_IDLE


async def test_sessions_are_listed_and_ended_one_by_one(console):
    account, _ = await console.make_account("support")
    browsers = [console.browser() for _ in range(3)]
    for browser in browsers:
        await browser.post(SIGN_IN, login=account.login, password=PASSWORD)
    page = await browsers[0].get(ACCOUNT)
    others = page.tree.xpath("//button[@name='end']/@value")
    assert len(others) == 2
    assert (await browsers[0].post(ACCOUNT, end=others[0])).status == 303
    states = [(await browser.get(ACCOUNT)).status for browser in browsers]
    assert sorted(states) == [200, 200, 303]
    assert (await browsers[0].post(ACCOUNT, others="1")).status == 303
    assert [(await browser.get(ACCOUNT)).status for browser in browsers] == [200, 303, 303]


async def test_nobody_ends_a_session_of_another_account(console, database):
    support, other = await console.sign_in("support"), await console.sign_in("support")
    row = database["console_sessions"].find_one({"account": other.account.id})
    await support.post(ACCOUNT, end=str(row["session"]))
    assert (await other.get(ACCOUNT)).status == 200


async def test_a_new_password_ends_all_other_sessions_at_once(console, other_node_url):
    account, _ = await console.make_account("support")
    browsers = [console.browser(), console.browser(other_node_url)]
    for browser in browsers:
        await browser.post(SIGN_IN, login=account.login, password=PASSWORD)
    path = "/console/account/password/"
    for old, new in (
        ("wrong", "a new and rather long phrase"),
        (PASSWORD, "short"),
        (PASSWORD, "password1234"),
        (PASSWORD, f"{account.login} 1"),
        (PASSWORD, "x" * 2000),
    ):
        assert (await browsers[0].post(path, old=old, new=new)).status == 422
    page = await browsers[0].post(path, old=PASSWORD, new="a new and rather long phrase")
    assert page.status == 303
    assert (await browsers[0].get(ACCOUNT)).status == 200
    assert (await browsers[1].get(ACCOUNT)).status == 303
    page = await browsers[1].post(SIGN_IN, login=account.login, password=PASSWORD)
    assert page.status == 422
