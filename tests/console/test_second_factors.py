"""Second factors: apps, passkeys and recovery codes, and what each of them refuses."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from tests.support.authenticator import Authenticator, changed, part_of
from tests.support.console import PASSWORD
from widget_gateway.domain.console.accounts import MAX_PASSKEYS
from widget_gateway.domain.errors import FactorNotFoundError, LastFactorError

pytestmark = pytest.mark.gen_test

SIGN_IN, CODE, ACCOUNT = "/console/sign-in/", "/console/second-factor/", "/console/account/"
FACTORS = "/console/account/second-factor/"
EVIL = "https://evil.example"


def options_of(page):
    """Return WebAuthn's options that a page has for the browser."""
    return page.tree.xpath("//form[@data-passkey]/@data-options")[0]


async def add_passkey(browser, authenticator, **fields):
    page = await browser.get(FACTORS)
    fields = {"credential": authenticator.register(options_of(page), browser.origin)} | fields
    return await send(browser, page, FACTORS, **{"do": "add_passkey", "name": "Key"} | fields)


async def send(browser, page, path, **fields):
    """Send a form of this very page: another one would have another challenge."""
    token = page.tree.xpath("//input[@name='csrf']/@value")[0]
    return await browser.send(path, {"csrf": token} | fields)


async def show_password(console, login):
    browser = console.browser()
    page = await browser.post(SIGN_IN, login=login, password=PASSWORD)
    assert page.status == 303
    return browser


@pytest.fixture
def browser_at_localhost(console, base_url):
    """Passkeys need a host that has a name."""
    return lambda: console.browser(base_url.replace("127.0.0.1", "localhost"))


async def with_passkey(console, role="support"):
    """Sign somebody in who adds a passkey; return the browser and the authenticator."""
    browser, authenticator = await console.sign_in(role), Authenticator()
    assert (await add_passkey(browser, authenticator)).status == 200
    return browser, authenticator


@pytest.mark.parametrize("counts", [True, False])
async def test_a_passkey_signs_in_instead_of_a_code(console, counts):
    browser, authenticator = await console.sign_in("support"), Authenticator(counts=counts)
    page = await add_passkey(browser, authenticator)
    assert len(page.tree.xpath("//ul[@class='codes']/li")) == 10
    for _ in range(2):
        again = await show_password(console, browser.account.login)
        assert (await again.get(ACCOUNT)).location == CODE
        page = await again.get(CODE)
        before = again.cookies["console"]
        signed = authenticator.sign(options_of(page), again.origin)
        assert (await send(again, page, CODE, credential=signed)).status == 303
        assert again.cookies["console"] != before
        assert (await again.get(ACCOUNT)).status == 200


async def test_what_a_passkey_has_signed_works_once(console):
    browser, authenticator = await with_passkey(console)
    first = await show_password(console, browser.account.login)
    page = await first.get(CODE)
    signed = authenticator.sign(options_of(page), first.origin)
    assert (await send(first, page, CODE, credential=signed)).status == 303
    other = await show_password(console, browser.account.login)
    page = await other.get(CODE)
    assert (await send(other, page, CODE, credential=signed)).status == 422, "another challenge"
    assert (await other.get(ACCOUNT)).status == 303


async def test_of_two_uses_of_a_challenge_one_wins(console):
    browser, authenticator = await with_passkey(console)
    again = await show_password(console, browser.account.login)
    page = await again.get(CODE)
    signed = authenticator.sign(options_of(page), again.origin)
    pages = await asyncio.gather(*(send(again, page, CODE, credential=signed) for _ in range(3)))
    assert [answer.status for answer in pages].count(200) == 0
    assert [answer.headers.get("Set-Cookie") is not None for answer in pages].count(True) == 1


async def test_a_copied_authenticator_whose_counter_is_behind_is_refused(console):
    browser, authenticator = await with_passkey(console)
    authenticator.counter = 5
    for counter, status in ((5, 303), (5, 422), (2, 422), (9, 303)):
        again = await show_password(console, browser.account.login)
        page = await again.get(CODE)
        authenticator.counter = counter
        signed = authenticator.sign(options_of(page), again.origin)
        answer = await send(again, page, CODE, credential=signed)
        assert answer.status == status, counter


@pytest.mark.parametrize("fault", ["origin", "key", "signature", "kind", "foreign", "no text"])
async def test_a_wrong_signature_does_not_sign_in(console, fault):
    browser, authenticator = await with_passkey(console)
    _, foreign = await with_passkey(console)
    again = await show_password(console, browser.account.login)
    page = await again.get(CODE)
    options, origin = options_of(page), again.origin
    signed = authenticator.sign(options, origin)
    stranger = Authenticator()
    stranger.id = authenticator.id
    wrong = {
        "origin": authenticator.sign(options, EVIL),
        "key": stranger.sign(options, origin),
        "signature": changed(signed, "signature", bytes(70)),
        "kind": changed(signed, "clientDataJSON", b"{}"),
        "foreign": foreign.sign(options, origin),
        "no text": "[" * 9_000,
    }[fault]
    assert (await send(again, page, CODE, credential=wrong)).status == 422
    assert (await again.get(ACCOUNT)).status == 303


