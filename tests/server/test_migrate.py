"""`migrate` brings USER_KEYs of the former version to where this version looks for them."""

import asyncio
import json
import signal
import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from pymongo.errors import DuplicateKeyError

from storage import migrations
from storage.indexes import create_indexes
from storage.migrations import MigrationStore, State
from tests.support.processes import Gateway
from widget_gateway.composition.application import utc_now

FORMER = "user_key"


def former_users(count, provider="college"):
    """Make users as the former version registered them: with a key, but without its own row."""
    return [
        {
            "_id": {"provider": provider, "sandbox": True, "user_id": f"former-{number:05}"},
            "key": uuid4(),
            "created_at": utc_now(),
            "main": 0,
            "bonus": 0,
            "passed": [],
        }
        for number in range(count)
    ]


@pytest.fixture
def former(database):
    """The database as the former version left it, with some users of a provider `college`."""

    def make(count):
        users = former_users(count)
        database["migrations"].delete_many({})
        database["provider_users"].create_index("key", name=FORMER, unique=True)
        database["provider_users"].insert_many(users)
        return users

    return make


@pytest.fixture
def command(settings, tmp_path):
    """Run commands on the test's database: `command.command("migrate")`."""
    return Gateway(
        tmp_path,
        MONGODB_URI=str(settings.mongodb_uri),
        DATABASE=settings.database,
        JWT_SECRET=settings.jwt_secret,
        PIN_PEPPER=settings.pin_pepper,
    )


def keys_of(database):
    """The stored keys, each with the user whose it is."""
    return {row.pop("_id"): row for row in database["user_keys"].find()}


def expected(users):
    return {user["key"]: user["_id"] for user in users}


def goes_on():
    return asyncio.Event()


@pytest.mark.gen_test
async def test_a_new_database_has_nothing_to_migrate(backend, database):
    assert (await backend.migrations.progress()).state is State.FINISHED
    assert FORMER not in database["provider_users"].index_information()
    findings = {each.subject: each for each in await backend.services.public.health.examine()}
    assert (findings["migration"].ok, findings["migration"].detail) == (True, "all done")


@pytest.mark.gen_test
async def test_registration_writes_the_key_with_the_user(api, college, database):
    answer = await api.get("user/register", client_key=college.client_key, user_id="anna")
    key = UUID(answer.body["user_key"])
    place = {"provider": "college", "sandbox": False, "user_id": "anna"}
    assert keys_of(database) == {key: place}
    assert database["provider_users"].find_one({"_id": place})["key"] == key


@pytest.mark.gen_test
async def test_keys_of_the_former_version_are_found_before_during_and_after(
    api, backend, college, database, former
):
    first, *others = former(3)

    async def is_found(user):
        answer = await api.get("user/tests", user_key=str(user["key"]))
        return answer.status == 200

    assert college
    store = backend.migrations
    # The fixtures have made a new database, which this process knows; a restart forgets that.
    users = backend.services.partner.users._users
    users._migrations = MigrationStore(backend.commits._database)
    assert await is_found(first)
    await store.run(goes_on(), finish=False)
    assert [await is_found(user) for user in others] == [True, True]
    (late,) = late_users = former_users(1)
    late["_id"]["user_id"] = "a-late"  # It sorts before all that were copied.
    database["provider_users"].insert_many(late_users)
    assert await is_found(late)
    await store.run(goes_on(), finish=True)
    assert [await is_found(user) for user in (first, *others, late)] == [True] * 4
    unknown = await api.get("user/tests", user_key=str(uuid4()))
    assert (unknown.status, unknown.reason) == (404, "user_not_found")


@pytest.mark.gen_test
async def test_an_unfinished_migration_keeps_the_former_index(backend, database, former):
    former(1)
    database["provider_users"].drop_index(FORMER)
    await create_indexes(backend.commits._database)
    assert FORMER in database["provider_users"].index_information()


@pytest.mark.gen_test
async def test_the_keys_are_copied_and_repeats_change_nothing(
    backend, database, former, monkeypatch
):
    monkeypatch.setattr(migrations, "BATCH", 3)
    users = former(10)
    store = backend.migrations
    findings = {each.subject: each for each in await backend.services.public.health.examine()}
    assert "widget-gateway migrate" in findings["migration"].detail
    dry = await store.count_missing(goes_on())
    assert (dry.state, dry.seen, dry.added) == (State.WAITING, 10, 10)
    assert keys_of(database) == {}
    for _ in range(2):
        progress = await store.run(goes_on(), finish=False)
        assert (progress.state, progress.seen, progress.added) == (State.COPIED, 10, 10)
        assert keys_of(database) == expected(users)
    assert (await store.count_missing(goes_on())).added == 0
    assert FORMER in database["provider_users"].index_information()
    for _ in range(2):
        progress = await store.run(goes_on(), finish=True)
        assert progress.state is State.FINISHED
        assert keys_of(database) == expected(users)
        assert FORMER not in database["provider_users"].index_information()


