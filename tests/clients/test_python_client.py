"""The Python client: its types fit the API's examples, its waits are random, its README works."""

import inspect
import pickle
import re
import typing
from pathlib import Path

import pytest

from clients.generator.model import read_model
from tests.clients.patterns import mismatch
from tests.clients.stage import signed_webhook
from tests.support.fixtures import WORK_VALUES
from tests.support.processes import Gateway
from widget_gateway_client import (
    AsyncClient,
    Client,
    GatewayError,
    ResultNotFound,
    Rules,
    TransportError,
    encode,
    verify_webhook,
)
from widget_gateway_client.decoding import ShapeError, decode
from widget_gateway_client.exchange import Lost, Pause, Sending, conversation
from widget_gateway_client.reading import Received

PACKAGE = Path(__file__).parents[2] / "clients/python"
CALLS = read_model().calls


def method_of(kind, call):
    return getattr(kind, call.name.replace("/", "_"))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_the_example_of_a_call_is_read_and_written_back(call):
    kind = typing.get_type_hints(method_of(Client, call))["return"]
    written = encode(decode(kind, call.example))
    assert decode(kind, written) == decode(kind, call.example)
    assert mismatch(call.example, written) is None


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_both_clients_have_the_same_methods(call):
    blocking, waiting = method_of(Client, call), method_of(AsyncClient, call)
    assert inspect.signature(blocking) == inspect.signature(waiting)
    assert inspect.iscoroutinefunction(waiting)
    named = [name.rstrip("_") for name in inspect.signature(blocking).parameters]
    wanted = [parameter.name for parameter in call.plain_parameters]
    assert named == ["self", *wanted, *(["idempotency_key"] if call.writes else [])]


def test_a_value_of_the_wrong_type_is_told_by_its_place():
    kind = typing.get_type_hints(Client.users)["return"]
    with pytest.raises(ShapeError, match="users has the wrong type"):
        decode(kind, {"users": [True], "next": None})
    with pytest.raises(ShapeError, match="the answer has no next"):
        decode(kind, {"users": []})


@pytest.mark.parametrize(("kind", "value"), [(int, True), (float, False), (bool, 1), (str, None)])
def test_a_boolean_is_no_number_and_nothing_is_no_text(kind, value):
    with pytest.raises(ShapeError):
        decode(kind, value)


def test_exceptions_pass_between_processes():
    refusal = ResultNotFound("Nothing.", code=404, reason="result_not_found", request_id="r-1")
    for error in (refusal, TransportError("No answer.", idempotency_key="k-1")):
        copied = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert type(copied) is type(error)
        assert vars(copied) == vars(error)
    assert isinstance(refusal, GatewayError)
    assert str(refusal) == "Nothing. (result_not_found, 404, request r-1)"


def test_a_client_is_not_pickled():
    with Client("https://gateway.example", "test_secret") as client, pytest.raises(TypeError):
        pickle.dumps(client._key)


def pauses_of(outcome, attempts):
    """The pauses of a call whose tries all end alike."""
    steps = conversation("stats", Sending("", b"", {}), Rules(attempts=attempts))
    pauses, told = [], None
    while True:
        try:
            step = steps.send(told)
        except (TransportError, StopIteration):
            return pauses
        told = outcome
        if isinstance(step, Pause):
            pauses.append(step.seconds)
            told = None


def test_pauses_are_random_and_their_bounds_double():
    many = [pauses_of(Lost("it timed out"), 4) for _ in range(200)]
    for number, bound in enumerate((0.5, 1.0, 2.0)):
        column = [pauses[number] for pauses in many]
        assert 0 <= min(column) < bound / 4
        assert bound * 3 / 4 < max(column) <= bound


def test_a_pause_is_never_shorter_than_the_gateway_asks_for():
    busy = Received(503, {"retry-after": "7"}, b"")
    assert pauses_of(busy, 3) == [7.0, 7.0]
    assert pauses_of(Received(404, {}, b""), 3) == []


@pytest.mark.parametrize("rules", [{"timeout": 0}, {"attempts": 0}, {"answer_limit": 0}])
def test_rules_by_which_no_call_could_succeed_are_refused(rules):
    with pytest.raises(ValueError, match="A client needs"):
        Rules(**rules)


def test_a_webhook_needs_a_secret():
    with pytest.raises(ValueError, match="at least one secret"):
        verify_webhook([], {}, b"")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    running = Gateway(tmp_path_factory.mktemp("readme") / "data")
    try:
        running.start()
        running.run("test", "import", "--bundled")
        yield running
    finally:
        running.stop()


@pytest.mark.sampled
@pytest.mark.parametrize("language", ["en", "ru"])
def test_readme_leads_to_a_first_result(gateway, language, capsys):
    name = {"en": "README.md", "ru": "README.ru.md"}[language]
    keys = gateway.command("provider", "create", "--slug", f"college-{language}", "--name", "C",
                           "--access-limit", "5")  # fmt: skip
    blocks = re.findall(r"```python\n(.*?)```", (PACKAGE / name).read_text("utf-8"), re.DOTALL)
    first, patience, webhooks = (
        block.replace("https://gateway.example", gateway.url).replace(
            "test_your_sandbox_key", keys["sandbox_key"]
        )
        for block in blocks
    )
    assert len([line for line in first.splitlines() if line]) <= 10
    told = {}
    exec(first, told)  # noqa: S102 - README's own
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(re.fullmatch(r"\D+ 50", line) for line in lines), lines
    assert told["answers"] == WORK_VALUES
    told["client"].close()
    exec(patience, told)  # noqa: S102 - the same
    assert told["client"].stats().users == 1
    told["client"].close()
    exec(webhooks, told)  # noqa: S102 - the same
    assert told["handle"]({}, b"{}") == 400
    session = {"session": "s-1", "test": "career-interests"}
    webhook = {"type": "attempt.paused", "data": session, "signed_by": ["whsec_old"]}
    headers, body = signed_webhook(webhook)
    assert told["handle"](headers, body) == 204
    assert capsys.readouterr().out.startswith("s-1 ")
