"""All pages of the console in a real browser: with axe, on a phone, by keys, without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.console_places import ADMIN, NOBODY, Console, Place
from tests.browser.sites import CALLBACK_KEY, HostPages
from tests.support.console import PASSWORD
from tests.support.processes import Gateway

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = {"en": "en-US", "ru": "ru-RU"}
PHONE, DESKTOP = {"width": 375, "height": 800}, {"width": 1280, "height": 900}

CONTROLS = """[...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
)].filter((e) => e.checkVisibility() && !e.disabled)"""

FOCUS = """(() => {
    const e = document.activeElement;
    const style = getComputedStyle(e);
    return {
        number: e.dataset.number,
        frame: e.tagName === "IFRAME",
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    };
})()"""


@pytest.fixture(scope="module")
def console(
    browser: Browser,
    host: HostPages,
    data_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Console]:
    """The console of a gateway of its own, where a new limit waits for a second admin."""
    folder = tmp_path_factory.mktemp("console")
    gateway = Gateway(
        folder / "gateway",
        CALLBACK_KEY=CALLBACK_KEY,
        LIMIT_APPROVALS="on",
        PRIVATE_NETWORKS="127.0.0.0/8,::1/128",
    )
    gateway.with_dictionary(data_dir)
    gateway.start()
    try:
        yield Console(gateway, browser, host, folder)
    finally:
        gateway.stop()


class Look:
    """Opens pages, and keeps what their scripts, the policy or the network complain of."""

    def __init__(self, console: Console, **options: object) -> None:
        self._console = console
        self._options = options
        self._tabs: dict[str, Page] = {}
        self.faults: list[str] = []

    def go(self, place: Place) -> Page:
        """Open a page in the tab of its login."""
        page = self._tabs.get(place.login)
        if page is None:
            page = self._tabs[place.login] = self._console.open(place.login, **self._options)
            page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
            page.on("console", lambda message: self._note(page, message.type, message.text))
        answer = page.goto(f"{self._console.gateway.url}{place.path}")
        assert answer is not None
        expected = 404 if place.path == "/console/nothing/" else 200
        if answer.status != expected:
            self.faults.append(f"{place}: status {answer.status}")
        return page

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "/console/nothing/" not in page.url:
            self.faults.append(f"{page.url}: {text}")

    def close(self) -> None:
        """Close all tabs."""
        for page in self._tabs.values():
            page.context.close()


SCHEMES = ("light", "dark")


def violations(page: Page, schemes: tuple[str, ...] = SCHEMES) -> list[tuple[object, ...]]:
    """Run all rules of axe in these colour schemes and at both sizes of the page."""
    found: list[tuple[object, ...]] = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append((size["width"], "scrolls sideways"))
            found += [
                (scheme, size["width"], rule["id"], node["target"], node["failureSummary"])
                for rule in Axe().run(page).response["violations"]
                for node in rule["nodes"]
            ]
    return found


@pytest.mark.sampled(taken=1)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_fits_and_breaks_no_policy(
    console: Console, language: str, scheme: str
) -> None:
    look = Look(console, locale=LANGUAGES[language])
    found = []
    for place in console.places():
        page = look.go(place)
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1, place
        found += [(place, *violation) for violation in violations(page, (scheme,))]
    look.close()
    assert not found, "\n".join(map(str, found))
    assert not look.faults, "\n".join(look.faults)


FAULTY = (
    "/console/new-provider/",
    "/console/providers/college/edit/",
    "/console/providers/college/limit/",
    "/console/account/password/",
    "/console/accounts/",
    "/console/qua/",
)
"""Pages whose form is sent as it is, without what it needs."""


@pytest.mark.sampled
@pytest.mark.parametrize("language", LANGUAGES)
def test_faults_stand_beside_their_fields_and_are_read_with_them(
    console: Console, language: str
) -> None:
    look = Look(console, locale=LANGUAGES[language])
    found = []
    for path in FAULTY:
        page = look.go(Place(ADMIN, path))
        form = page.locator("main form:has([required])").first
        form.evaluate(
            """(form) => {
                form.noValidate = true;
                for (const input of form.querySelectorAll("input[type=text], input[type=number]"))
                    input.value = "";
            }"""
        )
        with page.expect_navigation():
            form.locator("button").first.click()
        wrong = page.locator("[aria-invalid=true]")
        assert wrong.count() >= 1, path
        for control in wrong.all():
            told = (control.get_attribute("aria-describedby") or "").split()
            faults = [name for name in told if page.locator(f"[id='{name}'].fault").count()]
            assert faults, (path, control.get_attribute("name"))
        found += [(path, *violation) for violation in violations(page)]
    look.close()
    assert not found, "\n".join(map(str, found))


def test_everything_is_reached_by_keys_with_a_visible_focus(console: Console) -> None:
    look = Look(console, locale="en-US")
    found = []
    for place in console.places():
        page = look.go(place)
        wanted = set(
            page.evaluate(
                f"{CONTROLS}.map((e, n) => e.dataset.number = String(n))"
                # Arrows, not Tab, lead to the other buttons of a group.
                ".filter((n) => { const e = document.querySelector(`[data-number='${n}']`);"
                "return e.type !== 'radio' || e.checked; })"
            )
        )
        missed = set(wanted)
        for _ in range(3 * len(wanted) + 60):
            page.keyboard.press("Tab")
            focus = page.evaluate(FOCUS)
            missed.discard(focus["number"])
            if focus["number"] is not None and not focus["ring"] and not focus["frame"]:
                found.append((place, page.evaluate("document.activeElement.outerHTML")[:200]))
            if not missed:
                break
        found += [
            (place, page.evaluate(f"document.querySelector(`[data-number='{n}']`).outerHTML"))
            for n in missed
        ]
    look.close()
    assert not found, "\n".join(map(str, found))


def test_the_skip_link_leads_to_the_content(console: Console) -> None:
    look = Look(console)
    page = look.go(Place(ADMIN, "/console/"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    look.close()


def test_every_page_shows_the_same_without_scripts(console: Console) -> None:
    looks = [
        Look(console, locale="en-US", java_script_enabled=enabled) for enabled in (True, False)
    ]
    for place in console.places():
        if "/previews/" in place.path:  # The widget needs scripts, which the page says.
            continue
        with_scripts, without = (look.go(place) for look in looks)
        heads = [page.locator("main :is(h1, h2, th, label)") for page in (with_scripts, without)]
        assert heads[0].all_inner_texts() == heads[1].all_inner_texts(), place
        for form in without.locator("main form:visible").all():
            assert form.locator("button:visible").count() >= 1, place
    for look in looks:
        look.close()
        assert not look.faults, "\n".join(look.faults)


def test_a_provider_is_made_and_its_keys_are_changed_without_scripts(console: Console) -> None:
    look = Look(console, locale="en-US", java_script_enabled=False)
    page = look.go(Place(ADMIN, "/console/new-provider/"))
    page.get_by_label("Slug").fill("plain")
    page.get_by_label("Name").first.fill("Plain School")
    page.get_by_label("Origins of its pages").fill("https://plain.example")
    page.get_by_role("button", name="Register").click()
    live = page.get_by_label("Live key").input_value()
    assert live.startswith("live_")
    assert page.get_by_role("button", name="Copy").count() == 0
    page = look.go(Place(ADMIN, "/console/providers/plain/keys/"))
    page.get_by_label("The old keys work for").select_option("168")
    page.get_by_role("button", name="Make new keys").click()
    assert page.get_by_label("Live key").input_value() != live
    page = look.go(Place(ADMIN, "/console/providers/plain/keys/"))
    page.get_by_role("link", name="End").first.click()
    page.get_by_role("button", name="End this key").click()
    page.wait_for_url("**/keys/?done=*")
    page = look.go(Place(ADMIN, "/console/providers/plain/edit/"))
    page.get_by_label("Name").first.fill("Plainer School")
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/edit/?done=*")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Plainer School")
    look.close()
    assert not look.faults, "\n".join(look.faults)


def test_a_person_signs_in_and_out_without_scripts(console: Console) -> None:
    look = Look(console, locale="en-US", java_script_enabled=False)
    page = look.go(Place(NOBODY, "/console/sign-in/"))
    page.get_by_label("Login").fill("olga")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/providers/college/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/console/sign-in/?done=*")
    look.close()
    assert not look.faults, "\n".join(look.faults)
