"""Questions with a timer: which answer counts when it runs out, and that nothing restarts it.

Most tests move the browser's clock, so that a slow machine does not matter. The gateway's clock
can't be moved: where it counts, a test takes its time.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Take
from tests.browser.sites import PartnerSite
from tests.browser.test_question_types import boxes, field, stored
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

NO_STORAGE = """Object.defineProperty(globalThis, 'sessionStorage', {
  get() { throw new DOMException('denied', 'SecurityError'); },
});"""

HEAR = """() => {
  globalThis.said = [];
  const region = document.querySelector('test-widget').shadowRoot.querySelector('.note');
  new MutationObserver(() => region.textContent && said.push(region.textContent))
    .observe(region, { childList: true, characterData: true, subtree: true });
}"""


def seconds_left(visitor: Visitor) -> int:
    minutes, seconds = visitor.widget.get_by_role("timer").inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def at_the_first(take: Take, slug: str, of: int = 2) -> Visitor:
    """Bring a visitor to the first question; the test moves the clock."""
    visitor = take(slug, clock=True)
    visitor.sees_question(1, of)
    return visitor


def test_when_time_is_up_a_question_without_a_choice_is_answered_with_nothing(
    take: Take, site: PartnerSite
) -> None:
    visitor = take("short-timer")  # This test waits in real time.
    expect(visitor.status).to_contain_text("The time for the question before is up.")
    visitor.sees_question(2, 2)
    assert stored(visitor, site) == {"skills": []}
    assert [answer["value"] for answer in visitor.heard("answer")] == [[]]


def test_without_storage_it_runs_all_the_same(take: Take, site: PartnerSite) -> None:
    visitor = take("short-timer", script=NO_STORAGE)
    visitor.sees_question(2, 2)
    assert stored(visitor, site) == {"skills": []}
    assert visitor.faults == []


def test_a_choice_not_yet_submitted_counts(take: Take, site: PartnerSite) -> None:
    visitor = at_the_first(take, "two-timers", of=3)
    visitor.press("Tab", "ArrowDown")
    expect(visitor.choices.nth(1)).to_be_checked()
    visitor.page.clock.fast_forward(41_000)
    visitor.sees_question(2, 3)
    assert stored(visitor, site) == {"river": ["lena"]}


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [([0, 2], ["fix", "plan"]), ([1], [])],
    ids=["all", "too few"],
)
def test_of_check_boxes_only_as_many_as_are_asked_for_count(
    take: Take, site: PartnerSite, chosen: list[int], sent: list[str]
) -> None:
    visitor = at_the_first(take, "timed-checkbox")
    for index in chosen:
        boxes(visitor).nth(index).click()
    visitor.page.clock.fast_forward(41_000)
    visitor.sees_question(2, 2)
    assert stored(visitor, site) == {"skills": sent}


def test_what_was_written_counts_even_if_a_field_is_blank(take: Take, site: PartnerSite) -> None:
    visitor = at_the_first(take, "timed-text")
    field(visitor, "Surname").fill("Gagarin")
    visitor.page.clock.fast_forward(91_000)
    visitor.sees_question(2, 2)
    assert stored(visitor, site) == {"space": ["Gagarin", "", ""]}


@pytest.mark.parametrize(
    ("moves", "sent"),
    [(1, ["people", "pay", "calm", "growth"]), (0, [])],
    ids=["moved", "untouched"],
)
def test_an_order_counts_only_if_the_visitor_has_touched_it(
    take: Take, site: PartnerSite, moves: int, sent: list[str]
) -> None:
    visitor = at_the_first(take, "timed-rating")
    for _ in range(moves):
        visitor.button("Move down: Good pay").click()
    visitor.page.clock.fast_forward(41_000)
    visitor.sees_question(2, 2)
    assert stored(visitor, site) == {"work": sent}


def test_a_reload_does_not_restart_the_clock(take: Take, site: PartnerSite) -> None:
    visitor = take("two-timers")  # The gateway's clock tells how long it took, so it is real time.
    visitor.sees_question(1, 3)
    expect(visitor.widget.get_by_role("timer")).to_have_text("0:37")
    visitor.page.reload()
    visitor.sees_question(1, 3)
    assert seconds_left(visitor) <= 37
    expect(visitor.widget.get_by_role("timer")).to_have_text("0:34")
    visitor.choices.nth(0).click()
    visitor.sees_question(2, 3)
    assert stored(visitor, site) == {"river": ["volga"]}


@pytest.mark.parametrize("minutes", [2, 90, -60], ids=lambda minutes: f"{minutes} minutes")
def test_a_leap_of_the_systems_clock_changes_nothing(take: Take, minutes: int) -> None:
    visitor = at_the_first(take, "two-timers", of=3)
    visitor.page.clock.run_for(3_000)
    left = seconds_left(visitor)
    now = visitor.page.evaluate("Date.now()")
    visitor.page.clock.set_system_time(now + minutes * 60_000)
    visitor.page.clock.run_for(1_000)
    visitor.sees_question(1, 3)
    assert abs(seconds_left(visitor) - left) <= 5
    visitor.page.reload()
    visitor.sees_question(1, 3)
    visitor.page.clock.run_for(1_000)
    assert abs(seconds_left(visitor) - left) <= 10


ASLEEP = """() => {
  const { now } = performance;
  let asleepMs = 0;
  performance.now = () => now.call(performance) - asleepMs;
  globalThis.sleep = (ms) => { asleepMs += ms; };
}"""


def test_after_a_sleep_in_which_the_monotonic_clock_stood_the_gateways_word_counts(
    take: Take, site: PartnerSite
) -> None:
    visitor = take("two-timers", script=f"({ASLEEP})()")
    visitor.sees_question(1, 3)
    expect(visitor.widget.get_by_role("timer")).to_have_text("0:35")
    # As if the device had slept for four of these seconds: its monotonic clock lags behind.
    visitor.page.evaluate("sleep(4000)")
    expect(visitor.widget.get_by_role("timer")).to_have_text("0:33")
    visitor.choices.nth(0).click()
    visitor.sees_question(2, 3)
    assert stored(visitor, site) == {"river": ["volga"]}


def test_a_tab_that_wakes_late_ends_one_question_once(take: Take, site: PartnerSite) -> None:
    visitor = at_the_first(take, "two-timers", of=3)
    visitor.page.clock.fast_forward(3_600_000)
    visitor.sees_question(2, 3)
    expect(visitor.status).to_contain_text("Time left: 40 seconds")
    assert seconds_left(visitor) > 30
    assert [answer["question"] for answer in visitor.heard("answer")] == ["river"]
    visitor.page.clock.fast_forward(3_600_000)
    visitor.sees_question(3, 3)
    assert stored(visitor, site) == {"river": [], "alone": []}


def test_an_answer_in_time_is_the_end_of_its_clock(take: Take, site: PartnerSite) -> None:
    visitor = at_the_first(take, "two-timers", of=3)
    visitor.choices.nth(0).click()
    visitor.sees_question(2, 3)
    visitor.choices.nth(4).click()
    visitor.sees_question(3, 3)
    expect(visitor.widget.get_by_role("timer")).to_have_count(0)
    visitor.page.clock.fast_forward(3_600_000)
    visitor.sees_question(3, 3)
    assert stored(visitor, site) == {"river": ["volga"], "alone": ["2"]}
    expect(visitor.button("Back")).to_have_count(0)


def test_going_back_from_it_does_not_stop_the_clock(take: Take, site: PartnerSite) -> None:
    visitor = take("timed-second")  # The gateway's clock tells how long it took.
    boxes(visitor).nth(0).click()
    visitor.button("Next").click()
    visitor.sees_question(2, 3)
    visitor.button("Back").click()
    visitor.sees_question(1, 3)
    visitor.page.wait_for_timeout(3_000)
    visitor.button("Next").click()
    visitor.sees_question(2, 3)
    expect(visitor.widget.get_by_role("timer")).to_have_text(re.compile("0:(3[0-7]|[0-2][0-9])"))
    assert stored(visitor, site) == {"places": ["office"]}


def test_it_speaks_at_the_start_at_the_half_and_near_the_end(take: Take) -> None:
    visitor = at_the_first(take, "timed-text")
    visitor.page.evaluate(HEAR)
    for _ in range(11):
        visitor.page.clock.run_for(8_000)
    said = [words.replace("\u00a0", " ") for words in visitor.page.evaluate("said")]
    assert said[-2:] == ["Time left: 45 seconds", "Time left: 10 seconds"]
    assert set(said[:-2]) <= {"Time left: 1 minute 30 seconds"}
    expect(visitor.widget.locator(".timer.short")).to_be_visible()


def test_it_takes_no_focus_from_the_hosts_page(take: Take) -> None:
    visitor = at_the_first(take, "two-timers", of=3)
    visitor.page.evaluate("document.body.append(document.createElement('textarea'))")
    own = visitor.page.locator("body > textarea")
    own.focus()
    visitor.page.clock.fast_forward(41_000)
    visitor.sees_question(2, 3)
    expect(own).to_be_focused()


def test_offline_it_ends_the_question_too_and_the_answer_is_sent_later(
    take: Take, site: PartnerSite, restarted: Gateway
) -> None:
    visitor = at_the_first(take, "timed-checkbox")
    boxes(visitor).nth(0).click()
    boxes(visitor).nth(1).click()
    restarted.kill()
    visitor.page.clock.fast_forward(41_000)
    visitor.sees_question(2, 2)
    expect(visitor.status).to_contain_text("Waiting to be sent: 1 answer")
    restarted.start()
    visitor.page.clock.fast_forward(60_000)
    assert stored(visitor, site) == {"skills": ["fix", "talk"]}
