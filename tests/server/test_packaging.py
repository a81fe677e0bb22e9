"""The built packages contain all files that the gateway serves and imports."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

SERVED = {
    "static/widget/widget.js",
    "static/widget/page.html",
    "static/widget/types/option.js",
    "static/qua/page.html",
    "static/qua/texts/ru.js",
    "handlers/templates/reference/call.html",
    "handlers/reference/words/sentences.ru.toml",
    "docs/webhooks.ru.md",
    "docs/images/console-keys.ru.png",
    "widget_gateway/bundled/career-interests.yaml",
    "widget_gateway/bundled/career-interests-trial.yaml",
    "widget_gateway/bundled/work-values.yaml",
    "widget_gateway/bundled/test-definition.schema.json",
    "widget_gateway/py.typed",
    "examples/partner_site/server.py",
    "clients/node/src/index.js",
    "clients/php/autoload.php",
    "clients/php/src/Client.php",
    "clients/php/src/Types/SessionState.php",
    "examples/node_site/server.mjs",
    "examples/php_site/server.php",
    "examples/portal_site/server.py",
    "examples/site/schema.sql",
    "examples/site/test.html",
}

CLIENT = {"widget_gateway_client/client.py", "widget_gateway_client/py.typed"}
"""The partners' client, which the demo site imports."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built as for a release."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_wheel_contains_the_static_files_and_the_bundled_tests(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert names >= SERVED | CLIENT
    assert not [name for name in names if name.startswith("tests/")]


@pytest.mark.parametrize("page", ["widget", "qua", "reference", "cluster", "start"])
def test_wheel_contains_every_static_file(built: Path, page: str) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    folder = ROOT / "static" / page
    expected = {path.relative_to(ROOT).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert expected <= names


def test_sdist_contains_what_the_wheel_is_built_from(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert names >= SERVED | {f"clients/python/{name}" for name in CLIENT}
    assert names >= {"setup.py", "README.md", "LICENSE", "tests/support/fixtures.py"}