@pytest.mark.parametrize("fault", ["origin", "challenge", "cbor", "key", "empty", "deep", "used"])
async def test_a_wrong_passkey_is_not_added(console, database, fault):
    browser, authenticator = await console.sign_in("support"), Authenticator()
    other = options_of(await (await console.sign_in("editor")).get(FACTORS))
    page = await browser.get(FACTORS)
    made = authenticator.register(options_of(page), browser.origin)
    attestation = part_of(made, "attestationObject")
    wrong = {
        "origin": authenticator.register(options_of(page), EVIL),
        "challenge": authenticator.register(other, browser.origin),
        "cbor": changed(made, "attestationObject", b"\xff" + attestation),
        "key": changed(made, "attestationObject", attestation[:-40] + b"y" * 40),
        "empty": "",
        "deep": '{"a":' * 3_000,
        "used": made,
    }[fault]
    if fault == "used":
        await send(browser, page, FACTORS, do="add_passkey", name="", credential="x")
    page = await send(browser, page, FACTORS, do="add_passkey", name="", credential=wrong)
    assert page.status == 422
    assert database["console_accounts"].find_one({"_id": browser.account.id})["passkeys"] == []


async def test_an_account_has_so_many_passkeys_and_each_once(console, backend, database):
    browser, authenticator = await with_passkey(console)
    assert (await add_passkey(browser, authenticator)).status == 422, "it is there already"
    rows = database["console_accounts"]
    (kept,) = rows.find_one({"_id": browser.account.id})["passkeys"]
    many = [kept | {"id": bytes([number])} for number in range(MAX_PASSKEYS - 1)]
    rows.update_one({"_id": browser.account.id}, {"$set": {"passkeys": many}})
    assert (await add_passkey(browser, Authenticator())).status == 303
    assert (await add_passkey(browser, Authenticator())).status == 422
    assert len((await backend.console.accounts.get(browser.account.id)).passkeys) == MAX_PASSKEYS


async def test_names_of_passkeys_are_shown_as_text(console):
    browser, authenticator = await console.sign_in("support"), Authenticator()
    name = '"><script>alert(1)</script>'
    await add_passkey(browser, authenticator, name=name)
    page = await browser.get(FACTORS)
    assert name in page.main
    assert name.encode() not in page.body


