"""`operator …`: the console's accounts on the command line."""

import json
import os
import pty
import subprocess
import sys

import pytest

from tests.support.console import PASSWORD
from tests.support.processes import Gateway

NEW_PASSWORD = "seven purple elephants dance"
CREATE = ("operator", "create", "--password-stdin")


@pytest.fixture
def node(tmp_path, mongodb_uri, database):
    """A node over the tests' database, for commands."""
    secrets = {"JWT_SECRET": "secret of the tests", "PIN_PEPPER": "pepper of the tests"}
    return Gateway(tmp_path / "data", MONGODB_URI=mongodb_uri, DATABASE=database.name, **secrets)


def test_the_command_line_makes_the_first_account_and_changes_it(node, database):
    assert node.command("operator", "list") == []
    made = node.command(
        *("operator", "create", "--login", "Anna", "--role", "admin", "--password-stdin"),
        stdin=f"{PASSWORD}\n",
    )
    assert (made["login"], made["state"], made["second_factor"]) == ("anna", "active", False)
    changed = node.command("operator", "update", "anna", "--name", "Анна")
    assert changed["name"] == "Анна"
    link = node.command("operator", "invite", "anna")["link"]
    assert link.startswith("/console/invitation/?token=")
    assert [each["login"] for each in node.command("operator", "list")] == ["anna"]
    kept = database["console_accounts"].find_one({})
    database["console_accounts"].update_one({}, {"$set": {"totp": b"sealed"}})
    assert node.command("operator", "list")[0]["second_factor"]
    assert not node.command("operator", "remove-factors", "anna")["second_factor"]
    assert database["console_accounts"].find_one({})["version"] == kept["version"] + 1
    for arguments, given, reason in (
        (("disable", "anna"), "", "last_admin"),
        (("update", "anna", "--role", "support"), "", "last_admin"),
        (("disable", "nobody"), "", "account_not_found"),
        (("password", "anna", "--password-stdin"), "password1234\n", "password_unfit"),
        (
            ("create", "--login", "anna", "--role", "support", "--password-stdin"),
            f"{PASSWORD}\n",
            "account_exists",
        ),
        (
            ("create", "--login", "eva", "--role", "partner", "--password-stdin"),
            f"{PASSWORD}\n",
            "account_unfit",
        ),
    ):
        refused = node.command("operator", *arguments, stdin=given, check=False)
        assert refused["error"]["reason"] == reason
    assert node.command(
        "operator", "password", "anna", "--password-stdin", stdin=f"{NEW_PASSWORD}\n"
    )


@pytest.fixture
def anna(node):
    """The first admin."""
    node.command(*CREATE, "--login", "anna", "--role", "admin", stdin=f"{PASSWORD}\n")
    return "anna"


def trail_of(database):
    rows = database["console_trail"].find().sort("at", 1)
    return [(row["deed"], row["subject"], row["outcome"]) for row in rows]


def test_without_an_account_commands_say_how_to_make_the_first_one(node):
    for words in (("list",), ("disable", "anna"), ("invite", "anna")):
        done = node.run("operator", *words)
        assert "operator create --login you@example.org --role admin" in done.stderr
        assert PASSWORD not in done.stdout + done.stderr


def test_a_login_that_is_spelled_almost_right_is_told(node, anna):
    done = node.run("operator", "disable", "ana")
    assert done.returncode == 1
    assert f"ana (did you mean {anna}?)" in done.stderr


