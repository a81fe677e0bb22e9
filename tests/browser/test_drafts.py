"""What is typed or chosen, and not given as an answer yet, is lost by nothing but the visitor."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import NewVisitor, Take
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.test_question_types import PHONE, boxes, field, stored
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

WORDS = "I grew up by the sea, and"

CHANGES = {
    "locale": "widget => widget.setAttribute('locale', 'ru')",
    "heading-level": "widget => widget.headingLevel = 4",
    "show-result": "widget => widget.showResult = true",
    "theme": "widget => widget.theme = 'dark'",
    "auto-advance": "widget => widget.autoAdvance = false",
    "all again": """widget => {
      for (const { name, value } of [...widget.attributes]) widget.setAttribute(name, value);
    }""",
    "a move": "widget => { document.body.append(widget) }",
}


def change(visitor: Visitor, how: str) -> None:
    visitor.widget.evaluate(CHANGES[how])
    # The texts of another language come later.
    visitor.page.evaluate("new Promise((resolve) => setTimeout(resolve, 300))")


def test_a_text_that_is_being_written_keeps_its_focus_and_place(take: Take) -> None:
    visitor = take("timed-text")
    first = visitor.widget.get_by_role("textbox").first
    for how in CHANGES:
        first.fill(WORDS)
        first.evaluate("field => field.setSelectionRange(2, 6)")
        change(visitor, how)
        expect(first).to_have_value(WORDS)
        if how != "a move":  # Browsers take the focus from an element that is moved.
            expect(first).to_be_focused()
            visitor.press("X")
            expect(first).to_have_value("I X up by the sea, and")


def test_a_choice_that_is_not_confirmed_stays(take: Take, site: PartnerSite) -> None:
    visitor = take("checkbox")
    boxes(visitor).nth(1).check()
    for how in CHANGES:
        change(visitor, how)
        expect(boxes(visitor).nth(1)).to_be_checked()
    boxes(visitor).nth(2).check()
    visitor.widget.locator("[part=next]").click()
    visitor.page.wait_for_function("document.querySelector('test-widget').getState().number === 2")
    visitor.page.wait_for_function("document.querySelector('test-widget').getState().pending === 0")
    assert site.stored(visitor.heard("start")[0]["session"]) == {"skills": ["talk", "plan"]}


def test_an_order_that_is_not_confirmed_stays(take: Take, site: PartnerSite) -> None:
    visitor = take("rating")
    visitor.button("Move down: Good pay").click()
    before = visitor.widget.get_by_role("listitem").all_inner_texts()
    change(visitor, "heading-level")
    assert visitor.widget.get_by_role("listitem").all_inner_texts() == before
    visitor.button("Next").click()
    visitor.sees_question(2, 2)
    assert len(stored(visitor, site)["work"]) == len(before)


def test_a_draft_survives_a_reload_and_the_way_back(take: Take, site: PartnerSite) -> None:
    visitor = take("two-texts")
    field(visitor, "Your answer").fill("first")
    visitor.button("Next").click()
    visitor.sees_question(2, 2)
    field(visitor, "Your answer").fill(WORDS)
    visitor.page.reload()
    visitor.sees_question(2, 2)
    expect(field(visitor, "Your answer")).to_have_value(WORDS)
    visitor.button("Back").click()
    visitor.sees_question(1, 2)
    expect(field(visitor, "Your answer")).to_have_value("first")
    field(visitor, "Your answer").fill("second")
    visitor.page.reload()
    visitor.sees_question(2, 2)
    visitor.button("Back").click()
    expect(field(visitor, "Your answer")).to_have_value("second")
    visitor.button("Next").click()
    visitor.sees_question(2, 2)
    expect(field(visitor, "Your answer")).to_have_value(WORDS)
    visitor.button("Finish").click()
    visitor.sees("Test completed")
    [start] = visitor.heard("start")
    assert site.stored(start["session"]) == {"first": ["second"], "second": [WORDS]}


def test_another_attempt_has_no_drafts_of_the_one_before(take: Take) -> None:
    visitor = take("two-texts")
    field(visitor, "Your answer").fill(WORDS)
    visitor.started()
    visitor.page.evaluate("document.querySelector('test-widget').restart()")
    visitor.page.wait_for_function(
        "document.querySelector('test-widget').shadowRoot.querySelector('textarea')?.value === ''"
    )
    visitor.started(2)


def test_after_a_change_of_the_language_a_new_attempt_has_it(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    assert site
    visitor = new_visitor()
    page = (
        f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="work-values"></test-widget>'
    )
    visitor.page.goto(host.add("/language", page))
    visitor.begin()
    visitor.sees_question(1, 24)
    visitor.widget.evaluate("widget => { widget.locale = 'ru'; widget.restart(); }")
    expect(visitor.status).to_contain_text("Вопрос 1 из 24")
    legend = visitor.widget.locator("legend")
    expect(legend).to_contain_text(re.compile("[а-я]"))
    assert visitor.widget.locator("fieldset").get_attribute("lang") == "ru"


class Finger:
    """Taps at times that the test tells, however slow the browser is."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)

    def tap(self, x: float, y: float, at: float) -> None:
        """Tap at a point; `at` is the time of the tap, in seconds since 1970."""
        touched = {"type": "touchStart", "touchPoints": [{"x": x, "y": y}], "timestamp": at}
        self._devtools.send("Input.dispatchTouchEvent", touched)
        left = {"type": "touchEnd", "touchPoints": [], "timestamp": at + 0.02}
        self._devtools.send("Input.dispatchTouchEvent", left)


@pytest.mark.parametrize(("right", "down"), [(0, 0), (30, 0)])
def test_a_trembling_finger_answers_one_question(
    new_context: Callable[..., BrowserContext],
    host: HostPages,
    gateway: Gateway,
    site: PartnerSite,
    right: int,
    down: int,
) -> None:
    assert site
    visitor = Visitor(new_context(**PHONE))
    page = (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="career-interests"></test-widget>'
    )
    visitor.page.goto(host.add("/tremble", page))
    visitor.begin()
    visitor.sees_question(1)
    box = visitor.widget.locator(".option").nth(1).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger, began = Finger(visitor.page), time.time()
    finger.tap(x, y, began)
    visitor.sees_question(2)
    finger.tap(x + right, y + down, began + 0.15)
    finger.tap(x, y, began + 1.0)  # A tap that is meant counts.
    visitor.sees_question(3)
    assert len(visitor.heard("answer")) == 2


def test_an_enter_that_ends_a_composition_answers_nothing(take: Take) -> None:
    visitor = take("two-texts")
    box = field(visitor, "Your answer")
    box.fill("わたし")
    box.evaluate("""field => field.dispatchEvent(new KeyboardEvent('keydown', {
      key: 'Enter', keyCode: 229, bubbles: true, composed: true, cancelable: true,
    }))""")
    visitor.sees_question(1, 2)
    assert visitor.heard("answer") == []
    visitor.press("Enter")
    visitor.sees_question(2, 2)
