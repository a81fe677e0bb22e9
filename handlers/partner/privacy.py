"""`user/export` and `user/erase`: what a partner does when its user asks for it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from handlers.contract.operations import Moment, Operation, Operations
from handlers.contract.streams import StreamedAnswer, json_object
from handlers.partner.base import Marked, PartnerHandler
from handlers.partner.calculation import CALCULATION_EXAMPLE, Calculation, calculate
from handlers.partner.parameters import CALLER, USER
from widget_gateway.domain.attempts.attempts import AttemptState
from widget_gateway.domain.attempts.devices import Browser, Device, Form, System
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import UserNotFoundError
from widget_gateway.domain.partners.invoices import LedgerEntry
from widget_gateway.domain.partners.webhook_events import WebhookEventType
from widget_gateway.domain.partners.webhooks import Delivery, DeliveryState
from widget_gateway.domain.privacy.erasures import ErasedUser
from widget_gateway.services.privacy.exports import ExportedAttempt, ExportedResult, UserExport

Answers = Annotated[
    list[tuple[str, tuple[str, ...]]], Meta(description="Question ids and their values.")
]


class ErasedCounts(msgspec.Struct):
    """How much was removed; `accesses` are rows of the ledger that have a pseudonym now."""

    users: int
    accesses: int
    results: int
    attempts: int
    answers: int
    access_tokens: int
    webhooks: int
    kept_answers: int


class Erasure(Marked):
    """`user/erase`'s answer."""

    status: bool
    erased: ErasedCounts


class ExportedAccess(msgspec.Struct):
    """The access of the user, as the ledger has it."""

    issued_at: Moment
    price: str
    currency: str


class ExportedUser(msgspec.Struct):
    """The user; `access` is null in the sandbox. Removed results are those that were too old."""

    user_id: str
    user_key: UUID
    created_at: Moment
    main_results: int
    bonus_results: int
    removed_results: int
    issued_access_tokens: int
    access: ExportedAccess | None


class ExportedToken(msgspec.Struct):
    """An access token that is still stored. The token itself is secret and left out."""

    test: str
    paid: bool
    spent: bool
    expires_at: Moment


class ExportedCall(msgspec.Struct):
    """A call about the user whose answer is kept for repeats with the same key."""

    idempotency_key: str
    expires_at: Moment


class ResultOfExport(msgspec.Struct):
    """A result with its answers, and what was calculated from them."""

    result_key: UUID
    session: UUID | None
    created_at: Moment
    attached_at: Moment | None
    locale: str
    answers: Answers
    calculation: Calculation


class DeviceOfExport(msgspec.Struct):
    """The kind of device on which a session was opened last."""

    browser: Browser
    system: System
    form: Form


class AttemptOfExport(msgspec.Struct):
    """A session that was begun for the user, or from which a result of the user comes."""

    session: UUID
    state: AttemptState
    test: str
    version: int
    locale: str
    paid: bool
    payment_id: str | None
    created_at: Moment
    expires_at: Moment
    result_key: UUID | None
    device: DeviceOfExport | None
    answers: Answers


class WebhookOfExport(msgspec.Struct):
    """An event about the user that was sent to the partner, or waits to be sent."""

    id: str
    type: WebhookEventType
    created_at: Moment
    data: dict[str, Any]
    state: DeliveryState


class ExportHead(Marked):
    """What stands before the lists of an export."""

    exported_at: Moment
    user: ExportedUser
    access_tokens: list[ExportedToken]
    kept_calls: list[ExportedCall]


class Export(ExportHead):
    """`user/export`'s answer."""

    results: list[ResultOfExport]
    attempts: list[AttemptOfExport]
    webhooks: list[WebhookOfExport]


_SESSION = "5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21"
_RESULT = "0f8c2b5e-3f0a-4c38-a7bb-6c9d7c1f2a10"

_EXAMPLE = {
    "exported_at": "2026-05-05T09:00:00.000Z",
    "user": {
        "user_id": "student-17",
        "user_key": "92f50432-dd78-4f57-b407-6bb273c78f62",
        "created_at": "2026-05-04T12:30:00.000Z",
        "main_results": 1,
        "bonus_results": 0,
        "removed_results": 0,
        "issued_access_tokens": 1,
        "access": {
            "issued_at": "2026-05-04T12:30:00.000Z",
            "price": "100.00",
            "currency": "RUB",
        },
    },
    "access_tokens": [
        {
            "test": "career-interests",
            "paid": False,
            "spent": True,
            "expires_at": "2026-05-05T12:30:00.000Z",
        }
    ],
    "kept_calls": [{"idempotency_key": "order-2031", "expires_at": "2026-05-05T12:30:00.000Z"}],
    "results": [
        {
            "result_key": _RESULT,
            "session": _SESSION,
            "created_at": "2026-05-04T12:55:00.000Z",
            "attached_at": "2026-05-04T12:55:01.000Z",
            "locale": "ru",
            "answers": [["1", ["3"]], ["2", []]],
            "calculation": CALCULATION_EXAMPLE,
        }
    ],
    "attempts": [
        {
            "session": _SESSION,
            "state": "finished",
            "test": "career-interests",
            "version": 1,
            "locale": "ru",
            "paid": True,
            "payment_id": "order-2031",
            "created_at": "2026-05-04T12:30:00.000Z",
            "expires_at": "2026-06-03T12:30:00.000Z",
            "result_key": _RESULT,
            "device": {"browser": "chrome", "system": "android", "form": "phone"},
            "answers": [["1", ["3"]], ["2", []]],
        }
    ],
    "webhooks": [
        {
            "id": "msg_019a1f0c2b7d5f0e6a3c9b8d7e4f2a10",
            "type": "result.attached",
            "created_at": "2026-05-04T12:55:01.000Z",
            "data": {
                "result_key": _RESULT,
                "test": "career-interests",
                "user_id": "student-17",
            },
            "state": "delivered",
        }
    ],
}


