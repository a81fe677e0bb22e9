"""The end of the test: the result is attached once, to the right person, and then shown."""

from contextlib import suppress

from playwright.sync_api import Error, Route

from widget_gateway.rehearsal.device import Device
from widget_gateway.rehearsal.errors import StoryEndedError
from widget_gateway.rehearsal.rehearsal import ABSENT_S, SETTLE_MS, Rehearsal
from widget_gateway.rehearsal.replay import is_refused, replay, swaps_between, tokens_of
from widget_gateway.rehearsal.steps import do
from widget_gateway.rehearsal.traffic import SAFE, Sent, sent_of
from widget_gateway.rehearsal.webhooks import is_accepted

SERVER_ERROR = 500

_TALK = frozenset({"fetch", "xhr", "document", "ping"})


class Held:
    """Holds what the page sends to sites, until `release`."""

    def __init__(self, device: Device, gateway: str) -> None:
        self._device = device
        self._gateway = gateway
        self._routes: list[tuple[Sent, Route]] = []
        device.page.route("**/*", self._hold)

    def _hold(self, route: Route) -> None:
        sent = sent_of(route.request, self._device.context)
        talks = sent.method not in SAFE or sent.kind in _TALK
        if talks and not sent.is_below(self._gateway):
            self._routes.append((sent, route))
        else:
            route.continue_()

    def about(self, *texts: str) -> list[Sent]:
        """Let go of all but what contains one of the texts; return that."""
        kept = []
        for sent, route in self._routes:
            if any(sent.holds(text) for text in texts):
                kept.append((sent, route))
            else:
                _let_go(route)
        self._routes = kept
        return [sent for sent, _ in kept]

    def release(self) -> None:
        """Let go of everything, and hold nothing more."""
        self._device.page.unroute("**/*")
        for _, route in self._routes:
            _let_go(route)
        self._routes = []


def _let_go(route: Route) -> None:
    with suppress(Error):  # The page may have given the request up.
        route.continue_()


def finish(rehearsal: Rehearsal) -> None:
    """Answer the rest. What the page then sends to have the result attached is held and tried."""
    device = rehearsal.first
    probe = rehearsal.plan.results
    with rehearsal.about("attached-once", ends=False):
        before = rehearsal.look(probe) if probe and probe.count else None
    with rehearsal.about("finishes"):
        device.answer(rehearsal.length - 1)
        if not device.saved():
            raise StoryEndedError("answers stay unsaved")
        held = Held(device, rehearsal.gateway.url)
        tokens = tokens_of(device)
        try:
            _answer_the_last(rehearsal, device)
            rehearsal.findings.passed("finishes", f"{rehearsal.length}")
            requests = _try_held(rehearsal, device, held, tokens)
        finally:
            held.release()
    with rehearsal.about("attached"):
        key = rehearsal.result_key
        if not device.until(lambda: rehearsal.gateway.is_attached(key)):
            raise StoryEndedError("result_not_attached")
        rehearsal.findings.passed("attached")
    _show(rehearsal, device)
    with rehearsal.about("attached-once", ends=False):
        _attach_again(rehearsal, device, requests, before)
    _try_as_another(rehearsal, requests, tokens)


def _answer_the_last(rehearsal: Rehearsal, device: Device) -> None:
    with suppress(StoryEndedError):  # The page may lead on at once; only the event is sure.
        device.answer(rehearsal.length)
    if not device.until(lambda: device.heard("finish")):
        raise StoryEndedError(f"shows: {device.screen()}")
    rehearsal.result_key = str(device.heard("finish")[-1].get("resultKey"))


def _try_held(
    rehearsal: Rehearsal, device: Device, held: Held, tokens: dict[str, str]
) -> list[Sent]:
    names = (rehearsal.result_key, rehearsal.session)
    device.until(lambda: held.about(*names), ABSENT_S * 3)
    device.page.wait_for_timeout(SETTLE_MS)
    requests = held.about(*names)
    result = rehearsal.plan.result
    is_early = bool(requests) or not rehearsal.gateway.is_attached(rehearsal.result_key)
    if result is None:
        rehearsal.findings.unseen("result-after-attach", "no-result-in-plan")
    elif not is_early:
        rehearsal.findings.unseen("result-after-attach", "attached-by-server")
    elif device.page.locator(result.shown).first.is_visible():
        rehearsal.findings.failed("result-after-attach", result.shown)
    else:
        rehearsal.findings.passed("result-after-attach")
    if not requests:
        rehearsal.findings.unseen("attach-checks-user", "no-attach-request")
    elif not rehearsal.signs_in and not rehearsal.by_hand:
        rehearsal.findings.unseen("attach-checks-user", "no-sign-in")
    else:
        _try_as_nobody(rehearsal, requests, tokens)
    return requests


