"""The commands for people's data, run as an operator runs them."""

import json
from uuid import uuid4

import pytest
from click.testing import CliRunner

from tests.support.processes import PREFIX, chosen_driver
from widget_gateway.cli import main
from widget_gateway.services.privacy.pseudonyms import Pseudonyms


@pytest.fixture
def run(mongodb_uri, database, tmp_path, monkeypatch):
    """Run a command in this process; return its status and its output."""
    for name, value in {
        "MONGODB_URI": mongodb_uri,
        "DATABASE": database.name,
        "DATA_DIR": str(tmp_path),
        "DRIVER": chosen_driver(),
        "JWT_SECRET": "JWT secret of the tests, 32 bytes",
        "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
        "LOG_LEVEL": "warning",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)

    def command(*arguments, answer=None):
        return CliRunner().invoke(main, arguments, input=answer)

    return command


@pytest.fixture
def anna(run, database):
    """A provider's user."""
    run("provider", "create", "--slug", "school", "--name", "School", "--policy", "postpaid")
    place = {"provider": "school", "sandbox": False, "user_id": "anna"}
    provider = database["providers"].find_one()
    at = provider["created_at"]
    database["provider_users"].insert_one(
        {"_id": place, "key": uuid4(), "created_at": at, "main": 0, "bonus": 0, "passed": []}
    )
    price = {"price": provider["price"], "currency": provider["currency"]}
    database["accesses"].insert_one({"_id": place, "at": at} | price)
    database["providers"].update_one({}, {"$set": {"access_count": 1}})
    return ("school", "--user-id", "anna")


def test_a_user_is_exported_and_erased(run, anna, database):
    export = run("provider", "user-export", *anna, "--json")
    assert export.exit_code == 0, export.output
    assert json.loads(export.output)["user"]["user_id"] == "anna"
    refused = run("provider", "user-erase", *anna, answer="n\n")
    assert refused.exit_code == 1
    assert "can't be undone" in refused.output
    assert database["provider_users"].count_documents({}) == 1
    erased = run("provider", "user-erase", *anna, "--yes", "--json")
    assert json.loads(erased.output)["erased"]["users"] == 1
    assert database["provider_users"].count_documents({}) == 0
    again = run("provider", "user-erase", *anna, answer="y\n")
    assert again.exit_code == 0
    assert "users          0" in again.output
    doctor = run("doctor")
    assert "counter 1, ledger 1, users 0 and 1 erased" in doctor.output
    assert "FAULT  accesses" not in doctor.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("provider", "user-erase", "school", "--yes"), "Give --user-id or --user-key."),
        (("provider", "user-export", "school"), "Give --user-id or --user-key."),
        (("provider", "user-export", "school", "--user-key", "x"), "it is no UUID"),
        (("provider", "user-export", "school", "--user-id", "nobody"), "User not found"),
        (("provider", "user-erase", "nosuch", "--user-id", "a", "--yes"), "not found: nosuch"),
        (("provider", "retention", "nosuch"), "not found: nosuch"),
        (("person", "export", "nobody"), "User not found"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_refusals_are_told_without_a_traceback(run, anna, database, arguments, told):
    assert anna
    done = run(*arguments)
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert told in done.output
    assert database["provider_users"].count_documents({}) == 1


def test_retention_is_agreed_previewed_and_lifted(run, anna, database):
    assert anna
    assert "for ever" in run("provider", "retention", "school").output
    shown = run("provider", "update", "school", "--results-kept-days", "30", "--json")
    assert json.loads(shown.output)["results_kept_days"] == 30
    preview = json.loads(run("provider", "retention", "school", "--json").output)
    assert preview == {
        "slug": "school",
        "results_kept_days": 30,
        "results": 0,
        "by_test_and_month": [],
    }
    assert (
        "0 results are older than 7 days"
        in run("provider", "retention", "school", "--days", "7").output
    )
    lifted = run("provider", "update", "school", "--clear", "results-kept-days", "--json")
    assert json.loads(lifted.output)["results_kept_days"] is None
    assert run("provider", "update", "school", "--results-kept-days", "0").exit_code == 2
    assert database["providers"].find_one()["results_kept_days"] is None


def test_a_person_is_erased(run, database):
    erased = run("person", "erase", "nobody", "--yes", "--json")
    assert set(json.loads(erased.output)["erased"].values()) == {0}
    entry = database["audit"].find_one()
    assert (entry["action"], entry["outcome"]) == ("person_erase", "not_found")
    assert entry["person"] == Pseudonyms("PIN pepper of the tests, 32 bytes").of_audited("nobody")
