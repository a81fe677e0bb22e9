"""What a new gateway lacks is told with the command that adds it, and names in vain are refused."""

import json
import shlex
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from tests.catalogue.test_definitions import VALID
from tests.support.processes import Gateway
from widget_gateway.cli import main
from widget_gateway.cli.running import run
from widget_gateway.services.first_steps import CREATE_PROVIDER, IMPORT_TESTS

NOW = datetime(2026, 11, 29, tzinfo=UTC)
BUNDLED = {"career-interests", "career-interests-trial", "work-values"}


@pytest.fixture
def settings_of_node(mongodb_uri, database):
    """The settings of a node over the tests' empty database, by name."""
    return {
        "MONGODB_URI": mongodb_uri,
        "DATABASE": database.name,
        "JWT_SECRET": "JWT secret of the tests, 32 bytes",
        "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
    }


@pytest.fixture
def node(tmp_path, settings_of_node):
    """A node as a process, which logs what is lacking."""
    gateway = Gateway(tmp_path / "data", **settings_of_node, LOG_LEVEL="info")
    yield gateway
    gateway.stop()


@pytest.fixture
def command(settings_of_node, monkeypatch, tmp_path):
    """Run a command over the tests' database in this process, which is faster than another."""
    for name, value in (settings_of_node | {"DATA_DIR": str(tmp_path / "data")}).items():
        monkeypatch.setenv(f"WIDGET_GATEWAY_{name}", value)
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.fixture
def create(command):
    """Run `provider create` with these options and an origin."""

    def register(*options):
        named = ("--slug", "college", "--name", "College", "--origin", "https://college.example")
        return command("provider", "create", *named, *options)

    return register


def first_steps():
    """Return what `doctor` says of tests and providers, without its other checks, which are slow.

    The settings are those of the fixture `command`.
    """

    async def look(backend):
        return await backend.first_steps.findings()

    return {finding.subject: finding.detail for finding in run(look, as_json=True)}


def test_an_empty_gateway_says_what_to_do_first_and_a_fitted_one_does_not(node, command, tmp_path):
    examined = json.loads(command("doctor", "--json").stdout)["findings"]
    told = {finding["subject"]: finding for finding in examined}
    assert told["tests"]["ok"]
    assert IMPORT_TESTS in told["tests"]["detail"]
    assert CREATE_PROVIDER in told["providers"]["detail"]
    log = tmp_path / "log"
    node.start("--processes", "2", log=log)
    node.terminate()
    # There are two processes, and each of the two steps is told once.
    assert log.read_text().count("gateway_incomplete") == 2
    assert IMPORT_TESTS in log.read_text()
    imported, made = (
        command(*shlex.split(line)[1:], "--json") for line in (IMPORT_TESTS, CREATE_PROVIDER)
    )
    assert {test["slug"] for test in json.loads(imported.stdout)} == BUNDLED
    assert "client_key" in json.loads(made.stdout)
    assert command("provider", "update", "college", "--enable").stderr == ""
    assert first_steps() == {"tests": "3 that visitors can take", "providers": "1 enabled"}


def test_an_import_names_files_or_takes_the_bundled_ones(command):
    done = command("test", "import")
    assert done.exit_code == 2
    assert "--bundled" in done.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("test", "list"), IMPORT_TESTS),
        (("provider", "list"), "widget-gateway provider create"),
        (("qua", "user", "list"), "widget-gateway qua user create"),
    ],
)
def test_an_empty_list_says_what_to_do_except_to_machines(command, words, hint):
    assert hint in command(*words).stderr
    for_machines = command(*words, "--json")
    assert (for_machines.stdout, for_machines.stderr) == ("[]\n", "")


