"""`session/get` and `payment/confirm`: what a partner's checkout page needs of an attempt."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from handlers.contract.operations import Moment, Operation, Operations
from handlers.partner.base import Done, Marked, PartnerHandler
from handlers.partner.parameters import CALLER, PAYMENT_ID, SESSION
from widget_gateway.domain.attempts.attempts import AttemptState
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import AttemptNotFoundError


class SessionState(Marked):
    """`session/get`'s answer. `result_key` is present once it is finished, `user_id` once known."""

    session: UUID
    state: AttemptState
    test: str
    version: int
    locale: str
    paid: bool
    payment_id: str | None
    answers: Annotated[
        list[tuple[str, tuple[str, ...]]], Meta(description="Question ids and their values.")
    ]
    answered: int
    length: Annotated[int, Meta(description="Questions of the test.")]
    pause_after: Annotated[int | None, Meta(description="Questions before the pause, if any.")]
    created_at: Moment
    result_key: UUID | UnsetType = UNSET
    user_id: str | UnsetType = UNSET


class SessionGetHandler(PartnerHandler):
    """Describe an attempt: its state, test and answers."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="State and answers of an attempt",
            required=(SESSION,),
            optional=CALLER,
            answer=SessionState,
            example={
                "session": "5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21",
                "state": "awaiting_payment",
                "test": "career-interests",
                "version": 1,
                "locale": "ru",
                "paid": False,
                "payment_id": None,
                "answers": [["1", ["3"]], ["2", []]],
                "answered": 2,
                "length": 120,
                "pause_after": 70,
                "created_at": "2026-05-04T12:30:00.000Z",
            },
            refusals=(AttemptNotFoundError,),
        )
    )

    async def call(self) -> SessionState:
        """Answer with the description."""
        attempt_id = SESSION.get(self.inputs)
        report = await self.services.payments.describe(self.caller, attempt_id)
        attempt = report.attempt
        finished = attempt.state is AttemptState.FINISHED and attempt.result_key is not None
        return SessionState(
            session=attempt.id,
            state=attempt.state,
            test=attempt.test,
            version=attempt.version,
            locale=attempt.locale,
            paid=attempt.paid,
            payment_id=attempt.payment_id,
            answers=list(report.answers),
            answered=len(report.answers),
            length=len(report.test.questions),
            pause_after=report.test.free_length if report.test.paid else None,
            created_at=iso(attempt.created_at),
            result_key=attempt.result_key if finished and attempt.result_key else UNSET,
            user_id=attempt.user_id if attempt.user_id is not None else UNSET,
            sandbox=attempt.sandbox,
        )


class PaymentConfirmHandler(PartnerHandler):
    """Confirm that an attempt is paid. A repeat changes nothing."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Confirm the payment of an attempt",
            writes=True,
            about="The waiting widget goes on by itself, wherever it is connected. A repeat "
            "changes nothing.",
            required=(SESSION,),
            optional=(*CALLER, PAYMENT_ID),
            answer=Done,
            example={"status": True},
            refusals=(AttemptNotFoundError,),
        )
    )

    async def call(self) -> Done:
        """Let the attempt continue, on whichever node its widget is connected."""
        attempt_id = SESSION.get(self.inputs)
        payment_id = PAYMENT_ID.find(self.inputs)
        await self.services.payments.confirm_payment(self.caller, attempt_id, payment_id)
        return Done(status=True)


ROUTES = [
    ("session/get", SessionGetHandler),
    ("payment/confirm", PaymentConfirmHandler),
]
