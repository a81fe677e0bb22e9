"""Pages that name the widget in one version with its hash, as `widget snippet` prints it."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite, strict_policy
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway
from widget_gateway.services.widget_files import read_release

pytestmark = pytest.mark.browser


def snippet(gateway: Gateway, test: str, *options: str) -> dict[str, Any]:
    """Return what `widget snippet` prints for a page of the provider."""
    chosen = ("--provider", PROVIDER, "--test", test, "--gateway", gateway.url, *options)
    return dict(gateway.command("widget", "snippet", *chosen))


def scripts_asked_for(page: Page) -> list[str]:
    """Return a list that gets the path of each script that the page loads."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "script":
            asked.append(urlsplit(request.url).path)

    page.on("request", note)
    return asked


@pytest.fixture
def visitor(new_visitor: NewVisitor, site: PartnerSite, small_tests: None) -> Visitor:
    """A visitor who has not come to a page yet."""
    assert site
    assert small_tests is None
    return new_visitor()


def open_page(visitor: Visitor, host: HostPages, gateway: Gateway, html: str) -> None:
    policy = strict_policy(gateway, f"frame-src {gateway.url}")
    visitor.page.goto(host.add("/pinned", html, Content_Security_Policy=policy))


def test_a_whole_test_needs_only_the_script_whose_hash_the_page_names(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    asked = scripts_asked_for(visitor.page)
    code = snippet(gateway, "work-values", "--locale", "en")
    open_page(visitor, host, gateway, code["html"])
    visitor.begin()
    visitor.answer(1, 24, lambda number: number % 4, of=24)
    visitor.sees("Test completed")
    assert asked == [f"/static/widget/{read_release().version}/widget.js"]
    assert visitor.faults == []
    [finish] = visitor.heard("finish")
    assert finish["resultKey"]


@pytest.mark.parametrize("test", ["rating", "text", "checkbox", "gradient"])
def test_questions_of_every_type_are_in_the_script(
    visitor: Visitor, host: HostPages, gateway: Gateway, test: str
) -> None:
    asked = scripts_asked_for(visitor.page)
    open_page(visitor, host, gateway, snippet(gateway, test)["html"])
    visitor.begin()
    expect(visitor.status).to_contain_text(re.compile("Question 1 of"))
    expect(visitor.widget.locator("fieldset")).to_be_visible()
    assert len(asked) == 1
    assert visitor.faults == []


def test_the_words_of_other_languages_are_in_the_script(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    asked = scripts_asked_for(visitor.page)
    open_page(visitor, host, gateway, snippet(gateway, "text", "--locale", "hy_AM")["html"])
    expect(visitor.button("Սկսել թեստը")).to_be_visible()
    assert len(asked) == 1


def test_a_pinned_frame_shows_the_test_and_tells_why_it_does_not(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    asked = scripts_asked_for(visitor.page)
    code = snippet(gateway, "text", "--frame")
    assert code["src"].endswith("/frame.js")
    open_page(visitor, host, gateway, code["html"])
    framed = visitor.page.frame_locator("iframe")
    framed.get_by_role("button", name="Start the test").click()
    expect(framed.get_by_role("textbox", name="Surname")).to_be_visible()
    own = [path for path in asked if "frame" in path]
    assert own == [f"/static/widget/{read_release().version}/frame.js"]

    broken = code["html"].replace(f'provider="{PROVIDER}"', 'provider="nobody"')
    open_page(visitor, host, gateway, broken)
    expect(visitor.page.locator("test-widget-frame")).to_contain_text("not available")
    assert visitor.heard("load-failed") == [{"code": "provider_not_found"}]
    # Why there is no test is explained by the same file.
    assert not any("frame-trouble" in path for path in asked)


@pytest.mark.parametrize("changed", [False, True])
def test_a_script_with_one_other_byte_does_not_run(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, *, changed: bool
) -> None:
    visitor = new_visitor()
    release = read_release()
    content = release.files["standalone/widget.js"].decode()
    if changed:
        content = content.replace("const $once", "const  $once", 1)
    host.add_file("/copy/widget.js", content, "text/javascript")
    page = (
        '<script type="module" src="/copy/widget.js" crossorigin="anonymous" '
        f'integrity="{release.integrity("widget.js")}"></script>'
        '<script type="module" src="/copy/after.js"></script>'
    )
    host.add_file("/copy/after.js", "document.title = 'after'", "text/javascript")
    assert gateway
    visitor.page.goto(host.add("/copy/page", page))
    expect(visitor.page).to_have_title("after")
    is_defined = visitor.page.evaluate("() => Boolean(customElements.get('test-widget'))")
    assert is_defined is not changed
    assert ("integrity" in " ".join(visitor.faults)) is changed
