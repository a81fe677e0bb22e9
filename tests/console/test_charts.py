"""The charts of the console: what they draw, and what they tell in words and in a table."""

from datetime import date, timedelta

import pytest
from lxml import html

from handlers.console.texts import Texts
from handlers.documents.worker_pool import make_environment
from widget_gateway.services.console.funnels import Steps, Stop, Stops

FIRST = date(2026, 11, 1)


@pytest.fixture(params=["en", "ru"])
def texts(request):
    return Texts(request.param)


@pytest.fixture
def draw(texts):
    """Render a macro of the charts; return the tree of what it wrote."""

    def render(name, *arguments):
        macro = getattr(make_environment().get_template("console/charts.html").module, name)
        written = str(macro(texts, *arguments))
        assert "style=" not in written
        return html.fragment_fromstring(written, create_parent="div")

    return render


def days(*numbers):
    return [(FIRST + timedelta(days=n), number) for n, number in enumerate(numbers)]


def test_bars_are_as_high_as_their_numbers_and_in_the_place_of_their_day(draw):
    tree = draw("bars", "c", "Started", days(0, 50, 100, 0, 25))
    drawn = [
        tuple(float(bar.get(name)) for name in ("x", "y", "height")) for bar in tree.iter("rect")
    ]
    assert drawn == [(11, 50.5, 49.5), (21, 1, 99), (41, 75.25, 24.75)]
    assert tree.xpath("//svg/@viewbox") == ["0 0 50 100"]


def test_bars_have_a_table_behind_them_and_a_text_for_those_who_do_not_see(draw, texts):
    tree = draw("bars", "c", "Started <b>", days(1, 2_000))
    cells = [[cell.text_content() for cell in row] for row in tree.iter("tr")]
    assert cells[1:] == [
        [texts.day(date(2026, 11, 2)), texts.number(2_000)],
        [texts.day(FIRST), "1"],
    ]
    (told,) = tree.xpath("//svg/@aria-labelledby")
    text = tree.get_element_by_id(told).text_content()
    assert texts.number(2_001) in text
    assert texts.day(date(2026, 11, 2)) in text
    assert "Started <b>" in text


def test_days_without_anything_are_drawn_as_nothing(draw, texts):
    tree = draw("bars", "c", "Started", days(0, 0, 0))
    assert not list(tree.iter("rect"))
    assert texts.text("charts.nothing", title="Started") in tree.text_content()


def test_a_funnel_tells_each_step_and_its_share_of_the_first(draw, texts):
    tree = draw("funnel", "Steps", Steps(started=8, paused=4, paid=2, finished=2, attached=10))
    rows = [[cell.text_content().strip() for cell in row][1:3] for row in tree.iter("tr")][1:]
    shares = [1, 0.5, 0.25, 0.25, 1.25]
    assert rows == [[str(int(8 * share)), texts.share(share)] for share in shares]
    # A bar is never longer than its place.
    assert tree.xpath("//rect[not(@class)]/@width") == ["100.0", "50.0", "25.0", "25.0", "100"]


def test_a_funnel_without_visitors_has_no_shares(draw):
    tree = draw("funnel", "Steps", Steps(attached=1))
    assert not list(tree.iter("svg"))


def test_stops_say_how_many_attempts_they_cover(draw, texts):
    text = {"en": "What?", "ru": "Что?"}
    found = Stops(
        attempts=4,
        is_all=False,
        version=3,
        awaiting_payment=1,
        at_end=1,
        by_question=(Stop(question="q", text=text, position=7, visitors=3),),
    )
    told = draw("stops", "Stops", found).text_content()
    for part in (f"7. {text[texts.locale]}", texts.share(0.75), texts.text("charts.at_end")):
        assert part in told
    assert texts.text("charts.stops_cover_newest", n=4, version=3) in told
    assert texts.text("charts.awaiting_payment", n=1) in told


def test_a_question_without_the_language_of_the_page_has_its_first(draw):
    stop = Stop(question="q", text={"az": "Nə?"}, position=1, visitors=1)
    found = Stops(
        attempts=1, is_all=True, version=1, awaiting_payment=0, at_end=0, by_question=(stop,)
    )
    assert "1. Nə?" in draw("stops", "Stops", found).text_content()


def test_without_attempts_there_are_no_stops(draw, texts):
    none = Stops(
        attempts=0, is_all=True, version=None, awaiting_payment=0, at_end=0, by_question=()
    )
    assert texts.text("charts.no_stops") in draw("stops", "Stops", none).text_content()
