"""`backup` and `restore`: what is proven, refused and lost, and that nothing half is used."""

from uuid import uuid4

import msgspec
import pytest
from pymongo import WriteConcern

from storage.backup.archive import decoded
from storage.backup.contents import KEPT
from storage.backup.database import BackupDatabase, BackupError, open_for_backup
from storage.backup.marker import ANNOUNCED_S, RestoreUnfinishedError
from tests.support.fixtures import WORK_VALUES, running_backend
from tests.support.ledger import counts
from tests.support.waiting import wait_for
from widget_gateway.composition.application import open_backend


@pytest.fixture
def filled(io_loop, api, college, take_test, connect, database):
    """A database with users, results and attempts of a college.

    A backup reads what a majority has, so what is changed by hand has to wait for that.
    """

    async def fill():
        caller = {"client_key": college.client_key}
        for user in ("anna", "boris"):
            key = await take_test()
            attached = await api.get("result/attach", **caller, user_id=user, result_key=key)
            assert attached.status == 200
        running = await connect()
        await running.open(test="work-values")
        for seq, (question, value) in enumerate(WORK_VALUES[:5], start=1):
            await running.answer(seq, question, *value)
            await running.expect("ack")

    io_loop.run_sync(fill)
    return database.with_options(write_concern=WriteConcern("majority"))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Let a restore give up at once where the database is in use."""
    monkeypatch.setattr("storage.backup.steps.LEAVING_S", 0.5)


@pytest.fixture
def file(filled, commands, tmp_path):
    """A backup of that database."""
    assert filled is not None
    path = tmp_path / "backup.zip"
    done = commands.run("backup", path)
    assert done.exit_code == 0, done.output
    return path


def documents(database):
    """All documents of a backup's collections, by collection and in one order."""
    return {name: sorted(map(repr, database[name].find())) for name in KEPT}


def proofs(answer):
    return {proof["subject"]: (proof["ok"], proof["detail"]) for proof in answer["findings"]}


def restored_to(commands, file, name, *options):
    return commands.json("restore", file, *options, DATABASE=name)


def test_a_restore_brings_every_document_back(commands, file, filled, client, other_name):
    answer = restored_to(commands, file, other_name)
    assert answer["restored"]
    assert answer["good"]
    assert documents(client[other_name]) == documents(filled)
    assert client[other_name]["restores"].count_documents({}) == 0
    assert answer["collections"]["results"] == 2
    assert proofs(answer) == {
        "accesses of college": (True, "counter 2, ledger 2, users 2"),
        "places of users": (True, "2 users hold 2 results"),
        "finished attempts": (True, "2, each with its result"),
        "open attempts": (True, "1 with 5 answers"),
        "tests": (True, "3 versions"),
    }


def test_collections_of_many_batches_are_whole(
    monkeypatch, commands, filled, client, other_name, tmp_path
):
    monkeypatch.setattr("storage.backup.database.BATCH", 2)
    monkeypatch.setattr("storage.backup.steps.BATCH", 2)
    path = tmp_path / "batches.zip"
    assert commands.json("backup", path)["collections"]["answers"] == 5
    restored_to(commands, path, other_name)
    assert documents(client[other_name]) == documents(filled)
    answer = commands.json("restore", "--verify", path)
    assert not any(loss["lost"] + loss["changed"] + loss["back"] for loss in answer["loses"])


def test_a_restored_database_is_used_by_a_gateway(
    io_loop, commands, file, settings, client, other_name
):
    restored_to(commands, file, other_name)
    with running_backend(io_loop, msgspec.structs.replace(settings, database=other_name)) as there:
        examined = io_loop.run_sync(there.services.public.health.examine)
    assert [finding for finding in examined if not finding.ok] == []
    assert counts(client[other_name]) == (2, 2, 2)


def test_a_backup_says_what_is_in_it_and_what_is_not(commands, filled, tmp_path):
    assert filled is not None
    answer = commands.json("backup", tmp_path / "a.zip")
    assert set(answer["collections"]) == set(KEPT)
    assert answer["collections"]["answers"] == 5
    assert "widget_files" in answer["left_out"]
    said = commands.run("backup", tmp_path / "b.zip").stdout
    assert "results 2" in said
    assert "PIN_PEPPER are not in it" in said
    refused = commands.run("backup", tmp_path / "b.zip")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "overwrites nothing" in refused.stderr


def test_a_backup_to_standard_output_is_the_same(commands, filled, client, other_name, tmp_path):
    done = commands.run("backup", "-")
    assert done.exit_code == 0
    assert "Backed up tests" in done.stderr
    piped = tmp_path / "piped.zip"
    piped.write_bytes(done.stdout_bytes)
    restored_to(commands, piped, other_name)
    assert documents(client[other_name]) == documents(filled)
    assert commands.run("backup", "-", "--json").exit_code == 2


