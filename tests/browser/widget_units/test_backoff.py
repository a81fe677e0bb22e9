"""backoff.js: the pauses before the widget connects again."""

import pytest

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser


def test_the_ceiling_doubles_up_to_thirty_seconds(run: Run) -> None:
    delays = run("""
        const { Backoff } = await at('backoff');
        const backoff = new Backoff(() => 1);
        return Array.from({ length: 9 }, () => backoff.nextDelayMs());
    """)
    assert delays == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]


def test_the_first_retry_is_jittered_down_to_nothing(run: Run) -> None:
    assert (
        run("const { Backoff } = await at('backoff'); return new Backoff(() => 0).nextDelayMs()")
        == 0
    )


def test_a_reset_begins_anew(run: Run) -> None:
    delays = run("""
        const { Backoff } = await at('backoff');
        const backoff = new Backoff(() => 1);
        backoff.nextDelayMs();
        backoff.nextDelayMs();
        backoff.reset();
        return [backoff.nextDelayMs(), backoff.nextDelayMs()];
    """)
    assert delays == [500, 1000]


def test_a_drain_is_no_failure(run: Run) -> None:
    delays = run("""
        const { Backoff } = await at('backoff');
        const backoff = new Backoff(() => 0.5);
        return [backoff.spreadMs(3000), backoff.spreadMs(-1), backoff.nextDelayMs()];
    """)
    assert delays == [1500, 0, 250]
