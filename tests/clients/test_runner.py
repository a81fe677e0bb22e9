"""The suite of cases can fail: its patterns, its proxy and its drivers tell what is wrong."""

import json
import urllib.error
import urllib.request

import pytest

from tests.clients import drivers
from tests.clients.drivers import CLIENTS, Client, Driver, chosen_clients
from tests.clients.faulty_proxy import FaultyProxy
from tests.clients.patterns import filled, found_at, mismatch
from tests.clients.stage import as_understood


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ({"a": True}, {"a": 1}),
        ({"a": {"b": "<uuid>"}}, {"a": {"b": "no"}}),
        ("<time>", "2026-05-04"),
        ("<number>", True),
        ("<text>", ""),
        ([1, 2], [1]),
        ({"<length>": 2}, [1]),
        ({"<has>": "b"}, "a"),
    ],
)
def test_a_pattern_tells_where_a_value_differs(pattern, value):
    assert mismatch(pattern, value) is not None


def test_a_pattern_names_some_of_the_members_only():
    pattern = {"a": None, "b": ["<uuid>", {"<has>": "x"}]}
    value = {"b": ["5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21", "yxy"], "c": 3}
    assert mismatch(pattern, value) is None


def test_variables_are_replaced_wherever_they_stand():
    told = filled({"a": ["$list", "${word}s", "$unknown"]}, {"list": [1], "word": "key"})
    assert told == {"a": [[1], "keys", "$unknown"]}
    assert found_at(told, "a.0.0") == 1


def test_answers_that_the_gateway_understands_otherwise_differ():
    assert as_understood({"progress": {"1": "a"}}) == as_understood({"progress": [[1, ["a"]]]})
    assert as_understood({"progress": []}) == as_understood({"progress": {}})
    assert as_understood({"progress": {"1": []}}) != as_understood({"progress": []})


def test_a_client_without_a_driver_fails(monkeypatch, tmp_path):
    monkeypatch.setitem(CLIENTS, "cobol", Client("cobol", "clients/cobol/driver"))
    monkeypatch.setitem(CLIENTS, "basic", Client("python3", "clients/basic/driver.py"))
    with pytest.raises(AssertionError, match="cobol is not installed"):
        Driver("cobol", tmp_path / "stderr").__enter__()
    with pytest.raises(AssertionError, match=r"basic/driver\.py is missing"):
        Driver("basic", tmp_path / "stderr").__enter__()


def test_a_driver_that_shows_the_key_fails(monkeypatch, tmp_path):
    (tmp_path / "driver.py").write_text(
        "import sys\nfor line in sys.stdin: print(line, flush=True)"
    )
    monkeypatch.setattr(drivers, "ROOT", tmp_path)
    monkeypatch.setitem(CLIENTS, "loud", Client("python3", "driver.py"))
    with Driver("loud", tmp_path / "stderr") as driver:
        driver.secrets = {"test_secret"}
        with pytest.raises(AssertionError, match="shows a secret"):
            driver.perform({"key": "test_secret"})
        driver.secrets = set()


def test_clients_are_chosen_by_language_or_by_name(monkeypatch):
    monkeypatch.setenv("CLIENTS", "all")
    assert chosen_clients() == list(CLIENTS)
    monkeypatch.setenv("CLIENTS", "python-async,php")
    assert chosen_clients() == ["python-async", "php"]
    monkeypatch.delenv("CLIENTS")
    assert chosen_clients() == ["python", "python-async"]
    monkeypatch.setenv("CLIENTS", "cobol")
    with pytest.raises(LookupError, match="cobol"):
        chosen_clients()


def test_the_proxy_answers_and_drops_as_it_is_told():
    with FaultyProxy("http://127.0.0.1:9") as proxy:
        proxy.expect([{"answer": {"status": 418, "json": {"a": 1}}}, "drop_before"])
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{proxy.url}/tea", b"{}")  # noqa: S310 - the proxy
        assert refused.value.code == 418
        assert json.load(refused.value) == {"a": 1}
        refused.value.close()
        with pytest.raises(OSError, match=r"closed|reset"):
            urllib.request.urlopen(f"{proxy.url}/tea", b"{}")  # noqa: S310 - the proxy
        assert [request.path for request in proxy.requests] == ["/tea", "/tea"]
