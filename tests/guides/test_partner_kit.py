"""docs/partner-kit.md: its commands and answers on a new gateway, and its table of reasons."""

import json
import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from clients.generator.model import read_model
from tests.reference.test_partner_guide import MARK, blocks, read_json, run_by_bash
from tests.support.processes import Gateway

ROOT = Path(__file__).parents[2]
PAGES = ("partner-kit.md", "partner-kit.ru.md")
UNDECLARED = {"not_found"}
"""Reasons that no call declares: there is no call at the address."""

_ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, mongodb_uri):
    started = Gateway(
        tmp_path_factory.mktemp("kit"),
        MONGODB_URI=mongodb_uri,
        DATABASE="kit",
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
    )
    started.start()
    started.command("test", "import", "--bundled")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def keys(gateway):
    return gateway.command(
        *("provider", "create", "--slug", "college", "--name", "The College"),
        *("--origin", "https://college.example", "--policy", "prepaid", "--access-limit", "2"),
        "--sandbox-guests",
    )


@pytest.fixture(scope="module")
def call(gateway):
    """Call the partner API; return the status and the answer."""

    def make(key, name, **parameters):
        request = Request(  # noqa: S310 - the gateway of this test
            f"{gateway.url}/partner/api/v3/{name}",
            json.dumps(parameters).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urlopen(request) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except HTTPError as refusal:
            return refusal.code, json.load(refusal)["error"]["reason"]

    return make


def told_reasons(page):
    return {name: int(status) for name, status in _ROW.findall((ROOT / "docs" / page).read_text())}


@pytest.mark.parametrize("page", PAGES)
def test_every_reason_that_a_call_declares_is_told_with_its_status(page):
    told = told_reasons(page)
    declared = {reason.name: reason.status for reason in read_model().reasons}
    assert {name: told.get(name) for name in declared} == declared
    assert set(told) - set(declared) == UNDECLARED


def test_every_class_of_refusal_is_told_once():
    for page in PAGES:
        names = [name for name, _ in _ROW.findall((ROOT / "docs" / page).read_text("utf-8"))]
        assert len(names) == len(set(names))


def test_the_commands_lead_a_visitor_without_a_browser_and_answer_the_questions(gateway, keys):
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    printed = run_by_bash(
        f"\necho\necho '{MARK}'\n".join(blocks(PAGES[0])),
        GATEWAY=gateway.url,
        CLIENT_KEY=keys["sandbox_key"],
    ).split(MARK)
    waiting, done, unique, tests, erased = (read_json(text) for text in printed[1:])
    assert waiting[0][0]["state"] == "awaiting_payment"
    confirmed, attached, result = done[0]
    assert confirmed == attached == {"status": True}
    assert result["scales"]
    assert unique == ([{"status": True}], "order-2031")
    assert "order-2031" in (ROOT / "docs" / PAGES[0]).read_text("utf-8")
    _, listed, info = tests[0]
    assert set(listed["available"]) >= {"career-interests", "work-values"}
    assert info["pause_after"] == 70
    exported, removed = erased[0]
    assert exported["results"]
    assert removed["erased"]["results"] == removed["erased"]["attempts"] == 1


def test_one_payment_id_may_confirm_two_sessions(gateway, keys, call):
    script = blocks(PAGES[0])[0] + blocks(PAGES[0])[1] + "\necho; echo session=$SESSION"
    sessions = []
    for _ in range(2):
        printed = run_by_bash(script, GATEWAY=gateway.url, CLIENT_KEY=keys["sandbox_key"])
        sessions.append(printed.rpartition("session=")[2].strip())
    for session in sessions:
        named = {"session": session, "payment_id": "order-1"}
        assert call(keys["sandbox_key"], "payment/confirm", **named) == (200, {"status": True})
        assert call(keys["sandbox_key"], "session/get", session=session)[1]["paid"] is True
    assert len(set(sessions)) == 2


def test_money_that_is_given_back_leaves_an_unattached_result_and_an_erasure_keeps_its_access(
    keys, call
):
    live = keys["client_key"]
    progress = [[str(number), ["3"]] for number in range(1, 25)]
    _, saved = call(live, "progress/save", test="work-values", progress=progress)
    unread = call(live, "result/get", result_key=saved["result_key"])
    assert unread == (403, "result_not_attached")
    assert call(live, "stats")[1]["access_count"] == 0
    for user in ("one", "one"):  # Erased in between, so the same id is another user.
        assert call(live, "access/token", user_id=user, test="work-values", paid=1)[0] == 200
        assert call(live, "user/erase", user_id=user)[0] == 200
    assert call(live, "stats")[1]["access_count"] == 2
    attach = {"user_id": "three", "result_key": saved["result_key"]}
    assert call(live, "result/attach", **attach) == (403, "access_limit_reached")


def test_a_lost_key_is_replaced_and_works_on_for_a_while(gateway, keys, call):
    (command,) = re.findall(
        r"^    widget-gateway (provider rotate-key .*)$",
        (ROOT / "docs" / PAGES[0]).read_text("utf-8"),
        re.MULTILINE,
    )
    new = gateway.command(*command.split())
    assert set(new.values()).isdisjoint(keys[name] for name in ("client_key", "sandbox_key"))
    for each in (keys, new):
        assert call(each["sandbox_key"], "stats")[1]["sandbox"] is True
        assert "sandbox" not in call(each["client_key"], "stats")[1]


def test_a_wrong_address_has_the_reason_of_the_table(keys, call):
    assert call(keys["sandbox_key"], "no/such/call") == (404, "not_found")
