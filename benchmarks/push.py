"""A push to 10,000 people in a single call, with 1,000 of them connected to two processes."""

import asyncio
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from device import Device
from servers import HERE, Server, start_server, with_settings
from tornado.httpclient import AsyncHTTPClient

from handlers.channel.frames import text_frame
from storage.client import connect, open_database
from storage.counters import CounterStore
from storage.embedded import EmbeddedMongod
from storage.indexes import create_indexes
from storage.portal.audit import AuditStore
from storage.portal.sign_ins import SignInStore
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.domain.portal.sign_ins import (
    ACCESS_TOKEN_LIFETIME,
    REFRESH_TOKEN_LIFETIME,
    Remote,
    SignIn,
)
from widget_gateway.services.portal.tokens import PortalTokens

Goal = tuple[str, str, bool]

PEOPLE = 10_000
CHANNELS = 1_000
ANSWERED_S = 1.0
DELIVERED_S = 2.0
"""The goals: seconds until the call is answered, and until all channels have the event."""

KEY = "callback key"
SECRET = "JWT secret of a benchmark, 32 byte"  # noqa: S105 - it protects only this benchmark
AT_ONCE = 20
"""Sign-ins stored, and devices connected, at a time."""

MESSAGE = "Стыковка с международной космической лунной станцией."


def user(number: int) -> PersonId:
    """A person's id in the form of the portal's."""
    return PersonId(f"381004a1-d925-11e8-9126-{number:012}")


