"""`progress/save`, and `calculate` of V1: results of answers that the caller has collected."""

from uuid import UUID

from handlers.base import AuthKind
from handlers.contract.operations import Operation, Operations
from handlers.partner.base import Marked, PartnerHandler
from handlers.partner.calculation import CALCULATION_EXAMPLE, Calculation, calculate
from handlers.partner.parameters import CALLER, LOCALE, PROGRESS, TEST, USER, USER_KEY
from widget_gateway.domain.errors import (
    ProgressInvalidError,
    ResultLimitReachedError,
    TestNotAllowedError,
    TestNotFoundError,
    UserNotFoundError,
)
from widget_gateway.domain.ids import ResultKey
from widget_gateway.domain.partners.providers import Caller


class SavedResult(Marked):
    """`progress/save`'s answer."""

    result_key: UUID


class ProgressSaveHandler(PartnerHandler):
    """Save answers as a result, attached to the user of a `user_key`, or a guest's without one.

    Callers of V2 send a `user_key` and no key of their own, since it tells the provider, too.
    """

    operations = Operations.by_get_and_post(
        Operation(
            summary="Save answers as a result",
            writes=True,
            key_optional=True,
            about="With `user_key` the result is attached to that user; without it is a guest's, "
            "to be attached later. A result needs every question of the test.",
            required=(TEST, PROGRESS),
            optional=(*CALLER, *USER),
            answer=SavedResult,
            example={"result_key": "0f8c2b5e-3f0a-4c38-a7bb-6c9d7c1f2a10"},
            refusals=(
                UserNotFoundError,
                TestNotFoundError,
                TestNotAllowedError,
                ResultLimitReachedError,
                ProgressInvalidError,
            ),
        )
    )

    async def identify(self) -> Caller | None:
        """Find the caller by its key, or by the user's key alone."""
        return await self.identify_by_user_key()

    async def call(self) -> SavedResult:
        """Answer with the key of the result."""
        test = TEST.get(self.inputs)
        progress = PROGRESS.get(self.inputs)
        user = self.get_user() if USER_KEY.find(self.inputs) else None
        key = await self.services.results.save(
            self.caller, user, test, progress, key=ResultKey(self.seed) if self.seed else None
        )
        return SavedResult(result_key=key, sandbox=self.caller.sandbox)


class CalculateHandler(PartnerHandler):
    """Calculate answers without storing them. No key is needed (free ProfGuide)."""

    auth = AuthKind.PUBLIC
    operations = Operations.by_get_and_post(
        Operation(
            summary="Calculate answers without storing them",
            about="For tests that are marked for it. No key is needed.",
            required=(TEST, PROGRESS),
            optional=(LOCALE,),
            answer=Calculation,
            example=CALCULATION_EXAMPLE,
            refusals=(TestNotFoundError, TestNotAllowedError, ProgressInvalidError),
        )
    )

    async def identify(self) -> None:
        """Accept anybody, since only tests that are marked for it are calculated."""

    async def call(self) -> Calculation:
        """Answer with the calculation."""
        test, wanted = TEST.get(self.inputs), LOCALE.find(self.inputs)
        answered = await self.services.results.calculate(test, PROGRESS.get(self.inputs))
        return calculate(answered, answered.test.locale_for(*(wanted or ())))


ROUTES = [("progress/save", ProgressSaveHandler)]
PUBLIC_ROUTES = [(r"/partner/api/v1/calculate/?", CalculateHandler)]
