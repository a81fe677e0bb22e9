"""Pages with React 18, React 19 and Vue 3, each built by its own Vite from the package's tarball.

`make test-widget-packages` installs what they need and runs this.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.built_pages import BuiltPage, packed, page_folder, run, serve
from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.catalogue.test_definitions import VALID
from tests.support.processes import Gateway
from tests.support.tools import tool

PAGES = os.environ.get("WIDGET_PAGES", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not PAGES, reason="`make test-widget-packages` runs these"),
]

SOURCES = {"react18": "react", "react19": "react", "vue": "vue"}
SERVERS = {"react": "src/server.tsx", "vue": "src/server.ts"}
CHECKERS = {"react": "typescript/bin/tsc", "vue": "vue-tsc/bin/vue-tsc.js"}


class Page:
    """The folder of a page, and its tools."""

    def __init__(self, name: str, folder: Path, tarball: Path) -> None:
        self.source = SOURCES[name]
        installed = Path(PAGES).resolve() / name / "node_modules"
        self.folder = page_folder(folder, tarball, self.source, installed)
        shutil.copy(installed.parent / "package.json", self.folder)

    def node(self, program: str, *arguments: str, **variables: str) -> str:
        """Run a program of the page's tools."""
        path = str(self.folder / "node_modules" / program)
        return run(tool("node"), path, *arguments, folder=self.folder, **variables)

    def build(self, mode: str) -> Path:
        """Build the page for browsers; only in development React mounts everything twice."""
        out = f"built-{mode}"
        options = ("--base", "./", "--outDir", out, "--mode", mode)
        self.node("vite/bin/vite.js", "build", *options, NODE_ENV=mode)
        return self.folder / out

    def rendered(self, gateway: Gateway) -> str:
        """Render the page on a server; return its HTML."""
        entry = SERVERS[self.source]
        self.node("vite/bin/vite.js", "build", "--ssr", entry, "--outDir", "built-server")
        place = {"gateway": gateway.url, "provider": PROVIDER, "test": "sample"}
        program = str(self.folder / "built-server" / "server.js")
        # React renders for development only if it is told so here, too.
        variables = {"NODE_ENV": "development"}
        return run(tool("node"), program, json.dumps(place), folder=self.folder, **variables)


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("tarball"))


@pytest.fixture(scope="module", params=SOURCES)
def page(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tarball: Path
) -> Page:
    """One of the pages."""
    return Page(request.param, tmp_path_factory.mktemp(request.param), tarball)


@pytest.fixture(scope="module")
def shown(
    gateway: Gateway,
    site: PartnerSite,
    host: HostPages,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., str]:
    """Import the test, and serve built pages: `shown(folder)`."""
    assert site
    definition = tmp_path_factory.mktemp("sample") / "sample.yaml"
    definition.write_text(VALID, "utf-8")
    gateway.command("test", "import", str(definition))

    def serve_page(folder: Path, rendered: str = "") -> str:
        path = f"{folder.parent.parent.name}/{folder.name}{'-rendered' if rendered else ''}"
        return serve(host, folder, path, gateway, rendered)

    return serve_page


@pytest.mark.parametrize("mode", ["development", "production"])
def test_a_page_takes_one_attempt_and_hears_each_event_once(
    page: Page, shown: Callable[..., str], new_visitor: NewVisitor, site: PartnerSite, mode: str
) -> None:
    visitor = new_visitor()
    BuiltPage(visitor, shown(page.build(mode))).take_the_test(site)


def test_a_page_that_a_server_has_rendered_goes_on_in_the_browser(
    page: Page,
    shown: Callable[..., str],
    new_visitor: NewVisitor,
    site: PartnerSite,
    gateway: Gateway,
) -> None:
    rendered = page.rendered(gateway)
    assert "<test-widget" in rendered
    assert f'provider="{PROVIDER}"' in rendered
    assert "Our own welcome" in rendered
    # Without a test the element waits for the component, which listens by then.
    assert " test=" not in rendered
    visitor = new_visitor()
    BuiltPage(visitor, shown(page.build("development"), rendered)).take_the_test(site)


def test_changes_of_properties_reach_the_widget_and_lose_nothing(
    page: Page, shown: Callable[..., str], new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    built = BuiltPage(visitor, shown(page.build("development")))
    visitor.page.get_by_role("button", name="Let’s go").click()
    visitor.sees_question(1, 2)
    built.hears("start")
    theme = visitor.page.get_by_role("button", name="Theme")
    widget = visitor.page.locator("test-widget.tested")
    for expected in ("dark", None, "dark"):
        theme.click()
        wanted = f"(widget) => widget.getAttribute('theme') === {json.dumps(expected)}"
        visitor.page.wait_for_function(wanted, arg=widget.element_handle())
    visitor.sees_question(1, 2)
    assert len(visitor.heard("start")) == 1
    assert visitor.faults == []


def test_the_types_fit_and_refuse_what_is_wrong(page: Page) -> None:
    page.node(CHECKERS[page.source], "--project", ".")
    [types] = (page.folder / "src").glob("[Tt]ypes.*")
    source = types.read_text("utf-8")
    expected = source.count("-expect-error")
    types.write_text(source.replace("-expect-error", "-wrong"), "utf-8")
    try:
        with pytest.raises(AssertionError) as refusal:
            page.node(CHECKERS[page.source], "--project", ".")
    finally:
        types.write_text(source, "utf-8")
    assert str(refusal.value).count("error TS") == expected > 0