def test_unknown_tests_of_a_provider_are_refused_by_name_and_nothing_is_changed(command, create):
    refused = create("--main-test", "nosuch")
    assert refused.exit_code == 1
    assert "Test not found: nosuch." in refused.stderr
    assert IMPORT_TESTS in refused.stderr
    command("test", "import", "--bundled")
    refused = create("--main-test", "carer-interest", "--bonus-test", "zzz", "--json")
    assert '"reason": "test_not_found"' in refused.stdout
    assert "carer-interest (did you mean career-interests" in refused.stdout
    assert ", zzz." in refused.stdout
    assert command("provider", "list", "--json").stdout == "[]\n"
    assert create("--main-test", "work-values").exit_code == 0
    for option in ("--main-test", "--bonus-test"):
        refused = command("provider", "update", "college", option, "Work_Values")
        assert "Work_Values (did you mean work-values?)" in refused.stderr
    shown = json.loads(command("provider", "show", "college", "--json").stdout)
    assert (shown["main_tests"], shown["bonus_tests"]) == (["work-values"], [])


def test_what_would_keep_pages_from_showing_a_test_is_noted(command, create, tmp_path):
    definition = tmp_path / "sample.yaml"
    definition.write_text(VALID, encoding="utf-8")
    command("test", "import", "--draft", str(definition))
    calculated = VALID.replace("access: paid", "access: calculation")
    definition.write_text(calculated, encoding="utf-8")
    command("test", "import", "--slug", "formula", str(definition))
    command("test", "import", "--bundled")
    command("test", "withdraw", "work-values")
    agreed = ("sample", "work-values", "formula")
    done = create(*(word for slug in agreed for word in ("--main-test", slug)))
    assert done.exit_code == 0
    for told in (done.stderr, first_steps()["pages of college"]):
        assert "sample, which is a draft; do: widget-gateway test publish sample" in told
        assert "work-values, which is withdrawn" in told
        assert "formula is only calculated" in told
        assert "no access left" in told
    update = ("provider", "update", "college", "--main-test", "career-interests")
    done = command(*update, "--clear", "origins", "--access-limit", "1")
    assert done.stderr == (
        "Note: No page may show its tests before its origin is allowed: --origin URL\n"
    )


def test_an_agreement_of_a_former_gateway_with_an_unknown_test_is_told(command, create, database):
    database.tests.insert_one({"_id": "work-values"})
    create("--policy", "postpaid")
    database.providers.update_one({"_id": "college"}, {"$set": {"main_tests": ["nosuch"]}})
    assert first_steps()["pages of college"] == "There is no test nosuch."
    done = command("provider", "update", "college", "--open-results")
    assert (done.exit_code, "There is no test nosuch." in done.stderr) == (0, True)
    command("provider", "disable", "college")
    assert "pages of college" not in first_steps()


def test_a_name_in_vain_is_told_with_names_like_it(command, create, database):
    database.tests.insert_one({"_id": "work-values"})
    create()
    names = dict.fromkeys(("first_name", "last_name", "password"), "")
    states = {"editor": False, "removed": False, "password_version": 1, "created_at": NOW}
    database.qua_users.insert_one({"_id": 1, "username": "anna"} | names | states)
    for words, told in (
        (("test", "show", "work-value"), "work-values"),
        (("test", "publish", "work-value"), "work-values"),
        (("test", "withdraw", "work-value"), "work-values"),
        (("test", "stats", "work-value"), "work-values"),
        (("test", "norms", "work-value", "--from", "1"), "work-values"),
        (("test", "diff", "work-value", "work-values"), "work-values"),
        (("test", "preview", "work-value"), "work-values"),
        (("provider", "show", "colege"), "college"),
        (("provider", "update", "colege", "--open-results"), "college"),
        (("provider", "disable", "colege"), "college"),
        (("provider", "rotate-key", "colege"), "college"),
        (("provider", "usage", "colege"), "college"),
        (("provider", "invoice", "colege"), "college"),
        (("provider", "webhook", "colege", "--off"), "college"),
        (("test", "stats", "work-values", "--provider", "colege"), "college"),
        (("test", "norms", "work-values", "--from", "1", "--provider", "colege"), "college"),
        (("qua", "user", "update", "ana", "--editor"), "anna"),
        (("qua", "user", "remove", "ana"), "anna"),
    ):
        done = command(*words)
        assert (done.exit_code, f"did you mean {told}?" in done.stderr) == (1, True), (
            words,
            done.output,
        )
    done = command("test", "norms", "work-values", "--from", "9")
    assert "There is no such version of work-values." in done.stderr
