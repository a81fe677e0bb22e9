"""The console's pages of attempts: how they are found, what they show, and who sees answers."""

import re

import pytest

from tests.console.routes import UNKNOWN
from tests.support.fixtures import WORK_VALUES

pytestmark = pytest.mark.gen_test

ATTEMPTS = "/console/attempts/"
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537"


def facts(page):
    """The facts of the page by their names."""
    return {
        " ".join(str(part.find("dt").text_content()).split()): " ".join(
            str(part.find("dd").text_content()).split()
        )
        for part in page.tree.xpath("//dl[@class='facts']/div")
    }


@pytest.fixture
def begun(connect, college):
    """Open the paid test and answer so many questions; return the session's id."""
    assert college

    async def begin(number=3, **fields):
        visitor = await connect(user_agent_header=PHONE)
        session = await visitor.open(**{"test": "career-interests", "locale": "en"} | fields)
        await visitor.answer_all(session["questions"][:number])
        await visitor.leave()
        return session["session"]

    return begin


async def test_an_attempt_is_found_by_its_session_and_shows_how_far_it_is(console, begun):
    session = await begun(3)
    support = await console.sign_in("support")
    page = await support.get(ATTEMPTS, key=f" {session} ")
    assert page.location == f"{ATTEMPTS}attempt/{session}/"
    shown = facts(await support.follow(page))
    assert shown["State"] == "under way"
    assert re.fullmatch(r"3 of \d+ questions", shown["Answered"])
    assert shown["Last answer"].endswith("UTC")
    assert shown["Device of the last opening"] == "Chrome, Android, phone"
    assert (shown["Opened so many times"], shown["Paid"], shown["Payment"]) == ("1", "no", "none")
    assert (shown["Provider"], shown["User id"]) == ("college", "a guest")
    assert shown["Expires"].endswith("UTC")


async def test_a_result_is_found_by_its_key_and_outlives_its_attempt(
    console, college, take_test, database
):
    assert college
    key = await take_test()
    support = await console.sign_in("support")
    page = await support.follow(await support.get(ATTEMPTS, key=key))
    shown = facts(page)
    assert (shown["State"], shown["RESULT_KEY"]) == ("finished", key)
    assert shown["Answered"] == f"{len(WORK_VALUES)} of {len(WORK_VALUES)} questions"
    database["attempts"].delete_many({})
    page = await support.get(f"{ATTEMPTS}result/{key}/")
    assert "has expired" in page.main
    assert facts(page)["Session (attempt)"] == "not known"
    assert facts(page)["Answered"] == f"{len(WORK_VALUES)} of {len(WORK_VALUES)} questions"


async def test_a_users_results_are_found_by_provider_and_user(
    console, make_two_providers, take_test, api
):
    college, _ = make_two_providers
    key = await take_test()
    asked = {"client_key": college.client_key, "result_key": key, "user_id": "student 7"}
    assert (await api.get("result/attach", **asked)).status == 200
    support = await console.sign_in("support")
    page = await support.get(ATTEMPTS, provider="college", user_id="student 7")
    assert page.tree.xpath(f"//a[@href='{ATTEMPTS}result/{key}/']")
    page = await support.get(f"{ATTEMPTS}result/{key}/")
    assert facts(page)["User id"] == "student 7"
    for asked in (
        {"provider": "school", "user_id": "student 7"},
        {"provider": "college", "user_id": "student"},
        {"provider": "college", "user_id": "student 7", "sandbox": "y"},
    ):
        page = await support.get(ATTEMPTS, **asked)
        assert "no attempt and no result" in page.main


@pytest.mark.parametrize(
    "key",
    ["7", UNKNOWN, f"{{{UNKNOWN}}}", UNKNOWN.replace("-", ""), "'; drop", "я" * 36, "a" * 101],
)
async def test_keys_of_nothing_are_refused_beside_the_field(console, key):
    support = await console.sign_in("support")
    page = await support.get(ATTEMPTS, key=key)
    assert page.status == 422
    assert "key" in page.faults


@pytest.mark.parametrize(
    "path", [f"attempt/{UNKNOWN}/", f"result/{UNKNOWN}/", f"attempt/{'-' * 36}/"]
)
async def test_unknown_attempts_are_not_there(console, path):
    admin = await console.sign_in("admin")
    assert (await admin.get(ATTEMPTS + path)).status == 404
    page = await admin.post(f"{ATTEMPTS}{path}answers/", "/console/account/")
    assert page.status == 404


async def test_a_user_needs_a_provider(console):
    support = await console.sign_in("support")
    page = await support.get(ATTEMPTS, user_id="7")
    assert (page.status, list(page.faults)) == (422, ["provider"])
    page = await support.get(ATTEMPTS, provider="college")
    assert (page.status, list(page.faults)) == (422, ["user_id"])


async def test_support_sees_no_answers(console, college, take_test):
    assert college
    key = await take_test()
    support = await console.sign_in("support")
    page = await support.get(f"{ATTEMPTS}result/{key}/")
    assert "Answers" not in page.main
    assert "<form" not in page.body.decode().partition("<main")[2]
    page = await support.post(f"{ATTEMPTS}result/{key}/answers/", "/console/account/")
    assert page.status == 403


async def test_an_admin_sees_answers_after_asking_and_the_trail_knows(console, begun, database):
    session = await begun(3)
    admin = await console.sign_in("admin")
    path = f"{ATTEMPTS}attempt/{session}/"
    page = await admin.get(path)
    assert not page.tree.xpath("//table")
    page = await admin.get(f"{path}answers/")
    assert (page.status, page.location) == (303, path)
    looks = database["console_trail"].count_documents
    assert looks({"deed": "answers_look"}) == 0
    page = await admin.post(f"{path}answers/", path)
    cells = [str(cell.text_content()) for cell in page.tree.xpath("//table//td")]
    assert sum(cell != "no answer" for cell in cells) == 3
    (entry,) = database["console_trail"].find({"deed": "answers_look"})
    assert entry["subject"] == f"attempt {session}"
    assert (entry["provider"], entry["outcome"]) == ("college", "done")
    assert (entry["before"], entry["after"]) == ({}, {})


async def test_answers_that_are_gone_meanwhile_are_not_shown(console, begun, database):
    session = await begun(1)
    admin = await console.sign_in("admin")
    path = f"{ATTEMPTS}attempt/{session}/"
    token = await admin.token(path)
    database["attempts"].delete_many({})
    page = await admin.send(f"{path}answers/", {"csrf": token})
    assert page.status == 404


async def test_the_page_speaks_russian(console, begun):
    session = await begun(1)
    support = await console.sign_in("support", language="ru")
    page = await support.get(f"{ATTEMPTS}attempt/{session}/")
    assert facts(page)["Устройство при последнем открытии"] == "Chrome, Android, телефон"
