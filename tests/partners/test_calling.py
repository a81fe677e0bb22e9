"""Rules of all partner calls: methods, keys and parameters."""

import uuid

import pytest

pytestmark = pytest.mark.gen_test

TOKEN = {"user_id": "anna", "test": "work-values"}

PATHS = [
    "access/token",
    "answers/get",
    "invoice",
    "payment/confirm",
    "progress/save",
    "result/attach",
    "session/get",
    "stats",
    "user/register",
    "user/tests",
    "users",
    "webhook/deliveries",
    "webhook/replay",
]
"""Calls that need a key."""


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("name", ["client", "client_key"])
@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
async def test_every_way_of_calling_works_under_v2_and_v3(api, college, version, name, way):
    path = f"/partner/api/{version}/access/token"
    answer = await getattr(api, way)(path, **{name: college.client_key}, **TOKEN)
    assert answer.status == 200, answer.body
    assert uuid.UUID(answer.body["access_token"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].lower() == "application/json; charset=utf-8"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_key_may_come_as_a_bearer_token(api, college, scheme):
    headers = {"Authorization": f"{scheme} {college.client_key}"}
    answer = await api.fetch("access/token?user_id=anna&test=work-values", headers=headers)
    assert answer.status == 200


async def test_a_slash_at_the_end_of_a_path_does_not_matter(api, college):
    answer = await api.get("access/token/", client_key=college.client_key, **TOKEN)
    assert answer.status == 200


async def test_query_and_body_are_read_together(api, college):
    answer = await api.post_json(f"access/token?client_key={college.client_key}", **TOKEN)
    assert answer.status == 200


async def test_the_same_key_given_in_several_ways_is_one_key(api, college):
    key = college.client_key
    headers = {"Authorization": f"Bearer {key}"}
    path = f"access/token?client={key}&client_key={key}&user_id=anna&test=work-values"
    assert (await api.fetch(path, headers=headers)).status == 200


@pytest.mark.parametrize("other", ["client", "header"])
async def test_two_different_keys_are_refused(api, college, register, other):
    school = await register("school")
    headers = {"Authorization": f"Bearer {school.client_key}"} if other == "header" else {}
    twice = f"&client={school.client_key}" if other == "client" else ""
    path = f"access/token?client_key={college.client_key}&user_id=anna&test=work-values{twice}"
    answer = await api.fetch(path, headers=headers)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", [None, ""])
async def test_a_call_without_a_key_is_refused(api, path, key):
    answer = await api.get(path, **({} if key is None else {"client_key": key}))
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert answer.body["error"]["message"] == 'The required "client_key" parameter is missing.'


@pytest.mark.parametrize("path", PATHS)
async def test_every_call_knows_its_caller_in_every_way(api, college, path):
    for way in (api.get, api.post_form, api.post_json):
        for version in ("v2", "v3"):
            for name in ("client", "client_key"):
                answer = await way(f"/partner/api/{version}/{path}", **{name: college.client_key})
                assert answer.status in (200, 400)
                assert '"client_key"' not in str(answer.body)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["nobody", "live_", "test_" + "x" * 43])
async def test_a_call_with_nobodys_key_is_refused(api, path, key):
    answer = await api.get(path, client_key=key)
    assert (answer.status, answer.reason) == (404, "client_not_found")
    assert answer.body["error"]["message"].startswith("Client not found with the provided token.")


async def test_the_public_slug_is_no_key(api, college):
    assert college
    answer = await api.get("access/token", client_key="college", **TOKEN)
    assert answer.reason == "client_not_found"


async def test_a_disabled_partner_is_not_found(api, register):
    keys = await register("school", enabled=False)
    answer = await api.get("access/token", client_key=keys.client_key, **TOKEN)
    assert answer.reason == "client_not_found"


async def test_a_parameter_given_twice_with_one_value_is_one(api, college):
    answer = await api.get(
        "access/token", client_key=college.client_key, user_id=["anna", "anna"], test="work-values"
    )
    assert answer.status == 200


async def test_a_parameter_given_twice_with_different_values_is_refused(api, college):
    key = college.client_key
    answers = [
        await api.get("access/token", client_key=key, **(TOKEN | {"user_id": ["anna", "bob"]})),
        await api.post_form("access/token", client_key=key, **(TOKEN | {"user_id": ["a", "b"]})),
        await api.post_json(f"access/token?user_id=bob&client_key={key}", **TOKEN),
        await api.post_raw(
            f"access/token?client_key={key}",
            '{"user_id": "anna", "user_id": "bob", "test": "work-values"}',
        ),
    ]
    for answer in answers:
        assert (answer.status, answer.reason) == (400, "parameter_invalid")
        assert answer.body["error"]["message"].startswith('Invalid "user_id":')


@pytest.mark.parametrize(
    "value",
    [
        ["anna"],
        {"$gt": ""},
        {"$ne": None},
        [],
        {},
        1.5,
        True,
        "x" * 257,
        "x" * 300,
        "an\0na",
        "\ud800",
    ],
)
async def test_a_json_value_that_is_no_identifier_is_refused(api, college, database, value):
    answer = await api.post_json(
        "access/token", client_key=college.client_key, test="work-values", user_id=value
    )
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert answer.body["error"]["message"].startswith('Invalid "user_id":')
    assert database.provider_users.count_documents({}) == 0


