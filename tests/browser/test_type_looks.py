"""axe on each type of question: light and dark, small and zoomed screens, forced colours."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Take
from tests.browser.test_accessibility import check
from tests.browser.test_question_types import PHONE, boxes, field
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.sampled]

TYPES = ["checkbox", "text", "rating", "gradient", "pictured", "timed-checkbox"]

DESKTOP = {"viewport": {"width": 1000, "height": 760}}

LOOKS: dict[str, dict[str, Any]] = {
    "": {"color_scheme": "light", "forced_colors": "none"},
    "-dark": {"color_scheme": "dark", "forced_colors": "none"},
    "-forced-colors": {"color_scheme": "light", "forced_colors": "active"},
}

# Targets that are too small to press; an input inside of a label counts with its label.
SMALL_TARGETS = """() => [...document.querySelector('test-widget').shadowRoot
  .querySelectorAll('button, label, input, textarea, .grip')]
  .filter((each) => !each.matches('label input, label textarea') || each.closest('.field'))
  .map((each) => [each.className || each.localName, each.getBoundingClientRect()])
  .filter(([, { width, height }]) => width && (width < 44 || height < 44))
  .map(([name, { width, height }]) => `${name} ${width} x ${height}`)"""

LETTERED = """() => [...document.querySelector('test-widget').shadowRoot
  .querySelectorAll('.option, .step, .item')].every((each) => each.part.contains('option'))"""


def sees_first(visitor: Visitor) -> Page:
    expect(visitor.widget.locator("form")).to_be_visible()
    return visitor.page


def act(visitor: Visitor) -> None:
    """Change the looks of the question by beginning to answer it."""
    if boxes(visitor).count() > 1:
        boxes(visitor).nth(0).click()
        boxes(visitor).nth(2).click()
        boxes(visitor).nth(3).dispatch_event("click")
    elif field(visitor, "").count():
        field(visitor, "").nth(0).fill("Гагарин")
        visitor.widget.locator("[part=next]").click()
    elif visitor.widget.locator(".mover").count():
        visitor.widget.locator(".mover.down").first.click()
    else:
        visitor.press("Tab", "ArrowRight", "ArrowRight")


def take_pictures(visitor: Visitor, name: str) -> None:
    for look, media in LOOKS.items():
        visitor.page.emulate_media(**media)
        visitor.picture(name + look)


@pytest.mark.parametrize("slug", TYPES)
def test_axe_finds_nothing_before_nor_amid_the_answer(take: Take, slug: str) -> None:
    visitor = take(slug)
    check(sees_first(visitor))
    act(visitor)
    check(visitor.page)


@pytest.mark.parametrize("slug", TYPES)
def test_everything_is_large_enough_for_a_finger_and_a_part_for_the_host(
    take: Take, slug: str
) -> None:
    visitor = take(slug, **PHONE)
    page = sees_first(visitor)
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(LETTERED)


@pytest.mark.parametrize("slug", TYPES)
def test_zoomed_to_400_percent_nothing_scrolls_sideways(take: Take, slug: str) -> None:
    visitor = take(slug, language="ru", viewport={"width": 320, "height": 256})
    page = sees_first(visitor)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    act(visitor)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    visitor.picture(f"types-{slug}-400-percent")


@pytest.mark.parametrize(
    ("device", "options"), [("desktop", DESKTOP), ("phone", PHONE)], ids=["desktop", "phone"]
)
@pytest.mark.parametrize("slug", TYPES)
def test_pictures_for_people_to_look_at(
    take: Take, slug: str, device: str, options: dict[str, Any]
) -> None:
    visitor = take(slug, language="ru", **options)
    sees_first(visitor)
    take_pictures(visitor, f"types-{slug}-{device}")
    act(visitor)
    take_pictures(visitor, f"types-{slug}-{device}-amid")
    assert visitor.faults == []
