"""`progress/save`, and V1's `calculate`: results from a list of answers that the caller holds."""

from typing import Any

from handlers.base import AuthKind
from handlers.partner.base import PartnerHandler
from handlers.partner.parameters import Parameters, is_storable, parse_json
from handlers.partner.results import calculation
from widget_gateway.domain.errors import ParameterInvalidError, ParameterMissingError
from widget_gateway.domain.ids import TestSlug

Progress = list[tuple[str, list[str]]]

_SHAPE = 'it is like [["1",["a"]],["2",["b","c"]],["3",[]]].'


class ProgressSaveHandler(PartnerHandler):
    """Save answers as a result: V2 with `user_key`, attached; V3 without, a guest's.

    V2 callers send a USER_KEY and no key of their own: it names the provider too.
    """

    async def authenticate(self) -> None:
        """By the client key, or by the user's key alone."""
        await self.authenticate_by_user_key()

    async def call(self) -> None:
        """Answer with the RESULT_KEY."""
        test = TestSlug(self.parameters.get_text("test"))
        progress = read_progress(self.parameters)
        user = self.get_user() if self.parameters.find_text("user_key") else None
        key = await self.services.results.save(self.caller, user, test, progress)
        self.write_marked({"result_key": key})


class CalculateHandler(PartnerHandler):
    """`/partner/api/v1/calculate`: the calculation, nothing stored, no key (free ProfGuide)."""

    auth = AuthKind.PUBLIC

    async def authenticate(self) -> None:
        """Nobody has to say who he is; only tests that are marked for it are calculated."""
        self.parameters = Parameters(self.request)

    async def call(self) -> None:
        """Answer with the calculation."""
        test = TestSlug(self.parameters.get_text("test"))
        answered = await self.services.results.calculate(test, read_progress(self.parameters))
        locale = answered.test.locale_for(self.parameters.find_text("locale"))
        self.write_json(calculation(answered, locale))


def read_progress(parameters: Parameters) -> Progress:
    """The `progress` parameter: pairs or the older object, as JSON or as a string that holds it.

    Raises:
        ParameterMissingError, ParameterInvalidError: absent, or of another shape. Whether the
            answers fit the test is not looked at here.
    """
    given = parameters.find_value("progress")
    if given is None or given == "":
        raise ParameterMissingError("progress")
    if isinstance(given, str):
        try:
            given = parse_json(given)
        except (ValueError, RecursionError):
            raise ParameterInvalidError("progress", "it is not valid JSON.") from None
    if not isinstance(given, list | tuple):
        raise ParameterInvalidError("progress", _SHAPE)
    return [_pair(pair) for pair in given]


def _pair(pair: Any) -> tuple[str, list[str]]:
    if not isinstance(pair, list | tuple) or len(pair) != len(("question", "values")):
        raise ParameterInvalidError("progress", _SHAPE)
    question, values = pair
    listed = values if isinstance(values, list) else [values]
    return _text(question), [_text(value) for value in listed]


def _text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not is_storable(value):
        raise ParameterInvalidError("progress", _SHAPE)
    return value


ROUTES = [("progress/save", ProgressSaveHandler)]
PUBLIC_ROUTES = [(r"/partner/api/v1/calculate/?", CalculateHandler)]