@pytest.mark.parametrize("name", ["client_key", "user_id", "test"])
@pytest.mark.parametrize("operator", [{"$gt": ""}, {"$where": "1"}, {"$regex": ".*"}])
async def test_a_query_operator_is_never_a_value(api, college, name, operator):
    parameters = {"client_key": college.client_key, **TOKEN, name: operator}
    answer = await api.post_json("access/token", **parameters)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


async def test_an_operator_in_a_parameters_name_is_an_unknown_parameter(api, college):
    answer = await api.fetch(
        f"access/token?client_key={college.client_key}&user_id[$gt]=&user_id=anna&test=work-values"
    )
    assert answer.status == 200


@pytest.mark.parametrize("value", ["", None])
async def test_an_empty_parameter_counts_as_missing(api, college, value):
    answer = await api.post_json(
        "access/token", client_key=college.client_key, test="work-values", user_id=value
    )
    assert (answer.status, answer.reason) == (400, "parameter_missing")


@pytest.mark.parametrize("raw", ["%00", "an%00na", "%ff", "%d0", "%ed%a0%80"])
async def test_nul_and_invalid_utf8_in_a_query_are_refused(api, college, raw):
    answer = await api.fetch(
        f"access/token?client_key={college.client_key}&test=work-values&user_id={raw}"
    )
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


async def test_identifiers_may_be_in_any_script_and_256_long(api, college, database):
    for user_id in ("Аня 🙂", "x" * 256, "я" * 256, "$where", "a.b", "' OR 1=1", "{}"):
        answer = await api.get(
            "access/token", client_key=college.client_key, test="work-values", user_id=user_id
        )
        assert answer.status == 200
        assert database.provider_users.count_documents({"_id.user_id": user_id}) == 1


async def test_a_number_in_json_is_the_same_user_as_its_digits(api, college, database):
    for user_id in (42, "42"):
        answer = await api.post_json(
            "access/token", client_key=college.client_key, test="work-values", user_id=user_id
        )
        assert answer.status == 200
    assert database.provider_users.count_documents({}) == 1


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "nonsense",
        "[]",
        '"text"',
        "null",
        b'{"user_id": "\xff"}',
        "[" * 100_000,
        '{"a":' + "[" * 201 + "]" * 201 + "}",
        '{"a":' * 101 + "1" + "}" * 101,
        '{"a":' * 20_000 + "1" + "}" * 20_000,
        '{"user_id": ' + "9" * 5000 + "}",
    ],
)
async def test_a_json_body_that_is_no_object_is_refused(api, college, body):
    answer = await api.post_raw(f"access/token?client_key={college.client_key}", body)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


@pytest.mark.parametrize("depth", [2, 90, 900])
@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
async def test_nested_values_that_differ_are_refused_and_no_fault_of_ours(
    api, college, depth, before, after
):
    nested = before * depth + "1" + after * depth
    body = f'{{"user_id": {nested}, "user_id": {nested.replace("1", "2")}}}'
    answer = await api.post_raw(f"access/token?client_key={college.client_key}", body)
    assert answer.status == 400


async def test_a_body_of_another_type_is_not_looked_at(api, college):
    path = f"access/token?client_key={college.client_key}&user_id=anna&test=work-values"
    answer = await api.post_raw(path, '{"user_id": "bob"}', "text/plain")
    assert answer.status == 200


async def test_unknown_parameters_are_ignored(api, college):
    answer = await api.post_json(
        "access/token", client_key=college.client_key, **TOKEN, colour={"$gt": [1]}
    )
    assert answer.status == 200


async def test_unknown_parameters_may_be_given_twice(api, college):
    parameters = {"client_key": college.client_key} | TOKEN
    assert (await api.get("access/token", **parameters, utm=["a", "b"])).status == 200


@pytest.mark.parametrize("call", ["result/get", "answers/get"])
@pytest.mark.parametrize("locale", ["ru_RU", "en-", "ru,,en", "русский", "russian"])
async def test_what_is_no_language_is_refused(api, college, take_test, call, locale):
    parameters = {"client_key": college.client_key, "result_key": await take_test()}
    await api.get("result/attach", user_id="ann", **parameters)
    answer = await api.get(call, **parameters, locale=locale)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert answer.body["error"]["message"] == (
        'Invalid "locale": it is a language tag such as "ru" or "zh-Hant", or a list: "kk-KZ,ru".'
    )


async def test_a_whole_number_is_one_however_it_is_written(api, college):
    key = college.client_key
    body = f'{{"client_key": "{key}", "user_id": 7.0, "test": "work-values", "paid": 1.0}}'
    assert (await api.post_raw("access/token", body)).status == 200
    listed = await api.post_raw("users", f'{{"client_key": "{key}", "limit": 1e1}}')
    assert [user["user_id"] for user in listed.body["users"]] == ["7"]


@pytest.mark.parametrize("number", ["7.5", "9007199254740992", "1e300", "NaN", "-Infinity"])
async def test_other_numbers_are_no_text(api, college, number):
    body = f'{{"client_key": "{college.client_key}", "user_id": {number}}}'
    answer = await api.post_raw("user/register", body)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
