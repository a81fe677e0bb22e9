"""The commands for providers, tests and `doctor`, with and without a running server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from tornado.httpclient import HTTPClient, HTTPClientError

from tests.catalogue.test_definitions import VALID
from tests.support.channel_client import ChannelClient
from tests.support.processes import Gateway
from tests.support.waiting import wait_for
from widget_gateway.cli import main

SECRETS = {
    "JWT_SECRET": "JWT secret of the tests, 32 bytes",
    "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
}


@pytest.fixture
def node(tmp_path, mongodb_uri, database):
    """A node over the tests' database, so that its commands start no mongod."""
    gateway = Gateway(tmp_path / "data", MONGODB_URI=mongodb_uri, DATABASE=database.name, **SECRETS)
    yield gateway
    gateway.stop()


@pytest.fixture
def create(node):
    """Create a provider with these options; return its keys."""

    def run(slug="college", *options):
        return node.command("provider", "create", "--slug", slug, "--name", "College", *options)

    return run


@pytest.fixture
def definition(tmp_path):
    """The file of a definition."""
    path = tmp_path / "sample.yaml"
    path.write_text(VALID, encoding="utf-8")
    return path


def test_a_provider_is_created_listed_and_shown_without_its_keys(node, create, database):
    database.tests.insert_many([{"_id": slug} for slug in "ab"])
    keys = create(
        "college",
        *("--policy", "prepaid", "--access-limit", "5", "--overdraft", "1", "--open-results"),
        *("--origin", "https://Partner.example/", "--origin", "http://localhost:8000"),
        *("--test-policy", "one_test_one_bonus", "--main-test", "a", "--bonus-test", "b"),
        *("--price", "99.90", "--currency", "EUR"),
    )
    assert set(keys) == {"slug", "client_key", "sandbox_key"}
    assert keys["sandbox_key"].startswith("test_")
    shown = node.command("provider", "show", "college")
    assert shown == node.command("provider", "list")[0]
    expected = {
        "origins": ["https://partner.example", "http://localhost:8000"],
        "payment_policy": "prepaid",
        "access_limit": 5,
        "overdraft": 1,
        "access_count": 0,
        "open_results": True,
        "allow_no_origin": False,
        "sandbox_guests": False,
        "test_policy": "one_test_one_bonus",
        "main_tests": ["a"],
        "bonus_tests": ["b"],
        "price": "99.90",
        "currency": "EUR",
        "enabled": True,
    }
    assert expected.items() <= shown.items()
    assert keys["client_key"] not in str(shown)


def test_keys_are_stored_as_hashes_only(create, database):
    keys = create()
    stored = str(list(database.providers.find()))
    assert keys["client_key"] not in stored
    assert keys["client_key"].encode().hex() not in stored


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--slug", "a b", "--name", "N"), "--slug"),
        (("--slug", "", "--name", "N"), "--slug"),
        (("--name", "N"), "--slug"),
        (("--slug", "s", "--name", "N", "--origin", "partner.example"), "--origin"),
        (("--slug", "s", "--name", "N", "--access-limit", "-1"), "--access-limit"),
        (("--slug", "s", "--name", "N", "--policy", "free"), "--policy"),
        (("--slug", "s", "--name", "N", "--price", "1e30"), "--price"),
        (("--slug", "s", "--name", "N", "--price", "nan"), "--price"),
        (("--slug", "s", "--name", "N", "--price", "1.005"), "--price"),
        (("--slug", "s", "--name", "N", "--price", "1.5", "--currency", "JPY"), "--price"),
        (("--slug", "s", "--name", "N", "--price", "-0.01"), "--price"),
        (("--slug", "s", "--name", "N", "--price", "１"), "--price"),
        (("--slug", "s", "--name", "N", "--price", "9" * 17), "--price"),
        (("--slug", "s", "--name", "N", "--currency", "DEM"), "--currency"),
        (("--slug", "s", "--name", "N", "--currency", "XXX"), "--currency"),
    ],
)
def test_a_faulty_option_is_named(options, named):
    done = CliRunner().invoke(main, ["provider", "create", *options])
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    assert named in done.stderr


