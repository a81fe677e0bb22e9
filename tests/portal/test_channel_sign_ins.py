"""The portal channel is open for signed-in people, until their sign-in ends."""

import base64
import json
from datetime import timedelta

import pytest
from jose import jwt
from websockets.exceptions import InvalidStatus

from handlers.channel import limits
from tests.support.portal_api import OTHER, pass_time
from tests.support.portal_device import SUBPROTOCOL, PortalDevice, push
from tests.support.waiting import until
from widget_gateway.domain.portal import sign_ins

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("person")]


@pytest.fixture
def person(io_loop, portal):
    """Make the usual person known by `pin/update`."""
    io_loop.run_sync(portal.update_pin)


def part(claims):
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def without_signature(token):
    header = {"alg": "none", "typ": "JWT", "kid": jwt.get_unverified_header(token)["kid"]}
    return f"{part(header)}.{token.split('.')[1]}."


def of_another_person(token):
    header, claims, signature = token.split(".")
    changed = jwt.get_unverified_claims(token) | {"sub": OTHER}
    return ".".join((header, part(changed), signature)) if claims else ""


def signed_by_somebody_else(token):
    headers = {"kid": jwt.get_unverified_header(token)["kid"]}
    return jwt.encode(jwt.get_unverified_claims(token), "a guess", "HS256", headers=headers)


