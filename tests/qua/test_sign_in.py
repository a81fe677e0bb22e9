"""Signing in to QUA: who gets a token, what it permits, and how guessing is slowed down."""

import asyncio
import base64
import json
from collections import Counter
from datetime import timedelta

import pytest
from jose import jwt

from tests.support.qua_api import PASSWORD, refusal_of, response_of
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import (
    QuaCredentialsUnfitError,
    QuaUserExistsError,
    QuaUserNotFoundError,
)
from widget_gateway.domain.qua.users import ADDRESS_TRIES, NAME_TRIES, TOKEN_LIFETIME
from widget_gateway.domain.secrets import derive_key
from widget_gateway.services.qua.tokens import QuaTokens

pytestmark = pytest.mark.gen_test

WRONG = (400, "Unable to login with provided credentials.")
UNREADABLE = (401, "Error decoding signature.")


def claims_of(user, **changes):
    now = int(utc_now().timestamp())
    usual = {"sub": str(user.id), "pwv": 1, "iat": now, "exp": now + 600}
    return usual | {"aud": "qua", "iss": "widget-gateway"} | changes


def signed(settings, claims, *, purpose="qua", algorithm="HS256"):
    return jwt.encode(claims, derive_key(settings.jwt_secret, purpose), algorithm=algorithm)


async def until_refused(client):
    """Wait until the node has heard that the user's token is no longer valid."""
    answers = []

    async def is_refused():
        answers.append(await client.find("questions"))
        return answers[-1].status != 200

    await until(is_refused)
    assert refusal_of(answers[-1])[0] == 401


async def test_a_token_is_for_a_week(qua):
    me = await qua.join()
    claims = jwt.get_unverified_claims(me.token)
    assert claims["exp"] - claims["iat"] == TOKEN_LIFETIME.total_seconds() == 7 * 24 * 3600
    assert jwt.get_unverified_header(me.token) == {"alg": "HS256", "typ": "JWT"}


@pytest.mark.parametrize("scheme", ["JWT", "Bearer", "jwt", "BEARER"])
async def test_a_token_is_shown_under_either_name(qua, scheme):
    me = await qua.join()
    answer = await qua.call("GET", "questions", Authorization=f"{scheme} {me.token}")
    assert response_of(answer) == []


@pytest.mark.parametrize("shown", ["", "JWT", "JWT ", "Basic bnM6c2VjcmV0", "Token abc"])
async def test_without_a_token_nobody_is_let_in(qua, shown):
    await qua.join()
    answer = await qua.call("GET", "questions", Authorization=shown)
    assert refusal_of(answer) == (401, "Authentication credentials were not provided.")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_in_the_query_is_none(qua):
    me = await qua.join()
    assert refusal_of(await qua.find("questions", token=me.token))[0] == 401


async def test_the_tests_own_token_is_read(qua, settings):
    me = await qua.join()
    assert await qua.showing(signed(settings, claims_of(me.user))).read("questions") == []


async def test_a_token_that_was_tampered_with_is_refused(qua):
    me = await qua.join()
    other = await qua.join("other")
    head, _, mac = me.token.split(".")
    _, claims, _ = other.token.split(".")
    mixed = f"{head}.{claims}.{mac}"
    flipped = me.token[:-2] + ("A" if me.token[-2] != "A" else "B") + me.token[-1]
    for token in (mixed, flipped, me.token[:-1], f"{me.token}.x", "a.b.c", "x" * 5_000, "..", "é"):
        assert refusal_of(await qua.showing(token).find("questions")) == UNREADABLE, token


@pytest.mark.parametrize("name", ["none", "None", "NONE", "HS512", "RS256", ""])
async def test_a_token_with_another_algorithm_is_refused(qua, name):
    me = await qua.join()

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    unsigned = f"{part({'alg': name, 'typ': 'JWT'})}.{part(claims_of(me.user))}."
    mac = me.token.rpartition(".")[2]
    for token in (unsigned, unsigned + mac):
        assert refusal_of(await qua.showing(token).find("questions")) == UNREADABLE


async def test_our_own_key_with_another_algorithm_is_refused(qua, settings):
    me = await qua.join()
    token = signed(settings, claims_of(me.user), algorithm="HS512")
    assert refusal_of(await qua.showing(token).find("questions")) == UNREADABLE


