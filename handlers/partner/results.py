"""`result/attach` and `result/get`."""

from handlers.contract.json_reader import JSON
from handlers.contract.operations import FileAnswer, Operation, Operations
from handlers.contract.parameters import Choice
from handlers.partner.base import Done, PartnerHandler
from handlers.partner.calculation import CALCULATION_EXAMPLE, Calculation, calculate
from handlers.partner.parameters import CALLER, LOCALE, RESULT_KEY, USER
from widget_gateway.domain.errors import (
    AccessLimitReachedError,
    BusyError,
    ResultAttachedToAnotherUserError,
    ResultLimitReachedError,
    ResultNotAttachedError,
    ResultNotFoundError,
    TestNotAllowedError,
    UserNotFoundError,
)
from widget_gateway.domain.partners.providers import Caller

MEDIA_TYPES = {
    "json": JSON,
    "html": "text/html; charset=UTF-8",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
}
FORMAT = Choice("format", "The form of the answer (json).", words=tuple(MEDIA_TYPES))


class ResultAttachHandler(PartnerHandler):
    """Attach a result to a user of the partner."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Attach a result to a user",
            writes=True,
            about="A new `user_id` is registered, which issues an access. A repeat for the same "
            "user changes nothing; a refusal costs nothing.",
            required=(RESULT_KEY,),
            optional=(*CALLER, *USER),
            one_of=USER,
            answer=Done,
            example={"status": True},
            refusals=(
                UserNotFoundError,
                ResultNotFoundError,
                TestNotAllowedError,
                ResultAttachedToAnotherUserError,
                AccessLimitReachedError,
                ResultLimitReachedError,
            ),
        )
    )

    async def call(self) -> Done:
        """Answer `{"status": true}`, also to a repeat."""
        key = RESULT_KEY.get(self.inputs)
        await self.services.results.attach(self.caller, self.get_user(), key)
        return Done(status=True)


class ResultGetHandler(PartnerHandler):
    """Fetch a result. A provider whose results are open may omit its key."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Fetch a result",
            key_optional=True,
            about="Any number of times. Only results that are attached, and only the provider's "
            "own. A provider whose results are open may omit the key. HTML, PDF and SVG are the "
            "report: for people, with charts and the texts of the test.",
            required=(RESULT_KEY,),
            optional=(*CALLER, FORMAT, LOCALE),
            answer=Calculation,
            example=CALCULATION_EXAMPLE,
            media_types=tuple(MEDIA_TYPES.values()),
            refusals=(ResultNotFoundError, ResultNotAttachedError, BusyError),
        )
    )

    _open = False

    def set_default_headers(self) -> None:
        """Set the headers of every answer.

        Results that need no key may be read by pages of any site: the widget shows the report.
        """
        super().set_default_headers()
        if self._open:
            self.set_header("Access-Control-Allow-Origin", "*")

    async def identify(self) -> Caller | None:
        """Find the caller by its key. Without one the result decides whether it may be read."""
        key = self.find_client_key()
        if key is None:
            self._open = True
            self.set_header("Access-Control-Allow-Origin", "*")
            return None
        return await self.services.providers.authenticate(key)

    async def call(self) -> Calculation | FileAnswer:
        """Answer with the calculation, or with the report."""
        form = FORMAT.find(self.inputs) or "json"
        wanted = LOCALE.find(self.inputs)
        key = RESULT_KEY.get(self.inputs)
        answered = await self.services.results.read(self.found_caller, key)
        locale = answered.test.locale_for(*(wanted or ()), answered.locale)
        if form == "json":
            return calculate(answered, locale)
        report = await self.services.reports.get(key, answered, locale, form, self.party)
        filename = f"{answered.test.slug}-{key}.pdf" if form == "pdf" else None
        return FileAnswer(MEDIA_TYPES[form], report, filename)


ROUTES = [
    ("result/attach", ResultAttachHandler),
    ("result/get", ResultGetHandler),
]
