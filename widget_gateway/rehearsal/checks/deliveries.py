"""The webhook: the gateway's deliveries arrive, and those that are not its own are refused."""

from uuid import uuid4

from widget_gateway.rehearsal.plan import Probe
from widget_gateway.rehearsal.rehearsal import SETTLE_MS, Rehearsal
from widget_gateway.rehearsal.webhooks import OLD_S, WebhookSender, is_accepted, new_message_id


def look_at_deliveries(rehearsal: Rehearsal) -> None:
    """Ask the gateway what became of the events of this attempt."""

    def ours() -> list[dict[str, object]]:
        names = {rehearsal.session, rehearsal.result_key}
        return [
            each
            for each in rehearsal.gateway.deliveries()
            if isinstance(each.get("data"), dict) and names & set(map(str, each["data"].values()))
        ]

    def all_arrived() -> bool:
        return all(each.get("state") == "delivered" for each in ours())

    if not rehearsal.session:
        return
    if not ours():
        rehearsal.findings.unseen("webhook-received", "no-webhook-at-gateway")
    elif rehearsal.first.until(all_arrived):
        seen = ", ".join(sorted({str(each.get("type")) for each in ours()}))
        rehearsal.findings.passed("webhook-received", seen)
    else:
        seen = ", ".join(
            f"{each.get('type')}: {each.get('status') or each.get('error') or each.get('state')}"
            for each in ours()
            if each.get("state") != "delivered"
        )
        rehearsal.findings.failed("webhook-received", seen[:300])


def send_deliveries(rehearsal: Rehearsal) -> None:
    """Send deliveries to the webhook: valid, forged, old, twice and out of order."""
    sender = rehearsal.webhook
    if sender is None:
        for line in ("webhook-verified", "webhook-repeats"):
            rehearsal.findings.unseen(line, "no-webhook")
        return
    _verify(rehearsal, sender)
    if not rehearsal.result_key:  # There is nothing yet that a webhook could tell of.
        return
    with rehearsal.about("webhook-repeats", ends=False):
        _repeat(rehearsal, sender)


def _attached(rehearsal: Rehearsal, sender: WebhookSender) -> bytes:
    user = rehearsal.known_of(0).get("user", "rehearsal")
    data = {
        "result_key": rehearsal.result_key or str(uuid4()),
        "test": rehearsal.test,
        "user_id": user,
    }
    return sender.event("result.attached", **data)


def _verify(rehearsal: Rehearsal, sender: WebhookSender) -> None:
    body = _attached(rehearsal, sender)
    valid = sender.send(body, new_message_id())
    if not is_accepted(valid):
        seen = f"{valid or 'no answer'}"
        rehearsal.findings.failed("webhook-verified", seen, reason="valid-refused")
        return
    statuses = {
        "forged": sender.send_forged(body, new_message_id()),
        "unsigned": sender.send_unsigned(body, new_message_id()),
        "changed": sender.send_changed(body, new_message_id()),
        "old": sender.send(body, new_message_id(), age_s=OLD_S),
    }
    taken = [f"{name}: {status}" for name, status in statuses.items() if is_accepted(status)]
    if taken:
        rehearsal.findings.failed("webhook-verified", ", ".join(taken))
    else:
        seen = ", ".join(f"{name}: {status}" for name, status in statuses.items())
        rehearsal.findings.passed("webhook-verified", seen)


def _repeat(rehearsal: Rehearsal, sender: WebhookSender) -> None:
    names = {"session": rehearsal.session, "test": rehearsal.test}
    events = [  # later ones first
        _attached(rehearsal, sender),
        sender.event("result.finished", **names, result_key=rehearsal.result_key),
        sender.event("attempt.paused", **names),
    ]
    deliveries = [(body, new_message_id()) for body in events]
    statuses = [sender.send(body, message_id) for body, message_id in deliveries]
    refused = [status for status in statuses if not is_accepted(status)]
    if refused:
        rehearsal.findings.failed("webhook-repeats", f"{refused[0]}", reason="order")
        return
    before = _look(rehearsal)
    statuses = [sender.send(body, message_id) for body, message_id in deliveries]
    refused = [status for status in statuses if not is_accepted(status)]
    after = _look(rehearsal)
    if refused:
        rehearsal.findings.failed("webhook-repeats", f"{refused[0]}", reason="twice")
    elif not before:
        rehearsal.findings.unseen("webhook-repeats", "no-messages")
    elif before != after:
        changes = [f"{name}: {before[name]} → {after[name]}" for name in before]
        rehearsal.findings.failed("webhook-repeats", ", ".join(changes))
    else:
        rehearsal.findings.passed("webhook-repeats")


def _look(rehearsal: Rehearsal) -> dict[str, str]:
    """What the site shows of what it did."""
    rehearsal.first.page.wait_for_timeout(SETTLE_MS)
    plan = rehearsal.plan
    probes: dict[str, Probe | None] = {
        "messages": plan.messages,
        "results": plan.results,
    }
    return {name: rehearsal.look(probe) for name, probe in probes.items() if probe is not None}
