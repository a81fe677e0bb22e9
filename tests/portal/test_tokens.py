"""The access tokens of devices: JWTs of the gateway for a single purpose and a short time."""

import base64
import hashlib
import hmac
import json
import time

import msgspec
import pytest
from jose import jwt

from tests.support.fixtures import running_backend
from tests.support.portal_api import OTHER, PERSON
from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.portal.sign_ins import Remote
from widget_gateway.domain.secrets import derive_key
from widget_gateway.services.portal.tokens import key_id

pytestmark = pytest.mark.gen_test

LATIN = b"\xff"
REMOTE = Remote("127.0.0.1", "")


@pytest.fixture
def tokens(io_loop, portal):
    """The tokens of a live sign-in."""
    io_loop.run_sync(portal.update_pin)
    return io_loop.run_sync(portal.signed_in)


@pytest.fixture
def key(settings):
    """The key with which the gateway signs."""
    return derive_key(settings.jwt_secret, "portal access token")


@pytest.fixture
def claims(tokens):
    """The claims of the access token, which tests change and sign again."""
    return jwt.get_unverified_claims(tokens["access_token"])


def b64(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(claims, key, digest=hashlib.sha256, **header):
    head = {"alg": "HS256", "typ": "JWT", "kid": key_id(key)} | header
    head = {name: value for name, value in head.items() if value is not None}
    message = f"{b64(head)}.{b64(claims)}"
    return f"{message}.{b64(hmac.digest(key, message.encode(), digest))}"


async def status(portal, token):
    answer = await portal.own_sessions(token)
    assert answer.body["result"] is (answer.status == 200)
    return answer.status


async def test_a_token_says_who_in_which_session_until_when_by_which_key(tokens, claims, key):
    assert jwt.get_unverified_header(tokens["access_token"]) == {
        "alg": "HS256",
        "typ": "JWT",
        "kid": key_id(key),
    }
    assert claims == {
        "iss": "widget-gateway",
        "aud": "portal",
        "sub": PERSON,
        "sid": tokens["session_id"],
        "iat": claims["exp"] - 6 * 3600,
        "exp": claims["exp"],
    }
    assert abs(claims["iat"] - time.time()) < 60


async def test_a_token_signed_as_the_gateway_does_is_taken(portal, claims, key):
    """This shows that each refusal below has its change as the only reason."""
    assert await status(portal, signed(claims, key)) == 200


CHANGES = {
    "expired": {"exp": 1_577_836_800},
    "without an end": {"exp": None},
    "an end that is no time": {"exp": "never"},
    "not begun": {"nbf": 4_102_444_800},
    "another issuer": {"iss": "someone"},
    "without an issuer": {"iss": None},
    "another audience": {"aud": "qua"},
    "without an audience": {"aud": None},
    "without a person": {"sub": None},
    "another person": {"sub": OTHER},
    "a person who is none": {"sub": 5},
    "without a session": {"sid": None},
    "another session": {"sid": 10**9},
    "a session that is text": {"sid": "1"},
    "a session that is an operator": {"sid": {"$gt": 0}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_token_that_says_something_else_opens_nothing(portal, claims, key, change):
    changed = {name: value for name, value in (claims | change).items() if value is not None}
    assert await status(portal, signed(changed, key)) == 401


HEADERS = {
    "no key named": {"kid": None},
    "an unknown key named": {"kid": "0" * 16},
    "a list as key": {"kid": ["x"]},
    "an object as key": {"kid": {}},
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "no alg": {"alg": None},
    "alg HS512": {"alg": "HS512"},
    "alg RS256": {"alg": "RS256"},
    "alg that is a list": {"alg": ["HS256"]},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
async def test_a_header_that_says_something_else_opens_nothing(portal, claims, key, header):
    assert await status(portal, signed(claims, key, **header)) == 401


async def test_unsigned_tampered_and_foreign_tokens_open_nothing(portal, tokens, claims, key):
    head, body, mac = tokens["access_token"].split(".")
    none = b64({"alg": "none", "typ": "JWT", "kid": key_id(key)})
    other = b64(claims | {"sub": OTHER})
    foreign = derive_key("another secret", "portal access token")
    qua = derive_key("JWT secret of the tests, 32 bytes", "qua")
    hs512 = {"digest": hashlib.sha512, "alg": "HS512"}
    for token in (
        f"{none}.{body}.",
        f"{none}.{body}.{mac}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{other}.{mac}",
        f"{head}.{body}.{mac[:-2]}",
        f"{head}.{body}.{mac[::-1]}",
        f"{head}.{body}.{mac}.{mac}",
        signed(claims, foreign),
        signed(claims, foreign, kid=key_id(key)),
        signed(claims, qua),
        signed(claims, qua, kid=key_id(key)),
        signed(claims, b"", kid=key_id(key)),
        signed(claims, b"JWT secret of the tests, 32 bytes", kid=key_id(key)),
        signed(claims, key, **hs512),
    ):
        assert await status(portal, token) == 401, token
    assert await status(portal, tokens["access_token"]) == 200


async def test_what_is_no_token_at_all_opens_nothing(portal, key):
    deep = b64(b"[" * 5_000)
    right = b64({"alg": "HS256", "kid": key_id(key)})
    for token in (
        *("x", "a.b.c", "..", "...", "é.é.é", "{}.{}.{}", "A" * 20_000),
        *(f"{deep}.{deep}.{deep}", f"{right}.{deep}.x", f"{right}.{b64([])}.x"),
        *(f"{b64([])}.{b64({})}.x", f"{b64('text')}.{b64({})}.x", f"{right}.{b64(LATIN)}.x"),
        signed([], key),
        signed("text", key),
        signed({}, key),
        signed({"sub": "\ud800"}, key),
    ):
        assert await status(portal, token.encode().decode("latin-1")) == 401, token[:80]


async def test_a_token_may_come_under_any_case_of_its_scheme(portal, tokens):
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {tokens['access_token']}"}
        assert (await portal.fetch("/api/v1/auth/sessions", headers=headers)).status == 200


class TestAfterARotationOfTheKey:
    """The gateway signs by JWT_SECRET; the key before it is JWT_OLD_SECRET."""

    @pytest.fixture
    def rotated(self, io_loop, backend, settings):
        assert backend
        changed = msgspec.structs.replace(
            settings, jwt_secret="new secret", jwt_old_secret=settings.jwt_secret
        )
        with running_backend(io_loop, changed) as opened:
            yield opened.services.portal.sign_ins

    @pytest.fixture
    def forgotten(self, io_loop, backend, settings):
        assert backend
        changed = msgspec.structs.replace(settings, jwt_secret="new secret")
        with running_backend(io_loop, changed) as opened:
            yield opened.services.portal.sign_ins

    async def test_the_old_tokens_are_taken_and_new_ones_signed_by_the_new_key(
        self, rotated, tokens, key
    ):
        await rotated.authenticate(tokens["access_token"])
        issued = await rotated.refresh(tokens["refresh_token"], REMOTE)
        kid = jwt.get_unverified_header(issued.access_token)["kid"]
        assert kid == key_id(derive_key("new secret", "portal access token")) != key_id(key)
        await rotated.authenticate(issued.access_token)
        assert (await rotated.refresh(issued.refresh_token, REMOTE)).sign_in.generation == 3

    async def test_once_the_old_secret_is_gone_its_tokens_are_refused(self, forgotten, tokens):
        with pytest.raises(TokenInvalidError):
            await forgotten.authenticate(tokens["access_token"])
        with pytest.raises(TokenInvalidError):
            await forgotten.refresh(tokens["refresh_token"], REMOTE)
