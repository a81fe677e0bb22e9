"""The pause and the payment: done once, and confirmed by nobody but the partner's server."""

from dataclasses import dataclass
from urllib.parse import urljoin

from widget_gateway.rehearsal.device import Device
from widget_gateway.rehearsal.errors import StoryEndedError
from widget_gateway.rehearsal.rehearsal import SETTLE_MS, Rehearsal
from widget_gateway.rehearsal.replay import replay, swaps_between, tokens_of
from widget_gateway.rehearsal.steps import do
from widget_gateway.rehearsal.traffic import SAFE, Sent

PAID_S = 60.0
"""Seconds from the end of the payment's steps until the gateway knows of the payment."""

SERVER_ERROR = 500


@dataclass(frozen=True)
class Stranger:
    """Another person's device, at the pause of an attempt that nobody has paid for."""

    device: Device
    session: str


def pay(rehearsal: Rehearsal) -> None:
    """Pay as the plan says, and try to get another attempt paid without paying."""
    if rehearsal.gate is None:
        return
    stranger = _stranger_at_the_pause(rehearsal)
    since = rehearsal.traffic.moment
    device = rehearsal.first
    device.page.wait_for_timeout(SETTLE_MS)
    if rehearsal.gateway.is_paid(rehearsal.session):
        rehearsal.findings.failed("payment-from-server", reason="before-paying")
    with rehearsal.about("paid-goes-on"):
        _do_pay(rehearsal, device)
        sent = rehearsal.traffic.since(since)
        rehearsal.picture("03-paid")
        _return(rehearsal, device)
    mine = [each for each in sent if each.context is device.context]
    _look_for_foreign_hands(rehearsal, mine, stranger)
    with rehearsal.about("paid-once", ends=False):
        _pay_again(rehearsal, mine)


def _do_pay(rehearsal: Rehearsal, device: Device) -> None:
    if rehearsal.by_hand:
        rehearsal.tell("pay-by-hand")
        patience_s = rehearsal.by_hand_s
    elif rehearsal.plan.payment is not None:
        known = rehearsal.known_of(0)
        do(device, rehearsal.plan.payment.steps, rehearsal.url, known)
        patience_s = PAID_S
    else:
        raise StoryEndedError("the plan has no payment")
    if not device.until(lambda: rehearsal.gateway.is_paid(rehearsal.session), patience_s):
        raise StoryEndedError("the gateway has no confirmation")


def _return(rehearsal: Rehearsal, device: Device) -> None:
    for page in device.context.pages:
        if page is not device.page:
            page.close()
    if not device.screen():
        rehearsal.load(device)
    if rehearsal.goes_on(device):
        rehearsal.findings.passed("paid-goes-on", f"{(rehearsal.gate or 0) + 1}")
    else:
        rehearsal.findings.failed("paid-goes-on", f"shows: {device.screen()}")
        rehearsal.rescue(device)

    def is_unlocked() -> bool:
        state = device.state()
        return (
            state is not None
            and state["screen"] == "question"
            and state["answered"] == rehearsal.gate
        )

    if not device.until(is_unlocked):
        raise StoryEndedError(f"shows: {device.screen()}")


def _stranger_at_the_pause(rehearsal: Rehearsal) -> Stranger | None:
    """Bring another person to the pause; return None where it can't be done."""
    if not rehearsal.has_person(1):
        rehearsal.findings.unseen("people-kept-apart", "no-second-person")
        return None
    answers = rehearsal.first.heard("pause")[-1].get("answers")
    with rehearsal.about("people-kept-apart", ends=False):
        stranger = rehearsal.open_device(1)
        rehearsal.load(stranger)
        state = stranger.state() or {}
        if rehearsal.session in {state.get("session"), state.get("attribute")}:
            raise StoryEndedError(f"shows: {state.get('screen')}")
        rehearsal.findings.passed("people-kept-apart")
        stranger.widget.evaluate("(widget, answers) => void widget.resume({ answers })", answers)
        if stranger.until(lambda: stranger.heard("pause")):
            return Stranger(stranger, str(stranger.heard("pause")[-1].get("session")))
    return None


def _look_for_foreign_hands(
    rehearsal: Rehearsal, sent: list[Sent], stranger: Stranger | None
) -> None:
    """Let another person, who has not paid, send what the first one sent."""
    line = "payment-from-server"
    calls = rehearsal.traffic.partner_calls()
    if calls:
        rehearsal.findings.failed(line, ", ".join(dict.fromkeys(call.name for call in calls)))
        return
    if stranger is None:
        rehearsal.findings.unseen(line, "no-second-person")
        return
    tokens = swaps_between(tokens_of(rehearsal.first), tokens_of(stranger.device))
    swaps = tokens | {rehearsal.session: stranger.session}
    for each in _distinct(sent):
        if not each.holds(rehearsal.session) or _is_providers(rehearsal, each):
            continue
        if each.method in SAFE and each.kind not in {"document", "fetch", "xhr"}:
            continue
        replay(each, stranger.device, swaps)
        if rehearsal.gateway.is_paid(stranger.session):
            rehearsal.findings.failed(line, each.name)
            return
    rehearsal.findings.passed(line)


def _pay_again(rehearsal: Rehearsal, sent: list[Sent]) -> None:
    """Send once more all that the site got when it was paid."""
    probe = rehearsal.plan.orders
    before = rehearsal.look(probe) if probe else ""
    again = [
        each for each in _distinct(sent) if each.method not in SAFE and each.is_below(rehearsal.url)
    ]
    answered = [(each, replay(each, rehearsal.first)) for each in again]
    broken = [f"{each.name}: {status}" for each, status in answered if status >= SERVER_ERROR]
    if broken:
        rehearsal.findings.failed("paid-once", ", ".join(broken), reason="error")
    elif not again:
        rehearsal.findings.unseen("paid-once", "no-request")
    elif probe is None:
        rehearsal.findings.unseen("paid-once", "no-orders")
    elif (after := rehearsal.look(probe)) != before:
        rehearsal.findings.failed("paid-once", f"{before} → {after}")
    else:
        rehearsal.findings.passed("paid-once")


def _is_providers(rehearsal: Rehearsal, sent: Sent) -> bool:
    payment = rehearsal.plan.payment
    own = payment.provider if payment else []
    return any(sent.url.startswith(urljoin(rehearsal.url, beginning)) for beginning in own)


def _distinct(sent: list[Sent]) -> list[Sent]:
    return list({(each.method, each.url, each.body): each for each in sent}.values())
