"""`auth/refresh` rotates tokens; a stolen token ends its sign-in."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.support.portal_api import PERSON, pass_time
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.portal.sign_ins import MAX_ROTATIONS_KEPT
from widget_gateway.services.portal.tokens import PortalTokens

pytestmark = pytest.mark.gen_test


@pytest.fixture(autouse=True)
def person(io_loop, portal):
    io_loop.run_sync(portal.update_pin)


async def refreshed(portal, token):
    answer = await portal.refresh(token)
    assert answer.status == 200, answer.body
    assert answer.body["result"] is True
    return answer.body["data"]


async def test_a_refresh_goes_on_with_the_session_under_new_tokens(portal, database):
    first = await portal.signed_in()
    long_ago = utc_now() - timedelta(hours=5)
    times = ("created_at", "updated_at", "access_expire_at", "refresh_expire_at")
    database["sign_ins"].update_one({}, {"$set": dict.fromkeys(times[:2], long_ago)})
    before = (await portal.sessions()).body["data"][0]
    second = await refreshed(portal, first["refresh_token"])
    assert set(second) == set(first)
    assert second["session_id"] == first["session_id"]
    assert second["refresh_token"] != first["refresh_token"]
    after = (await portal.sessions()).body["data"][0]
    assert after["updated_at"] > before["updated_at"]
    assert after["created_at"] == before["created_at"]
    assert after["access_expire_at"] == second["access_expire_at"]
    assert after["refresh_expire_at"] == second["refresh_expire_at"]
    for token in (first["access_token"], second["access_token"]):
        assert (await portal.own_sessions(token)).status == 200


async def test_refreshing_moves_the_end_of_the_session(portal, database):
    first = await portal.signed_in()
    soon = utc_now() + timedelta(minutes=1)
    database["sign_ins"].update_one({}, {"$set": {"refresh_expire_at": soon}})
    await refreshed(portal, first["refresh_token"])
    expiry = database["sign_ins"].find_one()["refresh_expire_at"]
    assert expiry > utc_now() + timedelta(days=13)


async def test_a_client_that_lost_the_answer_gets_the_same_successor(portal, database):
    first = await portal.signed_in()
    second = await refreshed(portal, first["refresh_token"])
    pass_time(database, seconds=8)
    assert await refreshed(portal, first["refresh_token"]) == second
    third = await refreshed(portal, second["refresh_token"])
    assert third["refresh_token"] != second["refresh_token"]


async def test_a_used_token_ends_its_session_after_ten_seconds(portal, database):
    first, bystander = await portal.signed_in(), await portal.signed_in()
    second = await refreshed(portal, first["refresh_token"])
    pass_time(database, seconds=11)
    assert (await portal.refresh(first["refresh_token"])).status == 401
    assert (await portal.refresh(second["refresh_token"])).status == 401
    for token in (first["access_token"], second["access_token"]):
        assert (await portal.own_sessions(token)).status == 401
    assert (await portal.own_sessions(bystander["access_token"])).status == 200
    ids = [row["id"] for row in (await portal.sessions()).body["data"]]
    assert ids == [bystander["session_id"]]


async def test_three_rotations_within_ten_seconds_leave_the_first_token_its_successor(portal):
    answers = [await portal.signed_in()]
    for _ in range(3):
        answers.append(await refreshed(portal, answers[-1]["refresh_token"]))
    for used, successor in pairwise(answers):
        assert await refreshed(portal, used["refresh_token"]) == successor
    await refreshed(portal, answers[-1]["refresh_token"])


async def test_of_several_used_tokens_each_has_its_own_ten_seconds(portal, database):
    first = await portal.signed_in()
    second = await refreshed(portal, first["refresh_token"])
    pass_time(database, seconds=6)
    third = await refreshed(portal, second["refresh_token"])
    pass_time(database, seconds=6)
    assert await refreshed(portal, second["refresh_token"]) == third
    assert (await portal.refresh(first["refresh_token"])).status == 401
    assert (await portal.refresh(third["refresh_token"])).status == 401
    assert (await portal.sessions()).body["data"] == []


async def test_who_had_the_first_token_gets_no_further_than_its_window(portal, database):
    """A thief can follow the owner's rotations only while each of them is fresh."""
    first = await portal.signed_in()
    second = await refreshed(portal, first["refresh_token"])
    pass_time(database, seconds=9)
    stolen = await refreshed(portal, first["refresh_token"])
    assert stolen == second
    await refreshed(portal, second["refresh_token"])
    pass_time(database, seconds=11)
    assert (await portal.refresh(stolen["refresh_token"])).status == 401
    assert (await portal.sessions()).body["data"] == []