def _try_as_nobody(rehearsal: Rehearsal, requests: list[Sent], tokens: dict[str, str]) -> None:
    nobody = rehearsal.open_device(None)
    nobody.open(rehearsal.url)
    swaps = swaps_between(tokens, tokens_of(nobody))
    for sent in _distinct(requests):
        before = rehearsal.gateway.is_attached(rehearsal.result_key)
        status = replay(sent, nobody, swaps)
        # A webhook may have it attached meanwhile, so a request that was refused did nothing.
        did_it = not before and not is_refused(status) and _is_attached_soon(rehearsal, nobody)
        if is_accepted(status) or did_it:
            seen = f"{sent.name}: {status}"
            rehearsal.findings.failed("attach-checks-user", seen, reason="nobody")
            break
    else:
        rehearsal.findings.passed("attach-checks-user")


def _is_attached_soon(rehearsal: Rehearsal, device: Device) -> bool:
    return device.until(lambda: rehearsal.gateway.is_attached(rehearsal.result_key), ABSENT_S)


def _show(rehearsal: Rehearsal, device: Device) -> None:
    result = rehearsal.plan.result
    if result is None:
        rehearsal.findings.unseen("result-shown", "no-result-in-plan")
        return
    with rehearsal.about("result-shown", ends=False):
        device.page.locator(result.shown).first.wait_for()
        # The page may still be waiting for the answer that came to the gateway long ago.
        device.page.wait_for_timeout(SETTLE_MS)
        rehearsal.picture("04-finished")
        do(device, result.steps, rehearsal.url, rehearsal.known_of(0))
        rehearsal.picture("05-result")
        rehearsal.findings.passed("result-shown")


def _attach_again(
    rehearsal: Rehearsal, device: Device, requests: list[Sent], before: str | None
) -> None:
    """Have the same result attached again by the same person."""
    probe = rehearsal.plan.results
    once = rehearsal.look(probe) if probe else ""
    if len(requests) > len(_distinct(requests)):
        names = ", ".join(sent.name for sent in requests)
        rehearsal.findings.failed("attached-once", names, reason="sent-twice")
    elif before is not None and int(once) != int(before) + 1:
        rehearsal.findings.failed("attached-once", f"{before} → {once}")
    statuses = [(sent, replay(sent, device)) for sent in _distinct(requests)]
    broken = [f"{sent.name}: {status}" for sent, status in statuses if status >= SERVER_ERROR]
    again = rehearsal.look(probe) if probe else ""
    if broken:
        rehearsal.findings.failed("attached-once", ", ".join(broken), reason="error")
    elif once != again:
        rehearsal.findings.failed("attached-once", f"{once} → {again}")
    elif probe is None:
        rehearsal.findings.unseen("attached-once", "no-results")
    elif not requests:
        rehearsal.findings.unseen("attached-once", "no-attach-request")
    else:
        rehearsal.findings.passed("attached-once")


def _try_as_another(rehearsal: Rehearsal, requests: list[Sent], tokens: dict[str, str]) -> None:
    if not requests or not rehearsal.has_person(1):
        return
    other = rehearsal.open_device(1)
    other.open(rehearsal.url)
    swaps = swaps_between(tokens, tokens_of(other))
    for sent in _distinct(requests):
        status = replay(sent, other, swaps)
        if is_accepted(status):
            seen = f"{sent.name}: {status}"
            rehearsal.findings.failed("attach-checks-user", seen, reason="another")


def _distinct(sent: list[Sent]) -> list[Sent]:
    return list({(each.method, each.url, each.body): each for each in sent}.values())


def renew_token(rehearsal: Rehearsal) -> None:
    """Let the widget's access token expire: the page has to bring a new one."""
    if not rehearsal.uses_token:
        rehearsal.findings.unseen("expired-token", "no-token")
        return
    with rehearsal.about("expired-token", ends=False):
        device = rehearsal.open_device(0)
        rehearsal.load(device)
        since = device.moment
        device.widget.evaluate("(widget) => void widget.resume({ accessToken: 'expired' })")
        if not device.until(lambda: device.heard("token-needed", since)):
            raise StoryEndedError(f"shows: {device.screen()}")
        if not device.until(lambda: device.heard("ready", since)):
            raise StoryEndedError("token-needed")
        rehearsal.findings.passed("expired-token")
