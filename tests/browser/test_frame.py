"""`<test-widget-frame>`: the widget in an iframe, on friendly and on hostile pages."""

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite, element, script, strict_policy
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway
from tests.support.tools import do_without

pytestmark = pytest.mark.browser

FRAME = "document.querySelector('test-widget-frame')"


@pytest.fixture
def visitor(new_visitor: NewVisitor, site: PartnerSite) -> Visitor:
    """A visitor of a host page; faults in the console count, too."""
    assert site
    return new_visitor()


def framed(page: Page) -> FrameLocator:
    return page.frame_locator("test-widget-frame iframe")


def begin(page: Page) -> None:
    """Go from the welcome screen in the frame to the first question."""
    framed(page).get_by_role("button", name="Start the test").click()


def answer(page: Page, first: int, last: int, of: int = 24) -> None:
    for number in range(first, last + 1):
        sees_question(page, number, of)
        framed(page).get_by_role("radio").nth(number % 5).click()


def sees_question(page: Page, number: int, of: int = 24) -> None:
    expect(framed(page).get_by_role("status")).to_contain_text(f"Question {number} of {of}")


def fits(page: Page) -> None:
    """Check that the frame is as high as its content."""
    content = framed(page).locator("main")
    box = content.bounding_box()
    assert box
    expect(page.locator("iframe")).to_have_css("height", f"{-(-box['height'] // 1):.0f}px")
    assert box["height"] > 200


def state(page: Page) -> dict[str, Any]:
    return page.evaluate(f"{FRAME}.getState()")


