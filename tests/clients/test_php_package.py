"""The Composer package of the PHP client: its own tests, its style, examples and README.

They run with CLIENTS=php, which `make test-clients` sets. The example for Laravel runs on Debian's
packages of Illuminate. Those for WordPress and 1C-Bitrix run with stand-ins of the few functions
that they call (clients/php/tests/fronts), since neither can be installed here.
"""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from tests.clients.drivers import ROOT, chosen_clients
from tests.support.fixtures import UNKNOWN, WORK_VALUES
from tests.support.processes import Gateway
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.skipif(
    "php" not in chosen_clients(), reason="CLIENTS=php, or make test-clients, runs them"
)

PACKAGE = ROOT / "clients/php"
FRONTS = PACKAGE / "tests/fronts"
EXAMPLES = PACKAGE / "examples"
DEBIAN = Path("/usr/share/php")


@dataclass(frozen=True)
class Site:
    """An example, the script that PHP's server runs for it, and its addresses."""

    script: Path
    results: str
    hook: str
    done: int = 200
    is_form: bool = False


SITES = {
    "plain": Site(EXAMPLES / "plain.php", "/results", "/hooks/tests", done=204),
    "laravel": Site(FRONTS / "laravel.php", "/results", "/hooks/tests", done=204),
    "wordpress": Site(
        FRONTS / "wordpress.php", "/wp-json/tests/v1/results", "/wp-json/tests/v1/hook"
    ),
    "bitrix": Site(FRONTS / "bitrix.php", "/local/tests/", "/local/tests/", is_form=True),
}


def run(*command: str | Path, cwd: Path = PACKAGE, **variables: str) -> str:
    """Run a program; return what it wrote."""
    program = shutil.which(command[0])
    assert program, f"{command[0]} is not installed: make test-clients installs it"
    environment = os.environ | variables
    done = subprocess.run(
        [program, *command[1:]],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def test_what_the_client_does_by_itself():
    assert "OK (" in run("phpunit")


def test_its_code_has_the_style_of_psr_12():
    run(
        "phpcs", "--standard=PSR12", "src", "autoload.php", *sorted(PACKAGE.glob("tests/*Test.php"))
    )


@pytest.fixture(scope="module")
def gateway(tmp_path_factory) -> Iterator[Gateway]:
    running = Gateway(tmp_path_factory.mktemp("gateway") / "data", PRIVATE_NETWORKS="127.0.0.0/8")
    try:
        running.start()
        running.run("test", "import", "--bundled")
        yield running
    finally:
        running.stop()


def register(gateway: Gateway, slug: str) -> dict[str, str]:
    """A partner's address of the gateway and sandbox key, as the examples read them."""
    agreed = ("--access-limit", "100", "--test-policy", "unlimited", "--allow-no-origin")
    keys = gateway.command("provider", "create", "--slug", slug, "--name", slug, *agreed)
    return {"GATEWAY_URL": gateway.url, "GATEWAY_CLIENT_KEY": keys["sandbox_key"]}


def test_the_first_example_shows_a_result(gateway):
    shown = run("php", EXAMPLES / "first-result.php", **register(gateway, "first"))
    assert re.fullmatch(r"(.+: \d+ %\n){6}", shown)


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_the_readme_leads_to_a_first_result_in_ten_lines(gateway, tmp_path, readme):
    text = (PACKAGE / readme).read_text("utf-8")
    (first, *_) = re.findall(r"```php\n(.*?)```", text, re.DOTALL)
    assert len(first.strip().splitlines()) <= 10
    (tmp_path / "widget-gateway").symlink_to(PACKAGE)
    (tmp_path / "first.php").write_text(first, "utf-8")
    slug = readme.lower().replace(".", "-")
    shown = run("php", "first.php", cwd=tmp_path, **register(gateway, slug))
    assert re.fullmatch(r"(.+: \d+ %\n){6}", shown)


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_all_code_of_the_readme_is_php(tmp_path, readme):
    for number, code in enumerate(
        re.findall(r"```php\n(.*?)```", (PACKAGE / readme).read_text("utf-8"), re.DOTALL)
    ):
        file = tmp_path / f"{number}.php"
        file.write_text(code if code.startswith("<?php") else f"<?php {code}", "utf-8")
        run("php", "-l", file)


def test_composer_installs_the_package_and_loads_it(gateway, tmp_path):
    run("composer", "validate", "--strict", "--no-interaction", COMPOSER_ALLOW_SUPERUSER="1")
    psr = {
        "psr/http-client": ("1.0.1", "Psr\\Http\\Client\\", "Psr/Http/Client"),
        "psr/http-factory": ("1.0.1", "Psr\\Http\\Factory\\", "Psr/Http/Message"),
        "psr/http-message": ("1.0.1", "Psr\\Http\\Message\\", "Psr/Http/Message"),
        "psr/log": ("1.1.4", "Psr\\Log\\", "Psr/Log"),
    }
    packages = [
        {
            "type": "package",
            "package": {
                "name": name,
                "version": version,
                "dist": {"type": "path", "url": str(DEBIAN / folder)},
                "autoload": {"psr-4": {namespace: ""}},
            },
        }
        for name, (version, namespace, folder) in psr.items()
    ]
    path = {"type": "path", "url": str(PACKAGE), "options": {"symlink": False}}
    project = {
        "repositories": [path, *packages, {"packagist.org": False}],
        "require": {"widget-gateway/client": "*@dev"},
    }
    (tmp_path / "composer.json").write_text(json.dumps(project))
    run(
        *("composer", "install", "--no-interaction", "--quiet"),
        cwd=tmp_path,
        COMPOSER_ALLOW_SUPERUSER="1",
        COMPOSER_HOME=str(tmp_path / "home"),
    )
    example = (EXAMPLES / "first-result.php").read_text("utf-8")
    loaded = example.replace("/../autoload.php", "/vendor/autoload.php")
    (tmp_path / "first.php").write_text(loaded, "utf-8")
    assert "%" in run("php", "first.php", cwd=tmp_path, **register(gateway, "composer"))


@contextmanager
def served(
    site: Site, folder: Path, port: int, variables: dict[str, str]
) -> Iterator[tuple[str, Path]]:
    """Run a site in PHP's own server; its address, and the file of what it logs."""
    log = folder / "log"
    program = shutil.which("php")
    assert program
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [program, "-d", "error_log=", "-S", f"127.0.0.1:{port}", site.script],
            env=os.environ | variables,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        ) as process,
    ):
        try:
            yield f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()