@pytest.mark.parametrize(
    "purpose", ["portal access token", "portal refresh token", "qua tracking", ""]
)
async def test_a_key_with_another_purpose_opens_nothing(qua, settings, purpose):
    me = await qua.join()
    token = signed(settings, claims_of(me.user), purpose=purpose)
    assert refusal_of(await qua.showing(token).find("questions")) == UNREADABLE
    plain = jwt.encode(claims_of(me.user), settings.jwt_secret, algorithm="HS256")
    assert refusal_of(await qua.showing(plain).find("questions")) == UNREADABLE


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "portal"},
        {"iss": "somebody"},
        {"sub": "nobody"},
        {"sub": ""},
        {"pwv": "x"},
        {"pwv": None},
        {"sub": "-1"},
        {"sub": "9" * 30},
    ],
    ids=str,
)
async def test_claims_that_are_not_ours_are_refused(qua, settings, changes):
    me = await qua.join()
    token = signed(settings, claims_of(me.user, **changes))
    assert refusal_of(await qua.showing(token).find("questions"))[0] == 401


@pytest.mark.parametrize("name", ["sub", "exp", "iat", "aud", "iss", "pwv"])
async def test_a_token_without_one_of_its_claims_is_refused(qua, settings, name):
    me = await qua.join()
    claims = claims_of(me.user)
    del claims[name]
    answer = await qua.showing(signed(settings, claims)).find("questions")
    assert refusal_of(answer) == UNREADABLE


async def test_a_portal_token_opens_nothing_here(qua, portal):
    await qua.join()
    await portal.update_pin()
    tokens = await portal.signed_in()
    answer = await qua.showing(tokens["access_token"]).find("questions")
    assert refusal_of(answer) == UNREADABLE


async def test_the_old_secret_still_verifies_and_never_signs(qua):
    me = await qua.join()
    before, after = QuaTokens("old", None), QuaTokens("new", "old")
    token = before.issue(me.user, utc_now())
    assert after.read(token).user == me.user.id
    assert QuaTokens("new", None).read(after.issue(me.user, utc_now())).user == me.user.id


async def test_a_token_of_a_removed_user_is_refused_on_every_node(qua, other_node_url):
    me = await qua.join()
    there = qua.showing(me.token)
    there.url = other_node_url
    assert await me.read("questions") == await there.read("questions") == []
    await qua.users.remove("nsapunov")
    for where in (me, there):
        await until_refused(where)
    assert refusal_of(await qua.sign_in("nsapunov")) == WRONG


async def test_a_user_who_comes_back_under_the_name_is_another(qua):
    me = await qua.join()
    await me.ask()
    await qua.users.remove("nsapunov")
    again = await qua.join()
    assert again.user.id != me.user.id
    await until_refused(me)
    (question,) = await again.read("questions")
    assert question["created_by"]["id"] == me.user.id
    assert refusal_of(await again.call("DELETE", f"questions/{question['id']}"))[0] == 403


async def test_a_new_password_ends_the_tokens_of_the_old_one(qua):
    me = await qua.join()
    await qua.users.set_password("nsapunov", "another")
    await until_refused(me)
    assert refusal_of(await qua.sign_in("nsapunov")) == WRONG
    assert (await qua.sign_in("nsapunov", "another")).status == 200


@pytest.mark.parametrize("name", ["NSapunov", " nsapunov ", "ＮＳＡＰＵＮＯＶ"])
async def test_case_and_width_of_a_name_make_no_difference(qua, name):
    await qua.join()
    assert (await qua.sign_in(name)).status == 200


@pytest.mark.parametrize("name", ["nobody", "nsapunov\u200b", "x" * 256, "$ne", "a b", "é" * 200])
async def test_who_is_not_known_is_told_the_same(qua, name):
    await qua.join()
    assert refusal_of(await qua.sign_in(name)) == WRONG
    assert refusal_of(await qua.sign_in("nsapunov", "wrong")) == WRONG


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "nsapunov"},
        {"username": "nsapunov", "password": ""},
        {"username": {"$ne": None}, "password": {"$ne": None}},
        {"username": ["nsapunov"], "password": PASSWORD},
        {"username": "nsapunov", "password": True},
        {"username": "nsapunov\0", "password": PASSWORD},
        {"username": "nsapunov", "password": "x" * 1_025},
        {"username": "x" * 257, "password": PASSWORD},
        {"username": "\ud800", "password": PASSWORD},
        [],
        "nsapunov",
        None,
        5,
    ],
    ids=str,
)
async def test_what_is_no_name_and_password_is_refused(qua, body):
    await qua.join()
    assert refusal_of(await qua.call("POST", "auth", body))[0] == 400