def test_a_slug_is_taken_once_and_refusals_are_json_too(node, create):
    create()
    refused = node.command(
        *("provider", "create", "--slug", "college", "--name", "Other"), check=False
    )
    assert refused["error"]["reason"] == "provider_exists"
    refused = node.command("provider", "show", "nobody", check=False)
    assert refused["error"]["reason"] == "provider_not_found"


def works(node, key):
    """Whether the running node knows the key."""
    with_key = f"{node.url}/partner/api/v3/session/get?client_key={key}&session=x"
    http = HTTPClient()
    try:
        http.fetch(with_key)
    except HTTPClientError as error:
        return b"session_not_found" in error.response.body
    finally:
        http.close()
    raise AssertionError("there is no such session")


def test_rotated_keys_work_beside_the_old_ones_until_the_overlap_ends(node, create, database):
    first = create()
    node.start()
    second = node.command("provider", "rotate-key", "college")
    for keys in (first, second):
        assert works(node, keys["client_key"])
        assert works(node, keys["sandbox_key"])
    # All ends of keys are moved back by a day, so that the overlap is over.
    database.providers.update_one(
        {"_id": "college"},
        [{"$set": {"keys": {"$map": {"input": "$keys", "in": {"$mergeObjects": [
            "$$this",
            {"expires_at": {"$cond": [
                {"$eq": ["$$this.expires_at", None]}, None,
                {"$dateSubtract": {"startDate": "$$this.expires_at", "unit": "hour", "amount": 24}},
            ]}},
        ]}}}}}],
    )  # fmt: skip
    wait_for(lambda: not works(node, first["client_key"]))
    assert works(node, second["client_key"])
    third = node.command("provider", "rotate-key", "college", "--overlap", "0m")
    wait_for(lambda: not works(node, second["client_key"]))
    assert not works(node, second["sandbox_key"])
    assert works(node, third["client_key"])


def test_an_import_of_unchanged_content_is_no_new_version(node, definition):
    (first,) = node.command("test", "import", str(definition))
    (again,) = node.command("test", "import", str(definition))
    assert (first["slug"], first["version"], first["new"]) == ("sample", 1, True)
    assert (again["version"], again["new"]) == (1, False)
    definition.write_text(VALID.replace("Sample", "Changed"), encoding="utf-8")
    (changed,) = node.command("test", "import", str(definition))
    assert (changed["version"], changed["new"]) == (2, True)
    (listed,) = node.command("test", "list")
    assert (listed["slug"], listed["version"], listed["title"]["en"]) == ("sample", 2, "Changed")
    assert node.command("test", "show", "sample") == listed


def test_parallel_imports_make_one_version(node, definition, database):
    with ThreadPoolExecutor(4) as pool:
        imported = list(
            pool.map(lambda _: node.command("test", "import", str(definition))[0], range(4))
        )
    assert [test["version"] for test in imported] == [1, 1, 1, 1]
    assert sorted(test["new"] for test in imported) == [False, False, False, True]
    assert database.test_versions.count_documents({}) == 1


def test_paid_and_free_and_the_pause_are_said_at_the_import(node, definition):
    (imported,) = node.command("test", "import", str(definition), "--free")
    assert node.command("test", "show", imported["slug"])["access"] == "free"
    node.command("test", "import", str(definition), "--paid", "--pause-after", "1")
    shown = node.command("test", "show", "sample")
    assert (shown["access"], shown["pause_after"], shown["version"]) == ("paid", 1, 2)
    both = ["test", "import", str(definition), "--free", "--pause-after", "1"]
    assert CliRunner().invoke(main, both).exit_code == 2


