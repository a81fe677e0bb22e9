"""The contracts of imports: all hold, and each fails where a forbidden import is planted."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint(directory):
    """Run import-linter over the packages in this directory."""
    return subprocess.run(
        [str(LINT_IMPORTS), "--config", "pyproject.toml", "--no-cache"],
        cwd=directory,
        env={"PYTHONPATH": str(directory), "PATH": str(LINT_IMPORTS.parent), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the packages into which imports are planted."""
    copy = tmp_path_factory.mktemp("house")
    for package in ("widget_gateway", "handlers", "storage"):
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def test_the_contracts_hold(house):
    result = lint(house)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def drivers_used(file):
    """Return what a module of storage imports from a driver that the other driver lacks."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import | ast.ImportFrom)
            else []
        )
        module = getattr(node, "module", None) or ""
        for name in names:
            path = f"{module}.{name}" if module else name
            if path.startswith(("motor", "pymongo.asynchronous")) or "AsyncMongoClient" in path:
                yield path


def test_only_the_adapter_knows_which_driver_runs():
    used = {file.name: list(drivers_used(file)) for file in (ROOT / "storage").rglob("*.py")}
    assert any(name.startswith("motor.") for name in used["adapter.py"])
    assert [name for name, found in used.items() if found] == ["adapter.py"]


@pytest.mark.parametrize(
    "planted",
    [
        "from motor.motor_asyncio import AsyncIOMotorClient",
        "from motor import motor_asyncio",
        "import motor",
        "from pymongo import AsyncMongoClient",
        "from pymongo.asynchronous.collection import AsyncCollection",
        "def late():\n    import motor.motor_asyncio",
    ],
)
def test_a_driver_outside_of_the_adapter_is_found(tmp_path, planted):
    file = tmp_path / "store.py"
    file.write_text(f"from pymongo import ReturnDocument\n{planted}\n", encoding="utf-8")
    assert len(list(drivers_used(file))) == 1


@pytest.mark.parametrize(
    ("file", "planted", "contract"),
    [
        (
            "widget_gateway/domain/catalogue/answers.py",
            "from handlers import base",
            "Each floor imports",
        ),
        (
            "storage/partners/access_tokens.py",
            "import widget_gateway.services.partners.access_tokens",
            "Each floor imports",
        ),
        (
            "widget_gateway/services/partners/access_tokens.py",
            "import handlers.errors",
            "Each floor imports",
        ),
        (
            "handlers/public/ops.py",
            "import widget_gateway.composition.application",
            "Each floor imports",
        ),
        ("handlers/public/ops.py", "import pymongo", "Only storage speaks to the MongoDB drivers"),
        ("widget_gateway/services/partners/access_tokens.py", "import bson", "Only storage speaks"),
        (
            "storage/partners/access_tokens.py",
            "import opentelemetry.trace",
            "Only the tracer knows OpenTelemetry",
        ),
        (
            "storage/partners/access_tokens.py",
            "import tornado.web",
            "Only the top floors and handlers know",
        ),
        (
            "widget_gateway/domain/catalogue/scoring.py",
            "import msgspec",
            "The domain is the standard",
        ),
        (
            "widget_gateway/services/partners/accesses.py",
            "import widget_gateway.services.attempts.attempts",
            "Services: an attempt stands",
        ),
        (
            "widget_gateway/services/portal/people.py",
            "import widget_gateway.services.qua.users",
            "Services: an attempt stands",
        ),
        (
            "widget_gateway/rehearsal/gateway.py",
            "import widget_gateway.domain.ids",
            "The rehearsal is a client",
        ),
        (
            "widget_gateway/services/partners/accesses.py",
            "import playwright.sync_api",
            "Only the rehearsal knows Playwright",
        ),
        (
            "widget_gateway/services/another_drawer.py",
            "",
            "Services: an attempt stands",
        ),
        (
            "widget_gateway/domain/catalogue/tests.py",
            "import widget_gateway.domain.partners.providers",
            "Domain: the same wings",
        ),
        (
            "storage/commits/engine.py",
            "import storage.attempts.journal",
            "Storage: the same wings",
        ),
        (
            "handlers/qua/auth.py",
            "import handlers.partner.base",
            "Handlers: families do not know",
        ),
        (
            "handlers/public/ops.py",
            "import handlers.portal.services",
            "Handlers: families do not know",
        ),
        (
            "storage/driver/waits.py",
            "import storage.driver.calls",
            "Siblings without cycles",
        ),
        (
            "widget_gateway/cli/doctor.py",
            "import storage.attempts.attempts",
            "Only composition knows everybody",
        ),
    ],
)
def test_a_planted_import_is_found(house, file, planted, contract):
    path = house / file
    original = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{original or ''}\n{planted}\n", encoding="utf-8")
    try:
        result = lint(house)
    finally:
        path.unlink() if original is None else path.write_text(original, encoding="utf-8")
    assert result.returncode != 0
    broken = [line for line in result.stdout.splitlines() if line.rstrip().endswith("BROKEN")]
    assert any(contract in line for line in broken), result.stdout + result.stderr
