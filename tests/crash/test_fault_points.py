"""The process dies between any two steps of a call: no half is stored, and a repeat succeeds.

Every command that a call sends to the database is a step, and each side of it a fault point: the
gateway is killed there, for the first command, the second, and so on until a call lives through.
What is stored must then agree with itself, and the same call, made to another node, must succeed
and have its effect once.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from tests.crash.fault_points import PATIENCE, Victim, kill_everywhere
from tests.support.channel_client import ChannelClient
from tests.support.fixtures import WORK_VALUES
from widget_gateway.composition.application import open_backend, utc_now
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider, TestPolicy
from widget_gateway.settings import Settings

pytestmark = pytest.mark.crash

PROVIDERS = 400
JANUARY = datetime(2026, 1, 15, tzinfo=UTC)
SAVE = {"test": "work-values", "progress": WORK_VALUES}


@dataclass
class Node:
    """A node, and the session of HTTP by which it is called."""

    url: str
    session: aiohttp.ClientSession

    async def call(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Make a call, which has to succeed; it is repeated while a dead process holds locks."""
        for _ in range(PATIENCE):
            url = f"{self.url}/partner/api/v3/{path}"
            async with self.session.post(url, json=parameters) as answer:
                body = await answer.json()
                if answer.status != 503:
                    assert answer.status == 200, body
                    return dict(body)
            await asyncio.sleep(0.1)
        raise TimeoutError(path)

    async def connect(self) -> ChannelClient:
        return await ChannelClient.connect(self.url, origin=None)


@dataclass
class Partner:
    """A provider that a single fault point uses; `known` has what its story needs later."""

    slug: str
    key: str
    known: dict[str, Any]


Story = Callable[[Node, Partner], Awaitable[Any]]


async def nothing(_node: Node, _partner: Partner) -> None:
    """Prepare nothing."""


async def save_guest(node: Node, partner: Partner) -> None:
    saved = await node.call("progress/save", client_key=partner.key, **SAVE)
    partner.known["result"] = saved["result_key"]


async def save_guest_for_known_user(node: Node, partner: Partner) -> None:
    await save_guest(node, partner)
    await register(node, partner)


async def register(node: Node, partner: Partner) -> None:
    known = await node.call("user/register", client_key=partner.key, user_id="anna")
    partner.known["user_key"] = known["user_key"]


async def get_token(node: Node, partner: Partner) -> None:
    await node.call("access/token", client_key=partner.key, user_id="anna", test="work-values")


async def save_once(node: Node, partner: Partner) -> None:
    headers = {"Idempotency-Key": "once"}
    for _ in range(PATIENCE):
        async with node.session.post(
            f"{node.url}/partner/api/v3/progress/save",
            json={"client_key": partner.key, "user_key": partner.known["user_key"]} | SAVE,
            headers=headers,
        ) as answer:
            if answer.status not in (409, 503):
                assert answer.status == 200, await answer.text()
                return
        # The claim of a dead process ends after a minute; this ends it at once.
        partner.known["expire"]()
        await asyncio.sleep(0.1)
    raise TimeoutError


async def attach(node: Node, partner: Partner) -> None:
    result = partner.known["result"]
    await node.call("result/attach", client_key=partner.key, user_id="anna", result_key=result)


async def issue_in_january(node: Node, partner: Partner) -> None:
    """Let the ledger have a row of a month that is over, as the former version wrote it."""
    await register(node, partner)
    partner.known["age"]()


async def draw_invoice(node: Node, partner: Partner) -> None:
    january = {"from": "2026-01-01", "to": "2026-01-31"}
    invoice = await node.call("invoice", client_key=partner.key, **january)
    assert invoice["access_count"] == 1
    assert partner.known.setdefault("total", invoice["total"]) == invoice["total"]


async def begin(node: Node, partner: Partner) -> None:
    visitor = await node.connect()
    session = await visitor.open(partner.slug, test="career-interests")
    partner.known["visitor"] = {key: session[key] for key in ("session", "resume_token")}
    await visitor.leave()


async def answer_until_69(node: Node, partner: Partner) -> None:
    await resume_and(node, partner, begin_with=69)


