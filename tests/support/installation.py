"""A copy of the gateway with other files for the widget, as an older or newer release has them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.support.processes import Gateway

ROOT = Path(__file__).parents[2]
PACKAGES = ("widget_gateway", "handlers", "storage", "static")


def install(folder: Path, changed: Mapping[str, str]) -> Path:
    """Copy the gateway into a folder, and write these files of the widget; return its root."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "dist")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    for path, content in changed.items():
        (folder / "static" / "widget" / path).write_text(content, "utf-8")
    return folder


def run_from(gateway: Gateway, folder: Path) -> Gateway:
    """Let a gateway run the copy in this folder."""
    # Without PYTHONSAFEPATH the current directory would come first.
    gateway.environ |= {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    return gateway
