"""What browsers do differently, in Debian's Firefox."""

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.browser.firefox import WIDGET, Firefox, FirefoxVisitor
from tests.browser.line import Network, Sockets
from tests.browser.sites import PROVIDER, HostPages, PartnerSite, element
from tests.support.processes import Gateway
from tests.support.waiting import wait_for
from widget_gateway.services.widget_files import read_release

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not shutil.which("firefox-esr") and os.environ.get("CI") != "true",
        reason="there is no Firefox; `make system` installs it where Debian's packages are",
    ),
]

LENGTH = 24
COMPOSED = "new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })"
LISTEN = """<script>
globalThis.heard = [];
for (const name of ['start', 'answer', 'finish', 'error'])
  addEventListener(`test-widget:${name}`, ({ detail }) => heard.push([name, detail]));
</script>"""

Open = Callable[..., FirefoxVisitor]


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with Firefox.started(tmp_path_factory.mktemp("firefox")) as running:
        yield running


@pytest.fixture
def network(gateway: Gateway, site: PartnerSite, small_tests: None) -> Iterator[Network]:
    """What lies between the visitor and the gateway."""
    assert site
    assert small_tests is None
    with Network(gateway.url) as between:
        yield between


def page(network: Network, test: str, name: str = "widget", more: str = "") -> str:
    tag = "test-widget-frame" if name == "frame" else "test-widget"
    source = f"{network.url}/static/widget/{name}.js"
    return f'{LISTEN}<script type="module" src="{source}"></script>{element(test, tag)}{more}'


@pytest.fixture
def visit(firefox: Firefox, host: HostPages, network: Network) -> Iterator[Open]:
    """Open a page with a test in a new tab."""
    tabs: list[FirefoxVisitor] = []

    def open_page(test: str, **more: str) -> FirefoxVisitor:
        tabs.append(FirefoxVisitor.in_a_tab(firefox))
        tabs[-1].goto(host.add(f"/firefox/{test}", page(network, test, **more)))
        return tabs[-1]

    yield open_page
    for tab in tabs:
        tab.close()


def stored(visitor: FirefoxVisitor, site: PartnerSite) -> dict[str, list[str]]:
    """Return the stored answers once the widget has no other ones."""
    wait_for(lambda: visitor.run(f"() => {WIDGET}.getState().pending === 0"))
    return site.stored(visitor.run(f"() => {WIDGET}.getState().session"))


@pytest.mark.sampled
@pytest.mark.parametrize("name", ["element", "texts/en", "types/text", "closing-screens"])
def test_a_module_that_failed_to_load_is_asked_for_until_it_comes(
    visit: Open, network: Network, name: str
) -> None:
    def tries() -> list[str]:
        return [path for path in network.asked if urlsplit(path).path.endswith(f"/{name}.js")]

    network.fails = lambda path: path in tries()[-1:] and len(tries()) <= 3
    visitor = visit("two-texts")
    visitor.begin()
    visitor.sees("Question 1 of 2")
    wait_for(lambda: len(tries()) > 3)


def test_a_whole_test_with_texts_is_taken_and_an_enter_that_composes_gives_nothing(
    visit: Open, site: PartnerSite
) -> None:
    visitor = visit("two-texts")
    visitor.begin()
    visitor.sees("Question 1 of 2")
    visitor.click("textarea")
    visitor.press(*"Tōkyō")
    visitor.run(f"() => {WIDGET}.shadowRoot.activeElement.dispatchEvent({COMPOSED})")
    visitor.sees("Question 1 of 2")
    assert visitor.heard("answer") == []
    visitor.press("Enter")
    visitor.sees("Question 2 of 2")
    visitor.click("textarea")
    visitor.press(*"second", "Enter")
    visitor.sees("Test completed")
    assert stored(visitor, site) == {"first": ["Tōkyō"], "second": ["second"]}
    [finish] = visitor.heard("finish")
    assert finish["resultKey"]


def test_a_draft_survives_a_reload(visit: Open) -> None:
    visitor = visit("two-texts")
    visitor.begin()
    visitor.click("textarea")
    visitor.press(*"half a")
    visitor.reload()
    visitor.sees("Question 1 of 2")
    visitor.click("textarea")
    visitor.press(*" word", "Enter")
    visitor.sees("Question 2 of 2")
    [answer] = visitor.heard("answer")
    assert "half a" in answer["value"][0]
    assert "word" in answer["value"][0]


def test_a_widget_keeps_its_looks_in_another_document(visit: Open) -> None:
    visitor = visit("work-values")
    visitor.sees("Work values")
    looks = visitor.run(f"""async () => {{
      const widget = {WIDGET};
      const look = () => widget.ownerDocument.defaultView
        .getComputedStyle(widget.shadowRoot.querySelector('.card')).display;
      const frame = document.createElement('iframe');
      const loads = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      await loads; // Firefox gives a new frame another document.
      const looks = [look()];
      frame.contentDocument.body.append(widget);
      looks.push(look());
      document.body.append(widget);
      looks.push(look());
      return looks;
    }}""")
    assert looks == ["flex", "flex", "flex"]


@pytest.mark.parametrize("sockets", [Sockets.REFUSED, Sockets.SILENT], ids=lambda kind: kind.name)
def test_where_no_socket_comes_through_plain_http_takes_a_visitor_on(
    visit: Open, network: Network, site: PartnerSite, sockets: Sockets
) -> None:
    network.sockets = sockets
    visitor = visit("work-values")
    visitor.begin()
    visitor.answer(1, LENGTH, LENGTH)
    visitor.sees("Test completed")
    assert "/http/v1/widget" in network.asked
    assert len(stored(visitor, site)) == LENGTH
    assert len(visitor.heard("finish")) == 1


