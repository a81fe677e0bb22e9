"""Reports on a phone and a desktop, in light and dark: axe finds nothing, and nothing overflows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import BrowserContext, expect

from handlers.documents.report_worker import written
from tests.browser.test_accessibility import PHONE, check
from widget_gateway.domain.catalogue.report_shapes import ReportBrand
from widget_gateway.domain.catalogue.reports import make_report
from widget_gateway.services.catalogue.definitions import read_definition

pytestmark = pytest.mark.browser

TALENTS = Path(__file__).parents[1] / "catalogue/definitions/talents.yaml"
BRAND = ReportBrand(name="School", color="#ffee00")


def page_of(locale: str) -> str:
    test = read_definition(TALENTS.read_bytes(), TALENTS.name).test
    answers = {question.id: (str(index // 2 % 5),) for index, question in enumerate(test.questions)}
    report = make_report(test, answers, locale, datetime(2026, 5, 4, tzinfo=UTC), sandbox=True)
    request = {"form": "html", "report": replace(report, brand=BRAND)}
    return written(msgspec.json.encode(request)).decode()


def test_axe_finds_nothing_and_nothing_leaves_the_screen(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context().new_page()
    page.set_content(page_of("ru"))
    check(page)


def test_a_phone_shows_numbers_and_a_legend_in_place_of_names_beside_the_radar(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context(viewport=PHONE).new_page()
    page.set_content(page_of("en"))
    expect(page.locator(".radar.named")).to_be_hidden()
    radar = page.get_by_role("img", name="Radar chart: Mathematics: 0%, Words: 25%")
    expect(radar).to_be_visible()
    expect(radar.locator("text")).to_have_text([str(number) for number in range(1, 9)])
    expect(page.locator(".legend li").nth(1)).to_have_text("Words 25%")
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.locator(".radar.numbered")).to_be_hidden()
    expect(page.locator(".legend")).to_be_hidden()


def test_the_parts_of_a_report_come_in_the_order_of_their_weight(
    new_context: Callable[..., BrowserContext],
) -> None:
    page = new_context().new_page()
    page.set_content(page_of("en"))
    expect(page.locator("h1, h2")).to_have_text(
        [
            "My talents and occupations",
            "Your result in brief",
            "All scales",
            "Profile",
            "More about your highest scales",
            "Occupations that suit you",
            "About this test",
        ]
    )
