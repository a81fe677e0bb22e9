"""The languages in which the server of the demo's partner site is written."""

import shutil
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from widget_gateway.cli.children import Child
from widget_gateway.domain.errors import SettingsError

_EXAMPLES = Path(__file__).parents[2] / "examples"


class Language(StrEnum):
    """The site is the same in each of them: the pages are shared, and the calls that they make."""

    PYTHON = "python"
    PHP = "php"
    NODE = "node"

    def check(self) -> None:
        """Check that this machine can run the site.

        Raises:
            SettingsError: the program that runs it, or the site itself, is missing.
        """
        if self is not Language.PYTHON and shutil.which(self.value) is None:
            raise SettingsError(f"The site in {self} needs the program “{self}”, which is missing.")
        if not self._server.exists():
            raise SettingsError(f"The site in {self} is not here: {self._server}")

    def child(
        self, name: str, port: int, variables: Mapping[str, str], *, lock: Path | None
    ) -> Child:
        """The process of the site, not started yet."""
        match self:
            case Language.PYTHON:
                return Child(name, [sys.executable, str(self._server)], variables, lock=lock)
            case Language.NODE:
                return Child(name, ["node", str(self._server)], variables, lock=lock)
            case Language.PHP:
                command = ["php", "-q", "-S", f"localhost:{port}", str(self._server)]
                # One process of PHP answers one request at a time.
                workers = {"PHP_CLI_SERVER_WORKERS": "4"}
                return Child(name, command, dict(variables) | workers, lock=lock, ready_port=port)

    @property
    def _server(self) -> Path:
        folder, file = {
            Language.PYTHON: ("partner_site", "server.py"),
            Language.PHP: ("php_site", "server.php"),
            Language.NODE: ("node_site", "server.mjs"),
        }[self]
        return _EXAMPLES / folder / file
