"""Pages with the npm package of the widget, built from its tarball by the tools of such pages."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Locator, expect

from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway
from tests.support.tools import SYSTEM_PATH, tool

PACKAGE = Path(__file__).parents[2] / "clients" / "widget"
SOURCES = PACKAGE / "tests"
TYPESCRIPT = Path(sys.prefix) / "typescript" / "node_modules"
"""Where `make check` has its programs for JavaScript."""

SAMPLE = "sample"
"""A test of two questions with the pause after the first one."""

_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def run(*command: str, folder: Path, **variables: str) -> str:
    """Run a program in a folder; return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": SYSTEM_PATH} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def packed(folder: Path) -> Path:
    """Make the tarball of the package in a folder, as it is published."""
    run(tool("node"), str(PACKAGE / "pack.cjs"), str(folder), folder=folder)
    [tarball] = folder.glob("*.tgz")
    return tarball


def page_folder(folder: Path, tarball: Path, source: str, installed: Path) -> Path:
    """Make the folder of a page: its source, what is installed for it, and the package."""
    page = folder / source
    shutil.copytree(SOURCES / source, page)
    modules = page / "node_modules"
    modules.mkdir()
    for path in installed.iterdir():
        (modules / path.name).symlink_to(path)
    place = modules / "@widget-gateway" / "widget"
    place.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        for member in archive.getmembers():
            member.name = member.name.removeprefix("package/")
            archive.extract(member, place, filter="data")
    return page


def serve(host: HostPages, folder: Path, path: str, gateway: Gateway, rendered: str = "") -> str:
    """Serve a built page below a path; return the address with the place of the test.

    `rendered` is what a server has written into it.
    """
    where = urlencode({"gateway": gateway.url, "provider": PROVIDER, "test": SAMPLE})
    for file in folder.rglob("*"):
        if file.suffix not in _KINDS:
            continue
        text = file.read_text("utf-8").replace("<!--rendered-->", rendered)
        name = file.relative_to(folder).as_posix()
        own = f"/{path}/?{where}" if name == "index.html" else f"/{path}/{name}"
        host.add_file(own, text, f"{_KINDS[file.suffix]}; charset=utf-8")
    return f"{host.url}/{path}/?{where}"


class BuiltPage:
    """A visitor of a built page: what it has heard, and the alert of its own pause screen."""

    def __init__(self, visitor: Visitor, address: str) -> None:
        self._visitor = visitor
        self._page = visitor.page
        self._page.goto(address)
        self.alert = self._page.get_by_role("alert")

    def heard(self, word: str) -> list[str]:
        """Return the lines that the page has written for events of this name."""
        lines = self._page.locator("ol > li").all_inner_texts()
        return [line for line in lines if line.split()[0] == word]

    def hears(self, word: str, count: int = 1) -> str:
        """Wait until the page has written so many lines; return the last one."""
        lines: Locator = self._page.locator("ol > li").filter(has_text=f"{word} ")
        expect(lines).to_have_count(count)
        return lines.last.inner_text()

    def take_the_test(self, site: PartnerSite) -> None:
        """Go from the page's own welcome screen to the end, with a reload at the pause."""
        page, visitor = self._page, self._visitor
        page.get_by_role("button", name="Let’s go").click()
        visitor.sees_question(1, 2)
        page.get_by_role("button", name="State").click()
        assert self.hears("state") == "state question"
        session = visitor.started()["session"]
        assert self.heard("start") == [f"start {session}"]
        visitor.choices.nth(1).click()
        assert self.hears("pause") == "pause 1"
        expect(self.alert).to_have_text(f"Please pay for {session}")
        # The page has cancelled the event, so the widget has no pause screen.
        expect(visitor.widget.get_by_role("heading", name="A short break")).to_have_count(0)
        assert self.hears("answer").startswith("answer 1 2")
        assert visitor.heard("answer") == [{"question": "1", "number": 1, "value": ["2"]}]

        page.reload()
        self.hears("pause")
        site.ask("payment/confirm", session=session)
        expect(self.alert).to_be_hidden()
        visitor.sees_question(2, 2)
        visitor.choices.nth(0).click()
        visitor.sees("Test completed")
        self.hears("finish")
        assert self.heard("start") == []
        assert self.hears("answer").startswith("answer 2 1")
        assert self.heard("error") == []
        # In all there was one attempt, and its events were told once.
        counts = {name: len(visitor.heard(name)) for name in ("start", "answer", "finish", "error")}
        assert counts == {"start": 1, "answer": 2, "finish": 1, "error": 0}
        assert site.stored(session) == {"1": ["2"], "2": ["1"]}
        assert visitor.faults == []