def test_a_frame_takes_a_visitor_from_start_to_finish_and_tells_its_host(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    policy = strict_policy(gateway, f"frame-src {gateway.url}")
    visitor.page.goto(host.add("/frame", page, Content_Security_Policy=policy))
    begin(visitor.page)
    answer(visitor.page, 1, 10)
    sees_question(visitor.page, 11)
    fits(visitor.page)

    # The parent page keeps what is needed to resume.
    visitor.page.reload()
    answer(visitor.page, 11, 24)
    expect(framed(visitor.page).get_by_role("heading", name="Test completed")).to_be_visible()
    fits(visitor.page)
    [start], [finish] = visitor.heard("start"), visitor.heard("finish")
    assert finish["session"] == start["session"]
    assert [heard["number"] for heard in visitor.heard("answer")] == list(range(1, 25))
    assert state(visitor.page)["resultKey"] == finish["resultKey"]
    assert visitor.faults == []


def test_a_frame_needs_no_permission_but_the_frames(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    policy = f"default-src 'none'; script-src {gateway.url}; frame-src {gateway.url}"
    visitor.page.goto(host.add("/frame-only", page, Content_Security_Policy=policy))
    begin(visitor.page)
    sees_question(visitor.page, 1)


# Frameworks: properties instead of attributes.


def test_frameworks_that_set_every_attribute_as_a_property_do_no_harm(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    visitor.page.goto(host.add("/properties", script(gateway, "frame")))
    visitor.page.wait_for_function("!!customElements.get('test-widget-frame')")
    kind = visitor.page.evaluate(
        f"""() => {{
          const frame = document.createElement('test-widget-frame');
          Object.assign(frame, {{
            provider: '{PROVIDER}', test: 'work-values', start: 'manual', locale: 'ru',
            autoAdvance: false, headingLevel: 3, showResult: undefined, theme: null,
          }});
          document.body.append(frame);
          return [typeof frame.start, frame.startMode, frame.autoAdvance, frame.showResult,
            frame.sandbox, frame.getAttribute('heading-level'), frame.hasAttribute('theme')];
        }}"""
    )
    assert kind == ["function", "manual", False, False, False, "3", False]
    inside = framed(visitor.page)
    expect(inside.get_by_role("button", name="Начать тест")).to_be_visible()
    expect(inside.get_by_role("heading", level=3)).to_be_visible()
    visitor.page.evaluate(f"{FRAME}.start()")
    expect(inside.get_by_role("status")).to_contain_text("Вопрос 1 из 24")
    assert visitor.faults == []


def test_properties_that_were_set_before_the_element_was_known_count(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    early = f"""<script>
      const frame = document.createElement('test-widget-frame');
      Object.assign(frame, {{
        provider: '{PROVIDER}', test: 'work-values', locale: 'ru', start: 'manual',
      }});
      document.documentElement.append(frame);
    </script>"""
    visitor.page.goto(host.add("/early", early + script(gateway, "frame")))
    expect(framed(visitor.page).get_by_role("button", name="Начать тест")).to_be_visible()
    own = f"Object.keys({FRAME})"
    assert visitor.page.evaluate(own) == []
    assert visitor.page.evaluate(f"{FRAME}.getAttribute('start-mode')") == "manual"
    assert visitor.faults == []


@pytest.mark.parametrize("attribute", ["start-mode", "start"])
def test_a_manual_start_waits_for_the_host_after_a_reload_too(
    visitor: Visitor, host: HostPages, gateway: Gateway, attribute: str
) -> None:
    manual = element("work-values", "test-widget-frame").replace(
        "></", f' {attribute}="manual"></', 1
    )
    visitor.page.goto(host.add(f"/manual-{attribute}", script(gateway, "frame") + manual))
    begin(visitor.page)
    answer(visitor.page, 1, 2)
    sees_question(visitor.page, 3)
    visitor.page.reload()
    expect(framed(visitor.page).get_by_role("heading", name="Work values")).to_be_visible()
    assert state(visitor.page)["screen"] == "welcome"


def test_without_a_locale_the_frame_speaks_the_language_of_the_host(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    visitor.page.goto(host.add("/russian", page, language="ru"))
    inside = framed(visitor.page)
    expect(inside.get_by_role("button", name="Начать тест")).to_be_visible()
    expect(visitor.page.locator("iframe")).to_have_attribute("title", "Тест")
    inside.get_by_role("button", name="Начать тест").click()
    expect(inside.get_by_role("status")).to_contain_text("Вопрос 1 из 24")
    visitor.page.evaluate(f"{FRAME}.locale = 'en'")
    sees_question(visitor.page, 1)
    expect(inside.locator("html")).to_have_attribute("lang", "en")


# Changes of the place, and moves.


def test_another_test_loads_another_frame_and_the_first_attempt_is_kept(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    visitor.page.goto(host.add("/another", page))
    begin(visitor.page)
    answer(visitor.page, 1, 2)
    sees_question(visitor.page, 3)
    visitor.page.evaluate(f"{FRAME}.test = 'career-interests-trial'")
    expect(framed(visitor.page).get_by_role("button", name="Start the test")).to_be_visible()
    expect(visitor.page.locator("iframe")).to_have_count(1)
    fits(visitor.page)
    visitor.page.evaluate(f"{FRAME}.setAttribute('test', 'work-values')")
    sees_question(visitor.page, 3)
    assert len(visitor.heard("start")) == 1
    assert visitor.faults == []


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_a_moved_element_goes_on_with_its_attempt_and_loses_no_answer(
    visitor: Visitor, host: HostPages, restarted: Gateway, site: PartnerSite, mode: str
) -> None:
    page = (
        script(restarted, "frame")
        + "<main></main><aside></aside>"
        + element("work-values", "test-widget-frame").replace("></", f' start-mode="{mode}"></', 1)
    )
    visitor.page.goto(host.add(f"/moved-{mode}", page))
    begin(visitor.page)
    answer(visitor.page, 1, 3)
    move = f"(place) => document.querySelector(place).append({FRAME})"
    visitor.page.evaluate(move, "main")
    sees_question(visitor.page, 4)
    # These answers are sent only by the frame that is loaded after the second move.
    visitor.page.context.set_offline(True)
    restarted.kill()
    answer(visitor.page, 4, 6)
    sees_question(visitor.page, 7)
    restarted.start()
    visitor.page.context.set_offline(False)
    visitor.page.evaluate(move, "aside")
    sees_question(visitor.page, 7)
    expect(framed(visitor.page).get_by_role("status")).to_contain_text("Saved")
    [start] = visitor.heard("start")
    assert site.stored(start["session"]) == {str(n): [str(n % 5 + 1)] for n in range(1, 7)}


def test_move_before_does_not_even_reload_the_frame(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + "<main></main>" + element("work-values", "test-widget-frame")
    visitor.page.goto(host.add("/move-before", page))
    if not visitor.page.evaluate("'moveBefore' in Element.prototype"):
        do_without("this Chromium has no moveBefore")
    begin(visitor.page)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.evaluate(f"document.querySelector('main').moveBefore({FRAME}, null)")
    answer(visitor.page, 1, 1)
    sees_question(visitor.page, 2)
    assert [url for url in asked if f"/widget/{PROVIDER}/" in url] == []


def test_an_attempt_that_exists_no_more_is_forgotten(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    address = host.add("/forgotten", page)
    visitor.page.goto(address)
    begin(visitor.page)
    sees_question(visitor.page, 1)
    visitor.page.wait_for_function("sessionStorage.length > 0")  # The attempt is open.
    # The frame's own storage is empty, as browsers clear it, and the attempt has expired.
    visitor.page.evaluate("""() => {
      for (const [key, text] of Object.entries(sessionStorage)) {
        const session = '00000000-0000-4000-8000-000000000000';
        sessionStorage[key] = JSON.stringify({ ...JSON.parse(text), session });
      }
    }""")
    visitor.page.frames[1].evaluate("sessionStorage.clear()")
    visitor.page.reload()
    expect(framed(visitor.page).get_by_role("button", name="Start the test")).to_be_visible()
    begin(visitor.page)
    sees_question(visitor.page, 1)
    assert visitor.heard("error") == []
    visitor.started(2)


# Hostile styles.

HOSTILE_STYLES = {
    "unset": "* { all: unset } iframe { all: unset }",
    "embed": """.embed { position: relative }
      .embed iframe, iframe { position: absolute; inset: 0; width: 100%; height: 100% }""",
    "clipped": """iframe { max-height: 150px; aspect-ratio: 16/9; height: 90px !important }
      .embed > * { height: 150px; max-height: 150px; aspect-ratio: 16/9 }""",
    "flex": ".embed { display: flex } .embed > * { flex: 0 1 auto; min-height: 0 }",
}


@pytest.mark.parametrize("name", HOSTILE_STYLES)
def test_no_style_of_the_host_cuts_the_frame(
    visitor: Visitor, host: HostPages, gateway: Gateway, name: str
) -> None:
    page = (
        f"<style>{HOSTILE_STYLES[name]} style, script, title, head {{ display: none }}"
        "html, body, div { display: block }</style>"
        + script(gateway, "frame")
        + f'<div class="embed">{element("work-values", "test-widget-frame")}</div>'
    )
    visitor.page.goto(host.add(f"/hostile-{name}", page))
    begin(visitor.page)
    sees_question(visitor.page, 1)
    fits(visitor.page)
    box = visitor.page.locator("iframe").bounding_box()
    assert box
    assert box["width"] > 900
    visitor.picture(f"40-frame-{name}")


def test_a_host_can_hide_the_frame(visitor: Visitor, host: HostPages, gateway: Gateway) -> None:
    style = "<style>* { all: unset } .away { display: none }</style>"
    page = style + script(gateway, "frame") + element("work-values", "test-widget-frame")
    visitor.page.goto(host.add("/hidden", page))
    begin(visitor.page)
    inside = visitor.page.locator("iframe")
    for hide, show in (
        ("hidden = true", "hidden = false"),
        ("className = 'away'", "className = ''"),
        ("style.display = 'none'", "style.display = ''"),
    ):
        visitor.page.evaluate(f"{FRAME}.{hide}")
        expect(inside).to_be_hidden()
        visitor.page.evaluate(f"{FRAME}.{show}")
        expect(inside).to_be_visible()


# Failures.


def loads(visitor: Visitor, host: HostPages, path: str, page: str) -> dict[str, Any]:
    """Open the page; return the detail of its `load-failed`, which comes before the body ends."""
    visitor.page.add_init_script(
        "addEventListener('test-widget:load-failed', ({ detail }) => (window.failed = detail))"
    )
    visitor.page.goto(host.add(path, page))
    return visitor.page.wait_for_function("window.failed").json_value()


REJECTED = f"{FRAME}.getState().then(() => 'answered', ({{ message }}) => message)"


def test_a_host_that_is_not_allowed_is_told_at_once(
    visitor: Visitor, foreign_host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    assert loads(visitor, foreign_host, "/foreign", page) == {"code": "origin_not_allowed"}
    expect(visitor.page.get_by_role("alert")).to_contain_text("not available on this page")
    expect(visitor.page.locator("iframe")).to_have_count(0)
    assert visitor.page.evaluate(REJECTED) == "origin_not_allowed"
    visitor.picture("41-frame-foreign")


def test_a_wrong_provider_is_told_and_no_json_is_shown(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    wrong = '<test-widget-frame provider="nobody" test="work-values" locale="ru">'
    page = script(gateway, "frame") + wrong
    assert loads(visitor, host, "/nobody", page) == {"code": "provider_not_found"}
    expect(visitor.page.get_by_role("alert")).to_contain_text("Тест недоступен")
    visitor.picture("42-frame-provider")
    # The host mends it.
    visitor.page.evaluate(f"{FRAME}.provider = '{PROVIDER}'")
    expect(framed(visitor.page).get_by_role("button", name="Начать тест")).to_be_visible()
    expect(visitor.page.get_by_role("alert")).to_have_count(0)
    assert state(visitor.page)["screen"] == "welcome"


def test_a_wrong_test_is_told_once(visitor: Visitor, host: HostPages, gateway: Gateway) -> None:
    page = script(gateway, "frame") + element("nothing", "test-widget-frame")
    assert loads(visitor, host, "/nothing", page) == {"code": "test_not_found"}
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.heard("load-failed") == [{"code": "test_not_found"}]


@pytest.mark.parametrize("address", ["http://[", "javascript://x/%0aparent.hacked=1//", "data:,x"])
def test_a_gateway_that_is_no_address_is_told(
    visitor: Visitor, host: HostPages, gateway: Gateway, address: str
) -> None:
    broken = element("work-values", "test-widget-frame").replace("></", f' gateway="{address}"></')
    page = script(gateway, "frame") + broken
    assert loads(visitor, host, "/broken", page) == {"code": "network"}
    expect(visitor.page.get_by_role("alert")).to_contain_text("could not be loaded")
    assert visitor.page.evaluate("window.hacked") is None
    assert visitor.faults == []


def test_a_relative_gateway_is_relative_to_the_page(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    """A proxy of the host may stand before the gateway."""

    def proxy(route: Route) -> None:
        route.continue_(url=route.request.url.replace(f"{host.url}/deep/gw/", f"{gateway.url}/"))

    visitor.page.route(f"{host.url}/deep/gw/**", proxy)
    relative = element("work-values", "test-widget-frame").replace("></", ' gateway="gw"></')
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.goto(host.add("/deep/page", script(gateway, "frame") + relative))
    expect(visitor.page.locator("iframe")).to_have_attribute(
        "src",
        f"{host.url}/deep/gw/widget/{PROVIDER}/work-values?host={host.url}".replace(
            f"host={host.url}", "host=" + visitor.page.evaluate("encodeURIComponent(origin)")
        ),
    )
    assert f"{host.url}/deep/gw/tests/api/v1/info/work-values/?provider={PROVIDER}" in asked
    visitor.page.evaluate(f"{FRAME}.gateway = ''")
    expect(framed(visitor.page).get_by_role("button", name="Start the test")).to_be_visible()


def test_a_silent_frame_is_a_broken_network(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    visitor.page.clock.install(time=0)
    visitor.page.route(f"{gateway.url}/widget/**", lambda route: route.abort())
    visitor.page.route(f"{gateway.url}/tests/**", lambda route: route.abort())
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    with visitor.page.expect_request(f"{gateway.url}/tests/**"):
        visitor.page.goto(host.add("/silent", page))
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.evaluate(f"void {REJECTED}.then((message) => (window.rejected = message))")
    assert visitor.heard("load-failed") == []
    visitor.page.clock.run_for(15_000)
    expect(visitor.page.get_by_role("alert")).to_contain_text("internet connection")
    assert visitor.heard("load-failed") == [{"code": "network"}]
    assert visitor.page.evaluate("window.rejected") == "network"
    visitor.picture("43-frame-network")


# Methods.


def test_calls_are_kept_until_the_frame_is_there(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    visitor.page.goto(host.add("/calls", script(gateway, "frame")))
    visitor.page.wait_for_function("!!customElements.get('test-widget-frame')")
    screen = visitor.page.evaluate(
        f"""async () => {{
          const frame = document.createElement('test-widget-frame');
          const started = frame.start();
          document.body.append(frame);
          const state = frame.getState();
          frame.setAttribute('provider', '{PROVIDER}');
          await null;
          frame.setAttribute('test', 'work-values');
          await started;
          return (await state).screen;
        }}"""
    )
    assert screen in ("loading", "instruction", "question")
    framed(visitor.page).get_by_role("button", name="Go to the questions").click()
    sees_question(visitor.page, 1)
    visitor.started()


def test_a_promise_of_a_removed_frame_is_rejected(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    visitor.page.goto(host.add("/removed", page))
    expect(framed(visitor.page).get_by_role("button", name="Start the test")).to_be_visible()
    answers = visitor.page.evaluate(
        f"""async () => {{
          const frame = {FRAME};
          const told = (promise) =>
            promise.then(({{ screen }}) => screen, ({{ message }}) => message);
          const before = told(frame.getState());
          frame.remove();
          const during = told(frame.getState());
          const answers = [await before, await during, await told(frame.getState())];
          document.body.append(frame);
          return [...answers, await told(frame.getState())];
        }}"""
    )
    assert answers[:3] == ["removed"] * 3
    assert answers[3] in ("loading", "welcome")


def test_a_call_that_throws_or_cannot_be_sent_is_rejected(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = script(gateway, "frame") + element("work-values", "test-widget-frame")
    visitor.page.goto(host.add("/throws", page))
    expect(framed(visitor.page).get_by_role("button", name="Start the test")).to_be_visible()
    resume = f"(value) => {FRAME}.resume(value).then(() => '', ({{ name }}) => name)"
    assert visitor.page.evaluate(resume, None) == "TypeError"
    function = resume.replace("resume(value)", "resume(() => {})")
    assert visitor.page.evaluate(function) == "DataCloneError"
    assert state(visitor.page)["screen"] == "welcome"


def test_the_host_of_a_frame_offers_a_price(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    page = (
        script(gateway, "frame")
        + element("career-interests", "test-widget-frame")
        + """<script>addEventListener('test-widget:pause', ({ detail }) => {
          window.offered = detail.offer({ price: '10 EUR', href: 'checkout' });
        })</script>"""
    )
    host.add("/shop/checkout", "<h1>Checkout</h1>")
    visitor.page.goto(host.add("/shop/offer", page))
    begin(visitor.page)
    answer(visitor.page, 1, 70, of=120)
    inside = framed(visitor.page)
    link = inside.get_by_role("link")
    expect(link).to_contain_text("10 EUR")
    expect(link).to_have_attribute("href", f"{host.url}/shop/checkout")
    link.click()
    # It opens in place of the host's page, not inside the frame.
    expect(visitor.page.get_by_role("heading", name="Checkout")).to_be_visible()


def test_the_sandbox_is_the_widgets_and_not_the_iframes(
    visitor: Visitor, host: HostPages, gateway: Gateway
) -> None:
    sandbox = element("work-values", "test-widget-frame").replace("></", " sandbox></")
    visitor.page.goto(host.add("/sandbox", script(gateway, "frame") + sandbox))
    inside = framed(visitor.page)
    expect(inside.get_by_role("button", name="Start the test")).to_be_visible()
    expect(inside.locator("test-widget")).to_have_attribute("sandbox", "")
    assert visitor.page.locator("iframe").get_attribute("sandbox") is None
    assert visitor.page.evaluate(f"{FRAME}.sandbox") is True
    visitor.page.evaluate(f"{FRAME}.sandbox = false")
    expect(inside.locator("test-widget")).not_to_have_attribute("sandbox", "")
