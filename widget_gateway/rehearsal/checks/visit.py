"""A visit up to the pause, with what happens to visitors in life."""

from typing import Any

from widget_gateway.rehearsal.device import Device
from widget_gateway.rehearsal.errors import RehearsalRefusedError, StoryEndedError
from widget_gateway.rehearsal.rehearsal import SETTLE_MS, Rehearsal
from widget_gateway.rehearsal.scripts import BLOCK_SOCKETS

OUTAGE_AT = 8
"""The number of answers after which the gateway is cut off."""

OFFLINE = 3
"""Answers that are given while a device can't reach the gateway, or on another device."""

RELOAD_AT = 30
"""The number of answers after which the page is reloaded."""


def begin(rehearsal: Rehearsal) -> None:
    """Start an attempt.

    Raises:
        RehearsalRefusedError: it is not in the sandbox.
        StoryEndedError: none begins.
    """
    device = rehearsal.first
    with rehearsal.about("widget-starts"):
        if device.screen() == "welcome":
            device.start()
        if not device.until(lambda: device.heard("ready") or _refusals(device)):
            raise StoryEndedError("no attempt begins")
        if not device.heard("ready"):
            _explain_refusal(rehearsal, device)
    _follow(rehearsal, device)
    rehearsal.findings.passed("origin-allowed")
    rehearsal.findings.passed("widget-starts")


def _refusals(device: Device) -> list[dict[str, Any]]:
    return [detail for detail in device.heard("error") if not detail.get("retryable")]


def _explain_refusal(rehearsal: Rehearsal, device: Device) -> None:
    refusal = _refusals(device)[0]
    code, message = str(refusal.get("code")), str(refusal.get("message"))
    if code == "origin_not_allowed" and "sandbox" in message:
        raise RehearsalRefusedError(
            "The gateway lets no guests of your pages into the sandbox. Ask its operator for "
            "--sandbox-guests, or give the widget an access token of the sandbox."
        )
    if code == "origin_not_allowed":
        rehearsal.findings.failed("origin-allowed", device.page.evaluate("location.origin"))
    raise StoryEndedError(f"{code} {message}")


def _follow(rehearsal: Rehearsal, device: Device) -> None:
    """Keep which attempt the device takes."""
    session = str(device.heard("ready")[-1].get("session"))
    rehearsal.must_be_sandbox(session)
    known = rehearsal.gateway.session(session) or {}
    rehearsal.session = session
    if starts := device.heard("start"):
        rehearsal.resume_token = str(starts[-1].get("resumeToken") or "")
    rehearsal.test = str(known.get("test", ""))
    rehearsal.length = int(known.get("length", 0))
    gate = known.get("pause_after")
    rehearsal.gate = int(gate) if gate and not known.get("paid") else None


def lose_the_gateway(rehearsal: Rehearsal) -> None:
    """Cut the gateway off while answers are given, as if its node were killed."""
    device = rehearsal.first
    before, after = _counts(rehearsal, OUTAGE_AT, OFFLINE)
    with rehearsal.about("survives-outage"):
        device.answer(before)
        with rehearsal.outage():
            device.answer(after)
            device.page.wait_for_timeout(SETTLE_MS)
        if not device.saved():
            raise StoryEndedError("answers stay unsaved")
        _expect_stored(rehearsal, after)
        rehearsal.findings.passed("survives-outage")


def reload(rehearsal: Rehearsal) -> None:
    """Reload the page in the middle."""
    device = rehearsal.first
    answered, _ = _counts(rehearsal, RELOAD_AT)
    with rehearsal.about("session-survives-reload"):
        device.answer(answered)
        if not device.saved():
            raise StoryEndedError("answers stay unsaved")
        device.page.reload(wait_until="domcontentloaded")
        if not device.shows_widget():
            raise StoryEndedError("no widget")
        if rehearsal.goes_on(device):
            rehearsal.findings.passed("session-survives-reload")
        else:
            rehearsal.findings.failed("session-survives-reload", f"shows: {device.screen()}")
            rehearsal.rescue(device)


def go_on_elsewhere(rehearsal: Rehearsal) -> None:
    """Go on at a second device, then without WebSockets at a third, and come back."""
    answered = _answered(rehearsal.first)
    if rehearsal.signs_in or rehearsal.by_hand:
        with rehearsal.about("second-device", ends=False):
            second = rehearsal.open_as_first()
            rehearsal.load(second)
            if not rehearsal.goes_on(second):
                raise StoryEndedError(f"shows: {second.screen()}")
            answered = second.answer(answered + OFFLINE)["answered"]
            if not second.saved():
                raise StoryEndedError("answers stay unsaved")
            rehearsal.findings.passed("second-device")
    else:
        rehearsal.findings.unseen("second-device", "no-sign-in")
    with rehearsal.about("blocked-websocket", ends=False):
        _go_on_without_sockets(rehearsal)
    with rehearsal.about("second-device"):
        rehearsal.load(rehearsal.first)
        if not rehearsal.goes_on(rehearsal.first):
            rehearsal.findings.failed("second-device", f"shows: {rehearsal.first.screen()}")
            rehearsal.rescue(rehearsal.first)


def _go_on_without_sockets(rehearsal: Rehearsal) -> None:
    device = rehearsal.open_with_cookies()
    device.context.add_init_script(BLOCK_SOCKETS)
    rehearsal.load(device)
    if device.screen() == "welcome":
        device.start()
    if not device.until(lambda: device.heard("ready")):
        raise StoryEndedError("the attempt does not open")
    device.answer(_answered(device) + OFFLINE)
    if not device.saved():
        raise StoryEndedError("answers stay unsaved")
    rehearsal.findings.passed("blocked-websocket")


def reach_the_pause(rehearsal: Rehearsal) -> None:
    """Answer the questions before the pause; nothing may be lost of them."""
    if rehearsal.gate is None:
        for line in ("pause-shown", "payment-from-server", "paid-goes-on", "paid-once"):
            rehearsal.findings.unseen(line, "no-pause")
        return
    device = rehearsal.first
    with rehearsal.about("pause-shown"):
        try:
            device.answer(rehearsal.gate)
        except StoryEndedError:
            # The page may lead to its checkout at once, and then the widget is gone.
            if not device.until(lambda: device.heard("pause")):
                raise
        if not device.until(lambda: device.heard("pause")):
            raise StoryEndedError("no pause is announced")
        _expect_stored(rehearsal, rehearsal.gate)
        rehearsal.findings.passed("pause-shown", f"{rehearsal.gate}/{rehearsal.length}")
    rehearsal.picture("02-pause")


def _counts(rehearsal: Rehearsal, wanted: int, more: int = 0) -> tuple[int, int]:
    """Numbers of answers that are below the pause and the end."""
    most = min(rehearsal.gate or rehearsal.length, rehearsal.length) - 3 * OFFLINE - 1
    before = max(min(wanted, most), _answered(rehearsal.first))
    return before, before + more


def _answered(device: Device) -> int:
    return int((device.state() or {}).get("answered") or 0)


def _expect_stored(rehearsal: Rehearsal, answered: int) -> None:
    known = rehearsal.gateway.session(rehearsal.session) or {}
    if known.get("answered") != answered:
        raise StoryEndedError(f"{known.get('answered')} of {answered} answers are stored")
