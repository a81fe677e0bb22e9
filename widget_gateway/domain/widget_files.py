"""The files of the browser widget. All files that a page loads are of the same version."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from widget_gateway.domain.ids import WidgetVersion

ENTRIES = frozenset({"widget.js", "page.js", "page.html", "frame.js"})
"""Files whose addresses have no version, since host pages name them. They lead to the others."""

PLACEHOLDER = b"__VERSION__"
"""What stands for the version in an entry, inside a string literal or an address."""

STANDALONE = {"widget.js": "standalone/widget.js", "frame.js": "standalone/frame.js"}
"""The scripts that hold all their modules, by the names under which pages load them.

Pages name their version and hash. Releases that were stored by earlier gateways have none."""

JOINED_FROM = {"widget.js": "standalone.js", "frame.js": "frame.js"}
"""The plain modules that begin these scripts."""

KEPT_FOR = timedelta(days=45)
"""How long a version is stored after the last gateway that has it was seen: longer than a page
stays open or in a cache."""

PINNED_KEPT_FOR = timedelta(days=400)
"""How long a version is stored after a page has last asked for it by its pinned address: longer
than the year for which browsers keep the file, and than a page that is used once a year."""

_DIGITS = 12
"""Hexadecimal digits of a version: enough for releases never to collide, and short in addresses."""


@dataclass(frozen=True, slots=True)
class WidgetRelease:
    """One version of the files, by their paths below the folder of the widget."""

    version: WidgetVersion
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> "WidgetRelease":
        """Make a release of these files; they decide its version."""
        return cls(version_of(files), files)

    def entry(self, path: str) -> bytes | None:
        """Return a file for its address without a version, or None if there is no such file."""
        content = self.files.get(path)
        if content is None or path not in ENTRIES:
            return content
        return content.replace(PLACEHOLDER, self.version.encode())

    def integrity(self, script: str) -> str | None:
        """Return the hash of a script of STANDALONE, as `integrity` attributes have it."""
        content = self.files.get(STANDALONE[script])
        if content is None:
            return None
        return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


def version_of(files: Mapping[str, bytes]) -> WidgetVersion:
    """Return the version of these files: a hash of all their names and contents.

    Versions that are stored were made by this rule, and static/bundle.cjs has it, too.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    return WidgetVersion(digest.hexdigest()[:_DIGITS])
