"""A database that hangs or dies: 503 and 4100, recovery, and no acknowledged answer is lost."""

import asyncio
import contextlib
import json
import os
import time

import pytest
from tornado.httpclient import AsyncHTTPClient
from websockets.exceptions import ConnectionClosed

from tests.support.channel_client import ChannelClient
from tests.support.partner_api import PartnerApi
from tests.support.processes import Gateway, frozen
from tests.support.waiting import LOOK_S, PATIENCE_S, until
from widget_gateway.services.catalogue.files import bundled_directory

pytestmark = [pytest.mark.crash, pytest.mark.slow]

FAILOVER_S = 12.0
"""The longest that MongoDB's documentation expects a failover to take, in seconds."""


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A running gateway process with a provider and tests, and the provider's key."""
    gateway = Gateway(tmp_path_factory.mktemp("stall") / "data")
    gateway.start()
    gateway.command("test", "import", str(bundled_directory()))
    keys = gateway.command(
        *("provider", "create", "--slug", "college", "--name", "College"),
        *("--policy", "postpaid", "--allow-no-origin"),
    )
    yield gateway, keys["client_key"]
    gateway.stop()


def test_nothing_is_acknowledged_while_the_database_hangs_and_all_is_kept(started):
    gateway, client_key = started

    async def visit():
        visitor = await ChannelClient.connect(gateway.url, origin=None)
        session = await visitor.open(test="work-values", locale="en")
        await visitor.answer_all(session["questions"][:10])
        partner = PartnerApi(AsyncHTTPClient(), gateway.url)
        with frozen(gateway.mongod_pid()):
            began = time.monotonic()
            for number in range(11, 21):
                await visitor.answer(number, str(number), "5")
            asked = asyncio.ensure_future(
                partner.get("access/token", client_key=client_key, user_id="a", test="work-values")
            )
            # The wait is the point: no answer may be acknowledged meanwhile.
            assert await visitor.is_quiet(2)
            messages, code = await asyncio.wait_for(until_closed(visitor), 2 * PATIENCE_S)
            assert not [message for message in messages if message["type"] == "ack"]
            assert {message["code"] for message in messages} == {"storage_unavailable"}
            assert code == 4100
            refusal = await asked
            assert (refusal.status, refusal.reason) == (503, "storage_unavailable")
            assert int(refusal.headers["Retry-After"]) > 0
            # A socket outlasts a failover of a replica set with MongoDB's defaults.
            assert time.monotonic() - began > FAILOVER_S
            ready = await partner.fetch("/readyz")
            assert (ready.status, ready.headers["Retry-After"]) == (503, "2")
            assert (await partner.fetch("/healthz")).status == 200
        again = await reopen(gateway, visitor)
        kept = dict(again.session["answers"])
        assert all(kept[str(number)] == ["1"] for number in range(1, 11))
        missing = [n for n in range(11, 25) if str(n) not in kept]
        for seq, number in enumerate(missing, start=1):
            await again.answer(seq, str(number), "5")
            await again.expect("ack")
        await again.send("finish")
        await again.expect("finished")
        await again.leave()

        async def is_ready():
            return (await partner.fetch("/readyz")).status == 200

        await until(is_ready)

    asyncio.run(visit())


def test_a_short_stall_is_only_a_late_ack(started):
    gateway, _ = started

    async def visit():
        visitor = await ChannelClient.connect(gateway.url, origin=None)
        await visitor.open(test="work-values", locale="en")
        with frozen(gateway.mongod_pid()):
            for number in range(1, 25):
                await visitor.answer(number, str(number), "2")
            # The wait is the point: no answer may be acknowledged meanwhile.
            assert await visitor.is_quiet(1.5)
        for number in range(1, 25):
            assert await visitor.receive() == {"type": "ack", "seq": number}
        await visitor.leave()

    asyncio.run(visit())


def test_an_attach_meets_a_dead_database_with_503_and_succeeds_when_it_is_back(started):
    gateway, client_key = started

    async def call():
        partner = PartnerApi(AsyncHTTPClient(), gateway.url)
        parameters = {"client_key": client_key, "user_id": "anna", "test": "work-values"}
        assert (await partner.get("access/token", **parameters)).status == 200
        gateway.kill_mongod()

        async def succeeds():
            answer = await partner.get("access/token", **(parameters | {"user_id": "bob"}))
            assert answer.status in (200, 503)
            return answer.status == 200

        await until(succeeds)

    asyncio.run(call())


async def until_closed(visitor):
    """Return all messages up to the close, and its code, however long the database hangs."""
    messages = []
    try:
        while True:
            messages.append(json.loads(await visitor.socket.recv()))
    except ConnectionClosed as end:
        return messages, end.rcvd and end.rcvd.code