@dataclass
class PushBench:
    """Two gateway processes over one database, and the devices connected to them."""

    nodes: list[Server]
    uri: str
    devices: list[Device]

    async def connect(self) -> None:
        """Store all people in the database, and open the channels of the first thousand."""
        tokens = await _prepare(self.uri)
        loop = asyncio.get_running_loop()
        for start in range(0, CHANNELS, AT_ONCE):
            few = []
            for number in range(start, start + AT_ONCE):
                port = self.nodes[number % len(self.nodes)].port
                _, device = await loop.create_connection(
                    lambda token=tokens[number]: Device(token), "127.0.0.1", port
                )
                few.append(device)
            await asyncio.gather(*(device.ready for device in few))
            self.devices += few

    async def push(self, title: str) -> tuple[float, float, float]:
        """Push; returns seconds until the answer, and until half and all channels had the event."""
        body = json.dumps(
            {
                "type": "kip_new",
                "title": title,
                "message": MESSAGE,
                "data": {"id": secrets.token_hex(12)},
                "users": [user(number) for number in range(PEOPLE)],
            }
        )
        arrivals = self._await(title)
        began = time.monotonic()
        answer = await AsyncHTTPClient().fetch(
            f"http://127.0.0.1:{self.nodes[0].port}/api/v1/callback/portal/push/events",
            method="POST",
            headers={"X-Callback-Key": KEY, "Content-Type": "application/json"},
            body=body,
        )
        answered = time.monotonic() - began
        assert json.loads(answer.body) == {"result": True}
        at = sorted(await arrivals)
        return answered, median(at) - began, at[-1] - began

    async def loop(self, title: str) -> tuple[float, float]:
        """Write the same message in a bare loop in both processes; returns the last two times."""
        event = {
            "type": "event",
            "id": 1,
            "event_type": "kip_new",
            "title": title,
            "message": MESSAGE,
            "data": {"id": secrets.token_hex(12)},
            "created_at": datetime.now(UTC).isoformat(),
        }
        frame = text_frame(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
        arrivals = self._await(title)
        began = time.monotonic()
        await asyncio.gather(
            *(
                AsyncHTTPClient().fetch(
                    f"http://127.0.0.1:{node.port}/loop", method="POST", body=frame
                )
                for node in self.nodes
            )
        )
        at = sorted(await arrivals)
        return median(at) - began, at[-1] - began

    def _await(self, title: str) -> asyncio.Future[list[float]]:
        text = f'"title":"{title}"'.encode()
        return asyncio.gather(*(device.expect(text) for device in self.devices))


async def _prepare(uri: str) -> list[str]:
    """Store people and sign-ins, without the hashing of PINs; returns access tokens."""
    client = connect(uri)
    database = open_database(client, "widget_gateway")
    await create_indexes(database)
    await database["people"].insert_many(
        {"_id": user(number), "login_key": user(number)} for number in range(PEOPLE)
    )
    store = SignInStore(client, database, CounterStore(database), AuditStore(database))
    signer = PortalTokens(SECRET, None)
    tokens = []
    for start in range(0, CHANNELS, AT_ONCE):
        few = [_sign_in(number) for number in range(start, start + AT_ONCE)]
        await asyncio.gather(*(store.add(sign_in, _entry(sign_in)) for sign_in in few))
        tokens += [signer.access_token(sign_in) for sign_in in few]
    await client.close()
    return tokens


def _sign_in(number: int) -> SignIn:
    now = datetime.now(UTC).replace(microsecond=0)
    return SignIn(
        id=number + 1,
        person=user(number),
        remote=Remote("127.0.0.1", "benchmark"),
        created_at=now,
        updated_at=now,
        access_token_expires_at=now + ACCESS_TOKEN_LIFETIME,
        refresh_token_expires_at=now + REFRESH_TOKEN_LIFETIME,
        generation=1,
        nonce=secrets.token_bytes(16),
    )


def _entry(sign_in: SignIn) -> AuditEntry:
    return AuditEntry(
        at=sign_in.created_at,
        action=AuditAction.SIGN_IN,
        outcome=Outcome.DONE,
        remote=sign_in.remote,
        person=sign_in.person,
        login=None,
        sign_in_id=sign_in.id,
    )


@contextmanager
def push_bench() -> Iterator[PushBench]:
    """Start two gateway processes over one mongod, and end them afterwards."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wg-bench-")))
        mongod = EmbeddedMongod(directory)
        uri = asyncio.run(mongod.start())
        stack.callback(lambda: asyncio.run(mongod.stop()))
        environment = with_settings(
            MONGODB_URI=uri,
            CALLBACK_KEY=KEY,
            JWT_SECRET=SECRET,
            PIN_PEPPER="PIN pepper of a benchmark, 32 byte",
        )
        command = [sys.executable, str(HERE / "push_server.py")]
        nodes = [
            stack.enter_context(start_server(name, f"gateway {name}", command, environment))
            for name in ("1", "2")
        ]
        yield PushBench(nodes=nodes, uri=uri, devices=[])


def push(*, rounds: int) -> list[Goal]:
    """Measure pushes and bare loops by turns, on the same sockets."""
    print(f"\nA push to {PEOPLE:,} people, {CHANNELS:,} channels on two processes, {rounds} rounds")
    print(f"  {'ms':12}{'answered':>10}{'half':>10}{'all have it':>13}")
    with push_bench() as bench:
        pushes, loops = asyncio.run(_take_turns(bench, rounds))
    answered = max(answered for answered, _, _ in pushes)
    delivered = max(at_all for _, _, at_all in pushes)
    times = median(at_all for _, _, at_all in pushes) / median(at_all for _, at_all in loops)
    print(f"  median of all: {times:.0f} x the bare loop, which stores nothing")
    return [
        (
            f"a push to {PEOPLE:,} people: answered within {ANSWERED_S:.0f} s, at worst",
            f"{answered * 1000:.0f} ms",
            answered <= ANSWERED_S,
        ),
        (
            f"on {CHANNELS:,} channels of two processes within {DELIVERED_S:.0f} s",
            f"{delivered * 1000:.0f} ms",
            delivered <= DELIVERED_S,
        ),
    ]


async def _take_turns(
    bench: PushBench, rounds: int
) -> tuple[list[tuple[float, float, float]], list[tuple[float, float]]]:
    await bench.connect()
    await bench.push("warm-up")
    pushes, loops = [], []
    for number in range(rounds):
        loops.append(await bench.loop(f"loop {number}"))
        _print("bare loop", *loops[-1])
        pushes.append(await bench.push(f"push {number}"))
        _print("push", *pushes[-1])
    for device in bench.devices:
        device.leave()
    return pushes, loops


def _print(name: str, *seconds: float) -> None:
    numbers = "".join(f"{duration * 1000:>11,.0f}" for duration in seconds)
    print(f"  {name:12}{numbers:>33}", flush=True)