@pytest.mark.parametrize("seconds", [-12, 12, -3600, 3600])
async def test_a_node_whose_clock_is_wrong_ends_no_honest_session(
    portal, elsewhere, backend, monkeypatch, seconds
):
    first = await portal.signed_in()
    skew = timedelta(seconds=seconds)
    monkeypatch.setattr(backend.services.portal.sign_ins, "_clock", lambda: utc_now() + skew)
    second = await refreshed(portal, first["refresh_token"])
    assert await refreshed(elsewhere, first["refresh_token"]) == second
    third = await refreshed(elsewhere, second["refresh_token"])
    assert await refreshed(portal, second["refresh_token"]) == third


@pytest.mark.parametrize("seconds", [-12, 12])
async def test_a_wrong_clock_lengthens_no_window(portal, database, backend, monkeypatch, seconds):
    skew = timedelta(seconds=seconds)
    monkeypatch.setattr(backend.services.portal.sign_ins, "_clock", lambda: utc_now() + skew)
    first = await portal.signed_in()
    await refreshed(portal, first["refresh_token"])
    pass_time(database, seconds=11)
    assert (await portal.refresh(first["refresh_token"])).status == 401


async def test_a_session_that_the_former_version_rotated_goes_on(portal, database):
    first = await portal.signed_in()
    second = await refreshed(portal, first["refresh_token"])
    database["sign_ins"].update_one({}, {"$unset": {"rotations": ""}})
    assert await refreshed(portal, first["refresh_token"]) == second
    third = await refreshed(portal, second["refresh_token"])
    assert await refreshed(portal, second["refresh_token"]) == third


async def test_what_is_kept_of_rotations_is_bounded(portal, database):
    token = (await portal.signed_in())["refresh_token"]
    for _ in range(MAX_ROTATIONS_KEPT + 1):
        token = (await refreshed(portal, token))["refresh_token"]
    kept = database["sign_ins"].find_one()["rotations"]
    assert len(kept) <= MAX_ROTATIONS_KEPT
    pass_time(database, seconds=11)
    await refreshed(portal, token)
    assert len(database["sign_ins"].find_one()["rotations"]) == 1


async def test_parallel_refreshes_on_two_nodes_have_one_successor(portal, elsewhere):
    for _ in range(5):
        first = await portal.signed_in()
        answers = await asyncio.gather(
            *(
                (portal, elsewhere)[number % 2].refresh(first["refresh_token"])
                for number in range(6)
            )
        )
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body["data"]["refresh_token"] for answer in answers}) == 1
        assert len({answer.body["data"]["access_token"] for answer in answers}) == 1


@pytest.mark.parametrize("part", [0, 1, 2], ids=["session", "generation", "mac"])
async def test_a_forged_token_refreshes_and_ends_nothing(portal, part):
    tokens, other = await portal.signed_in(), await portal.signed_in()
    mine, theirs = (device["refresh_token"].split(".") for device in (tokens, other))
    forged = list(mine)
    forged[part] = [theirs[0], "2", theirs[2]][part]
    assert (await portal.refresh(".".join(forged))).status == 401
    await refreshed(portal, tokens["refresh_token"])
    await refreshed(portal, other["refresh_token"])


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "1.1.x",
        "0.1." + "A" * 43,
        "1.1." + "A" * 43 + "\n",
        "9" * 40 + ".1." + "A" * 43,
        "\u0661.1.A",
    ],
    ids=["text", "short", "zero", "newline", "huge", "not ascii"],
)
async def test_what_is_no_refresh_token_is_refused_alike(portal, token):
    answer = await portal.refresh(token)
    assert (answer.status, answer.body["result"]) == (401, False)


async def test_an_access_token_refreshes_nothing_and_the_reverse(portal):
    tokens = await portal.signed_in()
    assert (await portal.refresh(tokens["access_token"])).status == 401
    assert (await portal.own_sessions(tokens["refresh_token"])).status == 401


async def test_nothing_stored_is_enough_to_make_a_token(portal, database, settings):
    tokens = await portal.signed_in()
    mac = tokens["refresh_token"].split(".")[2]
    row = database["sign_ins"].find_one()
    assert mac not in str(row)
    assert tokens["access_token"] not in str(row)
    sign_in = type("Row", (), {"id": row["_id"], "generation": 1, "nonce": row["nonce"]})
    assert PortalTokens("another secret", None).refresh_token(sign_in) != tokens["refresh_token"]
    right = PortalTokens(settings.jwt_secret, None).refresh_token(sign_in)
    assert right == tokens["refresh_token"]
    assert row["person"] == PERSON