@pytest.mark.gen_test
async def test_two_runs_at_once_and_registrations_meanwhile_do_no_harm(
    backend, api, college, database, former, monkeypatch
):
    monkeypatch.setattr(migrations, "BATCH", 5)
    users = former(100)

    async def register(number):
        caller = {"client_key": college.client_key}
        answer = await api.get("user/register", **caller, user_id=f"new-{number}")
        return UUID(answer.body["user_key"])

    *_, first, second = await asyncio.gather(
        *(register(number) for number in range(20)),
        backend.migrations.run(goes_on(), finish=True),
        MigrationStore(backend.commits._database).run(goes_on(), finish=True),
    )
    assert (first.state, second.state) == (State.FINISHED, State.FINISHED)
    registered = list(database["provider_users"].find())
    assert len(registered) == 120
    assert keys_of(database) == expected(registered)
    assert expected(users).items() <= keys_of(database).items()


@pytest.mark.gen_test
async def test_what_an_old_gateway_adds_late_is_copied_by_another_finish(backend, database, former):
    former(2)
    await backend.migrations.run(goes_on(), finish=True)
    late = former_users(4)[3:]
    database["provider_users"].insert_many(late)
    await backend.migrations.run(goes_on(), finish=True)
    assert late[0]["key"] in keys_of(database)


@pytest.mark.gen_test
async def test_a_user_who_is_erased_meanwhile_leaves_no_key(backend, database, former):
    users = former(5)
    store = backend.migrations
    copy = store._without_key

    async def erased_after_the_read(batch):
        missing = await copy(batch)
        database["provider_users"].delete_one({"_id": users[2]["_id"]})
        return missing

    store._without_key = erased_after_the_read
    await store.run(goes_on(), finish=False)
    assert keys_of(database) == expected([*users[:2], *users[3:]])
    # A run that was killed between its writes may leave such a key; the end removes it.
    database["user_keys"].insert_one({"_id": users[2]["key"]} | users[2]["_id"])
    await store.run(goes_on(), finish=True)
    assert keys_of(database) == expected([*users[:2], *users[3:]])


@pytest.mark.gen_test
async def test_a_key_can_belong_to_one_user_only(database, former):
    (user,) = former(1)
    with pytest.raises(DuplicateKeyError):
        database["provider_users"].insert_one(user | {"_id": {"user_id": "another"}})


SLOW = """
import asyncio, sys
from storage import migrations
from widget_gateway.cli import main

async def pause(seconds, stopped):
    print("batch", flush=True)
    try:
        async with asyncio.timeout(60):
            await stopped.wait()
    except TimeoutError:
        pass

async def quick(seconds, stopped):
    print("batch", flush=True)

migrations.BATCH = 10
migrations._pause = pause if sys.argv[1] == "slow" else quick
main(["migrate", *sys.argv[2:]])
"""


@pytest.mark.parametrize(
    ("number", "options"), [(signal.SIGKILL, ()), (signal.SIGTERM, ("--finish",))]
)
def test_a_killed_migration_goes_on_where_it_was(database, former, command, number, options):
    users = former(35)
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, "slow", *options, "--json"],
        env=command.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "batch\n"  # It has copied ten, and rests.
        process.send_signal(number)
        told = process.stdout.read()
    assert len(keys_of(database)) == 10
    if number == signal.SIGTERM:
        assert process.returncode == 1
        assert json.loads(told)["stopped"] is True
    else:
        assert process.returncode == -signal.SIGKILL
    state = command.command("migrate", "--status")["user_keys"]
    assert state == {
        "state": "finishing" if options else "copying",
        "users_seen": 10,
        "added": 10,
    }
    going_on = subprocess.run(
        [sys.executable, "-c", SLOW, "quick", *options],
        env=command.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert keys_of(database) == expected(users)
    seen = database["migrations"].find_one()["seen"]
    assert seen == 35, going_on.stdout  # No user was looked at twice.


def test_the_command_says_what_is_left_to_do(database, former, command):
    former(3)
    dry = command.command("migrate", "--dry-run")
    assert dry == {
        "user_keys": {"state": "waiting", "users_seen": 3, "missing": 3},
        "stopped": False,
    }
    assert "run `widget-gateway migrate`" in command.run("migrate", "--status").stdout
    assert "--finish" in command.run("migrate").stdout
    assert "finished" in command.run("migrate", "--finish").stdout
    assert len(keys_of(database)) == 3


@pytest.mark.parametrize(
    "options", [("--dry-run", "--finish"), ("--status", "--finish"), ("--status", "--dry-run")]
)
def test_options_that_contradict_each_other_are_refused(command, database, options):
    refused = command.run("migrate", *options)
    assert refused.returncode == 2
    assert "exclude each other" in refused.stderr
    assert keys_of(database) == {}
