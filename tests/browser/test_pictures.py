"""Pictures of questions and options: their alternative texts, and the space that they take."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Take
from tests.browser.questions import send_picture
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

LOADED = """() => [...document.querySelector('test-widget').shadowRoot.querySelectorAll('img')]
  .every((image) => image.complete && image.naturalWidth > 0)"""


def images(visitor: Visitor) -> Locator:
    return visitor.widget.locator("img")


def box(locator: Locator) -> dict[str, Any]:
    found = locator.bounding_box()
    assert found
    return {**found}


class Slow:
    """Pictures whose answers the test holds back."""

    def __init__(self) -> None:
        self._waiting: list[Route] = []
        self._open = False

    def answer(self, route: Route) -> None:
        """Answer a request, at once or after `let_go`."""
        if self._open:
            send_picture(route)
        else:
            self._waiting.append(route)

    def let_go(self) -> None:
        """Send all pictures that are held back, and all later ones at once."""
        self._open = True
        for route in self._waiting:
            send_picture(route)


@pytest.mark.parametrize(("slug", "ratio"), [("pictured", 640 / 400), ("unsized", 3 / 2)])
def test_nothing_moves_when_the_pictures_come(take: Take, slug: str, ratio: float) -> None:
    slow = Slow()
    visitor = take(slug, pictures=slow.answer)
    expect(images(visitor).first).to_be_visible()
    places = [*images(visitor).all(), visitor.widget.locator("[part=next]")]
    before = [box(place) for place in places]
    assert before[0]["width"] / before[0]["height"] == pytest.approx(ratio, rel=0.01)
    slow.let_go()
    visitor.page.wait_for_function(LOADED)
    assert [box(place) for place in places] == before


def test_the_size_is_known_to_the_browser_too(take: Take) -> None:
    visitor = take("pictured")
    expect(images(visitor).first).to_have_attribute("width", "640")
    expect(images(visitor).first).to_have_attribute("height", "400")


def test_a_picture_is_never_larger_than_it_is_nor_than_its_place(take: Take) -> None:
    visitor = take("pictured", viewport={"width": 320, "height": 600})
    expect(images(visitor)).to_have_count(4)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320
    visitor.page.set_viewport_size({"width": 1280, "height": 900})
    assert box(images(visitor).first)["width"] <= 640


def test_a_picture_says_what_it_shows_unless_a_text_beside_it_does(take: Take) -> None:
    visitor = take("pictured")
    shown = visitor.widget.get_by_role("img")
    expect(shown).to_have_count(2)  # A picture beside a text is decoration.
    expect(shown.first).to_have_accessible_name("A map of two paths")
    names = ("By the sea", "In the hills", "In the city")
    for index, name in enumerate(names):
        expect(visitor.choices.nth(index)).to_have_accessible_name(name)


def test_without_words_it_gets_general_ones(take: Take) -> None:
    visitor = take("unsized", language="ru")
    expect(visitor.widget.get_by_role("img").first).to_have_accessible_name("Изображение к вопросу")
    ticks = visitor.widget.get_by_role("checkbox")
    expect(ticks.nth(0)).to_have_accessible_name("Вода")
    expect(ticks.nth(1)).to_have_accessible_name("Вариант 2")


@pytest.mark.parametrize("slug", ["pictured", "unsized"])
def test_a_picture_that_fails_keeps_its_box_and_shows_its_words(take: Take, slug: str) -> None:
    visitor, whole = take(slug, pictures=lambda route: route.abort()), take(slug)
    expect(images(whole).first).to_be_visible()
    whole.page.wait_for_function(LOADED)
    count = images(whole).count()
    expect(visitor.widget.locator(".broken")).to_have_count(count)
    words = "A map of two paths" if slug == "pictured" else "Picture for the question"
    expect(visitor.widget.locator(".instead").first).to_have_text(words)
    for index in range(count):
        assert box(images(visitor).nth(index)) == box(images(whole).nth(index))
    visitor.picture(f"types-{slug}-broken")
    assert visitor.widget.get_by_role("img").count() == whole.widget.get_by_role("img").count()


def test_a_click_on_a_picture_chooses_its_option(take: Take) -> None:
    visitor = take("unsized")
    images(visitor).nth(2).click()
    expect(visitor.widget.get_by_role("checkbox").nth(1)).to_be_checked()
