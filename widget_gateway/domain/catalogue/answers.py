"""Answers: which values a question accepts, and which questions a set of answers covers."""

import json
from collections.abc import Iterable, Mapping, Sequence

from widget_gateway.domain.catalogue.order import arranged_questions
from widget_gateway.domain.catalogue.questions import Question, QuestionType
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import (
    AnswerInvalidError,
    ProgressInvalidError,
    QuestionLockedError,
    QuestionUnknownError,
)

Answer = tuple[str, ...]
"""The names of the chosen options, or the written texts; `()` for a skipped question."""

AnswerSheet = Mapping[str, Answer]
"""Answers by question id."""

MAX_TEXT_LENGTH = 2_000
"""Most characters in a field of a text question: enough for a long paragraph."""


MAX_TEXT_BYTES = 4 * MAX_TEXT_LENGTH
"""Most bytes of such a field as JSON. No character takes more as UTF-8, and only control characters
take more in the notation of JSON."""

MAX_ESCAPED_TEXT_BYTES = 12 * MAX_TEXT_LENGTH
"""Most bytes of such a field if its sender writes each character as an escape, as JSON allows."""

MAX_LIST_BYTES = 2**20 - 2**14
"""Most bytes of JSON that a list of answers to a whole test may have. With the rest of an `open` it
fits into a message of 1 MiB, so a host page can bring back what it was handed."""

_BESIDES = 64
"""Bytes of JSON that surround the values of an answer in a list: its brackets and quotes."""


def check_value(question: Question, value: Sequence[str]) -> Answer:
    """Return `value` as an Answer.

    Raises:
        AnswerInvalidError: the question does not allow it (docs/protocol/definitions.md).
    """
    if not value:
        return ()
    if question.type in (QuestionType.OPTION, QuestionType.GRADIENT):
        answer = question.single_answers.get(value[0]) if len(value) == 1 else None
        if answer is None:
            raise AnswerInvalidError(f'Question "{question.id}" takes one of its options.')
        return answer
    _CHECKS[question.type](question, value)
    return tuple(value)


def _check_checkbox(question: Question, value: Sequence[str]) -> None:
    allowed = set(question.names)
    if len(set(value)) != len(value) or not allowed.issuperset(value):
        raise AnswerInvalidError(f'Question "{question.id}" takes its options, each at most once.')
    if question.count is not None and len(value) != question.count:
        raise AnswerInvalidError(f'Question "{question.id}" takes {question.count} options.')


def _check_rating(question: Question, value: Sequence[str]) -> None:
    if len(value) != len(question.options) or set(value) != set(question.names):
        raise AnswerInvalidError(
            f'Question "{question.id}" takes all its options, each once, in the chosen order.'
        )


def _check_text(question: Question, value: Sequence[str]) -> None:
    if len(value) != len(question.fields):
        raise AnswerInvalidError(f'Question "{question.id}" takes a string for each field.')
    if any(len(text) > MAX_TEXT_LENGTH or "\0" in text for text in value):
        raise AnswerInvalidError(
            f'Question "{question.id}" takes texts to {MAX_TEXT_LENGTH} characters without NUL.'
        )
    if any(len(text) * 6 > MAX_TEXT_BYTES < json_bytes(text) - len('""') for text in value):
        raise AnswerInvalidError(
            f'Question "{question.id}" takes texts to {MAX_TEXT_BYTES} bytes of JSON.'
        )


_CHECKS = {
    QuestionType.CHECKBOX: _check_checkbox,
    QuestionType.RATING: _check_rating,
    QuestionType.TEXT: _check_text,
}


def json_bytes(text: str) -> int:
    """How many bytes a text takes as JSON in UTF-8, with its quotes."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def largest_answer_bytes(question: Question) -> int:
    """How many bytes of JSON the largest answer to the question takes in a list of answers."""
    around = json_bytes(question.id) + _BESIDES
    if question.type is QuestionType.TEXT:
        return around + len(question.fields) * (MAX_TEXT_BYTES + len('"",'))
    names = sorted((json_bytes(name) + 1 for name in question.names), reverse=True)
    if question.type in (QuestionType.OPTION, QuestionType.GRADIENT):
        return around + max(names, default=0)
    return around + sum(names[: question.count])


def largest_list_bytes(test: TestDefinition) -> int:
    """How many bytes of JSON the largest list of answers to all questions of the test takes."""
    return sum(map(largest_answer_bytes, test.questions))


def check_sheet(
    test: TestDefinition, answers: Iterable[tuple[str, Sequence[str]]], *, unlocked: int
) -> dict[str, Answer]:
    """Check a list of answers as a whole; of several values of a question the last one counts.

    Raises:
        QuestionUnknownError: the test has no such question.
        QuestionLockedError: a question comes after the first `unlocked` ones.
        AnswerInvalidError: a question does not allow its value.
    """
    sheet: dict[str, Answer] = {}
    for question_id, value in answers:
        position = test.positions.get(question_id)
        if position is None:
            raise QuestionUnknownError(question=question_id)
        if position >= unlocked:
            raise QuestionLockedError(question=question_id)
        sheet[question_id] = check_value(test.questions[position], value)
    return sheet


def check_whole_sheet(
    test: TestDefinition, answers: Sequence[tuple[str, Sequence[str]]]
) -> dict[str, Answer]:
    """Check a list of answers that shall become a result: it must name every question once.

    It comes from a partner, which may name an option by its plain value.

    Raises:
        ProgressInvalidError: it does not, or a value is wrong. The message names the question.
    """
    sheet: dict[str, Answer] = {}
    for question_id, value in answers:
        if question_id in sheet:
            raise ProgressInvalidError(f'Question "{question_id}" is answered twice.')
        if question_id not in test.positions:
            raise ProgressInvalidError(f'The test has no question "{question_id}".')
        question = test.by_id[question_id]
        try:
            sheet[question_id] = check_value(question, _with_names(question, value))
        except AnswerInvalidError as error:
            raise ProgressInvalidError(error.message) from None
    missing = [question.id for question in test.questions if question.id not in sheet]
    if missing:
        raise ProgressInvalidError(
            f'Question "{missing[0]}" is missing; a skipped one is listed with [].'
        )
    return sheet


def _with_names(question: Question, value: Sequence[str]) -> Sequence[str]:
    """The value with the options' names in place of plain values, unless it holds written texts."""
    if question.type is QuestionType.TEXT:
        return value
    return [question.name_of.get(word, word) for word in value]


def in_question_order(
    test: TestDefinition, sheet: AnswerSheet, seed: str | None = None
) -> list[tuple[str, Answer]]:
    """The answered questions with their answers, in the order of the attempt with this seed."""
    return [(q.id, sheet[q.id]) for q in arranged_questions(test, seed) if q.id in sheet]


def answered_mask(test: TestDefinition, sheet: AnswerSheet) -> int:
    """The answered questions as a bit mask, in which the first question is the lowest bit.

    An open attempt keeps these few bytes in memory instead of its answers. The order is that of the
    definition, also where the attempt has its own: the questions before the pause are the same.
    """
    mask = 0
    for question_id in sheet:
        mask |= 1 << test.positions[question_id]
    return mask


def first_unanswered(mask: int) -> int:
    """Index of the first question without an answer; the test's length when all have one.

    The order is that of the definition, as in `answered_mask`.
    """
    return (~mask & (mask + 1)).bit_length() - 1
