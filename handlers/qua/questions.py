"""`/api/questions`: questions and their answers."""

from handlers.contract.errors import ParameterInvalidError
from handlers.contract.inputs import Inputs
from handlers.contract.operations import Operation, Operations
from handlers.qua.base import (
    ID,
    TOTAL,
    QuaHandler,
    Success,
)
from handlers.qua.parameters import (
    ANSWER,
    ANSWERS,
    CLICK,
    KEYWORDS,
    LIST_LIMIT,
    LIST_OFFSET,
    QID,
    SHID,
    TITLE,
    TOKEN,
    TRACK,
    VERSION,
    list_page,
)
from handlers.qua.question_shapes import EXAMPLE, LISTED, QuestionLine, ShownQuestion, line, shown
from widget_gateway.domain.errors import (
    BusyError,
    NotAuthorError,
    QuaQuestionChangedError,
    QuaQuestionNotFoundError,
)
from widget_gateway.domain.ids import QuaQuestionId
from widget_gateway.domain.qua.questions import Question
from widget_gateway.domain.qua.tracking import Link, Track
from widget_gateway.services.qua.questions import QuestionText


class AnsweringHandler(QuaHandler):
    """A handler that answers with a question."""

    async def answer_with(self, question: Question) -> None:
        """Answer with the question, its answer, and the authors of both."""
        answer = question.answer
        people = await self.authors(question, *([answer] if answer else []))
        self.answer(shown(question, people))


class QuestionsHandler(AnsweringHandler):
    """List all questions, and ask a question."""

    operations = Operations(
        get=Operation(
            summary="List the questions",
            tag="qua",
            about="Newest first; `X-Total-Count` tells how many there are in all.",
            optional=(LIST_LIMIT, LIST_OFFSET),
            answer=Success[list[QuestionLine]],
            headers=(TOTAL,),
            example={"ok": 1, "response": [LISTED | {"answer_exists": True}]},
        ),
        post=Operation(
            summary="Ask a question",
            tag="qua",
            required=(TITLE,),
            optional=(KEYWORDS, ANSWER, ANSWERS),
            answer=Success[ShownQuestion],
            example={"ok": 1, "response": EXAMPLE},
            refusals=(BusyError,),
        ),
    )

    async def get(self) -> None:
        """Answer with a page of the list."""
        limit, offset = list_page(self.inputs)
        service = self.services.questions
        questions, total = await service.list_page(limit=limit, offset=offset)
        people = await self.authors(*questions)
        self.set_header(TOTAL, str(total))
        self.answer([line(question, people) for question in questions])

    async def post(self) -> None:
        """Store the question, and answer with it."""
        text = QuestionText(
            title=TITLE.get(self.inputs),
            keywords=KEYWORDS.find(self.inputs),
            raw=_raw_answer(self.inputs),
        )
        await self.answer_with(await self.services.questions.ask(self.user, text))


class QuestionHandler(AnsweringHandler):
    """Read, change and archive a question."""

    operations = Operations(
        get=Operation(
            summary="Read a question",
            tag="qua",
            about="With the `url_params` of a search's hit it counts as a click on the hit.",
            optional=CLICK,
            answer=Success[ShownQuestion],
            example={"ok": 1, "response": EXAMPLE},
            refusals=(QuaQuestionNotFoundError,),
        ),
        put=Operation(
            summary="Change a question",
            tag="qua",
            about="Changes what is given, and nothing else. Its author and editors may.",
            optional=(TITLE, KEYWORDS, ANSWER, ANSWERS, VERSION),
            answer=Success[ShownQuestion],
            example={"ok": 1, "response": EXAMPLE},
            refusals=(
                QuaQuestionNotFoundError,
                NotAuthorError,
                QuaQuestionChangedError,
                BusyError,
            ),
        ),
        delete=Operation(
            summary="Archive a question",
            tag="qua",
            about="It leaves lists and search. Its author and editors may.",
            answer=Success[None],
            example={"ok": 1, "response": None},
            refusals=(QuaQuestionNotFoundError, NotAuthorError),
        ),
    )

    async def get(self, number: str) -> None:
        """Answer with the question, and count the click if a search led here."""
        question = await self.services.questions.get(_id(number))
        search, hit = SHID.find(self.inputs), QID.find(self.inputs)
        token, track = TOKEN.find(self.inputs), TRACK.find(self.inputs)
        if search and token and hit == question.id and track == Track.INTERNAL:
            link = Link(Track.INTERNAL, search, question.id)
            await self.services.tracking.count_click(link, token)
        await self.answer_with(question)

    async def put(self, number: str) -> None:
        """Change the question, and answer with it."""
        if self.inputs.is_blank(TITLE):
            raise ParameterInvalidError(TITLE.name, "it is empty.")
        text = QuestionText(
            title=TITLE.find(self.inputs),
            keywords=KEYWORDS.find(self.inputs),
            raw=_raw_answer(self.inputs),
        )
        based_on = VERSION.find(self.inputs)
        question = await self.services.questions.change(self.user, _id(number), text, based_on)
        await self.answer_with(question)

    async def delete(self, number: str) -> None:
        """Archive the question."""
        await self.services.questions.archive(self.user, _id(number))
        self.answer(None)


def _id(number: str) -> QuaQuestionId:
    return QuaQuestionId(int(number))


def _raw_answer(inputs: Inputs) -> str | None:
    """The Markdown of the answer, by either of the two names of the parameter; None without it."""
    raws = {raw for raw in (ANSWER.find(inputs), ANSWERS.find(inputs)) if raw is not None}
    if len(raws) > 1:
        raise ParameterInvalidError(ANSWERS.name, f"{ANSWER.name} says something else.")
    return raws.pop() if raws else None


ROUTES = [("questions", QuestionsHandler), (f"questions/{ID}", QuestionHandler)]