def test_a_cut_line_loses_nothing(visit: Open, network: Network, site: PartnerSite) -> None:
    visitor = visit("work-values")
    visitor.begin()
    visitor.answer(1, 2, LENGTH)
    network.refused = True
    network.cut()
    visitor.answer(3, 4, LENGTH)
    visitor.sees("Waiting to be sent")
    network.refused = False
    visitor.reload()
    visitor.sees(f"Question 5 of {LENGTH}")
    assert stored(visitor, site) == {"1": ["2"], "2": ["3"], "3": ["4"], "4": ["1"]}


def test_a_frame_takes_a_visitor_and_goes_on_after_a_move(visit: Open) -> None:
    visitor = visit("work-values", name="frame", more="<aside></aside>")
    framed = visitor.in_the_frame()
    framed.begin()
    framed.answer(1, 3, LENGTH)
    framed.sees(f"Question 4 of {LENGTH}", "Saved")
    frame = "document.querySelector('test-widget-frame')"
    assert visitor.run(f"() => {frame}.shadowRoot.querySelector('iframe').offsetHeight") > 200
    visitor.run(f"() => document.querySelector('aside').append({frame})")
    visitor.in_the_frame().sees(f"Question 4 of {LENGTH}")
    assert len(visitor.heard("start")) == 1
    assert visitor.heard("error") == []


def test_arrows_look_around_and_space_and_enter_answer(visit: Open, site: PartnerSite) -> None:
    visitor = visit("work-values")
    visitor.begin()
    visitor.sees(f"Question 1 of {LENGTH}")
    visitor.press("Tab", "ArrowDown", "ArrowDown", "ArrowUp")
    visitor.sees(f"Question 1 of {LENGTH}")
    visitor.press("Space")
    visitor.sees(f"Question 2 of {LENGTH}")
    visitor.press("Tab", "ArrowDown", "ArrowDown", "Enter")
    visitor.sees(f"Question 3 of {LENGTH}")
    visitor.press("Tab", "Space")
    visitor.sees(f"Question 4 of {LENGTH}")
    assert stored(visitor, site) == {"1": ["2"], "2": ["3"], "3": ["1"]}


def test_where_storage_is_refused_firefox_asks_before_answers_are_lost(
    tmp_path_factory: pytest.TempPathFactory, host: HostPages, network: Network, site: PartnerSite
) -> None:
    # The visitor refuses all cookies, and with them the storage.
    profile = tmp_path_factory.mktemp("firefox-without-storage")
    with Firefox.started(profile, network__cookie__cookieBehavior=2) as firefox:
        visitor = FirefoxVisitor.in_a_tab(firefox)
        visitor.goto(host.add("/firefox/storage", page(network, "work-values")))
        refused = "() => { try { return !sessionStorage; } catch ({ name }) { return name; } }"
        assert visitor.run(refused) == "SecurityError"
        visitor.begin()
        visitor.answer(1, 1, LENGTH)
        visitor.sees("Saved")
        network.refused = True
        network.cut()
        visitor.answer(2, 3, LENGTH)
        visitor.sees("Keep this page open: 2 answers")
        visitor.run("() => void setTimeout(() => location.reload())")
        wait_for(lambda: bool(firefox.send("session.status") and firefox.events))
        [prompt] = firefox.events
        assert prompt["params"]["type"] == "beforeunload"
        where = prompt["params"]["context"]
        firefox.send("browsingContext.handleUserPrompt", context=where, accept=False)
        network.refused = False
        visitor.run("() => void dispatchEvent(new Event('online'))")
        visitor.sees(f"Question 4 of {LENGTH}", "Saved")
        assert stored(visitor, site) == {"1": ["2"], "2": ["3"], "3": ["4"]}


@pytest.mark.parametrize("changed", [False, True])
def test_a_pinned_script_runs_only_as_its_hash_says(
    firefox: Firefox, host: HostPages, *, changed: bool
) -> None:
    release = read_release()
    content = release.files["standalone/widget.js"].decode()
    if changed:
        content = content.replace("const $once", "const  $once", 1)
    host.add_file("/copy/widget.js", content, "text/javascript")
    host.add_file("/copy/after.js", "document.title = 'after'", "text/javascript")
    page = (
        '<script type="module" src="/copy/widget.js" crossorigin="anonymous" '
        f'integrity="{release.integrity("widget.js")}"></script>'
        '<script type="module" src="/copy/after.js"></script>'
    )
    visitor = FirefoxVisitor.in_a_tab(firefox)
    visitor.goto(host.add("/copy/page", page))
    wait_for(lambda: visitor.run("() => document.title") == "after")
    assert visitor.run("() => Boolean(customElements.get('test-widget'))") is not changed
    visitor.close()


def test_a_pinned_script_takes_a_visitor_through_a_test(
    firefox: Firefox, host: HostPages, gateway: Gateway, site: PartnerSite, small_tests: None
) -> None:
    assert small_tests is None
    chosen = ("--provider", PROVIDER, "--test", "two-texts", "--gateway", gateway.url)
    code = gateway.command("widget", "snippet", *chosen)
    visitor = FirefoxVisitor.in_a_tab(firefox)
    visitor.goto(host.add("/pinned/firefox", LISTEN + code["html"]))
    visitor.begin()
    for number, words in ((1, "first"), (2, "second")):
        visitor.sees(f"Question {number} of 2")
        visitor.click("textarea")
        visitor.press(*words, "Enter")
    visitor.sees("Test completed")
    assert stored(visitor, site) == {"first": ["first"], "second": ["second"]}
    visitor.close()