async def answer_until_paid_end(node: Node, partner: Partner) -> None:
    await resume_and(node, partner, begin_with=70)
    session = partner.known["visitor"]["session"]
    await node.call("payment/confirm", client_key=partner.key, session=session)
    visitor = await node.connect()
    opened = await visitor.open(partner.slug, **partner.known["visitor"])
    await visitor.answer_all(opened["questions"][70:])
    await visitor.leave()


async def resume_and(node: Node, partner: Partner, *, begin_with: int) -> None:
    visitor = await node.connect()
    session = await visitor.open(partner.slug, test="career-interests")
    partner.known["visitor"] = {key: session[key] for key in ("session", "resume_token")}
    await visitor.answer_all(session["questions"][:begin_with])
    if begin_with == len(session["questions"]):  # A pause comes after the last question.
        await visitor.expect("pause")
    await visitor.leave()


async def answer_70(node: Node, partner: Partner) -> None:
    visitor = await node.connect()
    session = await visitor.open(partner.slug, **partner.known["visitor"])
    if session["next"] == "70":
        await visitor.answer(1, "70", "1")
        await visitor.expect("ack")
    pause = await visitor.expect("pause")
    assert len(pause["answers"]) == 70
    await visitor.leave()


async def confirm(node: Node, partner: Partner) -> None:
    session = partner.known["visitor"]["session"]
    await node.call("payment/confirm", client_key=partner.key, session=session, payment_id="one")


async def answer_70_first(node: Node, partner: Partner) -> None:
    await resume_and(node, partner, begin_with=70)


async def finish(node: Node, partner: Partner) -> None:
    visitor = await node.connect()
    await visitor.open(partner.slug, **partner.known["visitor"])
    for _ in range(PATIENCE):
        await visitor.send("finish")
        finished = await visitor.receive()
        if finished["type"] == "resumed":
            finished = await visitor.receive()
        if finished.get("code") != "storage_unavailable":
            break
        await asyncio.sleep(0.1)
    assert finished["type"] == "finished", finished
    await visitor.leave()


@dataclass(frozen=True)
class Case:
    """A call, its preparation, and the users, results and attempts after it."""

    name: str
    prepare: Story
    act: Story
    users: int
    attached: int
    attempts: str | None = None
    is_invoiced: bool = False


CASES = [
    Case("user/register", nothing, register, users=1, attached=0),
    Case("access/token", nothing, get_token, users=1, attached=0),
    Case("invoice", issue_in_january, draw_invoice, users=1, attached=0, is_invoiced=True),
    Case("progress/save with a key", register, save_once, users=1, attached=1),
    Case("result/attach for a new user", save_guest, attach, users=1, attached=1),
    Case("result/attach for a known one", save_guest_for_known_user, attach, users=1, attached=1),
    Case("pause", answer_until_69, answer_70, users=0, attached=0, attempts="awaiting_payment"),
    Case("payment/confirm", answer_70_first, confirm, users=0, attached=0, attempts="running"),
    Case("finish", answer_until_paid_end, finish, users=0, attached=0, attempts="finished"),
]


