"""Rules of all calls of the portal: the key, the content type and the language."""

import json
from urllib.parse import urlencode

import msgspec
import pytest

from tests.support.portal_api import UPDATE

pytestmark = pytest.mark.gen_test

PATH = "/api/v1/callback/pin/update"

NO_OBJECTS = {
    "empty": b"",
    "half": b"{",
    "list": b"[]",
    "text": b'"text"',
    "null": b"null",
    "nan": b'{"created_at": NaN}',
    "no utf8": b'{"tab_no": "\xff"}',
    "nul": b'{"tab_no": "\\u0000"}',
    "surrogate": b'{"tab_no": "\\ud800"}',
    "twice": b'{"tab_no": "1", "tab_no": "2"}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("path", ["pin/update", "sessions/x", "sessions/x?all=1"])
@pytest.mark.parametrize(
    "key",
    [None, "", "wrong", "callback key of the test", "callback key of the tests!", "ключ"],
    ids=["missing", "empty", "wrong", "shorter", "longer", "not latin"],
)
async def test_without_the_key_nothing_is_told(portal, path, key):
    method = {"pin/update": "POST", "sessions/x": "GET"}.get(path, "DELETE")
    headers = {"Content-Type": "text/plain"}  # The key is checked first.
    if key is not None:
        headers["X-Callback-Key"] = key.encode().decode("latin-1")
    body = b"no json" if method == "POST" else None
    path = f"/api/v1/callback/{path}"
    answer = await portal.fetch(path, method=method, body=body, headers=headers)
    assert answer.status == 401
    assert answer.body == {
        "result": False,
        "error": "Заголовок X-Callback-Key отсутствует или неверен.",
    }


@pytest.mark.parametrize("kind", ["text/plain", "text/json", "application/x-www-form-urlencoded"])
async def test_another_content_type_is_refused(portal, kind):
    body = urlencode(UPDATE) if kind.endswith("urlencoded") else json.dumps(UPDATE)
    headers = {"X-Callback-Key": portal.key, "Content-Type": kind}
    answer = await portal.fetch(PATH, method="POST", body=body, headers=headers)
    assert (answer.status, answer.body["result"]) == (415, False)
    assert "JSON" in answer.body["error"]


async def test_a_charset_beside_the_content_type_is_fine(portal):
    answer = await portal.call("pin/update", UPDATE, Content_Type="Application/JSON; charset=utf-8")
    assert answer.body == {"result": True}


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS)
async def test_what_is_no_json_object_is_refused(portal, body):
    headers = {"X-Callback-Key": portal.key, "Content-Type": "application/json"}
    answer = await portal.fetch(PATH, method="POST", body=body, headers=headers)
    assert (answer.status, answer.body["result"]) == (400, False)
    assert isinstance(answer.body["error"], str)


async def test_unknown_members_are_ignored(portal):
    assert (await portal.update_pin(surname="Ivanova", extra={"$ne": 1})).status == 200


async def test_other_methods_and_large_bodies_are_refused_in_the_portals_shape(portal):
    answer = await portal.call("pin/update", method="GET")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert answer.body["result"] is False
    answer = await portal.update_pin(padding="x" * 2**20)
    assert (answer.status, answer.body["result"]) == (413, False)
    answer = await portal.call("pin/updates", {})
    assert (answer.status, answer.body["result"]) == (404, False)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, en;q=0.5", "en"),
        ("de", "ru"),
        ("*", "ru"),
        ("*, ru;q=0.1", "en"),
        ("en;q=0", "ru"),
        ("en;q=nonsense", "ru"),
        (";;,q=,=", "ru"),
    ],
    ids=[
        "en first",
        "ru first",
        "en at all",
        "neither",
        "any",
        "any but ru",
        "no en",
        "bad q",
        "junk",
    ],
)
async def test_the_language_is_the_better_liked_one(portal, header, language):
    answer = await portal.call("pin/update", {}, Accept_Language=header)
    assert answer.headers["Content-Language"] == language
    said = {"ru": "Поле обязательно.", "en": "The field is required."}[language]
    assert answer.body["tab_no"] == [said]


class TestWithoutACallbackKey:
    @pytest.fixture
    def settings(self, settings):
        return msgspec.structs.replace(settings, callback_key=None)

    async def test_the_portal_api_is_closed(self, portal):
        for answer in (await portal.update_pin(), await portal.sessions()):
            assert (answer.status, answer.body["result"]) == (503, False)
            assert "callback key" in answer.body["error"]