async def reopen(gateway, visitor):
    """Resume the attempt as the widget does, again and again until the storage is back."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            again = await ChannelClient.connect(gateway.url, origin=None)
            await again.send("open", provider="college", **visitor.identity)
            with contextlib.suppress(ConnectionClosed):
                message = await again.receive()
                if message["type"] == "session":
                    again.session = message
                    return again
            await again.leave()
            await asyncio.sleep(LOOK_S)


def test_no_key_or_token_is_ever_logged(gateway, tmp_path):
    gateway.environ |= {
        "WIDGET_GATEWAY_LOG_LEVEL": "debug",
        "WIDGET_GATEWAY_LOG_FORMAT": "json",
    }
    log = tmp_path / "log"
    with log.open("wb") as file:
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)  # The server inherits it.
        try:
            gateway.start()
        finally:
            os.dup2(saved, 2)
            os.close(saved)
    gateway.command("test", "import", str(bundled_directory()))
    keys = gateway.command(
        *("provider", "create", "--slug", "college", "--name", "College", "--allow-no-origin"),
        *("--policy", "postpaid"),
    )
    secrets = set(keys.values()) - {"college"}

    async def call_everything():
        partner = PartnerApi(AsyncHTTPClient(), gateway.url)
        parameters = {"client_key": keys["client_key"], "user_id": "anna", "test": "work-values"}
        token = (await partner.get("access/token", **parameters)).body["access_token"]
        visitor = await ChannelClient.connect(gateway.url, origin=None)
        session = await visitor.open(test="work-values", access_token=token)
        await visitor.answer_all(session["questions"])
        await visitor.send("finish")
        await visitor.expect("finished")
        await visitor.leave()
        wrong = "live_wrong-key-of-nobody"
        secrets.update({token, session["resume_token"], wrong})
        for path in ("result/get", "access/token", "nowhere", "/healthz", "/static/widget/no.js"):
            await partner.get(path, client_key=keys["client_key"], client=keys["sandbox_key"])
            await partner.fetch(path, headers={"Authorization": f"Bearer {wrong}"})
            await partner.post_raw(path, f'{{"client_key": "{wrong}"')
            await partner.fetch(f"{path}?client_key={wrong}", method="PUT", body=b"x")
        thief = await ChannelClient.connect(gateway.url, origin=None)
        await thief.send("open", provider="college", session=session["session"], resume_token=wrong)
        await thief.closed(after_error="token_invalid")

    asyncio.run(call_everything())
    gateway.terminate()
    lines = log.read_text(encoding="utf-8").splitlines()
    requests = [line for line in map(json.loads, lines) if line.get("event") == "request"]
    assert len(requests) > 20
    assert all(
        request["request_id"] and request["route"] and "ms" in request for request in requests
    )
    logged = "\n".join(lines)
    assert not [secret for secret in secrets if secret in logged]


def test_a_socket_lives_longer_than_a_call_may_wait(tmp_path):
    gateway = Gateway(tmp_path / "data", STORAGE_WAIT_S="1")
    gateway.start()
    try:
        gateway.command("test", "import", str(bundled_directory()))
        gateway.command(
            *("provider", "create", "--slug", "college", "--name", "College", "--allow-no-origin")
        )

        async def visit():
            visitor = await ChannelClient.connect(gateway.url, origin=None)
            session = await visitor.open(test="work-values", locale="en")
            # The pause is the point: it is longer than STORAGE_WAIT_S.
            await asyncio.sleep(1.5)
            await visitor.answer_all(session["questions"])
            await visitor.send("finish")
            await visitor.expect("finished")
            await visitor.leave()

        asyncio.run(visit())
    finally:
        gateway.stop()


def test_an_open_waits_longer_than_a_call_by_itself_may(tmp_path):
    gateway = Gateway(tmp_path / "data", STORAGE_WAIT_S="1")
    gateway.start()
    try:
        gateway.command("test", "import", str(bundled_directory()))
        gateway.command(
            *("provider", "create", "--slug", "college", "--name", "College", "--allow-no-origin")
        )

        async def visit():
            visitors = [await ChannelClient.connect(gateway.url, origin=None) for _ in range(2)]
            first = await visitors[0].open(test="work-values", locale="en")
            again = {name: first[name] for name in ("session", "resume_token")}
            with frozen(gateway.mongod_pid()):
                new = {"test": "work-values", "locale": "en"}
                await visitors[0].leave()
                visitors[0] = await ChannelClient.connect(gateway.url, origin=None)
                await visitors[0].send("open", provider="college", **again)
                await visitors[1].send("open", provider="college", **new)
                # The wait is the point: it is three waits of a call, in which none is refused.
                assert all(await asyncio.gather(*(visitor.is_quiet(3) for visitor in visitors)))
            for visitor in visitors:
                assert (await visitor.expect("session"))["next"] == "1"
                await visitor.leave()

        asyncio.run(visit())
    finally:
        gateway.stop()
