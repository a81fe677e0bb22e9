"""`provider usage` and `provider invoice`: for people and for machines."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.processes import Gateway

MAY = ("--from", "2026-05-01", "--to", "2026-05-31")


@pytest.fixture
def node(tmp_path, mongodb_uri, database):
    """A node over the tests' database, with a provider that was issued three accesses."""
    gateway = Gateway(
        tmp_path / "data",
        MONGODB_URI=mongodb_uri,
        DATABASE=database.name,
        JWT_SECRET="jwt secret",
        PIN_PEPPER="pepper",
    )
    gateway.command(
        *("provider", "create", "--slug", "college", "--name", "College", "--access-limit", "5"),
        *("--price", "99.90", "--currency", "eur"),
    )
    for number, day in enumerate((4, 4, 30)):
        row = {"_id": {"provider": "college", "sandbox": False, "user_id": f"user-{number}"}}
        database["accesses"].insert_one(row | {"at": datetime(2026, 5, day, tzinfo=UTC)})
    database["providers"].update_one({}, {"$set": {"access_count": 3}})
    yield gateway
    gateway.stop()


def plain(node, *arguments):
    """Run a command as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "widget_gateway", "provider", *arguments],
        env=node.environ,
        capture_output=True,
        check=False,
    )


def test_usage_counts_by_day_and_by_month(node):
    by_day = node.command("provider", "usage", "college", *MAY)
    assert by_day["issued"] == {"2026-05-04": 2, "2026-05-30": 1}
    assert (by_day["issued_in_period"], by_day["access_left"]) == (3, 2)
    by_month = node.command("provider", "usage", "college", *MAY, "--by", "month")
    assert by_month["issued"] == {"2026-05": 3}
    shown = plain(node, "usage", "college", *MAY).stdout.decode()
    assert "access_left      2" in shown
    assert "2026-05-04  2" in shown


def test_without_dates_it_is_the_month_that_runs(node):
    usage = node.command("provider", "usage", "college")
    assert usage["from"].endswith("-01")
    assert usage["from"][:7] == usage["to"][:7]


def test_an_invoice_for_people(node):
    shown = plain(node, "invoice", "college", *MAY).stdout.decode()
    assert "user-2" in shown
    assert shown.endswith("3 accesses at 99.90 EUR: 299.70 EUR\n")


def test_an_invoice_for_machines(node):
    invoice = node.command("provider", "invoice", "college", *MAY)
    assert (invoice["access_count"], invoice["total"]) == (3, "299.70")
    assert [line["user_id"] for line in invoice["lines"]] == ["user-0", "user-1", "user-2"]


@pytest.mark.parametrize(
    ("wanted", "start"), [("pdf", b"%PDF-"), ("html", b"<!doctype html>"), ("csv", b"\xef\xbb\xbf")]
)
def test_an_invoice_as_a_file(node, tmp_path, wanted, start):
    path = tmp_path / f"invoice.{wanted}"
    done = plain(node, "invoice", "college", *MAY, "--format", wanted, "--output", str(path))
    assert done.returncode == 0
    assert path.read_bytes().startswith(start)
    assert b"3 accesses, 299.70 EUR" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("invoice", "college", "--from", "2026-02-30"), "a date is like 2026-01-31"),
        (("invoice", "college", "--from", "2026-05-02", "--to", "2026-05-01"), "before the first"),
        (("invoice", "college", "--format", "pdf"), "--output"),
        (("invoice", "nobody"), "Provider not found."),
        (("usage", "nobody"), "Provider not found."),
        (("update", "college", "--currency", "roubles"), "ISO 4217"),
    ],
)
def test_bad_input_is_refused(node, arguments, complaint):
    done = plain(node, *arguments)
    assert done.returncode != 0
    assert complaint in done.stderr.decode()
