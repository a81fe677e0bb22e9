"""What a sharded cluster needs: shard keys that fit the indexes, and queries that name them.

No `mongos` is to be had here, so nothing of this runs on a sharded cluster. The documented rules
are held against the indexes, and against the commands that a gateway sends.
"""

import re
from pathlib import Path

import msgspec
import pytest
from bson import Binary

from storage import client as storage_client
from storage.indexes import COLLECTIONS, INDEXES
from storage.shard_keys import PLACEMENTS, Spread, shard_commands
from tests.support.fixtures import WORK_VALUES
from tests.support.portal_api import PERSON
from tests.support.portal_device import push
from tests.support.sharding import Question, ShardWatch, names_shard_key, questions_of
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.attempts.results import Selection
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.calls import CallFilter
from widget_gateway.domain.partners.providers import Caller

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["sharding.md", "sharding.ru.md"]
SHARDED = {name for name, placed in PLACEMENTS.items() if placed.spread is not Spread.NONE}

ASKS_ALL = {
    ("accesses", ("_id.provider", "_id.sandbox", "at")): "an invoice",
    ("accesses", ("_id.provider", "price")): "an invoice: prices for rows of a former version",
    ("accesses", ("_id.provider", "_id.sandbox")): "doctor",
    ("accesses", ("_id.provider", "erased")): "doctor",
    ("answers", ("_id",)): "the hourly search for answers of expired attempts",
    ("audit", ("action", "outcome")): "an operator reads the trail",
    ("clicks", ("at",)): "what QUA's home shows, counted once a minute",
    ("partner_calls", ("provider", "sandbox")): "the log of a provider's calls",
    ("provider_users", ("_id.provider", "_id.sandbox")): "the list of users, and their number",
    ("provider_users", ("_id.provider", "_id.sandbox", "passed")): "those who passed a test",
    ("results", ("provider", "sandbox", "user_id")): "the results of users, in two lists",
    ("results", ("sandbox", "test")): "statistics of a test",
    ("attempts", ("created_at", "sandbox", "state", "test")): "statistics of a test",
    ("searches", ("at", "offset")): "the report of searches",
    (
        "searches",
        ("at", "corrected", "opened", "unfinished"),
    ): "queries that are suggested, counted once a minute",
    ("sign_ins", ("person",)): "all sign-ins of a person are ended",
    ("sign_ins", ("person", "refresh_expire_at")): "a person looks at the own sign-ins",
    ("webhook_deliveries", ("state",)): "each process asks which providers have deliveries due",
    ("webhook_deliveries", ("next_at", "provider", "state")): "the next delivery of a provider",
    ("webhook_deliveries", ("provider", "sandbox")): "the log of a provider",
    ("webhook_deliveries", ("at", "lease", "provider", "sandbox", "state")): "a replay",
    ("access_tokens", ("provider", "sandbox", "user_id")): "an erasure",
    ("attempts", ("provider", "sandbox", "user_id")): "an erasure",
    ("attempts", ("_id", "provider", "sandbox", "user_id")): "an export",
    ("audit", ("person",)): "a person's erasure",
    ("audit", ("login", "person")): "a person's erasure",
    ("idempotency", ("_id.provider", "_id.sandbox", "about")): "an erasure",
    ("push_events", ("users",)): "a person's erasure",
    ("results", ("created_at", "provider")): "old results are removed",
    ("webhook_deliveries", ("data.user_id", "provider", "sandbox")): "an erasure",
    ("webhook_deliveries", ("$nor", "data.session", "provider", "sandbox")): "an erasure",
}
"""The reads, and changes of many documents, that ask all shards, by collection and fields.

None of them is on the way of an answer, an open, a finish, an attach or a sign-in."""

ONLY_WRITTEN = {"audit", "clicks", "partner_calls"}
"""Collections into which rows are only inserted. An insert names its `_id`."""


