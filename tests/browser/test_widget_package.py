"""The npm package of the widget on a page in TypeScript, and on a server without elements.

tests/browser/test_widget_pages.py has the pages with React and Vue.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Request, Route

from tests.browser.built_pages import (
    PACKAGE,
    TYPESCRIPT,
    BuiltPage,
    packed,
    page_folder,
    run,
    serve,
)
from tests.browser.conftest import NewVisitor
from tests.browser.sites import HostPages, PartnerSite
from tests.catalogue.test_definitions import VALID
from tests.support.processes import Gateway
from tests.support.tools import tool

pytestmark = pytest.mark.browser

BUILD = {
    "entryPoints": ["main.ts"],
    "outdir": "built",
    "bundle": True,
    "splitting": True,
    "format": "esm",
    "minify": True,
    "logLevel": "error",
}
"""How esbuild builds the page."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the page, with the package."""
    folder = tmp_path_factory.mktemp("package")
    return page_folder(folder, packed(folder), "plain", TYPESCRIPT)


@pytest.fixture(scope="module")
def address(
    page: Path,
    gateway: Gateway,
    site: PartnerSite,
    host: HostPages,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Build the page by esbuild, and import the test; return the page's address."""
    assert site
    definition = tmp_path_factory.mktemp("sample") / "sample.yaml"
    definition.write_text(VALID, "utf-8")
    gateway.command("test", "import", str(definition))
    run(tool("node"), "-e", f"require('esbuild').buildSync({json.dumps(BUILD)})", folder=page)
    index = (page / "index.html").read_text("utf-8").replace("/plain/main.js", "./main.js")
    (page / "built" / "index.html").write_text(index, "utf-8")
    return serve(host, page / "built", "plain", gateway)


def test_a_page_in_typescript_takes_a_test(
    address: str, new_visitor: NewVisitor, site: PartnerSite
) -> None:
    visitor = new_visitor()
    BuiltPage(visitor, address).take_the_test(site)


def test_a_part_that_failed_to_load_is_asked_for_again(
    address: str, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    tries: list[str] = []

    def fail_once(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) == 1:
            route.abort()
        else:
            route.continue_()

    visitor.page.route("**/closing-screens-*.js", fail_once)
    built = BuiltPage(visitor, address)
    visitor.page.get_by_role("button", name="Let’s go").click()
    visitor.sees_question(1, 2)

    def is_asked_again(request: Request) -> bool:
        return "/closing-screens-" in request.url and len(tries) == 1

    with visitor.page.expect_request(is_asked_again):
        visitor.choices.nth(0).click()
    built.hears("pause")


def test_the_types_fit_and_refuse_what_is_wrong(page: Path) -> None:
    tsc = str(page / "node_modules" / "typescript" / "bin" / "tsc")
    run(tool("node"), tsc, "--project", ".", folder=page)
    # Without the comments that expect them, each of the wrong lines is an error.
    source = (page / "types.ts").read_text("utf-8")
    (page / "wrong.ts").write_text(source.replace("@ts-expect-error", "wrong:"), "utf-8")
    try:
        with pytest.raises(AssertionError) as refusal:
            run(tool("node"), tsc, "--project", ".", folder=page)
    finally:
        (page / "wrong.ts").unlink()
    assert str(refusal.value).count("error TS") == source.count("@ts-expect-error") > 0


def test_the_events_are_those_of_the_guide(page: Path) -> None:
    program = (
        "import('@widget-gateway/widget').then(({ EVENTS }) => console.log(JSON.stringify(EVENTS)))"
    )
    events = json.loads(run(tool("node"), "-e", program, folder=page))
    guide = (PACKAGE.parents[1] / "docs" / "widget.md").read_text("utf-8")
    described = re.findall(r"^\| `(test-widget:[a-z-]+)` \|", guide, re.MULTILINE)
    assert sorted(events.values()) == sorted(described)
    types = (PACKAGE / "types" / "index.d.ts").read_text("utf-8")
    for name, event in events.items():
        assert f"'{event}': TestWidgetEvent<'{name}'>;" in types


def test_a_server_without_elements_may_import_the_package(page: Path) -> None:
    program = (
        "import('@widget-gateway/widget').then(({ TestWidget, setGateway, EVENTS }) => {"
        "setGateway('https://gateway.example');"
        "console.log(JSON.stringify([TestWidget.home, EVENTS.pause, Object.keys(globalThis)]));"
        "process.on('beforeExit', () => console.log('ends by itself'));"
        "})"
    )
    before = run(
        tool("node"), "-e", "console.log(JSON.stringify(Object.keys(globalThis)))", folder=page
    )
    told, end = run(tool("node"), "-e", program, folder=page).splitlines()
    home, pause, names = json.loads(told)
    assert (home, pause) == ("https://gateway.example/", "test-widget:pause")
    assert names == json.loads(before)
    assert end == "ends by itself"


def test_the_package_has_the_gateway_s_modules_and_none_of_them_is_in_its_folder(
    page: Path,
) -> None:
    package = page / "node_modules" / "@widget-gateway" / "widget"
    modules = {path.name for path in (package / "modules").rglob("*.js")}
    assert {"element.js", "player.js", "outbox.js", "fr-later.js", "rating.js"} <= modules
    assert not (PACKAGE / "modules").exists()
    for path in (package / "modules").rglob("*.js"):
        assert "import.meta" not in path.read_text("utf-8"), path
    described = json.loads((package / "package.json").read_text("utf-8"))
    named = [described["main"], described["types"]]
    named += [
        file for export in list(described["exports"].values())[:3] for file in export.values()
    ]
    for name in [*named, "README.md", "README.ru.md", "LICENSE"]:
        assert (package / name).is_file(), name
