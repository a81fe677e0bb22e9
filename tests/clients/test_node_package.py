"""The npm package of the Node client: what it holds, its types, examples and README, and Node 18.

They run with CLIENTS=node, which `make test-clients` sets.
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.drivers import ROOT, chosen_clients
from tests.support.fixtures import WORK_VALUES
from tests.support.processes import Gateway, end_group
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(
    "node" not in chosen_clients(), reason="CLIENTS=node, or make test-clients, runs them"
)

PACKAGE = ROOT / "clients/node"
BIN = Path(sys.executable).parent
MODULES = BIN.parent / "typescript/node_modules"
ENVIRONMENT = os.environ | {
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "NO_UPDATE_NOTIFIER": "1",
}
BESIDE = {"LICENSE", "README.md", "README.ru.md", "package.json"}
"""The files of the package that are no modules, types or examples."""

STRICT = {
    "target": "ES2022",
    "strict": True,
    "exactOptionalPropertyTypes": True,
    "noUncheckedIndexedAccess": True,
    "noEmit": True,
}
WAYS = {
    "nodenext": {"module": "NodeNext", "lib": ["ES2022"], "types": ["node"]},
    "bundler": {"module": "ESNext", "moduleResolution": "bundler", "lib": ["ES2022", "DOM"]},
}
"""How partners' TypeScript finds packages, with Node's types of `fetch` or with a browser's."""


def run(*command: str | Path, cwd: Path, node: Path | None = None, **variables: str) -> str:
    """Run a program; return what it wrote. `node` is the directory of another Node."""
    environment = ENVIRONMENT | variables
    if node is not None:
        environment["PATH"] = f"{node}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def install(directory: Path, *packages: str | Path) -> Path:
    """Install npm packages; return the directory of what they hold."""
    directory.mkdir()
    (directory / "package.json").write_text('{"private": true, "type": "module"}')
    run("npm", "install", "--silent", "--no-audit", "--no-fund", *packages, cwd=directory)
    return directory / "node_modules"


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> dict[str, Any]:
    """What `npm pack` tells of the tarball, with its place."""
    directory = tmp_path_factory.mktemp("packed")
    told = run("npm", "pack", "--json", "--pack-destination", directory, cwd=PACKAGE)
    (pack,) = json.loads(told)
    return pack | {"path": directory / pack["filename"]}


@pytest.fixture(scope="module")
def project(packed, tmp_path_factory) -> Path:
    """A partner's project, with the package from the tarball."""
    directory = tmp_path_factory.mktemp("partner") / "project"
    types = ("@types/express@5", "@types/node@22")
    return install(directory, packed["path"], "express@5", *types).parent


@pytest.fixture(scope="module", params=["18", "22", "ours"])
def node(request, tmp_path_factory) -> Path | None:
    """The directory of a version of Node, which npm has, too."""
    if request.param == "ours":
        return None
    modules = install(tmp_path_factory.mktemp("node") / "prefix", f"node@{request.param}")
    return modules / "node/bin"


def test_the_package_holds_modules_types_and_texts_and_nothing_else(packed):
    files = {file["path"] for file in packed["files"]}
    expected = {
        str(path.relative_to(PACKAGE))
        for pattern in ("src/*.js", "types/*.d.ts", "examples/*.mjs")
        for path in PACKAGE.glob(pattern)
    }
    assert files == expected | BESIDE
    assert packed["size"] < 64_000


