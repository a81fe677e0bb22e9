"""One connection after another: connection.js."""

import pytest
from playwright.sync_api import Page

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser


def test_it_greets_and_hands_over_what_it_hears(run: Run) -> None:
    assert run("""
        const { heard, sockets } = await connect();
        sockets[0].accept();
        sockets[0].hear({ type: 'session' });
        return [sockets[0].sent, heard];
    """) == [["open"], ["session"]]


def test_it_comes_back_after_the_backoff(run: Run, page: Page) -> None:
    page.clock.install()
    run("""
        globalThis.link = await connect();
        link.sockets[0].accept();
        link.sockets[0].end(4100);
    """)
    page.clock.run_for(400)
    assert page.evaluate("link.sockets.length") == 1
    page.clock.run_for(200)
    assert page.evaluate("[link.sockets.length, link.heard]") == [2, ["down"]]


@pytest.mark.parametrize(
    ("code", "heard"), [(4009, "taken 4009"), (4003, "stop 4003"), (4301, "renew 4301")]
)
def test_it_stays_away_when_told_so(run: Run, page: Page, code: int, heard: str) -> None:
    page.clock.install()
    run(f"""
        globalThis.link = await connect();
        link.sockets[0].accept();
        link.sockets[0].end({code});
        dispatchEvent(new Event('online'));
    """)
    page.clock.run_for(120_000)
    assert page.evaluate("[link.sockets.length, link.heard]") == [1, [heard]]


def test_after_a_bye_it_comes_back_within_the_time_given(run: Run, page: Page) -> None:
    page.clock.install()
    run("""
        globalThis.link = await connect(() => 0.5);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'bye', retry_after_ms: 8000 });
        link.sockets[0].end(1001);
    """)
    page.clock.run_for(3_900)
    assert page.evaluate("link.sockets.length") == 1
    page.clock.run_for(200)
    assert page.evaluate("link.sockets.length") == 2


def test_a_node_that_says_bye_and_dies_is_left_in_time(run: Run, page: Page) -> None:
    page.clock.install()
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'bye', retry_after_ms: 2000 });
    """)
    page.clock.run_for(2_100)
    assert page.evaluate("link.sockets.length") == 2


def test_coming_online_ends_the_waiting(run: Run, page: Page) -> None:
    page.clock.install()
    assert (
        run("""
        const { sockets } = await connect();
        sockets[0].end(1006);
        dispatchEvent(new Event('online'));
        return sockets.length;
    """)
        == 2
    )


def test_a_probe_finds_a_dead_peer(run: Run, page: Page) -> None:
    page.clock.install()
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'session' });
        document.dispatchEvent(new Event('visibilitychange'));
    """)
    assert page.evaluate("link.sockets[0].sent") == ["open", "ping"]
    page.clock.run_for(4_100)
    assert page.evaluate("link.sockets.length") == 2


def test_a_pong_keeps_the_channel(run: Run, page: Page) -> None:
    page.clock.install()
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'session' });
        document.dispatchEvent(new Event('visibilitychange'));
        link.sockets[0].hear({ type: 'pong' });
    """)
    page.clock.run_for(60_000)
    assert page.evaluate("link.sockets.length") == 1


def test_only_an_ack_or_a_quiet_minute_resets_the_backoff(run: Run, page: Page) -> None:
    page.clock.install()
    run("""
        globalThis.link = await connect(() => 1);
        link.fail = () => {
          const socket = link.sockets.at(-1);
          socket.accept();
          socket.hear({ type: 'session' });
          socket.end(1006);
        };
        link.fail();
    """)
    page.clock.run_for(500)
    page.evaluate("link.fail()")
    page.clock.run_for(900)
    assert page.evaluate("link.sockets.length") == 2
    page.clock.run_for(100)
    assert page.evaluate("link.sockets.length") == 3
    page.evaluate("link.connection.confirm(); link.fail()")
    page.clock.run_for(500)
    assert page.evaluate("link.sockets.length") == 4


def test_an_unused_warm_socket_is_closed_before_the_gateway_does(run: Run, page: Page) -> None:
    page.clock.install()
    run("""
        globalThis.link = await connect();
        link.connection.close();
        link.connection.warm();
        link.sockets[1].accept();
    """)
    page.clock.run_for(8_100)
    assert page.evaluate("[link.sockets[1].readyState, link.sockets[1].sent]") == [3, []]
