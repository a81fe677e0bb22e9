"""The process dies between two steps of a portal's call: no half is stored, and a repeat succeeds.

tests/crash/test_fault_points.py tests the same for partners. The effect of a call and its line in
the audit trail are stored together or not at all.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.crash.fault_points import PATIENCE, Victim, kill_everywhere

pytestmark = pytest.mark.crash

HEADERS = {"X-Callback-Key": "callback key"}


@dataclass
class Person:
    """A person whom a single fault point uses, and the tokens of the sign-in."""

    id: str
    session: aiohttp.ClientSession
    tokens: dict[str, Any] | None = None

    @property
    def login(self) -> str:
        return f"{self.id}@osnova.example"

    async def call(self, url: str, method: str, path: str, payload: Any = None) -> dict[str, Any]:
        """Make a call, which has to succeed; it is repeated while a dead process holds locks."""
        high, low = divmod(int(self.id), 250)
        headers = HEADERS | {"X-Forwarded-For": f"192.0.{high}.{low}"}
        for _ in range(PATIENCE):
            async with self.session.request(
                method, f"{url}/api/v1/{path}", json=payload, headers=headers
            ) as answer:
                body = await answer.json()
                if answer.status != 503:
                    assert answer.status in (200, 404), body
                    return dict(body)
            await asyncio.sleep(0.1)
        raise TimeoutError(path)


Step = Callable[[str, Person], Awaitable[Any]]


async def nothing(_url: str, _person: Person) -> None:
    """Prepare nothing."""


async def tell(url: str, person: Person) -> None:
    body = {"id_phperson": person.id, "tab_no": "1", "ad_login": person.login}
    body |= {"pin_code": "0042", "created_at": "2026-05-04 12:30:00"}
    await person.call(url, "POST", "callback/pin/update", body)


async def sign_in(url: str, person: Person) -> None:
    body = {"ad_login": person.login, "pin_code": "0042"}
    person.tokens = (await person.call(url, "POST", "auth/login", body))["data"]


async def tell_and_sign_in(url: str, person: Person) -> None:
    await tell(url, person)
    await sign_in(url, person)


async def refresh(url: str, person: Person) -> None:
    assert person.tokens is not None
    body = {"refresh_token": person.tokens["refresh_token"]}
    await person.call(url, "POST", "auth/refresh", body)


async def delete(url: str, person: Person) -> None:
    assert person.tokens is not None
    number = person.tokens["session_id"]
    await person.call(url, "DELETE", f"callback/sessions/{person.id}?session_id={number}")


async def push(url: str, person: Person) -> None:
    body = {"type": "push", "title": "A title", "message": "A message", "data": {}}
    await person.call(url, "POST", "callback/portal/push/events", body | {"users": [person.id]})


@dataclass(frozen=True)
class Case:
    """A call, its preparation, and the possible generations of the sign-ins after it."""

    name: str
    prepare: Step
    act: Step
    generations: list[list[int]]


CASES = [
    Case("pin/update", nothing, tell, [[]]),
    Case("login", tell, sign_in, [[1], [1, 1]]),  # A lost answer leaves two.
    Case("refresh", tell_and_sign_in, refresh, [[2]]),
    Case("sessions", tell_and_sign_in, delete, [[]]),
    Case("push/events", tell, push, [[]]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_half_is_left_wherever_the_process_dies(case, node, fork, chance, stored):
    died = asyncio.run(kill_at_each_point(case, node.url, fork, chance, stored))
    assert died >= 1


async def kill_at_each_point(case, living_url, fork, chance, stored) -> int:
    numbers = itertools.count(stored["people"].count_documents({}) + 1)
    async with aiohttp.ClientSession() as session:

        async def tell_story(victim: Victim) -> None:
            person = Person(str(next(numbers)), session)
            await case.prepare(living_url, person)
            await victim.do(case.act(victim.url, person))
            agrees_with_itself(stored, person)
            await case.act(living_url, person)
            agrees_with_itself(stored, person)
            assert stored["people"].count_documents({"_id": person.id}) == 1
            rows = stored["sign_ins"].find({"person": person.id})
            assert [row["generation"] for row in rows] in case.generations

        return await kill_everywhere(fork, chance, tell_story)


def agrees_with_itself(stored, person: Person) -> None:
    """Check that the audit trail agrees with the rows."""

    def told(action: str) -> int:
        wanted = {"person": person.id, "action": action, "outcome": "done"}
        return int(stored["audit"].count_documents(wanted))

    sessions = list(stored["sign_ins"].find({"person": person.id}))
    known = stored["people"].count_documents({"_id": person.id})
    assert known == (told("pin_update") > 0)
    assert len(sessions) == told("sign_in") - told("session_delete")
    events = [event["_id"] for event in stored["push_events"].find({"users": person.id})]
    rows = stored["push_deliveries"].find({"_id.person": person.id})
    assert sorted(row["_id"]["n"] for row in rows) == sorted(events)
    if sessions:
        assert sum(session["generation"] - 1 for session in sessions) == told("refresh")