def user_export_document(export: UserExport) -> AsyncIterator[bytes]:
    """Yield an export as JSON, in pieces. Nothing is read before it is needed."""
    user = export.user
    head = ExportHead(
        exported_at=iso(export.at),
        user=ExportedUser(
            user_id=user.user_id,
            user_key=user.key,
            created_at=iso(user.created_at),
            main_results=user.main,
            bonus_results=user.bonus,
            removed_results=user.results_removed,
            issued_access_tokens=user.tokens_issued,
            access=_access(export.access),
        ),
        access_tokens=[
            ExportedToken(token.test, token.paid, token.spent, iso(token.expires_at))
            for token in export.tokens
        ],
        kept_calls=[ExportedCall(key, iso(until)) for key, until in export.kept_calls],
        sandbox=user.sandbox,
    )
    return json_object(
        head,
        {
            "results": (_result(exported) async for exported in export.results),
            "attempts": (_attempt(exported) async for exported in export.attempts),
            "webhooks": (_webhook(delivery) async for delivery in export.webhooks),
        },
    )


def _access(entry: LedgerEntry | None) -> ExportedAccess | None:
    if entry is None:
        return None
    price = entry.price
    return ExportedAccess(iso(entry.issued_at), f"{price.amount:f}", price.currency)


def _result(exported: ExportedResult) -> ResultOfExport:
    result = exported.result
    return ResultOfExport(
        result_key=result.key,
        session=result.attempt,
        created_at=iso(result.created_at),
        attached_at=None if result.attached_at is None else iso(result.attached_at),
        locale=result.locale,
        answers=list(result.answers),
        calculation=calculate(exported.answered, result.locale),
    )


def _attempt(exported: ExportedAttempt) -> AttemptOfExport:
    attempt = exported.attempt
    return AttemptOfExport(
        session=attempt.id,
        state=attempt.state,
        test=attempt.test,
        version=attempt.version,
        locale=attempt.locale,
        paid=attempt.paid,
        payment_id=attempt.payment_id,
        created_at=iso(attempt.created_at),
        expires_at=iso(exported.expires_at),
        result_key=attempt.result_key,
        device=_device(attempt.device),
        answers=exported.answers,
    )


def _device(device: Device | None) -> DeviceOfExport | None:
    if device is None:
        return None
    return DeviceOfExport(device.browser, device.system, device.form)


def _webhook(delivery: Delivery) -> WebhookOfExport:
    return WebhookOfExport(
        id=delivery.id,
        type=delivery.event.type,
        created_at=iso(delivery.event.at),
        data=dict(delivery.event.data),
        state=delivery.state,
    )


def erased_counts(erased: ErasedUser) -> ErasedCounts:
    """Return the counts as answers name them."""
    return ErasedCounts(**{name: getattr(erased, name) for name in ErasedCounts.__struct_fields__})


class UserExportHandler(PartnerHandler):
    """Tell all that is stored of a user."""

    is_private = True
    operations = Operations.by_get_and_post(
        Operation(
            summary="Export all that is stored of a user",
            about="One JSON document with the user's access, results with their answers and "
            "calculations, sessions, webhooks and access tokens (without the tokens themselves). "
            "It is sent while it is read, so it may be long. With an `Idempotency-Key` a repeat "
            "reads anew.",
            optional=(*CALLER, *USER),
            one_of=USER,
            answer=Export,
            example=_EXAMPLE,
            refusals=(UserNotFoundError,),
        )
    )

    async def call(self) -> StreamedAnswer:
        """Answer with the document."""
        export = await self.services.exports.open(self.caller, self.get_user())
        return StreamedAnswer(user_export_document(export))


class UserEraseHandler(PartnerHandler):
    """Remove all that is stored of a user."""

    is_private = True
    operations = Operations.by_get_and_post(
        Operation(
            summary="Erase a user",
            writes=True,
            about="Removes the user with answers, results, sessions, access tokens, webhooks and "
            "kept answers, on all nodes; an open widget closes. The access stays in the ledger "
            "under a pseudonym, so invoices do not change. A repeat, and a user who is not known, "
            "are fine: nothing is counted then. The same `user_id` may be registered again, which "
            "issues a new access.",
            optional=(*CALLER, *USER),
            one_of=USER,
            answer=Erasure,
            example={
                "status": True,
                "erased": {
                    "users": 1,
                    "accesses": 1,
                    "results": 2,
                    "attempts": 3,
                    "answers": 17,
                    "access_tokens": 1,
                    "webhooks": 5,
                    "kept_answers": 2,
                },
            },
        )
    )

    async def call(self) -> Erasure:
        """Answer with how much was removed."""
        erased = await self.services.erasures.erase(self.caller, self.get_user())
        return Erasure(status=True, erased=erased_counts(erased), sandbox=self.caller.sandbox)


ROUTES = [
    ("user/export", UserExportHandler),
    ("user/erase", UserEraseHandler),
]
