"""`provider usage` and `provider invoice`, as text and as JSON."""

import io

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from tests.support.ledger import at, issue, issue_to
from tests.support.processes import Gateway
from widget_gateway.cli import main

MAY = ("--from", "2026-05-01", "--to", "2026-05-31")


@pytest.fixture
def node(tmp_path, mongodb_uri, database):
    """A node over the tests' database, with a provider that was issued three accesses."""
    gateway = Gateway(
        tmp_path / "data",
        MONGODB_URI=mongodb_uri,
        DATABASE=database.name,
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
    )
    gateway.command(
        *("provider", "create", "--slug", "college", "--name", "College", "--access-limit", "5"),
        *("--price", "99.90", "--currency", "eur"),
    )
    issue(database, *(at(f"2026-05-{day}") for day in ("04", "04", "30")))
    database["providers"].update_one({}, {"$set": {"access_count": 3}})
    yield gateway
    gateway.stop()


def test_usage_counts_by_day_and_by_month(node, database):
    issue(database, at("2026-05-31T23:59:59.999"), at("2026-06-01"))
    by_day = node.command("provider", "usage", "college", *MAY)
    assert by_day["issued"] == {"2026-05-04": 2, "2026-05-30": 1, "2026-05-31": 1}
    assert (by_day["issued_in_period"], by_day["access_left"]) == (4, 2)
    june = ("--from", "2026-05-05", "--to", "2026-06-30")
    by_month = node.command("provider", "usage", "college", *june, "--by", "month")
    assert by_month["issued"] == {"2026-05": 2, "2026-06": 1}
    shown = node.run("provider", "usage", "college", *MAY).stdout
    assert "access_left      2" in shown
    assert "2026-05-04  2" in shown


def test_without_dates_it_is_the_month_that_runs(node):
    usage = node.command("provider", "usage", "college")
    assert usage["from"].endswith("-01")
    assert usage["from"][:7] == usage["to"][:7]


def test_an_invoice_for_people(node):
    shown = node.run("provider", "invoice", "college", *MAY).stdout
    assert "user-2" in shown
    assert shown.endswith("3 accesses at 99.90 EUR: 299.70 EUR\n")


def test_usage_and_invoice_after_a_change_of_price(node, database):
    node.command("provider", "update", "college", "--price", "7", "--currency", "JPY")
    issue(database, at("2026-05-30T12:30:00"))
    usage = node.command("provider", "usage", "college", *MAY)
    assert usage["issued"] == {"2026-05-04": 2, "2026-05-30": 2}
    invoice = node.command("provider", "invoice", "college", *MAY)
    assert (invoice["price"], invoice["total"], invoice["currency"]) == (None, None, None)
    assert [one["total"] for one in invoice["totals"]] == ["299.70", "7"]
    shown = node.run("provider", "invoice", "college", *MAY).stdout
    assert shown.endswith(
        "3 accesses at 99.90 EUR: 299.70 EUR\n"
        "1 accesses at 7 JPY: 7 JPY\n"
        "4 accesses: 299.70 EUR, 7 JPY\n"
    )
    assert "7 JPY      user-4" in shown


def test_an_invoice_for_machines(node):
    invoice = node.command("provider", "invoice", "college", *MAY)
    assert (invoice["access_count"], invoice["total"]) == (3, "299.70")
    assert [line["user_id"] for line in invoice["lines"]] == ["user-1", "user-2", "user-3"]


def test_an_invoice_as_a_file_is_what_its_name_says(node, tmp_path):
    contents = {}
    for wanted in ("pdf", "html", "csv", "json"):
        path = tmp_path / f"may.{wanted}"
        done = node.run("provider", "invoice", "college", *MAY, "--output", str(path))
        assert done.stderr == f"{path}: 3 accesses, 299.70 EUR\n"
        contents[wanted] = path.read_bytes()
    assert "user-3" in PdfReader(io.BytesIO(contents["pdf"])).pages[0].extract_text()
    assert "299,70\N{NO-BREAK SPACE}€" in contents["html"].decode()
    assert contents["csv"].decode().endswith("Итого;3;;299,70;EUR\r\n")
    assert b'"total": "299.70"' in contents["json"]


def test_an_invoice_in_another_form_and_language(node):
    shown = node.run(
        "provider", "invoice", "college", *MAY, "--format", "csv", "--locale", "en"
    ).stdout
    assert shown.endswith("Total,3,,299.70,EUR\r\n")


def test_a_disabled_provider_is_still_invoiced(node):
    node.command("provider", "disable", "college")
    assert node.command("provider", "invoice", "college", *MAY)["total"] == "299.70"
    assert node.command("provider", "usage", "college", *MAY)["issued_in_period"] == 3


def test_a_user_id_gives_the_terminal_no_orders(node, database):
    issue_to(database, ["\x1b[2Jred\nnext\u202eline", "Анна Ёлкина"])
    shown = node.run("provider", "invoice", "college", *MAY).stdout
    assert r"  \x1b[2Jred\nnext\u202eline" in shown
    assert "  Анна Ёлкина" in shown


def test_without_pango_the_operator_is_told_so(node, tmp_path):
    fault = "raise OSError(\"cannot load library 'libpango-1.0-0'\")"
    (tmp_path / "weasyprint.py").write_text(fault)
    path = tmp_path / "may.pdf"
    arguments = ("provider", "invoice", "college", *MAY, "--output", str(path))
    done = node.run(*arguments, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: No PDF could be made: OSError: cannot load")
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("invoice", "college", "--from", "2026-02-30"), "a date is like 2026-01-31"),
        (("invoice", "college", "--from", "31.05.2026"), "a date is like 2026-01-31"),
        (("invoice", "college", "--format", "pdf"), "--output"),
        (("invoice", "college", "--format", "xml"), "'xml' is not one of"),
        (("invoice", "college", "--output", "may.xlsx"), "--format"),
        (("invoice", "college", "--json", "--format", "csv"), "two formats"),
        (("usage", "college", "--by", "week"), "'week' is not one of"),
        (("update", "college", "--currency", "roubles"), "ISO 4217"),
    ],
)
def test_what_can_not_be_meant_is_refused_at_once(arguments, complaint):
    done = CliRunner().invoke(main, ["provider", *arguments])
    assert done.exit_code == 2
    assert complaint in done.stderr


def test_what_is_not_there_is_refused(node):
    backwards = ("--from", "2026-05-02", "--to", "2026-05-01")
    for arguments, complaint in (
        (("invoice", "college", *backwards), "The last day is before the first one."),
        (("invoice", "nobody"), "Provider not found: nobody."),
        (("usage", "nobody"), "Provider not found: nobody."),
        (("invoice", "college", "--output", "missing/may.csv"), "No such file or directory"),
    ):
        done = node.run("provider", *arguments)
        assert done.returncode != 0
        assert complaint in done.stderr