async def test_of_two_last_factors_an_admin_removes_one_even_at_once(console, backend):
    browser, _ = await with_passkey(console, "admin")
    (passkey,) = (await backend.console.accounts.get(browser.account.id)).passkeys
    results = await asyncio.gather(
        backend.console.second_factors.remove_totp(browser.account.id),
        backend.console.passkeys.remove(browser.account, passkey.id),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Account", "LastFactorError"]
    account = await backend.console.accounts.get(browser.account.id)
    assert account.has_totp != bool(account.passkeys)
    removal = (
        backend.console.second_factors.remove_totp(account.id)
        if account.has_totp
        else backend.console.passkeys.remove(account, passkey.id)
    )
    with pytest.raises(LastFactorError):
        await removal


async def test_removing_a_factor_ends_other_sessions_and_needs_the_password(console, backend):
    browser, _ = await with_passkey(console)
    await add_passkey(browser, Authenticator())
    other = await show_password(console, browser.account.login)
    assert (await other.get(ACCOUNT)).location == CODE
    page = await browser.get(FACTORS)
    (first, second) = page.tree.xpath("//input[@name='passkey']/@value")
    for fields, status in (
        ({"passkey": first}, 422),
        ({"passkey": first, "password": "wrong"}, 422),
        ({"passkey": "nonsense", "password": PASSWORD}, 404),
        ({"password": PASSWORD}, 404),
    ):
        assert (await browser.post(FACTORS, do="remove_passkey", **fields)).status == status
    page = await browser.post(FACTORS, do="remove_passkey", passkey=first, password=PASSWORD)
    assert page.status == 303
    assert (await browser.get(ACCOUNT)).status == 200
    assert (await other.get(ACCOUNT)).location.startswith(SIGN_IN)
    page = await browser.post(FACTORS, do="remove_passkey", passkey=second, password=PASSWORD)
    assert page.status == 303, "the role needs no second factor"
    with pytest.raises(FactorNotFoundError):
        await backend.console.second_factors.remove_totp(browser.account.id)


async def test_a_second_app_does_not_replace_the_first(console, database):
    admin = await console.sign_in("admin")
    rows = database["console_accounts"]
    before = rows.find_one({"_id": admin.account.id})["totp"]
    page = await admin.get(FACTORS)
    assert "secret" not in page.main.lower(), "there is nothing to set up"
    page = await admin.post(FACTORS, do="add_app", code="000000")
    assert page.status == 422
    assert rows.find_one({"_id": admin.account.id})["totp"] == before


async def test_secrets_are_stored_sealed_and_codes_as_hashes(console, backend, database):
    account, secret = await console.make_account("admin")
    codes = await backend.console.second_factors.make_recovery_codes(account.id)
    row = database["console_accounts"].find_one({"_id": account.id})
    for known in (secret, PASSWORD, *codes, *(code.replace("-", "") for code in codes)):
        assert known not in str(row)
    assert len(set(codes)) == 10


async def test_a_code_of_the_steps_beside_is_taken_and_no_other(console, backend):
    account, secret = await console.make_account("admin")
    factors, now = backend.console.second_factors, backend.console.second_factors._clock()
    app = pyotp.TOTP(secret)
    for steps in (-3, -2, 2, 3):
        code = app.at(now + timedelta(seconds=30 * steps))
        assert not await factors.use_code(account.id, code)
    assert await factors.use_code(account.id, app.at(now - timedelta(seconds=30)))
    assert await factors.use_code(account.id, app.at(now))
    for steps in (-1, 0):
        code = app.at(now + timedelta(seconds=30 * steps))
        assert not await factors.use_code(account.id, code), "it was used, or is older"


async def test_a_recovery_code_that_is_used_twice_at_once_works_once(console, backend):
    account, _ = await console.make_account("admin")
    factors = backend.console.second_factors
    old = await factors.make_recovery_codes(account.id)
    results = await asyncio.gather(
        *(factors.use_recovery_code(account.id, old[0]) for _ in range(5))
    )
    assert sorted(results) == [False, False, False, False, True]
    new = await factors.make_recovery_codes(account.id)
    assert not await factors.use_recovery_code(account.id, old[1]), "new codes replace the old"
    other, _ = await console.make_account("admin")
    assert not await factors.use_recovery_code(other.id, new[0])
    assert await factors.use_recovery_code(account.id, new[0])
    assert (await backend.console.accounts.get(account.id)).recovery_codes_left == 9


async def test_wrong_recovery_codes_are_counted_like_passwords(console):
    account, _ = await console.make_account("admin")
    browser = await show_password(console, account.login)
    token = await browser.token(CODE)
    fields = {"csrf": token, "code": "aaaa-bbbb-cccc-dddd"}
    pages = [await browser.send(CODE, fields) for _ in range(12)]
    assert [page.status for page in pages] == [422] * 10 + [429] * 2
    assert int(pages[-1].headers["Retry-After"]) > 0


async def test_a_secret_that_an_older_pepper_has_sealed_lets_recovery_codes_in(
    console, backend, database
):
    account, secret = await console.make_account("admin")
    codes = await backend.console.second_factors.make_recovery_codes(account.id)
    database["console_accounts"].update_one(
        {"_id": account.id}, {"$set": {"totp": b"sealed by another key"}}
    )
    browser = await show_password(console, account.login)
    assert (await browser.post(CODE, code=pyotp.TOTP(secret).now())).status == 422
    assert (await browser.post(CODE, code=codes[0])).status == 303


async def test_an_admin_removes_lost_factors_of_others_only(console, backend, database):
    admin = await console.sign_in("admin")
    lost, _ = await console.make_account("admin")
    session = await show_password(console, lost.login)
    page = await admin.post(f"/console/accounts/{lost.id}/", do="reset")
    assert page.status == 303
    account = await backend.console.accounts.get(lost.id)
    assert not account.has_second_factor
    assert account.recovery_codes_left == 0
    assert (await session.get(ACCOUNT)).location.startswith(SIGN_IN), "its sessions are over"
    browser = await show_password(console, lost.login)
    assert (await browser.get(ACCOUNT)).location == FACTORS
    page = await admin.post(f"/console/accounts/{admin.account.id}/", do="reset")
    assert page.status == 403
    assert (await backend.console.accounts.get(admin.account.id)).has_totp
    (entry,) = database["console_trail"].find({"deed": "factors_remove"})
    assert (entry["subject"], entry["outcome"]) == (f"account {lost.login}", "done")


async def test_options_name_the_host_and_ask_for_the_person(console, backend, browser_at_localhost):
    account, _ = await console.make_account("support")
    browser = browser_at_localhost()
    await browser.post(SIGN_IN, login=account.login, password=PASSWORD)
    options = json.loads(options_of(await browser.get(FACTORS)))
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    named = replace(account, passkeys=())
    assert json.loads(backend.console.passkeys.authentication(named, EVIL)[0])["rpId"] == (
        "evil.example"
    )