def test_each_collection_has_a_placement():
    assert set(PLACEMENTS) == set(COLLECTIONS)
    assert all(placed.why.endswith(".") for placed in PLACEMENTS.values())


def test_each_unique_index_begins_with_the_shard_key():
    faults = [
        f"{name}.{model.document['name']}"
        for name in SHARDED & set(INDEXES)
        for model in INDEXES[name]
        if model.document.get("unique") and next(iter(model.document["key"])) != "_id"
    ]
    # A hashed index can't be unique, and `_id` has an index of its own.
    assert faults == []


@pytest.mark.parametrize("page", PAGES)
def test_the_page_tells_of_the_placements_as_they_are(page):
    text = (DOCS / page).read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    told = {
        Spread.HASHED: '`{ _id: "hashed" }`',
        Spread.RANGED: "`{ _id: 1 }`",
        Spread.NONE: "—",
    }
    assert rows == {name: told[placed.spread] for name, placed in PLACEMENTS.items()}
    commands = shard_commands("widget_gateway")
    assert "\n".join(f"    {command}" for command in commands) in text
    listed = re.findall(r"^- (`[^:]+): ", text, re.MULTILINE)
    assert {name for name, _ in ASKS_ALL} <= set(re.findall(r"`(\w+)`", " ".join(listed)))


@pytest.mark.parametrize("page", PAGES)
def test_the_points_at_which_the_page_divides_answers_divide_their_keys(page):
    # Binaries of other lengths would not lie between keys: MongoDB compares lengths first.
    (point,) = re.findall(
        r"sh\.splitAt\(.+HexData\(0, (.+)\) }\)", (DOCS / page).read_text("utf-8")
    )
    assert point == '(16 * n).toString(16) + "00".repeat(23)'
    for n in range(1, 16):
        assert len(Binary(bytes.fromhex(f"{16 * n:x}" + "00" * 23))) == 24


def test_the_hashed_indexes_of_the_commands_can_be_built(database):
    created = re.findall(r"\.(\w+)\.createIndex", "\n".join(shard_commands("any")))
    assert set(created) == {n for n, placed in PLACEMENTS.items() if placed.spread is Spread.HASHED}
    for name in created:
        database["hashed"][name].insert_one({"_id": {"provider": "college", "user_id": "anna"}})
        database["hashed"][name].create_index([("_id", "hashed")])
        database["hashed"][name].drop()


@pytest.mark.parametrize(
    ("condition", "spread", "is_single", "named"),
    [
        ({"_id": 1, "other": 2}, Spread.HASHED, True, True),
        ({"_id": {"provider": "college", "user_id": "anna"}}, Spread.HASHED, True, True),
        ({"_id": {"$in": [1, 2]}}, Spread.HASHED, False, True),
        ({"_id": {"$in": [1, 2]}}, Spread.HASHED, True, False),
        ({"_id": {"$gte": 1, "$lte": 2}}, Spread.RANGED, False, True),
        ({"_id": {"$gte": 1, "$lte": 2}}, Spread.HASHED, False, False),
        ({"_id": {"$gt": 1}}, Spread.RANGED, False, False),
        ({"$or": [{"_id": 1}, {"_id": 2}]}, Spread.RANGED, False, True),
        ({"$or": [{"_id": 1}, {"other": 2}]}, Spread.RANGED, False, False),
        ({"$and": [{"other": 1}, {"_id": 2}]}, Spread.HASHED, True, True),
        ({"_id.provider": "college"}, Spread.HASHED, False, False),
        ({}, Spread.RANGED, False, False),
    ],
)
def test_a_condition_names_the_shard_key_or_not(condition, spread, is_single, named):
    assert names_shard_key(condition, spread, is_single=is_single) is named