def test_verify_says_what_would_be_lost(commands, file, filled):
    same = commands.json("restore", "--verify", file)
    assert not any(loss["lost"] + loss["changed"] + loss["back"] for loss in same["loses"])
    assert "would lose nothing" in commands.run("restore", "--verify", file).stdout

    result = filled["results"].find_one()
    filled["results"].insert_one(result | {"_id": uuid4(), "provider": "academy"})
    filled["results"].insert_many([result | {"_id": uuid4()} for _ in range(2)])
    filled["provider_users"].update_one({"_id.user_id": "anna"}, {"$set": {"main": 7}})
    filled["answers"].delete_many({})
    before = documents(filled)
    answer = commands.json("restore", "--verify", file)
    losses = {loss["collection"]: loss for loss in answer["loses"]}
    assert losses["results"] == {
        "collection": "results",
        "lost": 3,
        "changed": 0,
        "back": 0,
        "by_provider": {"academy": 1, "college": 2},
    }
    assert (losses["provider_users"]["lost"], losses["provider_users"]["changed"]) == (0, 1)
    assert losses["answers"]["back"] == 5
    assert documents(filled) == before
    said = commands.run("restore", "--verify", file).stdout
    assert "would undo the last" in said
    assert "academy 1, college 2" in said


def test_verify_ends_with_a_fault_where_numbers_do_not_agree(commands, filled, tmp_path):
    filled["providers"].update_one({}, {"$inc": {"access_count": 1}})
    path = tmp_path / "faulty.zip"
    assert commands.run("backup", path).exit_code == 0
    answer = commands.json("restore", "--verify", path, status=1)
    assert not answer["good"]
    assert proofs(answer)["accesses of college"] == (False, "counter 3, ledger 2, users 2")
    said = commands.run("restore", "--verify", path)
    assert said.exit_code == 1
    assert "FAULT  accesses of college" in said.stdout


def test_a_database_that_is_not_empty_is_refused_unless_it_is_named(
    commands, file, client, other_name
):
    client[other_name]["results"].insert_one({"_id": "precious"})
    refused = commands.json("restore", file, status=1, DATABASE=other_name)
    assert refused["error"]["reason"] == "restore_refused"
    assert f"--replace {other_name}" in refused["error"]["message"]
    assert commands.run("restore", file, "--replace", "tests", DATABASE=other_name).exit_code == 2
    assert client[other_name].list_collection_names() == ["results"]
    restored_to(commands, file, other_name, "--replace", other_name)
    assert client[other_name]["results"].find_one({"_id": "precious"}) is None
    assert client[other_name]["results"].count_documents({}) == 2


def test_who_was_erased_since_the_backup_is_erased_again(
    io_loop, api, college, commands, file, filled, client, other_name
):
    caller = {"client_key": college.client_key, "user_id": "anna"}
    assert io_loop.run_sync(lambda: api.post_json("user/erase", **caller)).status == 200
    erasures = list(filled["erasures"].find())
    client[other_name]["erasures"].insert_many(erasures)
    answer = restored_to(commands, file, other_name)
    assert answer["erased_again"] == 1
    assert "anna" not in str(documents(client[other_name]))
    assert counts(client[other_name]) == (2, 2, 1)
    assert client[other_name]["erasures"].find_one()["_id"] == erasures[0]["_id"]


def test_a_database_in_use_is_refused(commands, file, filled):
    before = documents(filled)
    refused = commands.json("restore", file, "--replace", "tests", status=1)
    assert refused["error"]["reason"] == "restore_refused"
    assert "is in use" in refused["error"]["message"]
    assert documents(filled) == before
    assert filled["restores"].count_documents({}) == 0


def test_users_of_other_databases_are_no_users(settings, file):
    """A name that begins with the name of this one is another database."""
    assert file.exists()
    where = settings.mongodb_uri, settings.storage_wait_s
    with open_for_backup(where[0], "tests", where[1], restores=True) as database:
        assert len(database.users()) == 1
    with (
        open_for_backup(where[0], "test", where[1], restores=True) as database,
        open_for_backup(where[0], "test", where[1], restores=True) as rival,
    ):
        wait_for(lambda: len(database.users()) == len(rival.users()) == 1)
    with open_for_backup(where[0], "test", where[1], restores=True) as database:
        wait_for(lambda: database.users() == [])


class BrokenOffError(Exception):
    pass


@pytest.fixture
def break_off(monkeypatch):
    """Let the next restores fail at their first write of a collection."""

    def at(name):
        def insert(database, collection, *arguments, **options):
            if collection == name:
                raise BrokenOffError
            return right(database, collection, *arguments, **options)

        monkeypatch.setattr("storage.backup.database.BackupDatabase.insert", insert)

    right = BackupDatabase.insert
    return at


def test_a_restore_that_broke_off_is_refused_by_all_until_it_is_repeated(
    io_loop, commands, file, filled, settings, client, other_name, break_off, monkeypatch, tmp_path
):
    break_off("results")
    with pytest.raises(BrokenOffError):
        commands.run("restore", file, DATABASE=other_name)
    assert client[other_name]["providers"].count_documents({}) == 1

    async def start():
        async with open_backend(msgspec.structs.replace(settings, database=other_name)):
            pass

    with pytest.raises(RestoreUnfinishedError, match=r"half restored.*backup\.zip.*again"):
        io_loop.run_sync(start)
    half = commands.json("backup", tmp_path / "half.zip", status=1, DATABASE=other_name)
    assert half["error"]["reason"] == "restore_unfinished"
    assert not (tmp_path / "half.zip").exists()
    monkeypatch.undo()
    restored_to(commands, file, other_name)  # It needs no --replace.
    assert documents(client[other_name]) == documents(filled)
    io_loop.run_sync(start)


