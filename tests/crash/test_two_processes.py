"""Accesses, results and access tokens under parallel calls to two gateway processes."""

import asyncio
from collections import Counter

import aiohttp
import pytest

from tests.support.channel_client import ChannelClient
from tests.support.fixtures import WORK_VALUES
from tests.support.processes import Gateway

pytestmark = pytest.mark.crash
"""These tests use much of the machine: they make dozens of calls at once."""

AT_ONCE = 50


@pytest.fixture(scope="module")
def database(client):
    client.drop_database("two")
    return client["two"]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, mongodb_uri, database):
    """Two nodes over one database."""
    started = [
        Gateway(
            tmp_path_factory.mktemp("node"),
            MONGODB_URI=mongodb_uri,
            DATABASE=database.name,
            JWT_SECRET="JWT secret of the tests, 32 bytes",
            PIN_PEPPER="PIN pepper of the tests, 32 bytes",
        )
        for _ in range(2)
    ]
    started[0].command("test", "import", "widget_gateway/bundled")
    for node in started:
        node.start()
    yield started
    for node in started:
        node.stop()


@pytest.fixture
def agree(nodes, database):
    """Check that counter, ledger and users agree, by the command and by the database."""
    yield
    findings = nodes[0].command("doctor", check=False)["findings"]
    accesses = [finding for finding in findings if "access" in finding["subject"]]
    assert accesses
    assert all(finding["ok"] for finding in accesses), accesses
    for provider in database["providers"].find():
        mine = {"_id.provider": provider["_id"], "_id.sandbox": False}
        ledger = database["accesses"].count_documents(mine)
        users = database["provider_users"].count_documents(mine)
        assert provider["access_count"] == ledger == users


class Partner:
    """A partner's server, which calls both nodes by turns."""

    def __init__(self, nodes, session, key) -> None:
        self._urls = [node.url for node in nodes]
        self._session = session
        self._key = key
        self._turn = 0

    async def call(self, path, **parameters):
        """Make a call; return the status, and the answer or the reason of its refusal."""
        self._turn += 1
        url = f"{self._urls[self._turn % 2]}/partner/api/v3/{path}"
        payload = {"client_key": self._key} | parameters
        async with self._session.post(url, json=payload) as answer:
            body = await answer.json()
            return answer.status, body["error"]["reason"] if "error" in body else body

    async def save(self):
        _, saved = await self.call("progress/save", test="work-values", progress=WORK_VALUES)
        return saved["result_key"]


@pytest.fixture
def run(nodes, database, agree):
    """Run a story of a partner with these options of an agreement."""
    assert agree is None
    slug = f"partner-{database['providers'].count_documents({})}"

    def tell(story, *agreement):
        create = ("provider", "create", "--slug", slug, "--name", "P", "--allow-no-origin")
        keys = nodes[0].command(*create, *agreement)

        async def connected():
            async with aiohttp.ClientSession() as session:
                return await story(Partner(nodes, session, keys["client_key"]), slug)

        return asyncio.run(connected())

    return tell


PREPAID = ("--policy", "prepaid", "--test-policy", "unlimited")


@pytest.mark.parametrize(("limit", "overdraft"), [(20, 0), (15, 5)])
def test_of_many_new_users_exactly_the_limit_is_issued(run, limit, overdraft):
    async def story(partner, _slug):
        results = [await partner.save() for _ in range(AT_ONCE)]
        calls = [
            call
            for number, result in enumerate(results)
            for call in (
                partner.call("user/register", user_id=f"registered-{number}"),
                partner.call("access/token", user_id=f"token-{number}", test="work-values"),
                partner.call("result/attach", user_id=f"result-{number}", result_key=result),
            )
        ]
        answers = await asyncio.gather(*calls)
        _, stats = await partner.call("stats")
        return answers, stats

    limits = ("--access-limit", str(limit), "--overdraft", str(overdraft))
    answers, stats = run(story, *PREPAID, *limits)
    assert Counter(status for status, _ in answers) == {200: 20, 403: 3 * AT_ONCE - 20}
    refused = {body for status, body in answers if status == 403}
    assert refused == {"access_limit_reached"}
    assert (stats["access_count"], stats["access_left"], stats["users"]) == (20, 0, 20)


