"""Ordering options: by buttons, arrow keys, mouse and finger, and leaving them as they are."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Take
from tests.browser.sites import PartnerSite
from tests.browser.test_keyboard import WATCH_FOCUS
from tests.browser.test_question_types import PHONE, stored
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

ORDER = """() => [...document.querySelector('test-widget').shadowRoot.querySelectorAll('.item')]
  .map((item) => item.dataset.value)"""
SHOWN = ["pay", "people", "calm", "growth"]


def sees_order(visitor: Visitor, *values: str) -> None:
    expect(visitor.widget.get_by_role("listitem")).to_have_count(len(values))
    assert visitor.page.evaluate(ORDER) == list(values)


def grip(visitor: Visitor, index: int) -> Locator:
    return visitor.widget.locator(".grip").nth(index)


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def finish(visitor: Visitor, site: PartnerSite) -> list[str]:
    """Go on; return the stored answer."""
    visitor.button("Next").click()
    visitor.sees_question(2, 2)
    return stored(visitor, site)["work"]


def test_the_buttons_move_an_option_and_keep_the_focus(take: Take, site: PartnerSite) -> None:
    visitor = take("rating")
    up = visitor.button("Move up: Peace and quiet")
    up.click()
    expect(visitor.status).to_contain_text("Peace and quiet: place 2 of 4")
    expect(up).to_be_focused()
    up.click()
    expect(visitor.status).to_contain_text("Peace and quiet: place 1 of 4")
    expect(up).to_be_focused()
    expect(up).to_be_disabled()  # It has aria-disabled, so that it keeps the focus.
    visitor.button("Move down: Good pay").click()
    sees_order(visitor, "calm", "people", "pay", "growth")
    assert finish(visitor, site) == ["calm", "people", "pay", "growth"]
    visitor.button("Back").click()
    sees_order(visitor, "calm", "people", "pay", "growth")


def test_two_quick_clicks_are_two_steps(take: Take) -> None:
    visitor = take("rating")
    visitor.button("Move down: Good pay").click()
    visitor.button("Move up: Learning").dblclick()  # The second click hits another option.
    sees_order(visitor, "people", "growth", "pay", "calm")
    expect(visitor.button("Move up: Learning")).to_be_focused()


def test_by_keyboard_alone(take: Take, site: PartnerSite) -> None:
    visitor = take("rating")
    visitor.sees_question(1, 2)
    visitor.page.evaluate(WATCH_FOCUS)
    visitor.press("Tab", "Tab", "Enter")  # This is the button "down" of the first option.
    expect(visitor.status).to_contain_text("Good pay: place 2 of 4")
    visitor.press("ArrowDown", "ArrowDown", "ArrowDown")
    expect(visitor.status).to_contain_text("Good pay: place 4 of 4")
    sees_order(visitor, "people", "calm", "growth", "pay")
    visitor.press("ArrowUp", "Tab", "Tab", "Tab")
    expect(visitor.button("Next")).to_be_focused()
    visitor.press("Enter")
    visitor.sees_question(2, 2)
    assert stored(visitor, site) == {"work": ["people", "calm", "pay", "growth"]}
    assert visitor.page.evaluate("lostFocus") == []


def test_the_order_shown_is_confirmed_by_going_on(take: Take, site: PartnerSite) -> None:
    visitor = take("rating")
    sees_order(visitor, *SHOWN)
    assert visitor.heard("answer") == []
    assert finish(visitor, site) == SHOWN


def test_where_skipping_is_allowed_it_is_another_button(take: Take, site: PartnerSite) -> None:
    visitor = take("rating-to-skip")
    expect(visitor.button("Finish")).to_be_visible()
    visitor.button("Skip").click()
    visitor.sees("Test completed")
    assert site.stored(visitor.heard("start")[0]["session"]) == {"work": []}


def test_dragging_with_the_mouse(take: Take, site: PartnerSite) -> None:
    visitor = take("rating")
    mouse = visitor.page.mouse
    mouse.move(*middle(grip(visitor, 3)))
    mouse.down()
    mouse.move(*middle(grip(visitor, 1)), steps=4)
    sees_order(visitor, "pay", "growth", "people", "calm")
    expect(visitor.widget.locator(".dragged")).to_have_attribute("data-value", "growth")
    mouse.move(*middle(grip(visitor, 0)), steps=4)
    mouse.up()
    expect(visitor.widget.locator(".dragged")).to_have_count(0)
    expect(visitor.status).to_contain_text("Learning something new every day: place 1 of 4")
    assert finish(visitor, site) == ["growth", "pay", "people", "calm"]


def test_a_drag_back_to_where_it_began_is_no_answer(take: Take) -> None:
    visitor = take("rating")
    mouse = visitor.page.mouse
    start = middle(grip(visitor, 1))
    mouse.move(*start)
    mouse.down()
    mouse.move(*middle(grip(visitor, 2)), steps=4)
    mouse.move(*start, steps=4)
    mouse.up()
    sees_order(visitor, *SHOWN)
    expect(visitor.widget.locator(".ordered")).to_have_count(0)


def swipe(visitor: Visitor, x: float, y: float, by: float) -> None:
    """Move a finger down by so many pixels."""
    session = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 9):
        touch("touchMove", {"x": x, "y": y + by * step / 8})
    touch("touchEnd")


def test_a_finger_on_the_handle_drags_and_elsewhere_scrolls(take: Take, site: PartnerSite) -> None:
    visitor = take("rating", **PHONE | {"viewport": {"width": 360, "height": 480}})
    sees_order(visitor, *SHOWN)
    scrolled = "document.scrollingElement.scrollTop"
    swipe(visitor, *middle(visitor.widget.get_by_text("Friendly people")), by=-120)
    # The page goes on scrolling for a moment after the finger has left.
    settled = f"window.last !== undefined && {scrolled} > 60 && last === {scrolled}"
    visitor.page.wait_for_function(f"{settled} || (window.last = {scrolled}, false)", polling=200)
    sees_order(visitor, *SHOWN)
    before = visitor.page.evaluate(scrolled)
    (x, y), (_, target) = middle(grip(visitor, 1)), middle(grip(visitor, 2))
    swipe(visitor, x, y, by=target - y)
    expect(visitor.status).to_contain_text("Friendly people: place 3 of 4")
    assert visitor.page.evaluate(scrolled) == before
    assert finish(visitor, site) == ["pay", "calm", "people", "growth"]


def test_near_the_edge_a_drag_scrolls_the_page_along(take: Take) -> None:
    visitor = take("rating", viewport={"width": 360, "height": 420})
    grip(visitor, 0).scroll_into_view_if_needed()
    x, y = middle(grip(visitor, 0))
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.down()
    visitor.page.mouse.move(x, 410, steps=4)
    expect(visitor.widget.get_by_role("listitem").last).to_have_attribute("data-value", "pay")
    visitor.page.mouse.up()
    sees_order(visitor, "people", "calm", "growth", "pay")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_neighbours_glide_unless_motion_is_unwelcome(take: Take, motion: str) -> None:
    visitor = take("rating", reduced_motion=motion)
    sees_order(visitor, *SHOWN)
    gliding = visitor.page.evaluate("""() => {
      const { shadowRoot } = document.querySelector('test-widget');
      shadowRoot.querySelector('.mover.down').click();
      const items = [...shadowRoot.querySelectorAll('.item')];
      return items.flatMap((item) => item.getAnimations()).length;
    }""")
    assert gliding == (2 if motion == "no-preference" else 0)