def test_the_package_needs_no_other_and_knows_its_version():
    described = json.loads((PACKAGE / "package.json").read_text())
    assert not {name for name in described if name.lower().endswith("dependencies")}
    assert "scripts" not in described
    assert f'VERSION = "{described["version"]}"' in (PACKAGE / "src/version.js").read_text()
    assert (PACKAGE / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_what_the_client_does_by_itself(node):
    tests = sorted(PACKAGE.glob("tests/*.test.js"))
    assert tests
    for test in tests:
        told = run("node", "--test-reporter=tap", test, cwd=PACKAGE, node=node)
        assert re.search("^# pass [1-9]", told, re.MULTILINE)


@pytest.mark.parametrize("way", WAYS)
def test_typescript_finds_the_types_and_the_mistakes(project, way):
    (project / "consumer.ts").write_text((PACKAGE / "tests" / "types" / "consumer.ts").read_text())
    config = project / f"tsconfig.{way}.json"
    config.write_text(json.dumps({"compilerOptions": STRICT | WAYS[way], "files": ["consumer.ts"]}))
    run("node", MODULES / "typescript/bin/tsc", "--project", config, cwd=project)


def test_a_bundle_for_an_edge_runtime_needs_nothing_of_node(project):
    (project / "edge.js").write_text(
        'import { Client, verifyWebhook } from "@widget-gateway/client";\n'
        'new Client("https://gateway.example", "test_key");\n'
        'const secret = "whsec_" + btoa("x".repeat(32));\n'
        'const headers = { "webhook-id": "1", "webhook-signature": "v1,AAAA" };\n'
        'headers["webhook-timestamp"] = String(Math.floor(Date.now() / 1000));\n'
        'verifyWebhook(secret, headers, "{}").catch((error) => console.log(error.message));\n'
    )
    bundle = project / "bundle.mjs"
    run(
        *(MODULES / "esbuild/bin/esbuild", "edge.js", "--bundle", "--format=esm"),
        *("--platform=browser", "--conditions=worker", f"--outfile={bundle}"),
        cwd=project,
    )
    assert "node:" not in bundle.read_text()
    assert "No signature" in run("node", bundle, cwd=project)


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


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_the_readme_leads_to_a_first_result_in_ten_lines(gateway, project, readme):
    text = (PACKAGE / readme).read_text()
    (first, *_) = re.findall(r"```js\n(.*?)```", text, re.DOTALL)
    lines = first.strip().splitlines()
    assert len(lines) <= 10
    (project / "first.mjs").write_text(first)
    shown = run(
        "node", "first.mjs", cwd=project, **register(gateway, readme.lower().replace(".", "-"))
    )
    assert re.fullmatch(r"(.+: [\d.]+ %\n)+", shown)


@contextmanager
def served(project: Path, example: str, variables: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Run an example in the partner's project; its address, and what it writes line by line."""
    (project / example).write_text((PACKAGE / "examples" / example).read_text())
    with subprocess.Popen(
        ["node", example],
        cwd=project,
        env=ENVIRONMENT | variables,
        text=True,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().rpartition(" ")[2], process.stdout
        finally:
            end_group(process)


@pytest.mark.parametrize("example", ["http.mjs", "express.mjs"])
def test_an_example_attaches_shows_and_is_told(gateway, project, example):
    slug = example.partition(".")[0]
    variables = register(gateway, slug)
    port = free_port()
    hook = f"http://127.0.0.1:{port}/hooks/tests"
    secret = gateway.command("provider", "webhook", slug, "--url", hook)["secret"]
    variables |= {"GATEWAY_WEBHOOK_SECRET": secret, "PORT": str(port)}
    result = {"result_key": save_result(gateway, variables["GATEWAY_CLIENT_KEY"])}
    with (
        served(project, example, variables) as (address, output),
        httpx.Client(base_url=address, timeout=PATIENCE_S) as site,
    ):
        assert site.post("/results", json=result).status_code == 401
        assert site.post("/sign-in", json={"name": "anna"}).status_code == 204
        assert site.get("/report.pdf", params=result).status_code == 404
        assert site.post("/results", json=result).status_code == 204
        assert output.readline().strip() == "result.attached work-values"
        report = site.get("/report.pdf", params=result)
        assert (report.status_code, report.content[:5]) == (200, b"%PDF-")
        assert site.post("/sign-in", json={"name": "boris"}).status_code == 204
        assert site.get("/report.pdf", params=result).status_code == 404
        assert site.post("/results", json=result).status_code == 409
        assert site.post("/results", json={"result_key": "none"}).status_code == 404
        assert site.get("/nowhere").status_code == 404
        forged = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        refused = site.post("/hooks/tests", json={"type": "result.attached"}, headers=forged)
        assert refused.status_code == 400


def save_result(gateway: Gateway, key: str) -> str:
    """Save a guest's result, as the widget does when a visitor has finished; return its key."""
    saved = httpx.post(
        f"{gateway.url}/partner/api/v3/progress/save",
        headers={"Authorization": f"Bearer {key}"},
        json={"test": "work-values", "progress": WORK_VALUES},
    )
    result_key: str = saved.raise_for_status().json()["result_key"]
    return result_key


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