def test_each_command_is_in_the_trail_with_what_was_before_and_after(node, anna, database):
    node.command("operator", "update", anna, "--name", "Anna", "--locale", "ru")
    node.command(*CREATE, "--login", "Eva@Example.org", "--role", "support", stdin=f"{PASSWORD}\n")
    for words in (("disable",), ("enable",), ("invite",), ("remove-factors",)):
        node.command("operator", *words, "eva@example.org")
    node.command(
        *("operator", "password", "eva@example.org", "--password-stdin"), stdin=f"{NEW_PASSWORD}\n"
    )
    node.command("operator", "disable", anna, check=False)
    assert trail_of(database) == [
        ("account_create", "account anna", "done"),
        ("account_update", "account anna", "done"),
        ("account_create", "account Eva@Example.org", "done"),
        ("account_disable", "account eva@example.org", "done"),
        ("account_enable", "account eva@example.org", "done"),
        ("account_invite", "account eva@example.org", "done"),
        ("factors_remove", "account eva@example.org", "done"),
        ("password_change", "account eva@example.org", "done"),
        ("account_disable", "account anna", "last_admin"),
    ]
    rows = list(database["console_trail"].find().sort("at", 1))
    assert {(row["account"], row["role"]) for row in rows} == {(None, "command line")}
    update, disable = rows[1], rows[3]
    assert (update["before"]["name"], update["after"]["name"]) == ("", "Anna")
    assert (update["before"]["locale"], update["after"]["locale"]) == (None, "ru")
    assert (disable["before"]["state"], disable["after"]["state"]) == ("active", "disabled")
    assert PASSWORD not in str(rows)
    assert NEW_PASSWORD not in str(rows)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "password_unfit"),
        ("short\n", "password_unfit"),
        (f"{'x' * 1_025}\n", "password_unfit"),
        ("password1234\n", "password_unfit"),
        ("eva@example.org!!\n", "password_unfit"),
    ],
)
def test_an_unsafe_password_makes_no_account(node, database, given, reason):
    words = (*CREATE, "--login", "eva@example.org", "--role", "support")
    refused = node.command(*words, stdin=given, check=False)
    assert refused["error"]["reason"] == reason
    assert database["console_accounts"].count_documents({}) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--login", "a b", "--role", "support"),
        ("--login", "", "--role", "support"),
        ("--login", "x" * 151, "--role", "support"),
        ("--login", "eva", "--role", "support", "--name", "x" * 151),
        ("--login", "eva", "--role", "owner"),
        ("--login", "eva"),
        ("--role", "support"),
        ("--login", "eva", "--role", "partner"),
        ("--login", "eva", "--role", "partner", "--provider", "nowhere"),
        ("--login", "eva", "--role", "admin", "--provider", "nowhere"),
        ("--login", "eva", "--role", "support", "--locale", "fr"),
    ],
)
def test_a_wrong_account_is_not_made(node, database, words):
    done = node.run(*CREATE, *words, stdin=f"{PASSWORD}\n")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert database["console_accounts"].count_documents({}) == 0


def test_a_password_is_read_as_bytes_of_utf_8_without_the_end_of_its_line(node, database):
    words = ["-m", "widget_gateway", *CREATE, "--login", "eva", "--role", "support"]
    environ = node.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"}

    def run(given):
        return subprocess.run(
            [sys.executable, *words], env=environ, input=given, capture_output=True, check=False
        )

    refused = run(b"\xff" * 20)
    assert refused.returncode == 2
    assert b"UTF-8" in refused.stderr
    assert database["console_accounts"].count_documents({}) == 0
    assert run("семь лиловых слонов танцуют\r\n".encode()).returncode == 0
    assert database["console_accounts"].find_one({})["login"] == "eva"


def test_without_a_terminal_a_password_is_not_asked_for(node, database):
    done = node.run("operator", "create", "--login", "eva", "--role", "support", stdin=PASSWORD)
    assert done.returncode == 2
    assert "--password-stdin" in done.stderr
    assert database["console_accounts"].count_documents({}) == 0


@pytest.mark.parametrize("again", [PASSWORD, "something else"])
def test_a_terminal_asks_twice_and_shows_nothing(node, database, again):
    main, terminal = pty.openpty()
    words = ("operator", "create", "--login", "eva", "--role", "support", "--json")
    process = subprocess.Popen(
        [sys.executable, "-m", "widget_gateway", *words],
        env=node.environ,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    shown = _read_until(main, b"Password")
    os.write(main, f"{PASSWORD}\n".encode())
    shown += _read_until(main, b"Repeat")
    os.write(main, f"{again}\n".encode())
    if again == PASSWORD:
        made, _ = process.communicate(timeout=60)
        assert json.loads(made)["login"] == "eva"
    else:
        shown += _read_until(main, b"Error")
        os.write(main, b"\x03")
        process.terminate()
        process.communicate(timeout=60)
        assert database["console_accounts"].count_documents({}) == 0
    os.close(main)
    assert PASSWORD.encode() not in shown


def _read_until(descriptor, text):
    """Read from a terminal until a text is there; the end of the terminal raises OSError."""
    shown = b""
    while text not in shown:
        shown += os.read(descriptor, 1_000)
    return shown


def test_a_disabled_account_gets_no_link(node, anna):
    node.command(*CREATE, "--login", "eva", "--role", "support", stdin=f"{PASSWORD}\n")
    node.command("operator", "disable", "eva")
    refused = node.command("operator", "invite", "eva", check=False)
    assert refused["error"]["reason"] == "account_unfit"
    assert anna


def test_an_update_that_changes_nothing_is_refused(node, anna):
    assert node.run("operator", "update", anna).returncode == 2
