"""`result/attach` and `result/get`."""

from itertools import zip_longest
from typing import Any

from handlers.partner.base import PartnerHandler
from handlers.partner.parameters import Parameters
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import ParameterInvalidError
from widget_gateway.domain.providers import Caller
from widget_gateway.domain.scoring import ScaleScore, automatic_variables, score_scales
from widget_gateway.domain.tests import Question, QuestionType, localized
from widget_gateway.services.results import AnsweredTest

FORMATS = ("json",)


class ResultAttachHandler(PartnerHandler):
    """Tie a result to a user of the partner's."""

    async def call(self) -> None:
        """Answer `{"status": true}`, to a repeat too."""
        user, key = self.get_user(), self.get_result_key()
        await self.services.results.attach(self.caller, user, key)
        self.write_json({"status": True})


class ResultGetHandler(PartnerHandler):
    """Fetch a result. A provider with open results may omit its key."""

    _caller: Caller | None = None

    async def authenticate(self) -> None:
        """The key may be absent: whether that will do depends on the result."""
        self.parameters = Parameters(self.request)
        key = self.find_client_key()
        if key is not None:
            self._caller = await self.services.providers.authenticate(key)

    async def call(self) -> None:
        """Answer with the calculation."""
        wanted = self.parameters.find_text("format") or "json"
        if wanted not in FORMATS:
            raise ParameterInvalidError("format", f"it is one of: {', '.join(FORMATS)}.")
        self.write_json(calculation(*await _read(self, self._caller)))


class AnswersGetHandler(PartnerHandler):
    """Fetch the answers, for quality control; open results don't open these."""

    async def call(self) -> None:
        """Answer with every question, its choices, and which were taken; a rating in its order."""
        answered, locale = await _read(self, self.caller)
        self.write_json(
            [_answered(question, answered, locale) for question in answered.test.questions]
        )


async def _read(handler: PartnerHandler, caller: Caller | None) -> tuple[AnsweredTest, str]:
    """The attached result that the call names, and the locale to answer in."""
    wanted = handler.parameters.find_text("locale")
    answered = await handler.services.results.read(caller, handler.get_result_key())
    return answered, answered.test.locale_for(wanted or answered.locale)


def calculation(answered: AnsweredTest, locale: str) -> dict[str, Any]:
    """What the answers come to (test-definition.md, "Scoring", 3)."""
    body: dict[str, Any] = {
        "test": answered.test.slug,
        "version": answered.test.version,
        "created_at": iso(answered.created_at),
        "scales": [_scale(score, locale) for score in score_scales(answered.test, answered.sheet)],
        "variables": automatic_variables(answered.test, answered.sheet),
    }
    if answered.sandbox:
        body["sandbox"] = True
    return body


def _answered(question: Question, answered: AnsweredTest, locale: str) -> dict[str, Any]:
    given = answered.sheet.get(question.id, ())
    if question.fields:
        fields = zip_longest(question.fields, given)
        items = [
            {
                "text": localized(field.placeholder, locale) if field else None,
                "value": value,
                "opted": value is not None,
            }
            for field, value in fields
        ]
    else:
        options = question.options
        if question.type is QuestionType.RATING and given:
            options = tuple(sorted(options, key=lambda option: given.index(option.value)))
        items = [
            {
                "text": localized(option.text, locale),
                "value": option.value,
                "opted": option.value in given,
            }
            for option in options
        ]
    return {
        "id": question.id,
        "name": localized(question.text, locale),
        "text": localized(question.html, locale),
        "items": items,
    }


def _scale(score: ScaleScore, locale: str) -> dict[str, Any]:
    level = score.level
    return {
        "id": score.scale.id,
        "title": localized(score.scale.title, locale),
        "description": localized(score.scale.description, locale),
        "score": score.score,
        "min": score.min,
        "max": score.max,
        "percentage": score.percentage,
        "level": level and localized(level.name, locale),
        "level_text": level and localized(level.text, locale),
        "color": level and level.color,
    }


ROUTES = [
    ("result/attach", ResultAttachHandler),
    ("result/get", ResultGetHandler),
    ("answers/get", AnswersGetHandler),
]
