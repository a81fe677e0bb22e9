"""A whole test is taken by keyboard alone, and the focus is watched in every frame."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.test_flow import answers_between, option
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

# Once the focus is in the widget, it may not be on the body in any frame.
WATCH_FOCUS = """
globalThis.lostFocus = [];
let inside = false;
requestAnimationFrame(function watch() {
  const widget = document.querySelector('test-widget');
  inside ||= widget !== null && document.activeElement === widget;
  if (inside && document.activeElement !== widget)
    lostFocus.push(`${document.activeElement.tagName} at ${JSON.stringify(widget.getState())}`);
  requestAnimationFrame(watch);
});
"""

# A heading is named by its text, anything else by what it is.
FOCUSED = """() => {
  const focused = document.activeElement.shadowRoot?.activeElement;
  if (!focused) return document.activeElement.tagName;
  return focused.matches('.heading') ? 'heading' : focused.value || focused.textContent;
}"""

NUMBER = "() => document.querySelector('test-widget').getState().number"


@pytest.fixture
def visitor(
    new_visitor: NewVisitor, site: PartnerSite, host: HostPages, gateway: Gateway
) -> Visitor:
    """A visitor of a page with a test of 120 questions, which `Tab` reaches first."""
    assert site
    tab = new_visitor()
    tab.page.add_init_script(WATCH_FOCUS)
    tab.page.goto(
        host.add(
            "/",
            f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
            f'<test-widget provider="{PROVIDER}" test="career-interests"></test-widget>',
        )
    )
    tab.sees("Career interests")
    assert focused(tab) == "BODY"  # Loading does not move the focus to the widget.
    press(tab, "Tab", "Enter")
    tab.sees_question(1)
    assert focused(tab) == "heading"
    return tab


def press(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        visitor.page.keyboard.press(key)


def focused(visitor: Visitor) -> Any:
    return visitor.page.evaluate(FOCUSED)


def answer_by_keys(visitor: Visitor, first: int, last: int) -> None:
    """Answer these questions: arrows move between options, Space and Enter in turn choose."""
    for number in range(first, last + 1):
        visitor.sees_question(number)
        assert focused(visitor) == "heading"
        press(visitor, "Tab")
        # The first arrow selects the first option, each further one the next option.
        press(visitor, *["ArrowDown"] * option(number))
        assert focused(visitor) == str(option(number) + 1)
        assert visitor.page.evaluate(NUMBER) == number, "arrow keys must not go on"
        press(visitor, "Space" if number % 2 else "Enter")


def test_a_whole_test_is_taken_by_keyboard_alone(visitor: Visitor, site: PartnerSite) -> None:
    answer_by_keys(visitor, 1, 70)
    visitor.sees("A short pause")
    assert focused(visitor) == "heading"
    [identity] = visitor.heard("start")
    site.ask("payment/confirm", session=identity["session"])
    answer_by_keys(visitor, 71, 120)
    visitor.sees("Test completed")
    assert focused(visitor) == "heading"
    assert visitor.page.evaluate("lostFocus") == []
    stored = site.ask("session/get", session=identity["session"])
    assert stored["answers"] == answers_between(1, 120)


def test_back_leads_to_the_answer_given_and_on_again(visitor: Visitor) -> None:
    answer_by_keys(visitor, 1, 1)
    visitor.sees_question(2)
    press(visitor, "Tab", "Tab")
    assert focused(visitor) == "Back"
    press(visitor, "Enter")
    visitor.sees_question(1)
    assert focused(visitor) == "heading"
    press(visitor, "Tab")
    assert focused(visitor) == str(option(1) + 1)
    press(visitor, "Enter")
    visitor.sees_question(2)
    assert visitor.page.evaluate("lostFocus") == []


def test_going_on_at_once_can_be_switched_off(visitor: Visitor) -> None:
    switch = visitor.widget.get_by_role("switch")
    press(visitor, "Tab", "Tab")  # There is nothing to confirm, so no button comes before it.
    expect(switch).to_be_focused()
    press(visitor, "Space")
    expect(switch).not_to_be_checked()
    expect(visitor.status).to_contain_text("“Next” button")
    press(visitor, "Shift+Tab", "Shift+Tab", "Space")
    expect(visitor.widget.get_by_role("radio", checked=True)).to_have_count(1)
    assert visitor.page.evaluate(NUMBER) == 1
    press(visitor, "Tab")
    assert focused(visitor) == "Next"
    press(visitor, "Enter")
    visitor.sees_question(2)