@pytest.fixture(scope="module")
def partners(database_uri, stored, node):
    """An iterator of many providers; each user of them may have one result."""
    assert node

    async def register_all() -> list[Partner]:
        settings = Settings(
            mongodb_uri=database_uri, database=stored.name, jwt_secret="a", pin_pepper="b"
        )
        made = []
        async with open_backend(settings) as backend:
            for number in range(PROVIDERS):
                provider = Provider(
                    slug=ProviderSlug(f"partner-{number}"),
                    name="Partner",
                    created_at=utc_now(),
                    allow_no_origin=True,
                    payment_policy=PaymentPolicy.PREPAID,
                    access_limit=1,
                    test_policy=TestPolicy.ONE_TEST,
                    webhook_url="https://hooks.invalid/",
                )
                keys = await backend.services.partner.providers.create(provider)
                made.append(Partner(provider.slug, keys.client_key, {}))
        return made

    return iter(asyncio.run(register_all()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_half_is_left_wherever_the_process_dies(case, node, partners, fork, chance, stored):
    died = asyncio.run(kill_at_each_point(case, node.url, partners, fork, chance, stored))
    # Even the smallest call reads the caller and writes once.
    assert died >= 1


async def kill_at_each_point(case, living_url, partners, fork, chance, stored) -> int:
    async with aiohttp.ClientSession() as session:
        living = Node(living_url, session)

        async def tell(victim: Victim) -> None:
            partner = next(partners)
            partner.known["expire"] = lambda: stored["idempotency"].update_many(
                {"_id.provider": partner.slug}, [{"$set": {"claimed_until": "$$NOW"}}]
            )
            partner.known["age"] = lambda: stored["accesses"].update_many(
                {"_id.provider": partner.slug},
                {"$set": {"at": JANUARY}, "$unset": {"price": "", "currency": ""}},
            )
            await case.prepare(living, partner)
            await victim.do(case.act(Node(victim.url, session), partner))
            agrees_with_itself(stored, partner.slug)
            await case.act(living, partner)
            agrees_with_itself(stored, partner.slug)
            happened_once(stored, partner.slug, case)

        return await kill_everywhere(fork, chance, tell)


def agrees_with_itself(stored, slug: str) -> None:
    """Check that the counters agree with the rows."""
    provider = stored["providers"].find_one({"_id": slug})
    users = list(stored["provider_users"].find({"_id.provider": slug}))
    ledger = stored["accesses"].count_documents({"_id.provider": slug})
    assert provider["access_count"] == ledger == len(users)
    keys = {row.pop("_id"): row for row in stored["user_keys"].find({"provider": slug})}
    assert keys == {user["key"]: user["_id"] for user in users}
    results = list(stored["results"].find({"provider": slug}))
    held = Counter(result["user_id"] for result in results if result["user_id"] is not None)
    assert {user["_id"]["user_id"]: user["main"] for user in users if user["main"]} == held
    attempts = list(stored["attempts"].find({"provider": slug}))
    counted: Counter[str] = Counter()
    by_day: Counter[str] = Counter()
    for row in stored["statistics"].find({"_id.provider": slug}):
        for counts in row.pop("days", {}).values():
            by_day.update(counts)
        counted.update({name: count for name, count in row.items() if name != "_id"})
    for row in stored["daily_counts"].find({"_id.provider": slug}):
        by_day.update({name: count for name, count in row.items() if name != "_id"})
    accesses = provider.get("access_days", {}).values()
    assert sum(accesses) + by_day.pop("accesses", 0) == len(users)
    assert by_day.pop("paid", 0) == sum(attempt["paid"] for attempt in attempts)
    assert by_day == +Counter({name: n for name, n in counted.items() if name != "results"})
    assert counted["results"] == len(results)
    assert counted["attached"] == held.total()
    assert counted["started"] == len(attempts)
    finished = {
        attempt["_id"]: attempt["result_key"]
        for attempt in attempts
        if attempt["state"] == "finished"
    }
    assert finished == {result["attempt"]: result["_id"] for result in results if result["attempt"]}
    assert counted["finished"] == len(finished)
    for attempt in finished:
        rows = stored["answers"].count_documents({"_id": between(attempt)})
        assert rows == 0
    told = Counter(
        delivery["type"] for delivery in stored["webhook_deliveries"].find({"provider": slug})
    )
    assert told == +Counter(
        {
            "attempt.paused": counted["paused"],
            "result.finished": counted["finished"],
            "result.attached": counted["attached"],
            "access.limit_near": len(users),
        }
    )


def between(attempt: UUID) -> dict[str, bytes]:
    """Return the range of an attempt's keys in the journal, which begin with its bytes."""
    return {"$gte": attempt.bytes + bytes(8), "$lte": attempt.bytes + b"\xff" * 8}


def happened_once(stored, slug: str, case: Case) -> None:
    assert stored["provider_users"].count_documents({"_id.provider": slug}) == case.users
    attached = {"provider": slug, "user_id": {"$ne": None}}
    assert stored["results"].count_documents(attached) == case.attached
    if case.is_invoiced:
        assert all("price" in row for row in stored["accesses"].find({"_id.provider": slug}))
        provider = stored["providers"].find_one({"_id": slug})
        assert provider["invoiced_until"] == datetime(2026, 2, 1)  # noqa: DTZ001 - as it is read
    if case.attempts is not None:
        states = [attempt["state"] for attempt in stored["attempts"].find({"provider": slug})]
        assert states == [case.attempts]
