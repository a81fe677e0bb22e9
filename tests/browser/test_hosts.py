"""What frameworks and scripts of host pages do to the widget, and what it does to them."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor, Take
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.test_question_types import field
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser


def script(gateway: Gateway) -> str:
    return f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'


def element(inside: str = "", **attributes: str) -> str:
    told = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<test-widget provider="{PROVIDER}" test="work-values" {told}>{inside}</test-widget>'


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_framework_that_sets_start_as_a_property_leaves_the_method(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite, moment: str
) -> None:
    assert site
    visitor = new_visitor()
    make = f"""
      {"await customElements.whenDefined('test-widget');" if moment == "after" else ""}
      const widget = document.createElement('test-widget');
      Object.assign(widget, {{ provider: '{PROVIDER}', test: 'work-values', start: 'manual' }});
      document.body.append(widget);
    """
    page = f"{script(gateway)}<body><script type='module'>{make}</script>"
    visitor.page.goto(host.add(f"/property/{moment}", page))
    visitor.sees("Work values")
    assert visitor.widget.get_attribute("start-mode") == "manual"
    visitor.widget.evaluate("widget => widget.start()")
    visitor.sees_question(1, 24)


def test_no_attribute_has_the_name_of_a_method(take: Take) -> None:
    visitor = take("two-texts")
    methods = visitor.widget.evaluate("""widget => {
      const { prototype, observedAttributes } = customElements.get('test-widget');
      return [...observedAttributes, 'start-mode', 'theme', 'auto-advance']
        .map((name) => name.replace(/-./g, ([, letter]) => letter.toUpperCase()))
        .filter((name) => typeof widget[name] === 'function' || !(name in prototype));
    }""")
    assert methods == []


SCREENS = {
    "a template": '<template slot="welcome"><h2>Ours</h2><b data-field="length"></b></template>',
    "an element": '<div slot="welcome"><h2>Ours</h2><b data-field="length"></b></div>',
}


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_a_screen_of_the_hosts_own_is_shown_and_leaves_with_its_moment(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite, screen: str
) -> None:
    assert site
    visitor = new_visitor()
    visitor.page.goto(host.add("/screen", script(gateway) + element(screen)))
    expect(visitor.page.get_by_role("heading", name="Ours")).to_be_visible()
    expect(visitor.page.locator("b")).to_have_text("24")
    visitor.widget.evaluate("widget => widget.start()")
    visitor.button("Go to the questions").click()
    visitor.sees_question(1, 24)
    expect(visitor.page.get_by_role("heading", name="Ours")).to_be_hidden()


def test_a_template_as_jsx_makes_it_has_its_children_beside_the_content(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    assert site
    visitor = new_visitor()
    warnings: list[str] = []
    visitor.page.on(
        "console",
        lambda message: warnings.append(message.text) if message.type == "warning" else None,
    )
    make = f"""<body><script type="module">
      const widget = document.createElement('test-widget');
      const template = document.createElement('template');
      const heading = document.createElement('h2');
      heading.textContent = 'Made by JSX';
      template.slot = 'welcome';
      template.append(heading);
      widget.append(template);
      Object.assign(widget, {{ provider: '{PROVIDER}', test: 'work-values' }});
      document.body.append(widget);
    </script>"""
    visitor.page.goto(host.add("/jsx", script(gateway) + make))
    expect(visitor.page.get_by_role("heading", name="Made by JSX")).to_be_visible()
    assert warnings == []
    visitor.page.goto(
        host.add("/empty", script(gateway) + element('<template slot="welcome"></template>'))
    )
    with visitor.page.expect_console_message(lambda message: "is empty" in message.text):
        visitor.page.reload()


SHORTCUTS = """<script>
for (const name of ['keydown', 'keypress']) addEventListener(name, (event) => {
  const { target, key } = event;
  if (['INPUT', 'TEXTAREA'].includes(target.tagName) || event.ctrlKey) return;
  if (/^[a-z/ ]$/.test(key)) event.preventDefault();
});
</script>"""


def test_shortcuts_of_the_page_take_nothing_that_is_typed(take: Take) -> None:
    visitor = take("two-texts")
    visitor.page.add_script_tag(
        content=SHORTCUTS.removeprefix("<script>").removesuffix("</script>")
    )
    box = field(visitor, "Your answer")
    box.press_sequentially("sisters and/or brothers")
    expect(box).to_have_value("sisters and/or brothers")
    # Shortcuts with Ctrl, Escape and Tab stay the page's.
    visitor.page.evaluate("""() => {
      globalThis.heard = [];
      addEventListener('keydown', ({ key }) => heard.push(key));
    }""")
    visitor.press("Escape", "Control+k", "a")
    assert visitor.page.evaluate("heard") == ["Escape", "Control", "k"]


def test_shortcuts_of_the_page_do_not_keep_space_from_choosing(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    assert site
    visitor = new_visitor()
    visitor.page.goto(host.add("/shortcuts", SHORTCUTS + script(gateway) + element()))
    visitor.begin()
    visitor.sees_question(1, 24)
    visitor.choices.first.focus()
    visitor.press("Space")
    visitor.sees_question(2, 24)


def test_the_pause_has_the_hosts_price_and_way_to_pay(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    assert site
    visitor = new_visitor()
    offer = """<script>
      addEventListener('test-widget:pause', ({ detail }) =>
        detail.offer({ price: '990 ₽', href: '/pay?a=1' }));
    </script>"""
    page = script(gateway) + offer + element().replace("work-values", "career-interests")
    visitor.page.goto(host.add("/offer", page))
    visitor.begin()
    visitor.answer(1, 70, lambda _: 2)
    visitor.sees("A short pause")
    pay = visitor.widget.get_by_role("link", name="Pay 990 ₽")
    expect(pay).to_have_attribute("href", f"{host.url}/pay?a=1")
    visitor.picture("pause-with-an-offer")
    visitor.widget.evaluate(
        "widget => widget.dispatchEvent(new Event('nothing'))"  # The offer stays on the screen.
    )
    expect(pay).to_be_visible()


def test_a_host_can_offer_no_script_as_a_way_to_pay(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    assert site
    visitor = new_visitor()
    offer = """<script>
      addEventListener('test-widget:pause', ({ detail }) =>
        detail.offer({ price: '<b>10</b>', href: 'javascript:alert(1)' }));
    </script>"""
    page = script(gateway) + offer + element().replace("work-values", "career-interests")
    visitor.page.goto(host.add("/bad-offer", page))
    visitor.begin()
    visitor.answer(1, 70, lambda _: 2)
    visitor.sees("A short pause")
    expect(visitor.widget.get_by_text("<b>10</b>")).to_be_visible()
    expect(visitor.widget.get_by_role("link")).to_have_count(0)


@pytest.mark.parametrize(
    ("provider", "test", "code", "heading"),
    [
        ("nobody", "work-values", "provider_not_found", "The test is not available on this page"),
        (PROVIDER, "no-such-test", "test_not_found", "Test not found"),
    ],
)
def test_a_host_is_told_at_once_that_there_is_nothing_to_show(
    new_visitor: NewVisitor,
    host: HostPages,
    gateway: Gateway,
    site: PartnerSite,
    provider: str,
    test: str,
    code: str,
    heading: str,
) -> None:
    assert site
    visitor = new_visitor()
    wrong = f'<test-widget provider="{provider}" test="{test}"></test-widget>'
    visitor.page.goto(host.add(f"/wrong/{code}", script(gateway) + wrong))
    visitor.sees(heading)
    assert visitor.heard("load-failed") == [{"code": code}]
    assert [error["code"] for error in visitor.heard("error")] == [code]
    expect(visitor.button("Start the test")).to_have_count(0)


def test_a_page_of_another_origin_is_told_before_the_start(
    new_visitor: NewVisitor, foreign_host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    assert site
    visitor = new_visitor()
    visitor.page.goto(foreign_host.add("/foreign", script(gateway) + element()))
    visitor.sees("The test is not available on this page")
    assert visitor.heard("load-failed") == [{"code": "origin_not_allowed"}]


def test_guests_of_a_page_with_sandbox_live_there_and_see_it(
    new_visitor: NewVisitor, host: HostPages, gateway: Gateway
) -> None:
    keys = gateway.command(
        *("provider", "create", "--slug", "trial", "--name", "Trial", "--policy", "postpaid"),
        *("--sandbox-guests", "--origin", host.url),
    )
    visitor = new_visitor()
    page = script(gateway) + (
        '<test-widget provider="trial" test="work-values" locale="ru" sandbox></test-widget>'
    )
    visitor.page.goto(host.add("/sandbox", page))
    expect(visitor.widget.get_by_text("Песочница: только для проб")).to_be_visible()
    visitor.button("Начать тест").click()
    visitor.widget.get_by_role("radio").first.click()
    expect(visitor.status).to_contain_text("Сохранено")
    expect(visitor.widget.get_by_text("Песочница: только для проб")).to_be_visible()
    visitor.picture("sandbox")
    [start] = visitor.heard("start")
    found = {}
    for world in ("client_key", "sandbox_key"):
        request = Request(  # noqa: S310 - the gateway of this test
            f"{gateway.url}/partner/api/v3/session/get?session={start['session']}",
            headers={"Authorization": f"Bearer {keys[world]}"},
        )
        try:
            with urlopen(request) as response:  # noqa: S310
                found[world] = response.status
        except HTTPError as error:
            found[world] = error.code
    assert found == {"client_key": 404, "sandbox_key": 200}


def test_long_texts_are_saved_and_can_be_brought_back(
    take: Take, new_visitor: NewVisitor, host: HostPages, gateway: Gateway, site: PartnerSite
) -> None:
    visitor = take("long-texts")
    for number in range(12):
        visitor.widget.get_by_role("textbox").nth(number).fill(f"{number}:" + "ж" * 1_990)
    visitor.button("Next").click()
    visitor.sees_question(2, 3)
    expect(visitor.status).to_contain_text("Saved")
    answers = visitor.page.evaluate("document.querySelector('test-widget').getAnswers()")
    [start] = visitor.heard("start")
    assert site.stored(start["session"]) == dict(answers)
    assert len(json.dumps(answers, ensure_ascii=False).encode()) > 40_000
    other = new_visitor()
    page = script(gateway) + element().replace("work-values", "long-texts")
    other.page.goto(host.add("/long-texts", page))
    other.sees("long-texts")
    twice = [answers[0], ["more", answers[0][1]]]
    other.page.evaluate(
        "answers => document.querySelector('test-widget').resume({ answers })", twice
    )
    other.sees_question(3, 3)
    [begun] = other.heard("start")
    assert site.stored(begun["session"]) == dict(twice)
    assert other.heard("error") == []
