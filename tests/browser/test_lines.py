"""A bad line between a page and the gateway: what was given is stored, and the visitor is told."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.line import Network, Sockets
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.support.processes import Gateway
from tests.support.waiting import wait_for

pytestmark = pytest.mark.browser

LENGTH = 24
DEAD_MS = 20_000
"""Milliseconds within which the widget has noticed that a line is dead."""


@pytest.fixture
def network(gateway: Gateway, site: PartnerSite) -> Iterator[Network]:
    """What lies between the visitor and the gateway."""
    assert site
    with Network(gateway.url) as between:
        yield between


def widget(url: str, test: str = "work-values", **attributes: str) -> str:
    told = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return (
        f'<script type="module" src="{url}/static/widget/widget.js"></script>'
        f'<test-widget provider="{PROVIDER}" test="{test}" {told}></test-widget>'
    )


def option(number: int) -> int:
    return number % 4


def test_a_line_that_dies_silently_is_noticed_in_a_question(
    new_visitor: NewVisitor, host: HostPages, network: Network, site: PartnerSite
) -> None:
    visitor = new_visitor()
    visitor.page.clock.install()
    visitor.page.goto(host.add("/silent", widget(network.url)))
    visitor.begin()
    visitor.answer(1, 2, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    network.hole = True
    visitor.answer(3, 3, option, of=LENGTH)
    visitor.page.clock.run_for(DEAD_MS)
    expect(visitor.status).to_contain_text("Waiting to be sent: 1 answer")
    network.hole = False
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.status).to_contain_text("Saved")
    [start] = visitor.heard("start")
    assert site.stored(start["session"]) == {"1": ["2"], "2": ["3"], "3": ["4"]}


def test_a_line_that_dies_silently_in_the_pause_brings_the_payment_soon(
    new_visitor: NewVisitor, host: HostPages, network: Network, site: PartnerSite
) -> None:
    visitor = new_visitor()
    visitor.page.clock.install()
    visitor.page.goto(host.add("/pause", widget(network.url, "career-interests")))
    visitor.begin()
    visitor.answer(1, 70, option)
    visitor.sees("A short pause")
    [start] = visitor.heard("start")
    network.hole = True
    site.ask("payment/confirm", session=start["session"])
    visitor.page.clock.run_for(DEAD_MS)
    network.hole = False
    # The longest wait for the next try.
    visitor.page.clock.run_for(20_000)
    visitor.sees_question(71)
    assert [resumed["next"] for resumed in visitor.heard("resumed")] == ["71"]


def test_an_open_whose_answer_is_lost_spends_no_token(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    visitor = new_visitor()
    lost: list[str] = []

    def lose_the_first(route: object) -> None:
        server = route.connect_to_server()  # type: ignore[attr-defined]

        def pass_on(text: str) -> None:
            if not lost and '"session"' in text:
                lost.append(text)
                route.close(code=1012)  # type: ignore[attr-defined]
            else:
                route.send(text)  # type: ignore[attr-defined]

        server.on_message(pass_on)

    visitor.page.route_web_socket("**/ws/v1/widget", lose_the_first)
    token = site.ask("access/token", user_id="lost-open", test="career-interests")["access_token"]
    page = widget(gateway.url, "career-interests", access_token=token, start_mode="manual")
    visitor.page.goto(host.add("/token", page))
    visitor.begin()
    visitor.sees_question(1)
    assert len(lost) == 1
    [start] = visitor.heard("start")
    assert start["session"] in lost[0]
    assert visitor.heard("token-needed") == []


def test_the_welcome_comes_by_itself_once_the_gateway_answers(
    new_visitor: NewVisitor, host: HostPages, network: Network
) -> None:
    visitor = new_visitor()
    network.fails = lambda path: path.startswith("/tests/")
    visitor.page.goto(host.add("/welcome", widget(network.url)))
    visitor.sees("The server can’t be reached")
    assert visitor.heard("load-failed") == [{"code": "network"}]
    network.fails = lambda _path: False
    visitor.sees("Work values")
    assert visitor.heard("load-failed") == [{"code": "network"}]


@pytest.mark.parametrize("name", ["types/text", "types/drag", "closing-screens"])
def test_a_module_that_failed_to_load_is_asked_for_until_it_comes(
    new_visitor: NewVisitor, host: HostPages, network: Network, small_tests: None, name: str
) -> None:
    assert small_tests is None
    slug = "rating" if name in ("types/rating", "types/drag") else "text"
    visitor = new_visitor()

    def fails(path: str) -> bool:
        times = [asked for asked in network.asked if urlsplit(asked).path.endswith(f"/{name}.js")]
        return path == times[-1:][0] and len(times) <= 4 if times else False

    network.fails = fails
    visitor.page.goto(host.add(f"/module/{name}", widget(network.url, slug)))
    visitor.button("Start the test").click()
    expect(visitor.widget.locator("form")).to_be_visible()
    tries = [path for path in network.asked if f"/{name}.js" in path]
    assert len(tries) == len(set(tries)) == 5


@pytest.mark.parametrize("name", ["reducer", "texts/en"])
def test_what_the_first_screen_needs_is_asked_for_until_it_comes(
    new_visitor: NewVisitor, host: HostPages, network: Network, name: str
) -> None:
    visitor = new_visitor()
    network.fails = lambda path: (
        f"/{name}.js" in path
        and len([asked for asked in network.asked if f"/{name}.js" in asked]) <= 3
    )
    visitor.page.goto(host.add(f"/first/{name}", widget(network.url)))
    visitor.sees("Work values")


UNUSABLE = {
    "an unknown question": [["1", ["1"]], ["no-such", ["1"]]],
    "a value that is gone": [["1", ["no-such"]]],
    "no list": "answers",
    "a list of other things": [1, 2, 3],
    "a question behind the pause": [["120", ["1"]]],
}


@pytest.mark.parametrize("answers", UNUSABLE.values(), ids=UNUSABLE)
def test_answers_that_do_not_fit_are_refused_once_and_for_all(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite, answers: object
) -> None:
    assert site
    visitor = new_visitor()
    visitor.page.goto(host.add("/unusable", widget(gateway.url, "career-interests")))
    visitor.sees("Career interests")
    visitor.page.evaluate(
        "answers => document.querySelector('test-widget').resume({ answers })", answers
    )
    visitor.sees("The saved answers can’t be used")
    [error] = visitor.heard("error")
    assert not error["retryable"]
    visitor.button("Start over").click()
    visitor.sees_question(1)


def test_after_a_take_over_a_window_stands_at_the_question_that_is_next(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    assert site
    first = new_visitor()
    first.page.goto(host.add("/first-window", widget(gateway.url)))
    first.begin()
    first.answer(1, 3, option, of=LENGTH)
    expect(first.status).to_contain_text("Saved")
    [start] = first.heard("start")
    second = new_visitor()
    identity = {"session": start["session"], "resume_token": start["resumeToken"]}
    second.page.goto(host.add("/second-window", widget(gateway.url, **identity)))
    second.answer(4, 9, option, of=LENGTH)
    first.sees("The test is open in another window")
    expect(second.status).to_contain_text("Saved")
    first.button("Continue here").click()
    first.sees_question(10, LENGTH)


def test_a_duplicated_tab_and_its_original_take_over_from_each_other(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    visitor = new_visitor()
    visitor.page.goto(host.add("/original", widget(gateway.url)))
    visitor.begin()
    visitor.answer(1, 2, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    with visitor.page.expect_popup() as popup:
        visitor.page.evaluate("void open(location.href)")  # with a copy of the tab's storage
    other = popup.value.locator("test-widget")
    expect(other.get_by_role("status")).to_contain_text(f"Question 3 of {LENGTH}")
    for number in range(3, 9):
        visitor.button("Continue here").click()
        visitor.answer(number, number, option, of=LENGTH)
        expect(visitor.status).to_contain_text("Saved")
        other.get_by_role("button", name="Continue here").click()
        visitor.sees("The test is open in another window")
        expect(other.get_by_role("status")).to_contain_text(f"Question {number + 1} of {LENGTH}")
    other.get_by_role("radio").first.click()
    expect(other.get_by_role("status")).to_contain_text("Saved")
    [start] = visitor.heard("start")
    assert list(site.stored(start["session"])) == [str(number) for number in range(1, 10)]


FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };"
FORGETFUL = "Storage.prototype.setItem = () => {};"


@pytest.mark.parametrize("storage", [FULL, FORGETFUL], ids=["full", "forgetful"])
def test_without_a_storage_answers_survive_a_move_and_the_visitor_is_warned(
    new_visitor: NewVisitor, host: HostPages, network: Network, site: PartnerSite, storage: str
) -> None:
    visitor = new_visitor()
    visitor.page.add_init_script(storage)
    visitor.page.goto(host.add("/storage", widget(network.url) + "<section></section>"))
    visitor.begin()
    visitor.answer(1, 1, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    network.refused = True
    network.cut()
    visitor.answer(2, 3, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Keep this page open: 2 answers")
    visitor.page.evaluate("""async () => {
      const widget = document.querySelector('test-widget');
      widget.remove();
      await new Promise((resolve) => setTimeout(resolve, 50));
      document.querySelector('section').append(widget);
    }""")
    asked: list[str] = []
    visitor.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    visitor.page.evaluate("void setTimeout(() => location.reload())")
    visitor.page.wait_for_timeout(200)
    network.refused = False
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.sees_question(4, LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    assert asked == ["beforeunload"]
    [start] = visitor.heard("start")
    assert site.stored(start["session"]) == {"1": ["2"], "2": ["3"], "3": ["4"]}


@pytest.mark.parametrize("sockets", [Sockets.REFUSED, Sockets.SILENT], ids=lambda kind: kind.name)
def test_where_no_socket_comes_through_plain_http_takes_a_visitor_to_the_end(
    new_visitor: NewVisitor,
    host: HostPages,
    network: Network,
    site: PartnerSite,
    sockets: Sockets,
) -> None:
    network.sockets = sockets
    visitor = new_visitor()
    visitor.page.goto(host.add("/plain", widget(network.url, "career-interests")))
    visitor.begin()
    visitor.answer(1, 70, option)
    visitor.sees("A short pause")
    [start] = visitor.heard("start")
    [pause] = visitor.heard("pause")
    assert len(pause["answers"]) == 70
    tried = network.asked.count("/ws/v1/widget")
    assert tried == 2
    visitor.page.reload()  # The tab knows by now.
    visitor.sees("A short pause")
    assert network.asked.count("/ws/v1/widget") == tried
    site.ask("payment/confirm", session=start["session"])
    visitor.answer(71, 120, option)
    visitor.sees("Test completed")
    expected = {str(number): [str(option(number) + 1)] for number in range(1, 121)}
    assert site.stored(start["session"]) == expected
    assert visitor.heard("error") == []


def test_a_reloaded_page_goes_on_counting_the_sockets_that_did_not_open(
    new_visitor: NewVisitor, host: HostPages, network: Network, site: PartnerSite
) -> None:
    network.sockets = Sockets.SILENT
    visitor = new_visitor()
    visitor.page.clock.install()
    visitor.page.goto(host.add("/impatient", widget(network.url)))
    visitor.begin()
    visitor.sees_question(1, LENGTH)
    visitor.page.clock.fast_forward(5_000)
    wait_for(lambda: network.asked.count("/ws/v1/widget") > 1)
    visitor.page.reload()
    start = visitor.button("Start the test")
    expect(start.or_(visitor.choices.first)).to_be_visible()
    if start.is_visible():  # If the reload came late, the attempt was already begun over HTTP.
        start.click()
    visitor.page.clock.fast_forward(5_000)
    visitor.answer(1, 2, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    # Two that don't open are enough. The second is one of them if the reload came late.
    assert network.asked.count("/ws/v1/widget") in (2, 3)
    [start] = visitor.heard("start")
    assert site.stored(start["session"]) == {"1": ["2"], "2": ["3"]}


def test_over_plain_http_a_cut_and_a_silent_line_lose_nothing(
    new_visitor: NewVisitor, host: HostPages, network: Network, site: PartnerSite
) -> None:
    network.sockets = Sockets.REFUSED
    visitor = new_visitor()
    visitor.page.goto(host.add("/plain-faults", widget(network.url)))
    visitor.begin()
    visitor.answer(1, 3, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    network.cut()
    visitor.answer(4, 6, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    network.refused = True
    network.cut()
    visitor.answer(7, 9, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Waiting to be sent: 3 answers")
    network.refused = False
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.status).to_contain_text("Saved")
    network.hole = True
    visitor.answer(10, 10, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Waiting to be sent: 1 answer")
    network.hole = False
    network.cut()
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.status).to_contain_text("Saved")
    [start] = visitor.heard("start")
    expected = {str(number): [str(option(number) + 1)] for number in range(1, 11)}
    assert site.stored(start["session"]) == expected


def test_after_ten_minutes_of_plain_http_the_socket_is_tried_again(
    new_visitor: NewVisitor, host: HostPages, network: Network, site: PartnerSite
) -> None:
    network.sockets = Sockets.REFUSED
    visitor = new_visitor()
    visitor.page.clock.install()
    visitor.page.goto(host.add("/upgrade", widget(network.url)))
    visitor.begin()
    visitor.answer(1, 2, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    network.sockets = Sockets.PASS
    with visitor.page.expect_websocket():
        visitor.page.clock.fast_forward(600_000)
    visitor.answer(3, 4, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    calls = [path for path in network.asked if path == "/http/v1/widget"]
    visitor.answer(5, 6, option, of=LENGTH)
    expect(visitor.status).to_contain_text("Saved")
    assert [path for path in network.asked if path == "/http/v1/widget"] == calls
    [start] = visitor.heard("start")
    expected = {str(number): [str(option(number) + 1)] for number in range(1, 7)}
    assert site.stored(start["session"]) == expected


@pytest.mark.parametrize("first", [Sockets.PASS, Sockets.REFUSED], ids=lambda kind: kind.name)
def test_windows_with_and_without_a_socket_take_over_from_each_other(
    new_visitor: NewVisitor, host: HostPages, network: Network, first: Sockets
) -> None:
    second = Sockets.REFUSED if first is Sockets.PASS else Sockets.PASS
    network.sockets = first
    one = new_visitor()
    one.page.goto(host.add("/one", widget(network.url)))
    one.begin()
    one.answer(1, 2, option, of=LENGTH)
    expect(one.status).to_contain_text("Saved")
    [start] = one.heard("start")
    network.sockets = second
    other = new_visitor()
    identity = {"session": start["session"], "resume_token": start["resumeToken"]}
    other.page.goto(host.add("/other", widget(network.url, **identity)))
    other.answer(3, 4, option, of=LENGTH)
    one.sees("The test is open in another window")
    expect(other.status).to_contain_text("Saved")
    network.sockets = first
    one.button("Continue here").click()
    one.sees_question(5, LENGTH)
    other.sees("The test is open in another window")
