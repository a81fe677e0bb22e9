"""Difficult hosts: strict policies, strong styles, several widgets, and no network."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import HostPages, PartnerSite, element, script, strict_policy
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

RICH_TEST = """
slug: rich
version: 1
locales: [en]
title: {en: Rich}
questions:
  - id: "1"
    type: option
    text: {en: A formatted question}
    html: {en: "<p>It has <b>bold</b> words<script>document.title='broken'</script></p>"}
    options: [{value: "1", text: {en: "Yes"}}, {value: "2", text: {en: "No"}}]
"""

# Styles of a host that a shadow root would inherit.
LOUD_STYLE = """
* { --accent: red; --text: red; --surface: red; --border: red; --radius: 0; --gap: 9em; }
body, test-widget {
  color: red; font: italic 900 40px/3 serif; letter-spacing: 9px; word-spacing: 20px;
  text-align: right; text-transform: uppercase; text-indent: 4em; text-shadow: 2px 2px red;
  white-space: pre; list-style: square; cursor: wait; direction: rtl; visibility: visible;
  font-variant: small-caps; hyphens: auto; border-collapse: collapse; tab-size: 20;
}
h2, button, input, fieldset, legend, label, p { display: none; position: fixed; }
"""

# The computed styles of all elements of a widget and of the host's button, but no sizes and places.
STANDS_STILL = "!document.querySelector('test-widget').shadowRoot.getAnimations().length"
"""Whether nothing in the widget moves or changes its colour any more."""

LOOKS = """() => {
  const sizes = new RegExp('^(--|(width|height|top|right|bottom|left)$' +
    '|inline-size|block-size|inset-|perspective-|transform-)');
  const look = (node) => {
    const style = getComputedStyle(node);
    const names = [...style].filter((name) => !sizes.test(name));
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]));
  };
  const root = document.querySelector('test-widget').shadowRoot;
  const drawn = [...root.querySelectorAll('.card, .card *')];
  return {
    inside: drawn.map((node) => [node.localName, look(node)]),
    outside: look(document.querySelector('#own')),
    sheets: document.adoptedStyleSheets.length,
  };
}"""


@pytest.fixture
def visitor(new_visitor: NewVisitor, site: PartnerSite) -> Visitor:
    """A visitor of a host page; faults in the console count, too."""
    assert site
    return new_visitor()


@pytest.fixture
def rich_test(gateway: Gateway, tmp_path: Path) -> str:
    """Import a test with a formatted question; return its slug."""
    path = tmp_path / "rich.yaml"
    path.write_text(RICH_TEST, "utf-8")
    gateway.command("test", "import", str(path))
    return "rich"


def test_a_whole_test_runs_under_the_strictest_policy(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway) + element("work-values")
    visitor.page.goto(host.add("/strict", page, Content_Security_Policy=strict_policy(gateway)))
    visitor.begin()
    visitor.answer(1, 24, lambda number: number % 5, of=24)
    visitor.sees("Test completed")
    assert [name for name in ("start", "finish") if len(visitor.heard(name)) != 1] == []
    # A violation of the policy would be an error in the console.
    assert visitor.faults == []


def test_a_formatted_question_is_shown_under_trusted_types(
    visitor: Visitor, host: HostPages, gateway: Gateway, rich_test: str
) -> None:
    page = script(gateway) + element(rich_test)
    visitor.page.goto(host.add("/rich", page, Content_Security_Policy=strict_policy(gateway)))
    visitor.button("Start the test").click()
    visitor.sees_question(1, 1)
    expect(visitor.widget.locator("b")).to_have_text("bold")
    expect(visitor.page).to_have_title("Host")
    assert visitor.faults == []


def test_the_policy_of_this_test_does_refuse_what_it_should(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway) + "<p style='color: red'>Inline</p>"
    visitor.page.goto(host.add("/refused", page, Content_Security_Policy=strict_policy(gateway)))
    visitor.page.evaluate("try { document.body.innerHTML = '<p>'; } catch {}")
    kinds = [kind for kind in ("style-src", "TrustedHTML") if kind in " ".join(visitor.faults)]
    assert kinds == ["style-src", "TrustedHTML"]


def test_two_widgets_on_a_page_do_not_disturb_each_other(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway) + element("work-values") + element("career-interests-trial")
    visitor.page.goto(host.add("/two", page, Content_Security_Policy=strict_policy(gateway)))
    both = visitor.widget
    for number, widget in enumerate((both.first, both.last)):
        widget.get_by_role("button", name="Start the test").click()
        expect(widget.get_by_role("status")).to_contain_text("Question 1 of")
        visitor.started(number + 1)
    for number in range(1, 4):
        for widget in (both.first, both.last):
            expect(widget.get_by_role("status")).to_contain_text(f"Question {number} of")
            widget.get_by_role("radio").nth(number).click()
    both.first.get_by_role("button", name="Back").click()
    expect(both.first.get_by_role("radio").nth(3)).to_be_checked()
    expect(both.last.get_by_role("status")).to_contain_text("Question 4 of 84")
    visitor.page.reload()
    expect(both.first.get_by_role("status")).to_contain_text("Question 4 of 24")
    expect(both.last.get_by_role("status")).to_contain_text("Question 4 of 84")
    first, second = (detail["session"] for detail in visitor.heard("start"))
    assert first != second
    assert visitor.faults == []


def test_host_and_widget_do_not_style_each_other(
    new_visitor: NewVisitor, site: PartnerSite, host: HostPages, gateway: Gateway
) -> None:
    assert site
    own = '<div><button id="own">Own</button></div>'
    quiet, loud, alone = new_visitor(), new_visitor(), new_visitor()
    quiet.page.goto(host.add("/quiet", script(gateway) + own + element("work-values")))
    style = f"<style>{LOUD_STYLE} #own {{ all: revert }}</style>"
    loud.page.goto(host.add("/loud", style + script(gateway) + own + element("work-values")))
    alone.page.goto(host.add("/alone", own))
    looks = []
    for visitor in (quiet, loud):
        visitor.begin()
        visitor.sees_question(1, 24)
        visitor.page.mouse.move(0, 0)
        visitor.page.wait_for_function(STANDS_STILL)
        looks.append(visitor.page.evaluate(LOOKS))
    leaks = {
        name: difference
        for (name, ours), (_, theirs) in zip(looks[0]["inside"], looks[1]["inside"], strict=True)
        if (difference := differences(ours, theirs))
    }
    assert leaks == {}
    assert looks[0]["sheets"] == 0
    bare = LOOKS.replace("document.querySelector('test-widget').shadowRoot", "document.head")
    assert differences(alone.page.evaluate(bare)["outside"], looks[0]["outside"]) == {}


def test_a_host_gives_the_widget_its_own_colours_by_the_names_it_has(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    """Many sites have a property `--accent` of their own, so it must not style the widget."""
    style = """<style>
      :root { --accent: rgb(1, 2, 3) }
      test-widget { --test-widget-accent: var(--accent) }
      .own { background: var(--accent) }
    </style>"""
    template = '<template slot="welcome"><h2>Ours</h2><p class="own">Own words</p></template>'
    branded = element("work-values").replace("></", f">{template}</")
    visitor.page.goto(host.add("/own", style + script(gateway) + branded))
    visitor.sees("Ours")
    expect(visitor.page.locator(".own")).to_have_css("background-color", "rgb(1, 2, 3)")
    visitor.page.evaluate("document.querySelector('test-widget').start()")
    expect(visitor.button("Go to the questions")).to_have_css("background-color", "rgb(1, 2, 3)")


def test_the_card_is_as_wide_as_the_host_asks(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    style = "<style>test-widget { --test-widget-max-width: 500px }</style>"
    visitor.page.goto(host.add("/width", style + script(gateway) + element("work-values")))
    visitor.sees("Work values")
    box = visitor.widget.locator(".card").bounding_box()
    assert box
    assert box["width"] == 500


@pytest.mark.parametrize(("browser_font", "expected"), [(16, "16px"), (24, "24px")])
def test_the_text_is_readable_whatever_the_hosts_root_size(
    visitor: Visitor, host: HostPages, gateway: Gateway, browser_font: int, expected: str
) -> None:
    """Many sites set 62.5 % to count in tens; a visitor's larger font counts, too."""
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": browser_font}})
    small = "<style>html { font-size: 62.5% }</style>" if browser_font == 16 else ""
    address = host.add(f"/root-{browser_font}", small + script(gateway) + element("work-values"))
    visitor.page.goto(address)
    visitor.sees("Work values")
    card = visitor.widget.locator(".card")
    expect(card).to_have_css("font-size", expected)
    visitor.picture(f"44-root-size-{browser_font}")
    visitor.page.add_style_tag(content="test-widget { --test-widget-font-size: 13px }")
    expect(card).to_have_css("font-size", "13px")