def test_postpaid_issues_to_all(run):
    async def story(partner, _slug):
        calls = (partner.call("user/register", user_id=f"user-{n}") for n in range(AT_ONCE))
        return await asyncio.gather(*calls), await partner.call("stats")

    answers, (_, stats) = run(story, "--policy", "postpaid")
    assert {status for status, _ in answers} == {200}
    assert stats["access_count"] == AT_ONCE


def test_one_user_registered_a_hundred_times_at_once_is_one_access(run):
    async def story(partner, _slug):
        calls = (partner.call("user/register", user_id="anna") for _ in range(100))
        return await asyncio.gather(*calls), await partner.call("stats")

    answers, (_, stats) = run(story, *PREPAID, "--access-limit", "5")
    assert {status for status, _ in answers} == {200}
    assert len({body["user_key"] for _, body in answers}) == 1
    assert stats["access_count"] == 1


def test_one_result_for_two_users_has_one_winner(run):
    async def story(partner, _slug):
        outcomes = []
        for number in range(10):
            result = await partner.save()
            calls = (
                partner.call("result/attach", user_id=f"{name}-{number}", result_key=result)
                for name in ("anna", "bob")
            )
            outcomes.append(await asyncio.gather(*calls))
        return outcomes, await partner.call("stats")

    outcomes, (_, stats) = run(story, *PREPAID, "--access-limit", "100")
    for outcome in outcomes:
        assert sorted(status for status, _ in outcome) == [200, 409]
        assert (409, "result_attached_to_another_user") in outcome
    assert stats["access_count"] == 10


def test_two_results_for_one_place_have_one_winner(run):
    async def story(partner, _slug):
        outcomes = []
        for number in range(10):
            results = [await partner.save(), await partner.save()]
            calls = (
                partner.call("result/attach", user_id=f"anna-{number}", result_key=result)
                for result in results
            )
            outcomes.append(await asyncio.gather(*calls))
        return outcomes, await partner.call("users", limit=100)

    outcomes, (_, listed) = run(story, "--test-policy", "one_test", "--access-limit", "100")
    for outcome in outcomes:
        assert sorted(status for status, _ in outcome) == [200, 403]
        assert (403, "result_limit_reached") in outcome
    assert [len(user["results"]) for user in listed["users"]] == [1] * 10


def test_a_limit_lowered_in_mid_burst_holds_from_then_on(run, nodes):
    async def story(partner, slug):
        issued_before = None
        lower = asyncio.create_task(
            asyncio.to_thread(nodes[1].command, "provider", "update", slug, "--access-limit", "40")
        )
        answers = []
        for number in range(1_000):
            if lower.done():
                break
            calls = (partner.call("user/register", user_id=f"{number}-{n}") for n in range(2))
            answers += await asyncio.gather(*calls)
            await asyncio.sleep(0.05)  # The pause leaves time on the machine for the command.
        updated = await lower
        issued_before = updated["access_count"]
        calls = (partner.call("user/register", user_id=f"late-{n}") for n in range(AT_ONCE))
        late = await asyncio.gather(*calls)
        _, stats = await partner.call("stats")
        return answers, issued_before, late, stats

    answers, issued_before, late, stats = run(story, *PREPAID, "--access-limit", "400")
    assert answers
    assert {status for status, _ in answers + late} <= {200, 403}
    assert stats["access_count"] == sum(status == 200 for status, _ in answers + late)
    assert stats["access_count"] <= max(40, issued_before + 2)
    assert any(status == 403 for status, _ in late)


def test_a_token_presented_fifty_times_is_accepted_once(run, nodes):
    async def present(url, slug, token):
        visitor = await ChannelClient.connect(url, origin=None)
        await visitor.send("open", provider=slug, test="work-values", access_token=token)
        told = await visitor.receive()
        await visitor.leave()
        return told["type"], told.get("code")

    async def story(partner, slug):
        _, issued = await partner.call("access/token", user_id="anna", test="work-values")
        token = issued["access_token"]
        return await asyncio.gather(
            *(present(nodes[n % 2].url, slug, token) for n in range(AT_ONCE))
        )

    told = run(story, *PREPAID, "--access-limit", "5")
    assert Counter(told) == {("session", None): 1, ("error", "token_invalid"): AT_ONCE - 1}
