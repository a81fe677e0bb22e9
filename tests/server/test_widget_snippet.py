"""`widget snippet`: the HTML for a page, its hints, and what is refused."""

import pytest
from lxml import html
from tornado.httpclient import HTTPClient

from tests.support.processes import Gateway
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.widget_files import KEPT_FOR, PINNED_KEPT_FOR
from widget_gateway.services.widget_files import read_release

HOME = "https://gateway.example"


@pytest.fixture
def node(tmp_path, mongodb_uri, database):
    """A node over the tests' database, with the bundled tests and a provider."""
    secrets = {
        "JWT_SECRET": "JWT secret of the tests, 32 bytes",
        "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
    }
    gateway = Gateway(tmp_path / "data", MONGODB_URI=mongodb_uri, DATABASE=database.name, **secrets)
    gateway.command("test", "import", "--bundled")
    gateway.command("provider", "create", "--slug", "college", "--name", "College")
    yield gateway
    gateway.stop()


def snippet(*options, test="career-interests"):
    return ("widget", "snippet", "--provider", "college", "--test", test, *options)


def test_the_html_names_the_version_and_its_hash_and_says_what_was_chosen(node):
    node.environ["WIDGET_GATEWAY_PUBLIC_URL"] = HOME
    release = read_release()
    told = node.command(
        *snippet("--locale", "kk_kz", "--theme", "dark"), "--manual", "--show-result", "--sandbox"
    )
    script, element = html.fragments_fromstring(told["html"])
    assert dict(script.attrib) == {
        "type": "module",
        "src": f"{HOME}/static/widget/{release.version}/widget.js",
        "integrity": release.integrity("widget.js"),
        "crossorigin": "anonymous",
    }
    assert (told["src"], told["integrity"]) == (script.get("src"), script.get("integrity"))
    assert element.tag == "test-widget"
    assert dict(element.attrib) == {
        "provider": "college",
        "test": "career-interests",
        "locale": "kk-KZ",
        "theme": "dark",
        "start-mode": "manual",
        "show-result": "on",
        "sandbox": "",
    }


def test_the_snippet_s_script_is_served_and_kept_even_if_no_gateway_was_started(node, database):
    told = node.command(*snippet("--frame", "--gateway", HOME))
    assert told["src"] == f"{HOME}/static/widget/{told['version']}/frame.js"
    assert "<test-widget-frame provider=" in told["html"]
    row = database.widget_files.find_one({"_id": told["version"]})
    assert row["seen_at"] - utc_now() > (PINNED_KEPT_FOR - KEPT_FOR) * 0.99
    node.start()
    client = HTTPClient()
    try:
        answer = client.fetch(told["src"].replace(HOME, node.url))
    finally:
        client.close()
    assert answer.body == read_release().files["standalone/frame.js"]


@pytest.mark.parametrize(
    ("language", "environment", "told"),
    [
        (("--hints", "ru"), "en_US.UTF-8", "Браузер выполнит этот скрипт"),
        (("--hints", "en"), "ru_RU.UTF-8", "Browsers run this script"),
        ((), "ru_RU.UTF-8", "Браузер выполнит этот скрипт"),
        ((), "C", "Browsers run this script"),
    ],
)
def test_hints_are_in_the_language_of_the_terminal_and_apart_from_the_html(
    node, language, environment, told
):
    node.environ["LC_ALL"] = environment
    done = node.run(*snippet("--sandbox", *language))
    assert done.returncode == 0
    assert done.stdout.count("\n") == 4
    assert told in done.stderr
    # What keeps this provider's pages from the test is told, too.
    for command in ("--origin", "--sandbox-guests", "WIDGET_GATEWAY_PUBLIC_URL"):
        assert command in done.stderr
    assert "http://localhost:" in done.stdout


def test_hints_that_do_not_apply_are_left_out(node):
    node.command("provider", "update", "college", "--origin", "https://college.example")
    done = node.run(*snippet("--gateway", HOME, "--hints", "en"))
    for command in ("--origin", "--sandbox-guests", "PUBLIC_URL", "disabled"):
        assert command not in done.stderr
    assert f"connect-src {HOME} wss://gateway.example" in done.stderr
    assert f"{HOME}/static/widget/widget.js" in done.stderr
    node.command("provider", "disable", "college")
    assert "disabled" in node.run(*snippet("--gateway", HOME, "--hints", "en")).stderr


@pytest.mark.parametrize(
    ("arguments", "reason", "told"),
    [
        (snippet(test="career-interest"), "test_not_found", "career-interests"),
        (
            ("widget", "snippet", "--provider", "colege", "--test", "x"),
            "provider_not_found",
            "college",
        ),
    ],
)
def test_unknown_names_are_refused_and_like_ones_told(node, arguments, reason, told):
    refusal = node.command(*arguments, check=False)["error"]
    assert refusal["reason"] == reason
    assert told in refusal["message"]


def test_a_test_that_the_provider_may_not_use_has_no_snippet(node):
    node.command("provider", "update", "college", "--main-test", "work-values")
    refusal = node.command(*snippet(), check=False)["error"]
    assert refusal["reason"] == "test_not_allowed"


@pytest.mark.parametrize(
    "options",
    [
        ("--locale", "no language"),
        ("--locale", 'ru"><script>'),
        ("--locale", "xx-ZZ"),
        ("--theme", "pink"),
        ("--gateway", "javascript:alert(1)"),
        ("--gateway", "gateway.example"),
        ("--provider", 'a"b'),
        ("--provider", "_preview"),
    ],
)
def test_values_that_can_not_be_are_refused(node, options):
    assert node.run(*snippet(*options)).returncode == 2
