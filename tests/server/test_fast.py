"""Tests that are marked as fast import no part of the application but the rules."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("motor", "pymongo", "tornado.httpserver", "playwright", "widget_gateway.composition")


def fast_modules():
    """The names of all test modules that are marked as fast."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "\npytestmark = pytest.mark.fast" in path.read_text(encoding="utf-8"):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported_by(modules):
    """Return the slow modules that a new interpreter has imported with these ones."""
    program = f"import sys, {', '.join(modules)}; print(*sorted(sys.modules), sep='\\n')"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return [name for name in run.stdout.splitlines() if name in HEAVY]


def test_fast_tests_import_no_driver_server_or_browser():
    modules = list(fast_modules())
    assert len(modules) > 15
    assert imported_by(modules) == []


def test_the_check_itself_sees_what_is_imported():
    assert imported_by(["storage.client"]) != []
