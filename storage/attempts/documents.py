"""How attempts are stored as documents."""

from typing import Any

from storage.client import Document
from widget_gateway.domain.attempts.attempts import Attempt, AttemptState
from widget_gateway.domain.attempts.devices import Browser, Device, Form, System
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId


def attempt_from(row: Document) -> Attempt:
    """Make an attempt of its document. The hash of the resume token is left out."""
    return Attempt(
        id=AttemptId(row["_id"]),
        provider=ProviderSlug(row["provider"]),
        sandbox=row["sandbox"],
        test=TestSlug(row["test"]),
        version=row["version"],
        locale=row["locale"],
        created_at=row["created_at"],
        state=AttemptState(row["state"]),
        generation=row["generation"],
        paid=row["paid"],
        payment_id=row["payment_id"],
        user_id=row["user_id"] and UserId(row["user_id"]),
        result_key=row["result_key"] and ResultKey(row["result_key"]),
        last_seq=row["last_seq"],
        # Attempts that finished before each generation counted its own `seq` have no such field.
        stored_seqs=dict(row.get("stored_seqs") or ()),
        initial_answers=tuple((q, tuple(v)) for q, v in row["initial_answers"]),
        # Attempts that began before tests could have a random order have no such field.
        seed=row.get("seed"),
        device=_device_from(row.get("device")),
    )


def _device_from(kept: Document | None) -> Device | None:
    """Read the kind of device. Attempts of former gateways have none."""
    if kept is None:
        return None
    return Device(Browser(kept["browser"]), System(kept["system"]), Form(kept["form"]))


def _device_document(device: Device | None) -> Document | None:
    if device is None:
        return None
    return {
        "browser": device.browser.value,
        "system": device.system.value,
        "form": device.form.value,
    }


def changed(row: Document, attempt: Attempt, **fields: Any) -> Document:
    """Make a copy of the document with the attempt's values and with further fields."""
    return row | attempt_to_document(attempt) | fields


def attempt_to_document(attempt: Attempt) -> Document:
    """Make the document of an attempt, without `resume_hash` and `expires_at`."""
    return {
        "_id": attempt.id,
        "provider": attempt.provider,
        "sandbox": attempt.sandbox,
        "test": attempt.test,
        "version": attempt.version,
        "locale": attempt.locale,
        "created_at": attempt.created_at,
        "state": attempt.state.value,
        "generation": attempt.generation,
        "paid": attempt.paid,
        "payment_id": attempt.payment_id,
        "user_id": attempt.user_id,
        "result_key": attempt.result_key,
        "last_seq": attempt.last_seq,
        "stored_seqs": [list(pair) for pair in sorted(attempt.stored_seqs.items())],
        "initial_answers": [[q, list(v)] for q, v in attempt.initial_answers],
        "seed": attempt.seed,
        "device": _device_document(attempt.device),
    }