def test_commands_that_a_cluster_would_refuse_or_spread_are_seen():
    commands = [
        {"findAndModify": "webhook_deliveries", "query": {"provider": "college"}},
        {"update": "results", "updates": [{"q": {"user_id": "anna"}, "u": {}}]},
        {"delete": "sign_ins", "deletes": [{"q": {"person": "anna"}, "limit": 0}]},
        {"aggregate": "attempts", "pipeline": [{"$group": {"_id": 1}}]},
        {"aggregate": "attempts", "pipeline": [{"$changeStream": {}}]},
        {"find": "providers", "filter": {}},
        {"insert": "results", "documents": [{}]},
    ]
    asked = [question for command in commands for question in questions_of(command)]
    assert asked == [
        Question(
            "webhook_deliveries", "findAndModify", ("provider",), is_targeted=False, is_single=True
        ),
        Question("results", "update", ("user_id",), is_targeted=False, is_single=True),
        Question("sign_ins", "delete", ("person",), is_targeted=False),
        Question("attempts", "aggregate", (), is_targeted=False),
    ]


@pytest.fixture
def watch(monkeypatch):
    """Watch the commands of the gateway's client, and not those of the test's own."""
    watching = ShardWatch()
    make_client = storage_client.make_client
    monkeypatch.setattr(
        storage_client,
        "make_client",
        lambda *args, **options: make_client(*args, event_listeners=[watching], **options),
    )
    return watching


@pytest.fixture
def settings(settings, watch):
    assert watch
    return msgspec.structs.replace(settings, private_networks=("127.0.0.0/8",))


async def _visit(connect, api, keys):
    """Take the paid test: answer, pause, come back, pay, answer the rest, finish, and attach."""
    caller = {"client_key": keys.client_key}
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale="en")
    seq = await visitor.answer_all(session["questions"])
    await visitor.expect("pause")
    visitor = await _come_back(connect, visitor)
    await visitor.expect("pause")
    identity = visitor.identity
    assert (
        await api.get("payment/confirm", **caller, session=identity["session"], payment_id="bill")
    ).status == 200
    resumed = await visitor.expect("resumed")
    await visitor.answer_all(resumed["questions"], seq=seq)
    assert (await api.get("session/get", **caller, session=identity["session"])).status == 200
    await visitor.send("finish")
    key = (await visitor.expect("finished"))["result_key"]
    attached = {"user_id": "anna", "result_key": key}
    for path, parameters in [
        ("result/attach", attached),
        ("result/attach", attached),
        ("result/get", {"result_key": key, "format": "json"}),
        ("answers/get", {"result_key": key}),
    ]:
        assert (await api.get(path, **caller, **parameters)).status == 200, path


async def _come_back(connect, visitor):
    again = await connect()
    again.session = visitor.session
    await again.open(**visitor.identity)
    return again


async def _call_as_partner(connect, api, keys):
    """Make each call of users, tokens, lists and statistics."""
    caller = {"client_key": keys.client_key}
    user = (await api.get("user/register", **caller, user_id="boris")).body["user_key"]
    saved = {"test": "work-values", "progress": WORK_VALUES}
    idempotent = {"Content-Type": "application/json", "Idempotency-Key": "first"}
    body = msgspec.json.encode(caller | saved | {"user_key": user}).decode()
    for _ in range(2):
        answer = await api.fetch("progress/save", method="POST", body=body, headers=idempotent)
        assert answer.status == 200, answer.body
    token = await api.get("access/token", **caller, user_id="vera", test="work-values")
    visitor = await connect()
    await visitor.open(test="work-values", access_token=token.body["access_token"])
    today = utc_now().date().isoformat()
    for path, parameters in [
        ("user/tests", {"user_key": user}),
        ("user/tests", caller | {"user_id": "anna"}),
        ("users", caller),
        ("users", caller | {"test": "work-values", "passed": 1}),
        ("stats", caller),
        ("invoice", caller | {"from": today, "to": today}),
    ]:
        answer = await api.get(path, **parameters)
        assert answer.status == 200, (path, answer.body)