@pytest.mark.parametrize("place", ["frame", "window"])
def test_a_widget_keeps_its_looks_in_another_document(
    visitor: Visitor, host: HostPages, gateway: Gateway, place: str
) -> None:
    page = script(gateway) + element("work-values")
    visitor.page.goto(host.add(f"/adopted-{place}", page))
    visitor.sees("Work values")
    looks = visitor.page.evaluate(
        """async (place) => {
          const widget = document.querySelector('test-widget');
          const look = () => {
            const { defaultView } = widget.ownerDocument;
            const card = widget.shadowRoot.querySelector('.card');
            return [defaultView === window, defaultView.getComputedStyle(card).display];
          };
          const frame = document.body.appendChild(document.createElement('iframe'));
          const other = place === 'frame' ? frame.contentDocument : window.open('').document;
          const looks = [look()];
          other.body.append(widget);
          looks.push(look());
          // A template's document has no window.
          document.createElement('template').content.append(widget);
          document.body.append(widget);
          looks.push(look());
          return looks;
        }""",
        place,
    )
    assert looks == [[True, "flex"], [False, "flex"], [True, "flex"]]
    assert visitor.faults == []


def test_styles_that_come_later_reach_every_document(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    both = element("work-values") + element("career-interests-trial")
    visitor.page.goto(host.add("/later", script(gateway) + both))
    visitor.sees("Work values")
    sizes = visitor.page.evaluate(
        """async () => {
          const [widget, moved] = document.querySelectorAll('test-widget');
          const frame = document.body.appendChild(document.createElement('iframe'));
          frame.contentDocument.body.append(moved);
          const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
          const { addStyles } = await import(loaded.find((name) => name.endsWith('/styles.js')));
          addStyles('.card { outline: 7px solid }');
          return [widget, moved].map((element) => element.ownerDocument.defaultView
            .getComputedStyle(element.shadowRoot.querySelector('.card')).outlineWidth);
        }"""
    )
    assert sizes == ["7px", "7px"]


def differences(ours: dict[str, str], theirs: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}


def test_answers_given_offline_survive_a_reload(
    visitor: Visitor, host: HostPages, restarted: Gateway, site: PartnerSite
) -> None:
    address = host.add("/offline", script(restarted) + element("work-values"))
    visitor.page.goto(address)
    visitor.begin()
    visitor.answer(1, 5, lambda number: number % 5, of=24)
    expect(visitor.status).to_contain_text("Saved")
    restarted.kill()
    visitor.answer(6, 9, lambda number: number % 5, of=24)
    expect(visitor.status).to_contain_text("Waiting to be sent: 4 answers")
    visitor.page.goto("about:blank")  # The page forgets its variables.
    restarted.start()
    [start] = visitor.heard("start")
    assert len(site.ask("session/get", session=start["session"])["answers"]) == 5
    visitor.page.goto(address)
    visitor.sees_question(10, 24)
    expect(visitor.status).to_contain_text("Saved")
    expected: list[Any] = [[str(number), [str(number % 5 + 1)]] for number in range(1, 10)]
    stored = site.ask("session/get", session=start["session"])["answers"]
    assert stored == expected, json.dumps(stored)