def test_an_announcement_that_nothing_followed_stands_for_a_minute(
    io_loop, settings, client, other_name
):
    async def start():
        async with open_backend(msgspec.structs.replace(settings, database=other_name)):
            pass

    with open_for_backup(
        settings.mongodb_uri, other_name, settings.storage_wait_s, restores=True
    ) as database:
        database.mark.announce("backup.zip")
        with pytest.raises(RestoreUnfinishedError, match="about to be restored"):
            io_loop.run_sync(start)
        past = {"$subtract": ["$announced_at", ANNOUNCED_S * 1000]}
        client[other_name]["restores"].update_one({}, [{"$set": {"announced_at": past}}])
        assert not database.mark.begin("backup.zip")
    io_loop.run_sync(start)


def test_a_damaged_backup_changes_nothing(commands, file, client, other_name):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    refused = commands.json("restore", file, status=1, DATABASE=other_name)
    assert refused["error"]["reason"] == "archive_invalid"
    assert str(file) in refused["error"]["message"]
    assert other_name not in client.list_database_names()
    assert commands.run("restore", "--verify", file, DATABASE=other_name).exit_code == 1


def test_another_pepper_is_told_and_refused_unless_it_is_lost(commands, file, client, other_name):
    other = {"PIN_PEPPER": "another pepper", "DATABASE": other_name}
    told = commands.json("restore", "--verify", file, status=1, **other)
    assert (told["good"], told["secrets"]) == (False, "other_pepper")
    refused = commands.run("restore", file, **other)
    assert refused.exit_code == 1
    assert "none of its PINs" in refused.stderr
    assert other_name not in client.list_database_names()
    done = commands.run("restore", file, "--other-pepper", **other)
    assert done.exit_code == 0
    assert "FAULT  secrets" in done.stdout


def test_another_jwt_secret_is_told(commands, file, other_name):
    told = commands.json(
        "restore", "--verify", file, JWT_SECRET="another secret of the tests", DATABASE=other_name
    )
    assert (told["good"], told["secrets"]) == (True, "other_jwt_secret")


def test_a_backup_whose_moment_is_forgotten_fails(settings, filled, client):
    """The server is told to forget at once; a backup that takes too long meets the same."""
    remembered = client.admin.command("getParameter", 1, minSnapshotHistoryWindowInSeconds=1)
    window = remembered["minSnapshotHistoryWindowInSeconds"]
    client.admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=0)

    def read_late():
        with (
            open_for_backup(settings.mongodb_uri, "tests", settings.storage_wait_s) as database,
            database.snapshot() as snapshot,
        ):

            def is_forgotten():
                filled["restores"].insert_one({})
                list(snapshot.batches("results"))
                return False

            wait_for(is_forgotten)

    try:
        with pytest.raises(BackupError, match="minSnapshotHistoryWindowInSeconds"):
            read_late()
    finally:
        client.admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=window)


def test_a_backup_is_one_moment(settings, filled):
    """What is written after the first read is in no collection that is read later."""
    with (
        open_for_backup(settings.mongodb_uri, "tests", settings.storage_wait_s) as database,
        database.snapshot() as snapshot,
    ):
        before = {name: filled[name].count_documents({}) for name in KEPT}
        for name in ("results", "attempts"):
            filled[name].insert_one(filled[name].find_one() | {"_id": uuid4()})
        filled["providers"].update_one({}, {"$inc": {"access_count": 1}})
        read = {name: [r for batch in snapshot.batches(name) for r in batch] for name in KEPT}
    assert {name: len(rows) for name, rows in read.items()} == before
    assert decoded(read["providers"][0], "providers")["access_count"] == 2


def test_there_has_to_be_a_database(commands, tmp_path):
    nothing = {"DATA_DIR": str(tmp_path), "MONGODB_URI": "", "JWT_SECRET": "", "PIN_PEPPER": ""}
    refused = commands.run("backup", tmp_path / "a.zip", **nothing)
    assert refused.exit_code == 1
    assert "There is no database in" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_proven_where_there_is_no_database(commands, file, tmp_path):
    nothing = {"DATA_DIR": str(tmp_path / "new"), "MONGODB_URI": ""}
    assert commands.json("restore", "--verify", file, **nothing)["loses"] is None
    nothing |= {"JWT_SECRET": "", "PIN_PEPPER": ""}
    assert commands.json("restore", "--verify", file, status=1, **nothing)["secrets"] == "unknown"
    refused = commands.run("restore", file, **nothing)
    assert "copy the file `secrets`" in refused.stderr
    assert not (tmp_path / "new").exists()
