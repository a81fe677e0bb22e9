"""Questions with several inputs, and the scale: by mouse, by keyboard and by touch."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Take
from tests.browser.sites import PartnerSite
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def boxes(visitor: Visitor) -> Locator:
    return visitor.widget.get_by_role("checkbox")


def field(visitor: Visitor, name: str) -> Locator:
    return visitor.widget.get_by_role("textbox", name=name)


def stored(visitor: Visitor, site: PartnerSite) -> dict[str, list[str]]:
    """Return the stored answers once the widget says that all are saved."""
    expect(visitor.status).to_contain_text("Saved")
    [start] = visitor.heard("start")
    return site.stored(start["session"])


class TestCheckbox:
    def test_two_of_four_are_chosen_with_the_mouse_and_sent_in_the_order_of_the_options(
        self, take: Take, site: PartnerSite
    ) -> None:
        visitor = take("checkbox")
        expect(visitor.widget.get_by_text("0 of 2 chosen")).to_be_visible()
        boxes(visitor).nth(3).click()
        expect(visitor.status).to_contain_text("1 of 2 chosen")
        boxes(visitor).nth(0).click()
        visitor.sees_question(1, 2)  # A second tick does not go on to the next question.
        expect(visitor.widget.get_by_role("switch")).to_have_count(0)
        visitor.button("Next").click()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"skills": ["fix", "draw"]}

    def test_too_few_are_told_how_many_more(self, take: Take) -> None:
        visitor = take("checkbox")
        visitor.button("Next").click()
        expect(visitor.widget.locator(".notice")).to_have_text("Choose 2")
        boxes(visitor).nth(1).click()
        expect(visitor.widget.locator(".notice")).to_be_empty()
        visitor.button("Next").click()
        expect(visitor.widget.locator(".notice")).to_have_text("Choose 1 more")
        expect(visitor.status).to_contain_text("Choose 1 more")
        visitor.sees_question(1, 2)

    def test_one_too_many_is_told_why_not_and_an_exchange_is_possible(
        self, take: Take, site: PartnerSite
    ) -> None:
        visitor = take("checkbox")
        boxes(visitor).nth(0).click()
        boxes(visitor).nth(1).click()
        third = boxes(visitor).nth(2)
        expect(third).to_be_disabled()  # It has aria-disabled, so that it keeps the focus.
        expect(third).to_have_accessible_description("To change your choice, untick one")
        third.dispatch_event("click")
        expect(third).not_to_be_checked()
        expect(visitor.status).to_contain_text("2 of 2 chosen. To change your choice, untick one")
        boxes(visitor).nth(0).click()
        expect(third).to_be_enabled()
        third.click()
        visitor.button("Next").click()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"skills": ["talk", "plan"]}

    def test_by_keyboard_with_space_and_enter(self, take: Take, site: PartnerSite) -> None:
        visitor = take("checkbox")
        visitor.sees_question(1, 2)
        visitor.press("Tab", "Tab", "Space", "Tab", "Space", "Enter")
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"skills": ["talk", "plan"]}

    def test_by_touch(self, take: Take, site: PartnerSite) -> None:
        visitor = take("checkbox", **PHONE)
        for name in ("To talk things over", "To draw or design something"):
            visitor.widget.get_by_text(name).tap()
        visitor.button("Next").tap()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"skills": ["talk", "draw"]}

    def test_any_number_without_a_count_and_back_shows_them_again(
        self, take: Take, site: PartnerSite
    ) -> None:
        visitor = take("any-number")
        for index in range(3):
            boxes(visitor).nth(index).click()
        expect(visitor.widget.locator(".tally")).to_have_text("3 chosen")
        visitor.button("Next").click()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"places": ["office", "outside", "home"]}
        visitor.button("Back").click()
        expect(visitor.widget.get_by_role("checkbox", checked=True)).to_have_count(3)
        boxes(visitor).nth(1).click()
        visitor.button("Next").click()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"places": ["office", "home"]}

    def test_none_at_all_is_a_skip_where_that_is_allowed(
        self, take: Take, site: PartnerSite
    ) -> None:
        visitor = take("any-number")
        boxes(visitor).nth(0).click()
        expect(visitor.button("Next")).to_be_visible()
        boxes(visitor).nth(0).click()
        visitor.button("Skip").click()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"places": []}


class TestText:
    def test_each_field_is_sent_and_shown_again(self, take: Take, site: PartnerSite) -> None:
        visitor = take("text")
        field(visitor, "Surname").fill("  Gagarin ")
        field(visitor, "Year").fill("1961")
        field(visitor, "In your own words").fill("The first look\nfrom \0outside")
        visitor.button("Next").click()
        visitor.sees_question(2, 2)
        sent = ["Gagarin", "1961", "The first look\nfrom outside"]
        assert stored(visitor, site) == {"space": sent}
        visitor.button("Back").click()
        shown = [field(visitor, name) for name in ("Surname", "Year", "In your own words")]
        for input_field, value in zip(shown, sent, strict=True):
            expect(input_field).to_have_value(value)

    def test_what_is_missing_is_named_marked_and_focused(self, take: Take) -> None:
        visitor = take("text")
        field(visitor, "Surname").fill("Gagarin")
        field(visitor, "Year").fill("   ")
        visitor.button("Next").click()
        notice = "Please fill in: Year, In your own words"
        expect(visitor.widget.locator(".notice")).to_have_text(notice)
        expect(visitor.status).to_contain_text(notice)
        expect(field(visitor, "Year")).to_be_focused()
        expect(field(visitor, "Year")).to_have_attribute("aria-invalid", "true")
        expect(field(visitor, "Surname")).to_have_attribute("aria-invalid", "false")
        field(visitor, "Year").fill("1961")
        expect(field(visitor, "Year")).to_have_attribute("aria-invalid", "false")

    def test_words_in_a_field_for_numbers_and_texts_too_long_are_refused_with_the_reason(
        self, take: Take
    ) -> None:
        visitor = take("text")
        field(visitor, "Surname").fill("Gagarin")
        field(visitor, "Year").fill("long ago")
        field(visitor, "In your own words").fill("x" * 2_003)
        visitor.button("Next").click()
        expect(visitor.widget.locator(".notice")).to_have_text("A number is needed here: Year")
        expect(field(visitor, "Year")).to_be_focused()
        field(visitor, "Year").fill("-1961,5")
        visitor.button("Next").click()
        expect(visitor.widget.locator(".notice")).to_contain_text("3 too many")
        expect(field(visitor, "In your own words")).to_be_focused()
        field(visitor, "In your own words").fill(
            "🚀" * 2_000
        )  # The limit counts characters, not UTF-16 units.
        visitor.button("Next").click()
        visitor.sees_question(2, 2)

    def test_enter_leads_from_field_to_field_and_on(self, take: Take, site: PartnerSite) -> None:
        visitor = take("text")
        visitor.sees_question(1, 2)
        visitor.press("Tab")
        for words in ("Gagarin", "1961", "Why not"):
            visitor.page.keyboard.type(words)
            visitor.press("Enter")
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"space": ["Gagarin", "1961", "Why not"]}

    def test_by_touch_with_a_keypad_for_numbers(self, take: Take, site: PartnerSite) -> None:
        visitor = take("text", **PHONE)
        for name, words in (("Surname", "Gagarin"), ("Year", "1961"), ("In your own", "Ha")):
            field(visitor, name).tap()
            visitor.page.keyboard.insert_text(words)
        expect(field(visitor, "Year")).to_have_attribute("inputmode", "decimal")
        visitor.button("Next").tap()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"space": ["Gagarin", "1961", "Ha"]}

    @pytest.mark.parametrize(
        ("words", "button", "sent"),
        [("", "Skip", []), ("Gagarin", "Finish", ["Gagarin", "", ""])],
        ids=["nothing", "a part"],
    )
    def test_where_skipping_is_allowed_so_are_blanks(
        self, take: Take, site: PartnerSite, words: str, button: str, sent: list[str]
    ) -> None:
        visitor = take("text-to-skip")
        field(visitor, "Surname").fill(words)
        visitor.button(button).click()
        visitor.sees("Test completed")
        assert site.stored(visitor.heard("start")[0]["session"]) == {"space": sent}


class TestGradient:
    def test_a_step_has_a_name_and_a_click_goes_on(self, take: Take, site: PartnerSite) -> None:
        visitor = take("gradient")
        names = [
            *("Alone, in my own rhythm", "Rather: Alone, in my own rhythm", "In the middle"),
            *("Rather: Together with others", "Together with others"),
        ]
        for index, name in enumerate(names):
            expect(visitor.choices.nth(index)).to_have_accessible_name(name)
        visitor.choices.nth(3).hover()
        expect(visitor.widget.locator(".named")).to_have_text("Rather: Together with others")
        visitor.choices.nth(3).click()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"alone": ["1"]}

    def test_by_keyboard_the_arrows_look_around(self, take: Take, site: PartnerSite) -> None:
        visitor = take("gradient")
        visitor.sees_question(1, 2)
        visitor.press("Tab", "ArrowRight", "ArrowRight", "ArrowLeft")
        expect(visitor.widget.locator(".named")).to_have_text("Rather: Alone, in my own rhythm")
        visitor.sees_question(1, 2)
        visitor.press("Enter")
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"alone": ["-1"]}

    def test_by_touch(self, take: Take, site: PartnerSite) -> None:
        visitor = take("gradient", **PHONE)
        visitor.choices.nth(4).tap()
        visitor.sees_question(2, 2)
        assert stored(visitor, site) == {"alone": ["2"]}


def test_formatting_of_the_same_words_is_shown_in_the_heading_not_below_it(take: Take) -> None:
    visitor = take("formatted")
    heading = visitor.page.get_by_role("heading", name="Which river is longer?", exact=True)
    expect(heading.locator("em")).to_have_text("longer")
    expect(visitor.widget.get_by_text("longer")).to_have_count(1)
