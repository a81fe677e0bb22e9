"""connection.js: the connections of a widget, one after the other."""

import pytest
from playwright.sync_api import Page

from tests.browser.widget_units.conftest import Run, RunFor

pytestmark = pytest.mark.browser


def test_it_greets_and_hands_over_what_it_hears(run: Run) -> None:
    assert run("""
        const { heard, sockets } = await connect();
        sockets[0].accept();
        sockets[0].hear({ type: 'session' });
        return [sockets[0].sent, heard];
    """) == [["open"], ["session"]]


def test_it_comes_back_after_the_backoff(run: Run, page: Page, run_for: RunFor) -> None:
    run("""
        globalThis.link = await connect();
        link.sockets[0].accept();
        link.sockets[0].end(4100);
    """)
    run_for(400)
    assert page.evaluate("link.sockets.length") == 1
    run_for(200)
    assert page.evaluate("[link.sockets.length, link.heard]") == [2, ["down"]]


@pytest.mark.parametrize(
    ("code", "heard"), [(4009, "taken 4009"), (4003, "stop 4003"), (4301, "renew 4301")]
)
def test_it_stays_away_when_told_so(
    run: Run, page: Page, run_for: RunFor, code: int, heard: str
) -> None:
    run(f"""
        globalThis.link = await connect();
        link.sockets[0].accept();
        link.sockets[0].end({code});
        dispatchEvent(new Event('online'));
    """)
    run_for(120_000)
    assert page.evaluate("[link.sockets.length, link.heard]") == [1, [heard]]


def test_after_a_bye_it_comes_back_within_the_time_given(
    run: Run, page: Page, run_for: RunFor
) -> None:
    run("""
        globalThis.link = await connect(() => 0.5);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'bye', retry_after_ms: 8000 });
        link.sockets[0].end(1001);
    """)
    run_for(3_900)
    assert page.evaluate("link.sockets.length") == 1
    run_for(200)
    assert page.evaluate("link.sockets.length") == 2


def test_a_node_that_says_bye_and_dies_is_left_in_time(
    run: Run, page: Page, run_for: RunFor
) -> None:
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'bye', retry_after_ms: 2000 });
        link.sockets[0].hear({ type: 'ack', seq: 1 });
    """)
    run_for(2_100)
    assert page.evaluate("link.sockets.length") == 2


@pytest.mark.usefixtures("run_for")
def test_coming_online_ends_the_waiting(run: Run) -> None:
    assert (
        run("""
        const { sockets } = await connect();
        sockets[0].end(1006);
        dispatchEvent(new Event('online'));
        return sockets.length;
    """)
        == 2
    )


def test_a_probe_finds_a_dead_peer(run: Run, page: Page, run_for: RunFor) -> None:
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'session' });
        document.dispatchEvent(new Event('visibilitychange'));
    """)
    assert page.evaluate("link.sockets[0].sent") == ["open", "ping"]
    run_for(4_900)
    assert page.evaluate("link.sockets.length") == 1
    run_for(200)
    assert page.evaluate("link.sockets.length") == 2


def test_a_pong_keeps_the_channel(run: Run, page: Page, run_for: RunFor) -> None:
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].hear({ type: 'session' });
        document.dispatchEvent(new Event('visibilitychange'));
        link.sockets[0].hear({ type: 'pong' });
    """)
    run_for(14_900)
    assert page.evaluate("[link.sockets.length, link.sockets[0].sent]") == [1, ["open", "ping"]]


@pytest.mark.parametrize(("hidden", "silence_ms"), [("false", 15_000), ("true", 25_000)])
def test_a_silent_line_is_asked_whether_it_lives_and_left_if_it_does_not(
    run: Run, page: Page, run_for: RunFor, hidden: str, silence_ms: int
) -> None:
    run(f"""
        Object.defineProperty(document, 'hidden', {{ value: {hidden} }});
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].hear({{ type: 'session' }});
    """)
    for said in (["open", "ping"], ["open", "ping", "ping"]):
        run_for(silence_ms - 1)
        assert page.evaluate("link.sockets[0].sent") == said[:-1]
        run_for(1)
        assert page.evaluate("link.sockets[0].sent") == said
        run_for(4_999)
        assert page.evaluate("link.sockets[0].readyState") == 1
        page.evaluate("said => said < 3 && link.sockets[0].hear({ type: 'pong' })", len(said))
    run_for(1)
    assert page.evaluate("[link.sockets[0].readyState, link.heard.at(-1)]") == [3, "down"]


def test_any_message_shows_that_the_line_lives(run: Run, page: Page, run_for: RunFor) -> None:
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
    """)
    for message in ("{ type: 'ack', seq: 1 }", "{ type: 'of a later version' }", "{}"):
        run_for(10_000)
        page.evaluate(f"link.sockets[0].hear({message})")
    run_for(14_900)
    assert page.evaluate("[link.sockets.length, link.sockets[0].sent]") == [1, ["open"]]


def test_what_waits_for_an_answer_stays_as_long_as_the_line_lives(
    run: Run, page: Page, run_for: RunFor
) -> None:
    """An election may stop the database for 16 seconds; a gateway that answers pings is alive."""
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.connection.send({ type: 'answer' });
    """)
    for _ in range(4):
        run_for(15_100)
        page.evaluate("link.connection.send({ type: 'answer' })")
        page.evaluate("link.sockets[0].hear({ type: 'pong' })")
    assert page.evaluate("[link.sockets.length, link.heard.includes('down')]") == [1, False]


def test_a_socket_that_does_not_open_is_given_up(run: Run, page: Page, run_for: RunFor) -> None:
    run("globalThis.link = await connect(() => 0);")
    run_for(4_900)
    assert page.evaluate("link.sockets.length") == 1
    run_for(200)
    assert page.evaluate("[link.sockets.length, link.sockets[0].sent]") == [2, []]


def test_where_sockets_have_opened_a_slow_one_gets_more_time(
    run: Run, page: Page, run_for: RunFor
) -> None:
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].end(1006);
    """)
    run_for(14_900)
    assert page.evaluate("link.sockets.length") == 2
    run_for(200)
    assert page.evaluate("link.sockets.length") == 3


def test_a_socket_that_closes_without_end_is_left(run: Run, page: Page, run_for: RunFor) -> None:
    run("""
        globalThis.link = await connect(() => 0);
        link.sockets[0].accept();
        link.sockets[0].readyState = 2;
    """)
    run_for(20_100)
    assert page.evaluate("link.sockets.length") == 2


def test_only_an_ack_or_a_quiet_minute_resets_the_backoff(
    run: Run, page: Page, run_for: RunFor
) -> None:
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
    run_for(500)
    page.evaluate("link.fail()")
    run_for(900)
    assert page.evaluate("link.sockets.length") == 2
    run_for(100)
    assert page.evaluate("link.sockets.length") == 3
    page.evaluate("link.connection.confirm(); link.fail()")
    run_for(500)
    assert page.evaluate("link.sockets.length") == 4


def test_an_unused_warm_socket_is_closed_before_the_gateway_does(
    run: Run, page: Page, run_for: RunFor
) -> None:
    run("""
        globalThis.link = await connect();
        link.connection.close();
        link.connection.warm();
        link.sockets[1].accept();
    """)
    run_for(8_100)
    assert page.evaluate("[link.sockets[1].readyState, link.sockets[1].sent]") == [3, []]
