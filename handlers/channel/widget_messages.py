"""Messages of the widget channel as types: docs/protocol/widget-channel.md."""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from handlers.channel.messages import BadMessageError, MessageReader, Ping, encode
from handlers.questions import QuestionEncoder, wire_test
from widget_gateway.domain.attempts.attempts import AttemptState
from widget_gateway.domain.attempts.open_attempts import OpenAttempt
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.errors import AnswerInvalidError, GatewayError
from widget_gateway.services.attempts.attempts import Opened

Answers = list[tuple[str, Answer]]
"""`[["1",["a"]],["2",["b","c"]],["3",[]]]`, in the order of the questions."""

Questions = Annotated[
    tuple[msgspec.Raw, ...],
    msgspec.Meta(
        extra_json_schema={
            "items": {
                "type": "object",
                "required": ["id", "number", "type", "text"],
                "properties": {
                    "id": {"type": "string"},
                    "number": {"type": "integer"},
                    "type": {"type": "string"},
                    "text": {"type": "string"},
                    "options": {"type": "array", "items": {"type": "object"}},
                    "fields": {"type": "array", "items": {"type": "object"}},
                },
            }
        }
    ),
]
"""As handlers/questions.py encodes them, once for all sessions; what does not apply is absent."""


class Open(msgspec.Struct, tag="open", tag_field="type"):
    """Begin (`test`) or resume (`session` and `resume_token`).

    `open_id` is a UUID of the client's choice: the same open within a day meets the session that
    the first one began, since its answer may have been lost on the way.
    """

    provider: str
    test: str | None = None
    locale: str | None = None
    access_token: str | None = None
    answers: list[tuple[str, list[str]]] = []
    session: str | None = None
    resume_token: str | None = None
    open_id: str | None = None


class AnswerMessage(msgspec.Struct, tag="answer", tag_field="type"):
    """An answer; `value` is `[]` for a skipped question.

    `seq` counts the answers given in a generation from 1; `generation` is the one in which the
    visitor gave it, the current one unless told (recovery rule 2).
    """

    seq: int
    question: str
    value: list[str]
    generation: int | None = None


class Finish(msgspec.Struct, tag="finish", tag_field="type"):
    """All questions are answered."""


Message = Open | AnswerMessage | Finish | Ping


class _WidgetReader(MessageReader[Message]):
    def diagnose(self, kind: str, fields: dict[str, Any], why: str) -> GatewayError:
        """Name the answer that is wrong: `data["seq"]`, and `data["generation"]` where told."""
        seq, generation = fields.get("seq"), fields.get("generation")
        if kind != "answer" or type(seq) is not int:
            return super().diagnose(kind, fields, why)
        if generation is not None and type(generation) is not int:
            return BadMessageError("A generation is a whole number from 1.", seq=seq)
        place = {"seq": seq, "generation": generation}
        if isinstance(fields.get("question"), str):
            return AnswerInvalidError("The value of an answer is a list of strings.", **place)
        return BadMessageError(f"The message is not valid: {why}", **place)


decode = _WidgetReader(Message).read


class SessionMessage(msgspec.Struct, tag="session", tag_field="type"):
    """Answer to `open`; `next` is the question to show.

    `generation` is that of this opening: answers are counted by `seq` from 1 in it. `seq` is the
    highest one stored in any generation, for information.
    """

    session: UUID
    state: AttemptState
    test: dict[str, Any]
    questions: Questions
    answers: Answers
    generation: int
    seq: int
    next: str | None
    paid: bool
    resume_token: str | msgspec.UnsetType = msgspec.UNSET
    result_key: UUID | msgspec.UnsetType = msgspec.UNSET


class AckMessage(msgspec.Struct, tag="ack", tag_field="type"):
    """Every answer of a generation up to and including `seq` that this client gave is durable.

    `generation` is told where it is not the current one. It is written by hand: see `ack_message`.
    """

    seq: int
    generation: int | msgspec.UnsetType = msgspec.UNSET


class PauseMessage(msgspec.Struct, tag="pause", tag_field="type"):
    """The pause point is reached and payment is due; `answers` are for the host to keep."""

    after: int
    answers: Answers
    session: UUID


class ResumedMessage(msgspec.Struct, tag="resumed", tag_field="type"):
    """Payment is confirmed: the questions beyond the pause."""

    questions: Questions
    next: str | None


class FinishedMessage(msgspec.Struct, tag="finished", tag_field="type"):
    """The guest result is stored."""

    result_key: UUID


def session_message(opened: Opened, questions: QuestionEncoder) -> str:
    """Answer to `open`."""
    attempt = opened.attempt
    unset = msgspec.UNSET
    return encode(
        SessionMessage(
            session=attempt.id,
            state=attempt.state,
            test=wire_test(attempt.test, attempt.locale),
            questions=questions.encode(attempt.test, attempt.locale)[: attempt.unlocked],
            answers=opened.answers,
            generation=attempt.generation,
            seq=attempt.seq,
            next=attempt.next,
            paid=attempt.paid,
            resume_token=unset if opened.resume_token is None else opened.resume_token,
            result_key=unset if attempt.result_key is None else attempt.result_key,
        )
    )


def ack_message(seq: int, generation: int | None) -> str:
    """An answer is durable; `generation` is None for the current one. The fastest way to say it."""
    if generation is None:
        return '{"type":"ack","seq":%d}' % seq  # noqa: UP031
    return f'{{"type":"ack","seq":{seq},"generation":{generation}}}'


def pause_message(attempt: OpenAttempt, answers: list[tuple[str, Answer]]) -> str:
    """Payment is due."""
    return encode(PauseMessage(after=attempt.test.free_length, answers=answers, session=attempt.id))


def resumed_message(attempt: OpenAttempt, questions: QuestionEncoder) -> str:
    """Payment is confirmed."""
    rest = questions.encode(attempt.test, attempt.locale)[attempt.test.free_length :]
    return encode(ResumedMessage(questions=rest, next=attempt.next))
