"""Programs and modules that only some tests need: a machine without them skips these tests."""

import importlib
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

SYSTEM_PATH = os.pathsep.join(
    (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")
)
"""Where programs are looked for: beside Python, where packages put theirs, and in /usr/sbin, where
Debian keeps servers and which users' PATHs lack."""

IS_CI = os.environ.get("CI") == "true"


def tool(name: str) -> str:
    """Return the path of a program. Without it the test is skipped, but fails in CI."""
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        do_without(f"there is no {name}; `make system` installs it")
    return str(found)


def module(name: str) -> ModuleType:
    """Import a module that has no wheel for each machine; as `tool` for one that is missing."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        do_without(f"there is no module {name}")
        raise


def do_without(why: str) -> None:
    """Skip a test that can't run on this machine, and say why; in CI it fails."""
    if IS_CI:
        pytest.fail(why)
    pytest.skip(why)
