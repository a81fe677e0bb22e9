"""`session/get` and `payment/confirm`: what a checkout page needs of an attempt."""

from typing import Any

from handlers.partner.base import PartnerHandler
from widget_gateway.domain.attempts import AttemptState
from widget_gateway.domain.clock import iso


class SessionGetHandler(PartnerHandler):
    """State, test and answers of an attempt."""

    async def call(self) -> None:
        """Describe the attempt."""
        report = await self.services.sessions.describe(self.caller, self.get_session())
        attempt = report.attempt
        body: dict[str, Any] = {
            "session": attempt.id,
            "state": attempt.state.value,
            "test": attempt.test,
            "version": attempt.version,
            "locale": attempt.locale,
            "paid": attempt.paid,
            "payment_id": attempt.payment_id,
            "answers": report.answers,
            "answered": len(report.answers),
            "length": len(report.test.questions),
            "pause_after": report.test.free_length if report.test.paid else None,
            "created_at": iso(attempt.created_at),
        }
        if attempt.state is AttemptState.FINISHED:
            body["result_key"] = attempt.result_key
        if attempt.user_id is not None:
            body["user_id"] = attempt.user_id
        if attempt.sandbox:
            body["sandbox"] = True
        self.write_json(body)


class PaymentConfirmHandler(PartnerHandler):
    """The partner's word that an attempt is paid; idempotent."""

    async def call(self) -> None:
        """Let the attempt run on, wherever its widget is connected."""
        session = self.get_session()
        payment_id = self.parameters.find_text("payment_id")
        await self.services.sessions.confirm_payment(self.caller, session, payment_id)
        self.write_json({"status": True})


ROUTES = [
    ("session/get", SessionGetHandler),
    ("payment/confirm", PaymentConfirmHandler),
]