@pytest.mark.parametrize(
    ("username", "password", "error"),
    [
        ("nsapunov", "x", QuaUserExistsError),
        ("NSapunov", "x", QuaUserExistsError),
        ("a b", "x", QuaCredentialsUnfitError),
        ("", "x", QuaCredentialsUnfitError),
        ("x" * 151, "x", QuaCredentialsUnfitError),
        ("boris", "", QuaCredentialsUnfitError),
        ("boris", "x" * 1_025, QuaCredentialsUnfitError),
    ],
    ids=["known", "known in capitals", "space", "no name", "long", "no password", "long password"],
)
async def test_what_is_no_new_user_is_refused(qua, username, password, error):
    await qua.join()
    with pytest.raises(error):
        await qua.users.create(username, password, first_name="", last_name="", editor=False)


@pytest.mark.parametrize("act", ["remove", "update", "set_password"])
async def test_who_is_not_there_is_neither_changed_nor_removed(qua, act):
    arguments = ("x",) if act == "set_password" else ()
    with pytest.raises(QuaUserNotFoundError):
        await getattr(qua.users, act)("nobody", *arguments)


async def test_a_password_may_have_any_characters(qua):
    await qua.users.create("anna", "  пароль 🔑 ", first_name="", last_name="", editor=False)
    assert (await qua.sign_in("anna", "  пароль 🔑 ")).status == 200
    assert refusal_of(await qua.sign_in("anna", "пароль 🔑")) == WRONG


async def test_a_name_is_guessed_at_ten_times_and_no_more(qua):
    me = await qua.join()
    answers = await asyncio.gather(
        *(qua.sign_in("nsapunov", f"guess {number}") for number in range(3 * NAME_TRIES))
    )
    assert Counter(answer.status for answer in answers) == {400: NAME_TRIES, 429: 2 * NAME_TRIES}
    refused = next(answer for answer in answers if answer.status == 429)
    assert refusal_of(refused)[1].startswith("Too many")
    assert 1 <= int(refused.headers["Retry-After"]) <= 600
    assert (
        refusal_of(await qua.sign_in("nsapunov"))[0] == 429
    )  # The right password is refused, too.
    assert refusal_of(await qua.sign_in("NSapunov "))[0] == 429
    assert await me.read("questions") == []  # Those signed in stay signed in.


async def test_unknown_names_are_throttled_alike(qua):
    statuses = [(await qua.sign_in("nobody")).status for _ in range(NAME_TRIES + 1)]
    assert statuses == [400] * NAME_TRIES + [429]


async def test_an_address_has_its_tries_too_and_locks_nobody_afterwards(qua):
    me = await qua.join()
    guesses = [qua.sign_in(f"name-{number}", "wrong") for number in range(ADDRESS_TRIES + 5)]
    answers = await asyncio.gather(*guesses)
    assert Counter(answer.status for answer in answers) == {400: ADDRESS_TRIES, 429: 5}
    for _ in range(NAME_TRIES + 1):
        assert (await qua.sign_in("nsapunov", "wrong")).status == 429
    answers = [await qua.users.sign_in("nsapunov", PASSWORD, "192.0.2.7") for _ in range(3)]
    assert all(answers)
    assert await me.read("questions") == []


async def test_addresses_of_one_ipv6_network_are_one(qua, database):
    await qua.join()
    database["qua_tries"].delete_many({})
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"):
        await qua.users.sign_in("nsapunov", PASSWORD, address)
    assert database["qua_tries"].count_documents({}) == 2 + 1  # They are two networks and one name.


async def test_right_passwords_are_no_tries(qua):
    await qua.join()
    for _ in range(NAME_TRIES + 2):
        assert (await qua.sign_in("nsapunov")).status == 200


async def test_tries_are_forgotten_after_their_window(qua, database):
    await qua.join()
    for _ in range(NAME_TRIES + 1):
        answer = await qua.sign_in("nsapunov", "wrong")
    assert answer.status == 429
    past = utc_now() - timedelta(seconds=1)
    database["qua_tries"].update_many({}, {"$set": {"expires_at": past}})
    assert (await qua.sign_in("nsapunov")).status == 200


async def test_no_secret_is_stored_or_logged(qua, database, logs):
    me = await qua.join()
    await qua.sign_in("nsapunov", "wrong-secret")
    await me.read("questions")
    (row,) = database["qua_users"].find()
    assert row["password"].startswith("$argon2id$")
    for secret in (PASSWORD, "wrong-secret", me.token):
        assert secret not in str(logs)
        assert secret not in str(row)
