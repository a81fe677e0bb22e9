"""`answers/get`: the questions of a result, their choices, and which of them were chosen."""

from itertools import zip_longest

import msgspec

from handlers.contract.operations import Operation, Operations
from handlers.partner.base import PartnerHandler
from handlers.partner.parameters import CALLER, LOCALE, RESULT_KEY
from widget_gateway.domain.catalogue.order import arranged_options, arranged_questions
from widget_gateway.domain.catalogue.questions import Question, QuestionType, localized
from widget_gateway.domain.errors import ResultNotAttachedError, ResultNotFoundError
from widget_gateway.services.attempts.results import AnsweredTest


class Item(msgspec.Struct):
    """A choice, or a field of a text question with what was written into it.

    `id` is that of an option which has an id other than its value.
    """

    text: str | None
    value: str | None
    opted: bool
    id: str | msgspec.UnsetType = msgspec.UNSET


class AnsweredQuestion(msgspec.Struct):
    """A question with all its choices, in the order in which the visitor saw them.

    Those of a rating are in the order of the answer.
    """

    id: str
    name: str | None
    text: str | None
    items: list[Item]


class AnswersGetHandler(PartnerHandler):
    """Fetch the answers behind a result. Open results do not open the answers: a key is needed."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Fetch the answers behind a result",
            required=(RESULT_KEY,),
            optional=(*CALLER, LOCALE),
            answer=list[AnsweredQuestion],
            example=[
                {
                    "id": "1",
                    "name": "Чинить велосипед",
                    "text": None,
                    "items": [
                        {"text": "Не нравится", "value": "1", "opted": False},
                        {"text": "Нравится", "value": "2", "opted": True},
                    ],
                }
            ],
            refusals=(ResultNotFoundError, ResultNotAttachedError),
        )
    )

    async def call(self) -> list[AnsweredQuestion]:
        """Answer with every question, its choices, and which of them were chosen."""
        wanted = LOCALE.find(self.inputs)
        key = RESULT_KEY.get(self.inputs)
        answered = await self.services.results.read(self.caller, key)
        locale = answered.test.locale_for(*(wanted or ()), answered.locale)
        return [
            AnsweredQuestion(
                id=question.id,
                name=localized(question.text, locale),
                text=localized(question.html, locale),
                items=_items(question, answered, locale),
            )
            for question in arranged_questions(answered.test, answered.seed)
        ]


def _items(question: Question, answered: AnsweredTest, locale: str) -> list[Item]:
    answer = answered.sheet.get(question.id, ())
    if question.fields:
        return [
            Item(
                text=localized(field.placeholder, locale) if field else None,
                value=value,
                opted=value is not None,
            )
            for field, value in zip_longest(question.fields, answer)
        ]
    options = arranged_options(question, answered.seed)
    if question.type is QuestionType.RATING and answer:
        options = tuple(sorted(options, key=lambda option: answer.index(option.name)))
    return [
        Item(
            text=localized(option.text, locale),
            value=option.value,
            opted=option.name in answer,
            id=msgspec.UNSET if option.name == option.value else option.name,
        )
        for option in options
    ]


ROUTES = [("answers/get", AnswersGetHandler)]