async def _use_the_portal(portal, sign_on):
    """Sign in, refresh, look at sign-ins, receive a push, and sign out; then end all sign-ins."""
    await portal.update_pin()
    device = await sign_on()
    await push(portal)
    await device.acknowledge(await device.event())
    await device.is_live()
    tokens = (await portal.refresh(device.tokens["refresh_token"])).body["data"]
    assert (await portal.own_sessions(tokens["access_token"])).status == 200
    assert (await portal.sessions()).status == 200
    assert (await portal.logout(tokens["access_token"])).status == 200
    await portal.signed_in()
    assert (await portal.delete("all=1")).status == 200


async def _use_qua(qua):
    me = await qua.join()
    elephant = f"questions/{(await me.ask('Слон'))['id']}"
    await me.change(int(elephant.rpartition("/")[2]), answer={"raw": "большой"})
    assert len(await me.read(f"{elephant}/versions")) == 2
    assert (await me.read(f"{elephant}/versions/1"))["raw"] == ""
    await me.read("home")
    hits = (await me.search("слон"))["hits"]
    assert hits
    assert (await me.read("suggest", query="сло"))["suggestions"]
    await me.add(title="Friendship", content="Friends are friends")
    (hit,) = (await me.search("friendship"))["hits"]
    answer = await qua.fetch_raw("/away?" + hit["url"].partition("?")[2], follow_redirects=False)
    assert answer.code == 302


async def _operate(backend, since):
    """Do what operators and background work do."""
    await backend.attempts.sweep_answers()
    await backend.services.public.health.examine()
    await backend.audit.list_latest(person=None, action=None, since=None, limit=10)
    await backend.test_statistics.gather(Selection(test=TestSlug("work-values")))
    await backend.services.qua.tracking.report(since, utc_now(), 10)
    college = await backend.services.partner.providers.get("college")
    caller = Caller(college, sandbox=False)
    log = backend.services.partner.call_log
    await log.list_page(CallFilter(provider=college.slug, sandbox=False), limit=1)
    webhooks = backend.services.partner.webhooks
    (latest,), _ = await webhooks.list_page(caller, state=None, limit=1, after=None)
    await webhooks.replay(caller, delivery=latest.id, since=None)
    await webhooks.replay(caller, delivery=None, since=since)


async def _erase(backend, api, keys, portal):
    """Export and erase a user and a person, and remove old results."""
    for path in ("user/export", "user/erase"):
        answer = await api.get(path, client_key=keys.client_key, user_id="anna")
        assert answer.status == 200, (path, answer.body)
    for path in ("people/export", "people/erase"):
        assert (await portal.call(path, {"id_phperson": PERSON})).status == 200
    providers = backend.services.partner.providers
    await providers.update("college", {"results_kept_days": 1})
    await backend.retention.preview("college", None)
    await backend.retention.remove_old()


@pytest.mark.gen_test
async def test_all_that_is_hot_names_the_shard_key(
    backend, register, connect, api, portal, sign_on, qua, watch, database
):
    began = utc_now()
    keys = await register("college")
    webhooks = backend.services.partner.webhooks
    await webhooks.set_url("college", "http://127.0.0.1:9/")
    await _visit(connect, api, keys)
    await _call_as_partner(connect, api, keys)
    await _use_the_portal(portal, sign_on)
    await _use_qua(qua)
    await until(lambda: database["webhook_deliveries"].find_one({"attempts": 1, "lease": None}))
    await _operate(backend, began)
    await _erase(backend, api, keys, portal)

    asked = watch.questions
    assert [each for each in asked if each.is_single and not each.is_targeted] == []
    scattered = {(each.collection, each.fields) for each in asked if not each.is_targeted}
    assert scattered == set(ASKS_ALL)
    assert {each.collection for each in asked if each.is_targeted} == SHARDED - ONLY_WRITTEN