def test_a_fault_in_one_file_holds_no_other_back_unless_strict(node, definition, database):
    for name in ("b", "c"):
        faulty = VALID.replace("access: paid", "access: dear")
        (definition.parent / f"{name}.yaml").write_text(faulty, encoding="utf-8")
    for options, status, count in ((["--strict"], 1, 0), ([], 3, 1)):
        done = node.run("test", "import", str(definition.parent), *options)
        assert done.returncode == status
        for name in ("b", "c"):
            assert f"{definition.parent / name}.yaml:3: access: must be one of" in done.stderr
        assert database.tests.count_documents({}) == count


def test_check_looks_without_importing(node, definition, database):
    (checked,) = node.command("test", "check", str(definition))
    assert checked["slug"] == "sample"
    definition.write_text("slug: [", encoding="utf-8")
    refused = node.command("test", "check", str(definition), check=False)
    assert refused["error"]["reason"] == "definition_invalid"
    assert database.tests.count_documents({}) == 0


def test_a_running_attempt_ends_on_the_version_that_it_began(node, create, definition):
    create("college", "--allow-no-origin")
    node.command("test", "import", str(definition), "--free")
    node.start()

    async def begin():
        visitor = await ChannelClient.connect(node.url, origin=None)
        session = await visitor.open(test="sample", locale="en")
        await visitor.leave()
        return visitor, session["test"]

    async def resume(visitor):
        again = await ChannelClient.connect(node.url, origin=None)
        old = await again.open(**visitor.identity)
        await again.answer_all(old["questions"])
        await again.send("finish")
        await again.expect("finished")
        await again.leave()
        return old["test"]

    visitor, before = asyncio.run(begin())
    definition.write_text(VALID.replace("Sample", "Changed"), encoding="utf-8")
    node.command("test", "import", str(definition), "--free")
    assert asyncio.run(resume(visitor)) == before
    _, after = asyncio.run(begin())
    assert [(definition["version"], definition["title"]) for definition in (before, after)] == [
        (1, "Sample"),
        (2, "Changed"),
    ]


def test_doctor_finds_all_in_order(node, create):
    create()
    examined = node.command("doctor")
    subjects = {finding["subject"]: finding for finding in examined["findings"]}
    assert {"settings", "storage", "indexes", "time", "accesses of college"} <= set(subjects)
    assert all(subjects[subject]["ok"] for subject in ("storage", "indexes", "accesses of college"))


def test_doctor_finds_counters_that_disagree_and_says_what_to_do(node, create, database):
    create()
    database.providers.update_one({"_id": "college"}, {"$inc": {"access_count": 1}})
    done = node.run("doctor")
    assert done.returncode == 1
    assert "FAULT  accesses of college: counter 1, ledger 0, users 0" in done.stdout


def test_a_faulty_setting_is_told_in_a_line_without_its_value(node):
    node.environ["WIDGET_GATEWAY_PORT"] = "s3cret"
    for command in (("serve",), ("provider", "list")):
        done = node.run(*command)
        assert done.returncode == 1
        assert "WIDGET_GATEWAY_PORT" in done.stderr
        assert "s3cret" not in done.stderr + done.stdout
        assert "Traceback" not in done.stderr
    assert node.run("doctor").returncode == 1


def test_a_database_that_can_not_be_reached_is_told_in_a_line(node):
    node.environ["WIDGET_GATEWAY_MONGODB_URI"] = "mongodb://u:s3cret@127.0.0.1:1/?replicaSet=x"
    done = node.run("provider", "list")
    assert done.returncode == 1
    assert "The storage is unavailable" in done.stderr
    assert "s3cret" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_told_in_a_line(node):
    node.start()
    done = node.run("serve", "--port", str(node.port))
    assert done.returncode == 1
    assert "Can't listen on 127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_commands_join_the_embedded_database_of_a_running_server(gateway):
    gateway.start()
    keys = gateway.command("provider", "create", "--slug", "college", "--name", "College")
    assert works(gateway, keys["client_key"])
    assert [provider["slug"] for provider in gateway.command("provider", "list")] == ["college"]
    assert works(gateway, keys["client_key"])  # The database stays when the commands end.