FORGERIES = {
    "nothing": lambda _: "",
    "words": lambda _: "token",
    "another-person": of_another_person,
    "without-signature": without_signature,
    "signed-by-somebody-else": signed_by_somebody_else,
    "cut": lambda token: token[:-2],
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_token_that_is_not_ours_is_closed_with_4301(portal, sign_on, name):
    tokens = await portal.signed_in()
    device = await sign_on({"access_token": FORGERIES[name](tokens["access_token"])})
    assert await device.closed(after_error="token_invalid") == 4301


async def test_a_refresh_token_opens_no_channel(portal, sign_on):
    tokens = await portal.signed_in()
    device = await sign_on({"access_token": tokens["refresh_token"]})
    assert await device.closed(after_error="token_invalid") == 4301


async def test_two_tokens_are_none(portal, base_url):
    token = (await portal.signed_in())["access_token"]
    offered = (SUBPROTOCOL, f"bearer.{token}", f"bearer.{token}x")
    device = await PortalDevice.connect(base_url, origin=None, subprotocols=offered)
    assert await device.closed(after_error="token_invalid") == 4301


@pytest.mark.parametrize("offered", [(), (SUBPROTOCOL,)], ids=["none", "ours-alone"])
async def test_no_token_is_closed_with_4301(base_url, offered):
    device = await PortalDevice.connect(base_url, origin=None, subprotocols=offered)
    assert await device.closed(after_error="token_invalid") == 4301


async def test_the_token_alone_is_no_subprotocol(portal, base_url):
    token = (await portal.signed_in())["access_token"]
    with pytest.raises(InvalidStatus) as refusal:
        await PortalDevice.connect(base_url, origin=None, subprotocols=(f"bearer.{token}",))
    assert refusal.value.response.status_code == 400


async def test_our_subprotocol_is_chosen_and_never_the_token(sign_on):
    assert (await sign_on()).socket.subprotocol == SUBPROTOCOL


async def test_no_token_is_logged(sign_on, portal, logs):
    device = await sign_on()
    await push(portal)
    await device.event()
    assert any(entry["event"] == "request" for entry in logs)
    assert device.tokens["access_token"] not in repr(logs)


async def test_a_session_that_the_portal_deletes_closes_its_channel_at_once(portal, sign_on):
    device, other = await sign_on(), await sign_on()
    await device.is_live()
    await other.is_live()
    deleted = await portal.delete(f"session_id={device.tokens['session_id']}")
    assert deleted.body == {"result": True}
    assert await device.closed(after_error="token_invalid") == 4301
    await push(portal, "for the other device")
    await other.event("for the other device")


async def test_it_closes_on_another_node_too(portal, sign_on, other_node_url):
    device = await sign_on(url=other_node_url)
    await device.is_live()
    await portal.delete(f"session_id={device.tokens['session_id']}")
    assert await device.closed(after_error="token_invalid") == 4301


async def test_deleting_all_sessions_closes_all_channels(portal, sign_on, other_node_url):
    devices = [await sign_on(), await sign_on(), await sign_on(url=other_node_url)]
    for device in devices:
        await device.is_live()
    assert (await portal.delete("all=1")).body == {"result": True}
    for device in devices:
        assert await device.closed(after_error="token_invalid") == 4301


async def test_signing_out_closes_every_channel_of_the_session(portal, sign_on, other_node_url):
    device = await sign_on()
    tab = await sign_on(device.tokens, url=other_node_url)
    await device.is_live()
    await tab.is_live()
    await portal.logout(device.tokens["access_token"])
    assert await device.closed(after_error="token_invalid") == 4301
    assert await tab.closed(after_error="token_invalid") == 4301


async def test_a_stolen_refresh_token_closes_the_channel(portal, sign_on, database):
    device = await sign_on()
    await device.is_live()
    first = device.tokens["refresh_token"]
    second = (await portal.refresh(first)).body["data"]["refresh_token"]
    assert (await portal.refresh(second)).status == 200
    pass_time(database, seconds=11)
    assert (await portal.refresh(first)).status == 401
    assert await device.closed(after_error="token_invalid") == 4301


async def test_a_session_that_ends_while_the_channel_opens_closes_it(
    portal, sign_on, backend, monkeypatch
):
    """The sign-in ends after the channel has checked it and before the feed knows the channel."""
    tokens = await portal.signed_in()
    authenticate = backend.services.portal.sign_ins.authenticate
    ends = []

    async def end_after_the_first_look(token):
        signed_in = await authenticate(token)
        if not ends:
            ends.append(await portal.delete("all=1"))
        return signed_in

    monkeypatch.setattr(backend.services.portal.sign_ins, "authenticate", end_after_the_first_look)
    device = await sign_on(tokens)
    assert await device.closed(after_error="token_invalid") == 4301
    assert [answer.status for answer in ends] == [200]


async def test_a_deleted_session_opens_no_channel(portal, sign_on, other_node_url):
    tokens = await portal.signed_in()
    await portal.delete("all=1")
    device = await sign_on(tokens)
    assert await device.closed(after_error="token_invalid") == 4301
    elsewhere = await sign_on(tokens, url=other_node_url)
    assert await elsewhere.closed(after_error="token_invalid") == 4301


async def test_the_channel_outlives_its_access_token(portal, sign_on, monkeypatch):
    monkeypatch.setattr(sign_ins, "ACCESS_TOKEN_LIFETIME", timedelta(seconds=2))
    device = await sign_on()
    await device.is_live()
    token = device.tokens["access_token"]

    async def has_expired():
        return (await portal.own_sessions(token)).status == 401

    await until(has_expired)
    await push(portal, "later")
    await device.event("later")
    late = await sign_on(device.tokens)
    assert await late.closed(after_error="token_invalid") == 4301


async def test_a_new_pin_ends_no_channel(portal, sign_on):
    device = await sign_on()
    await device.is_live()
    answer = await portal.update_pin(pin_code="7777", created_at="2026-05-05 12:30:00")
    assert answer.body == {"result": True}
    await push(portal, "still here")
    await device.event("still here")


async def test_one_channel_of_a_person_too_many_is_refused_with_4101(portal, sign_on, monkeypatch):
    monkeypatch.setattr(limits, "MAX_CHANNELS_A_PERSON", 2)
    devices = [await sign_on(), await sign_on()]
    for device in devices:
        await device.is_live()
    surplus = await sign_on()
    assert await surplus.closed(after_error="rate_limited") == 4101
    await devices[0].leave()
    again = await sign_on()
    await again.is_live()
    await push(portal, "for both")
    await devices[1].event("for both")
    await again.event("for both")
