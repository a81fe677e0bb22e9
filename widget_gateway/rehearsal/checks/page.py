"""The page itself: it loads, the widget is let in, and nothing on it is secret."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from playwright.sync_api import Error, Route

from widget_gateway.rehearsal.device import ELEMENT, Device
from widget_gateway.rehearsal.errors import RehearsalRefusedError, StoryEndedError
from widget_gateway.rehearsal.rehearsal import SETTLE_MS, Rehearsal
from widget_gateway.rehearsal.scripts import STORED
from widget_gateway.rehearsal.traffic import origin_of

POLICY = "content-security-policy"


def open_page(rehearsal: Rehearsal) -> None:
    """Load the page as the first person.

    Raises:
        RehearsalRefusedError: it does not load, has no widget, or not one of the sandbox.
        StoryEndedError: the widget can't show anything.
    """
    try:
        device = rehearsal.open_device(0)
        status, rehearsal.has_policy = _load(rehearsal, device)
    except StoryEndedError as ended:
        raise RehearsalRefusedError(f"Signing in did not work: {ended}") from None
    except Error as error:
        why = error.message.partition("\n")[0]
        raise RehearsalRefusedError(f"The page {rehearsal.url} does not load: {why}") from None
    if status >= HTTPStatus.BAD_REQUEST:
        raise RehearsalRefusedError(f"The page {rehearsal.url} answers with {status}.")
    patience = rehearsal.by_hand_s if rehearsal.by_hand else None
    if rehearsal.by_hand:
        rehearsal.tell("sign-in-by-hand")
    if not device.until(lambda: device.page.locator(ELEMENT).count(), patience):
        raise RehearsalRefusedError(
            f"There is no widget at {rehearsal.url}: neither <test-widget> nor "
            "<test-widget-frame>. If people sign in first, say how in the plan (sign_in)."
        )
    rehearsal.url = device.page.url if rehearsal.by_hand else rehearsal.url
    _look_at_widget(rehearsal, device)


def _load(rehearsal: Rehearsal, device: Device) -> tuple[int, bool]:
    response = device.page.goto(rehearsal.url, wait_until="domcontentloaded")
    if response is None:
        return 200, False
    meta = device.page.locator(f"meta[http-equiv='{POLICY}' i]")
    return response.status, POLICY in response.headers or meta.count() > 0


def _look_at_widget(rehearsal: Rehearsal, device: Device) -> None:
    found = rehearsal.findings
    shown = device.shows_widget()
    rehearsal.picture("01-page")
    state = device.state()
    failures = {str(detail.get("code")) for detail in device.heard("load-failed")}
    if "origin_not_allowed" in failures:
        found.failed("origin-allowed", device.page.evaluate("location.origin"))
        raise StoryEndedError
    if state is None or not shown or failures - {"network"}:
        found.failed("widget-starts", ", ".join(sorted(failures)) or "nothing is shown")
        raise StoryEndedError
    _must_rehearse(rehearsal, state)
    rehearsal.uses_token = bool(state["token"])


def _must_rehearse(rehearsal: Rehearsal, state: dict[str, Any]) -> None:
    if origin_of(state["gateway"]) != origin_of(rehearsal.gateway.url):
        raise RehearsalRefusedError(
            f"The page's widget uses the gateway {state['gateway']}, not {rehearsal.gateway.url}."
        )
    if state["session"] and state["screen"] != "welcome":
        rehearsal.must_be_sandbox(state["session"])
    elif not state["sandbox"] and not state["token"]:
        raise RehearsalRefusedError(
            "The widget of this page begins live attempts. Set its attribute `sandbox`, or give "
            "it an access token of the sandbox, and rehearse that page."
        )


def look_at_policy(rehearsal: Rehearsal) -> None:
    """Say whether the page's policy has forbidden the widget anything."""
    forbidden = _forbidden(rehearsal, rehearsal.devices, "enforce")
    if forbidden:
        rehearsal.findings.failed("csp-lets-widget", forbidden)
    elif rehearsal.has_policy:
        rehearsal.findings.passed("csp-lets-widget")
        return
    if rehearsal.session and not forbidden:
        with suppress(StoryEndedError, Error):
            _try_a_policy(rehearsal)
    rehearsal.findings.unseen("csp-lets-widget", "no-policy")


def _try_a_policy(rehearsal: Rehearsal) -> None:
    """Load a page that has no policy under a strict one, which only reports."""
    gateway = rehearsal.gateway.url
    policy = (
        f"script-src 'self' {gateway}; style-src 'self'; img-src 'self' {gateway}; "
        f"connect-src 'self' {gateway} {gateway.replace('http', 'ws', 1)}; "
        f"frame-src 'self' {gateway}"
    )

    def add_policy(route: Route) -> None:
        if route.request.resource_type != "document":
            route.continue_()
            return
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, f"{POLICY}-report-only": policy})

    device = rehearsal.open_with_cookies()
    device.page.route("**/*", add_policy)
    rehearsal.load(device)
    device.page.wait_for_timeout(SETTLE_MS)
    device.page.unroute("**/*")
    if not _forbidden(rehearsal, [device], "report"):
        rehearsal.findings.unseen("csp-lets-widget", "policy-works", policy)


def _forbidden(rehearsal: Rehearsal, devices: list[Device], disposition: str) -> str:
    """What a policy has forbidden of the gateway's, or the gateway's scripts to do."""
    gateway = origin_of(rehearsal.gateway.url)
    found = [
        f"{violation.get('effectiveDirective')} {violation.get('blockedURI')}"
        for device in devices
        for violation in device.heard("violation")
        if violation.get("disposition") == disposition
        and gateway
        in {origin_of(str(violation.get(name))) for name in ("blockedURI", "sourceFile")}
    ]
    return ", ".join(dict.fromkeys(found))[:300]


def look_for_keys(rehearsal: Rehearsal) -> None:
    """Say whether any page, script, answer or request of a browser had a secret."""
    for device in rehearsal.devices:
        for page in device.context.pages:
            try:
                rehearsal.traffic.search(page.content(), page.url.partition("?")[0])
                rehearsal.traffic.search(str(page.evaluate(STORED)), "localStorage, sessionStorage")
            except Error:  # The page is being left; its answers were read.
                continue
    if rehearsal.traffic.leaks:
        rehearsal.findings.failed("key-stays-on-server", ", ".join(rehearsal.traffic.leaks)[:300])
    else:
        rehearsal.findings.passed("key-stays-on-server")
