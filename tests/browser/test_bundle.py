"""The widget as a package has it: the bundle is built, and a visitor takes a test with it."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Request, Route, expect

from tests.browser.conftest import NewVisitor
from tests.browser.questions import write_tests
from tests.browser.sites import PROVIDER, HostPages
from tests.browser.visitor import Visitor
from tests.support.installation import install, run_from
from tests.support.processes import Gateway
from tests.support.tools import tool
from widget_gateway.services.widget_files import read_release

pytestmark = pytest.mark.browser

FIRST_QUESTION_BYTES = 24 * 1024
FRAME_BYTES = 3 * 1024
PINNED_BYTES = 40 * 1024
"""A script that a hash covers has all types of questions and all languages, and loads nothing."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the gateway with the bundle, made as `make bundle` makes it."""
    node = tool("node")
    folder = install(tmp_path_factory.mktemp("installed"), {})
    modules = str(Path(sys.prefix) / "typescript" / "node_modules")
    made = subprocess.run(
        [node, str(folder / "static" / "bundle.cjs")],
        env=os.environ | {"NODE_PATH": os.environ.get("NODE_PATH", modules)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def bundled(
    installed: Path, tmp_path_factory: pytest.TempPathFactory, host: HostPages
) -> Iterator[Gateway]:
    """A gateway that serves the bundle, with the small tests."""
    gateway = run_from(Gateway(tmp_path_factory.mktemp("bundled")), installed)
    gateway.start()
    tests = tmp_path_factory.mktemp("tests")
    write_tests(tests)
    gateway.command("test", "import", str(tests))
    gateway.command(
        *("provider", "create", "--slug", PROVIDER, "--name", "College", "--origin", host.url)
    )
    yield gateway
    gateway.stop()


@pytest.fixture
def visitor(new_visitor: NewVisitor, bundled: Gateway, host: HostPages) -> Visitor:
    """A visitor who has not come to the page yet, and that page, which is strict."""
    channel = bundled.url.replace("http", "ws", 1)
    policy = (
        f"script-src {bundled.url}; style-src 'none'; connect-src {bundled.url} {channel}; "
        "require-trusted-types-for 'script'"
    )
    page = (
        f'<script type="module" src="{bundled.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="text"></test-widget>'
    )
    host.add("/bundle", page, Content_Security_Policy=policy)
    return new_visitor()


def files_asked_for(visitor: Visitor, gateway: Gateway) -> list[str]:
    """Return a list that gets the path of each file of the widget that the browser asks for."""
    asked: list[str] = []
    version = version_of(gateway)

    def note(request: Request) -> None:
        prefix, found, path = request.url.partition("/static/widget/")
        if found and prefix == gateway.url:
            asked.append(path.replace(version, "VERSION"))

    visitor.page.on("request", note)
    return asked


def version_of(gateway: Gateway) -> str:
    return read_release(Path(gateway.environ["PYTHONPATH"]) / "static" / "widget").version


def answer_all(visitor: Visitor) -> None:
    visitor.sees_question(1, 2)
    for name, value in (("Surname", "Gagarin"), ("Year", "1961"), ("In your own words", "Stars")):
        visitor.widget.get_by_role("textbox", name=name).fill(value)
    visitor.button("Next").click()
    visitor.sees_question(2, 2)
    visitor.choices.nth(0).click()
    visitor.sees("Test completed")


def test_a_visitor_takes_a_test_with_the_bundle(
    visitor: Visitor, bundled: Gateway, host: HostPages
) -> None:
    asked = files_asked_for(visitor, bundled)
    visitor.page.goto(f"{host.url}/bundle")
    expect(visitor.button("Start the test")).to_be_visible()
    assert asked == ["widget.js"]
    visitor.button("Start the test").click()
    answer_all(visitor)
    # Whatever came later is of the same version, and came once.
    assert all(path.startswith("v/VERSION/") for path in asked[1:])
    assert len(asked) == len(set(asked))
    assert "v/VERSION/types/text.js" in asked
    assert visitor.faults == []
    [finish] = visitor.heard("finish")
    assert finish["resultKey"]


def test_a_module_that_failed_is_asked_for_again_and_uses_the_running_core(
    visitor: Visitor, bundled: Gateway, host: HostPages
) -> None:
    asked = files_asked_for(visitor, bundled)

    def fail(route: Route) -> None:
        route.fulfill(status=503)

    visitor.page.route("**/types/text.js", fail)
    visitor.page.goto(f"{host.url}/bundle")
    visitor.button("Start the test").click()
    answer_all(visitor)
    assert "v/VERSION/types/text.js?again=1" in asked
    assert [path for path in asked if "widget.js" in path] == ["widget.js"]


def test_the_page_for_a_frame_asks_for_no_module_that_the_bundle_has(
    new_visitor: NewVisitor, bundled: Gateway
) -> None:
    visitor = new_visitor()
    asked = files_asked_for(visitor, bundled)
    visitor.page.goto(f"{bundled.url}/widget/{PROVIDER}/text")
    visitor.button("Start the test").click()
    answer_all(visitor)
    assert not [path for path in asked if path.endswith(("/element.js", "/reducer.js"))]
    assert visitor.faults == []


def test_words_that_the_bundle_has_not_come_alone_and_of_its_version(
    visitor: Visitor, bundled: Gateway, host: HostPages
) -> None:
    asked = files_asked_for(visitor, bundled)
    page = (
        f'<script type="module" src="{bundled.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="text" locale="hy-AM"></test-widget>'
    )
    visitor.page.goto(host.add("/bundle/hy", page))
    expect(visitor.button("Սկսել թեստը")).to_be_visible()
    assert asked == ["widget.js", "v/VERSION/texts/hy.js"]
    visitor.button("Սկսել թեստը").click()
    expect(visitor.button("Հաջորդը")).to_be_visible()
    assert [path for path in asked if "texts/" in path] == [
        "v/VERSION/texts/hy.js",
        "v/VERSION/texts/hy-later.js",
    ]
    assert visitor.faults == []


def test_a_pinned_script_of_the_bundle_is_all_that_a_page_needs(
    visitor: Visitor, bundled: Gateway, host: HostPages
) -> None:
    asked = files_asked_for(visitor, bundled)
    chosen = ("--provider", PROVIDER, "--test", "text", "--gateway", bundled.url)
    code = bundled.command("widget", "snippet", *chosen)
    # The tests' own commands run in the checkout, whose widget has another version.
    release = read_release(Path(bundled.environ["PYTHONPATH"]) / "static" / "widget")
    html = code["html"].replace(code["version"], release.version)
    html = html.replace(code["integrity"], str(release.integrity("widget.js")))
    visitor.page.goto(host.add("/bundle/pinned", html))
    visitor.button("Start the test").click()
    answer_all(visitor)
    assert asked == ["VERSION/widget.js"]
    assert visitor.faults == []


def test_the_bundle_keeps_the_budgets(installed: Path) -> None:
    files = read_release(installed / "static" / "widget").files
    assert "element.js" not in files  # These are the bundle's files, not the plain modules.
    sizes = {path: len(gzip.compress(files[path], 9)) for path in files if path.endswith(".js")}
    sys.stdout.write(f"{sizes}\n")
    assert "texts/ru.js" not in sizes  # The texts are in the bundle.
    for words in ("hy", "az", "kk", "mn", "fr"):
        assert sizes["widget.js"] + sizes[f"texts/{words}.js"] <= FIRST_QUESTION_BYTES
    assert sizes["frame.js"] <= FRAME_BYTES
    assert sizes["standalone/widget.js"] <= PINNED_BYTES
