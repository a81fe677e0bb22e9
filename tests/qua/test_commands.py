"""`qua user …` and `qua report` beside a running server, as text and as JSON."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from tests.support.processes import Gateway
from widget_gateway.cli import main
from widget_gateway.services.spelling.dictionary import find_first_dictionary


@pytest.fixture(scope="module")
def node(tmp_path_factory, mongodb_uri):
    """A node of commands over a database of this module."""
    gateway = Gateway(
        tmp_path_factory.mktemp("qua"),
        MONGODB_URI=mongodb_uri,
        DATABASE="qua_commands",
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
    )
    yield gateway
    gateway.stop()


@pytest.fixture
def rows(client, node):
    """The database of the commands, with no users and searches."""
    assert node
    for name in ("qua_users", "searches"):
        client["qua_commands"][name].delete_many({})
    return client["qua_commands"]


def create(node, username="anna", *options, stdin="secret\n", check=True):
    command = ("qua", "user", "create", "--username", username, *options)
    return node.command(*command, stdin=stdin, check=check)


def test_a_user_is_made_with_a_password_from_standard_input(node, rows):
    made = create(node, " Anna ", "--first-name", "Анна", "--last-name", "Иванова", "--editor")
    assert (made["username"], made["first_name"], made["last_name"]) == ("anna", "Анна", "Иванова")
    assert made["editor"] is True
    row = rows["qua_users"].find_one({"_id": made["id"]})
    assert row["password"].startswith("$argon2id$")
    assert "secret" not in str(row)
    shown = node.run("qua", "user", "list").stdout
    assert "anna" in shown
    assert "Анна Иванова" in shown
    assert "editor" in shown


@pytest.mark.usefixtures("rows")
def test_with_a_user_the_most_frequent_words_are_there_for_the_first_search(node):
    create(node, "boris")
    dictionary = find_first_dictionary(node.data_dir)
    assert dictionary.frequency("друг") is not None
    assert dictionary.frequency("друк") is None


def test_what_is_no_new_user_is_refused(node, rows):
    create(node)
    for username, stdin, reason in (
        ("ANNA", "secret", "user_exists"),
        ("boris", "\n", "parameter_invalid"),
    ):
        refused = create(node, username, stdin=stdin, check=False)
        assert refused["error"]["reason"] == reason
    assert rows["qua_users"].count_documents({}) == 1


def test_a_user_is_changed_and_removed(node, rows):
    made = create(node)
    changed = node.command("qua", "user", "update", "anna", "--editor", "--last-name", "Ли")
    assert changed == made | {"editor": True, "last_name": "Ли"}
    before = rows["qua_users"].find_one()["password"]
    node.command("qua", "user", "password", "anna", stdin="another\n")
    row = rows["qua_users"].find_one()
    assert row["password"] != before
    assert row["password_version"] == 2
    assert node.command("qua", "user", "remove", "ANNA")["id"] == made["id"]
    assert node.command("qua", "user", "list") == []
    refused = node.command("qua", "user", "remove", "anna", check=False)
    assert refused["error"]["reason"] == "user_not_found"
    assert create(node)["id"] != made["id"]


def test_the_report_is_printed_by_period(node, rows):
    assert node.command("qua", "report")["searches"] == 0
    usual = {"used_query": "слон", "user": 1, "offset": 0, "took": 0.001, "corrected": False}
    rows["searches"].insert_many(
        [
            usual
            | {"_id": number, "query": "слон", "normal": "слон", "hits": 0, "clicks": 0}
            | {"at": datetime(2026, 5, day, tzinfo=UTC)}
            for number, day in enumerate((1, 4, 31))
        ]
    )
    told = node.command("qua", "report", "--from", "2026-05-02", "--to", "2026-05-31")
    assert (told["from"], told["to"], told["searches"]) == ("2026-05-02", "2026-05-31", 2)
    (query,) = told["queries_without_hits"]
    assert (query["query"], query["count"], query["users"]) == ("слон", 2, 1)
    assert query["last_at"] == "2026-05-31T00:00:00.000Z"
    shown = node.run("qua", "report", "--from", "2026-05-01", "--to", "2026-05-31").stdout
    assert "3 searches" in shown
    assert "Without hits: 3" in shown
    assert "слон" in shown


def test_a_period_that_ends_before_it_begins_is_refused():
    done = CliRunner().invoke(main, ["qua", "report", "--from", "2026-05-02", "--to", "2026-05-01"])
    assert done.exit_code == 2
    assert "before" in done.output
