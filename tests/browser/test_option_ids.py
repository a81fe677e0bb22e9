"""Options that share a value, and a random order, on the screens of two devices."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

DEFINITIONS = Path(__file__).parents[1] / "catalogue" / "definitions"

Address = Callable[..., str]


@pytest.fixture
def address(gateway: Gateway, host: HostPages, site: PartnerSite) -> Address:
    """Import a definition; return the address of a page with the widget for it."""
    assert site

    def make(slug: str, **attributes: str) -> str:
        gateway.command("test", "import", str(DEFINITIONS / f"{slug}.yaml"))
        told = " ".join(f'{name}="{value}"' for name, value in attributes.items())
        return host.add(
            f"/{slug}/{'again' if attributes else 'first'}",
            f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
            f'<test-widget provider="{PROVIDER}" test="{slug}" {told}></test-widget>',
        )

    return make


def option_texts(visitor: Visitor) -> list[str]:
    return visitor.widget.locator(".option").all_inner_texts()


def chosen(visitor: Visitor) -> list[bool]:
    return [choice.is_checked() for choice in visitor.choices.all()]


def test_the_second_of_two_options_of_one_value_stays_the_second(
    new_visitor: NewVisitor, address: Address, site: PartnerSite
) -> None:
    visitor = new_visitor()
    visitor.page.goto(address("alike"))
    visitor.begin()
    visitor.sees_question(1, 4)
    visitor.choices.nth(1).click()
    visitor.sees_question(2, 4)
    expect(visitor.status).to_contain_text("Saved")
    start = visitor.started()

    visitor.page.reload()
    visitor.sees_question(2, 4)
    visitor.button("Back").click()
    visitor.sees_question(1, 4)
    assert chosen(visitor) == [False, True, False]
    visitor.button("Next").click()

    visitor.sees_question(2, 4)
    boxes = visitor.widget.get_by_role("checkbox")
    boxes.nth(1).click()
    boxes.nth(2).click()
    visitor.page.reload()
    visitor.sees_question(2, 4)
    assert [box.is_checked() for box in boxes.all()] == [False, True, True]
    visitor.button("Next").click()

    visitor.sees_question(3, 4)
    visitor.button("Move up: Fame").click()
    items = visitor.widget.get_by_role("listitem")
    expect(items.first).to_contain_text("Fame")
    visitor.page.reload()
    visitor.sees_question(3, 4)
    expect(items.first).to_contain_text("Fame")
    visitor.button("Next").click()

    visitor.sees_question(4, 4)
    visitor.choices.nth(1).click()
    if visitor.button("Finish").is_visible():
        visitor.button("Finish").click()
    visitor.sees("Test completed")
    assert site.stored(start["session"]) == {
        "capital": ["baku"],
        "primes": ["1~2", "1~3"],
        "work": ["fame", "pay", "calm"],
        "alone": ["left"],
    }
    assert [event["value"] for event in visitor.heard("answer")] == [
        ["baku"],
        ["1~2", "1~3"],
        ["fame", "pay", "calm"],
        ["left"],
    ]
    assert visitor.faults == []


def test_a_second_device_shows_the_same_order(
    new_visitor: NewVisitor, address: Address, site: PartnerSite
) -> None:
    visitor = new_visitor()
    visitor.page.goto(address("shuffled"))
    visitor.begin()
    visitor.sees_question(1, 9)
    first = option_texts(visitor)
    visitor.choices.nth(0).click()
    visitor.sees_question(2, 9)
    second = option_texts(visitor)
    visitor.choices.nth(3).click()
    visitor.sees_question(3, 9)
    third = option_texts(visitor)
    expect(visitor.status).to_contain_text("Saved")
    start = visitor.started()

    visitor.page.reload()
    visitor.sees_question(3, 9)
    assert option_texts(visitor) == third

    other = new_visitor()
    identity = {"session": start["session"], "resume-token": start["resumeToken"]}
    other.page.goto(address("shuffled", **identity))
    other.sees_question(3, 9)
    assert option_texts(other) == third
    other.button("Back").click()
    other.sees_question(2, 9)
    assert option_texts(other) == second
    assert chosen(other) == [False, False, False, True, False]
    other.button("Back").click()
    other.sees_question(1, 9)
    assert option_texts(other) == first

    given = [[event["question"], event["value"]] for event in visitor.heard("answer")]
    assert site.ask("session/get", session=start["session"])["answers"] == given
    assert visitor.faults == other.faults == []