def save_result(variables: dict[str, str]) -> str:
    """Save a guest's result, as the widget does when a visitor has finished; return its key."""
    saved = httpx.post(
        f"{variables['GATEWAY_URL']}/partner/api/v3/progress/save",
        headers={"Authorization": f"Bearer {variables['GATEWAY_CLIENT_KEY']}"},
        json={"test": "work-values", "progress": WORK_VALUES},
    )
    result_key: str = saved.raise_for_status().json()["result_key"]
    return result_key


def install(name: str, folder: Path) -> None:
    """Put an example for a framework, and the client, where the example says that they belong."""
    places = {
        "wordpress": ("wp-content/plugins/tests/tests.php", "wp-content/plugins/tests"),
        "bitrix": ("local/tests/index.php", "local/php_interface"),
    }
    if name in places:
        example, client = (folder / place for place in places[name])
        example.parent.mkdir(parents=True)
        client.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / f"{name}.php", example)
        (client / "widget-gateway").symlink_to(PACKAGE)
        prolog = folder / "bitrix/modules/main/include/prolog_before.php"
        prolog.parent.mkdir(parents=True)
        prolog.touch()


@pytest.fixture(params=SITES)
def site(request, gateway, tmp_path) -> Iterator[tuple[str, httpx.Client, Path, dict[str, str]]]:
    """An example that runs: its name, a browser at it, its log, and its settings."""
    name = request.param
    slug = f"{name}-{uuid4().hex}"
    install(name, tmp_path)
    port = free_port()
    variables = register(gateway, slug)
    hook = f"http://127.0.0.1:{port}{SITES[name].hook}"
    secret = gateway.command("provider", "webhook", slug, "--url", hook)["secret"]
    variables |= {"GATEWAY_WEBHOOK_SECRET": secret, "SITE": str(tmp_path)}
    (tmp_path / "events").mkdir()
    variables["EVENTS_FOLDER"] = str(tmp_path / "events")
    with (
        served(SITES[name], tmp_path, port, variables) as (address, log),
        httpx.Client(base_url=address, timeout=PATIENCE_S) as browser,
    ):
        wait_for(lambda: "started" in log.read_text("utf-8"))
        yield name, browser, log, variables


def test_an_example_attaches_results_and_is_told_of_them(site):
    name, browser, log, variables = site
    result_key = save_result(variables)

    def attach(result_key: str, **more: str) -> int:
        sent = {"result_key": result_key, "sessid": "of-this-session", **more}
        form = {"data": sent} if SITES[name].is_form else {"json": sent}
        return browser.post(SITES[name].results, **form).status_code

    assert attach(result_key) == 401
    assert browser.post("/sign-in", json={"name": "anna"}).status_code == 204
    assert attach(result_key) == SITES[name].done
    wait_for(lambda: "result.attached" in log.read_text("utf-8"))
    assert attach(UNKNOWN) == 404
    assert browser.post("/sign-in", json={"name": "boris"}).status_code == 204
    assert attach(result_key) == 409
    if name == "bitrix":
        assert attach(result_key, sessid="forged") == 401
    assert variables["GATEWAY_CLIENT_KEY"] not in log.read_text("utf-8")
    assert not re.search("Warning|Notice|Deprecated|Fatal", log.read_text("utf-8"))


def test_an_example_refuses_a_forged_webhook_and_takes_a_true_one_once(site):
    name, browser, log, variables = site
    body = json.dumps(
        {
            "type": "result.attached",
            "timestamp": "2026-05-04T12:40:00.000Z",
            "data": {"result_key": UNKNOWN, "test": "work-values", "user_id": "anna"},
        }
    )
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_once",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(variables["GATEWAY_WEBHOOK_SECRET"]).sign(
            "msg_once", now, body
        ),
    }

    def tell(body: str) -> int:
        return browser.post(SITES[name].hook, content=body, headers=headers).status_code

    assert tell(body.replace("anna", "boris")) == 400
    assert tell(body) == 204
    assert tell(body) == 204
    assert log.read_text("utf-8").count("result.attached") == 1


@pytest.mark.parametrize("site", ["plain", "laravel"], indirect=True)
def test_a_report_is_shown_to_its_user_only(site):
    _, browser, _, variables = site
    result = {"result_key": save_result(variables)}
    assert browser.get("/report.pdf", params=result).status_code == 401
    assert browser.post("/sign-in", json={"name": "anna"}).status_code == 204
    assert browser.post("/results", json=result).status_code == 204
    report = browser.get("/report.pdf", params=result)
    assert (report.headers["content-type"], report.content[:5]) == ("application/pdf", b"%PDF-")
    assert browser.post("/sign-in", json={"name": "boris"}).status_code == 204
    assert browser.get("/report.pdf", params=result).status_code == 404
    assert browser.get("/report.pdf").status_code == 404


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
