"""The messages of the widget channel (docs/protocol/widget-channel.md)."""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from handlers.channel.messages import BadMessageError, MessageReader, Ping, encode
from handlers.questions import QuestionEncoder, wire_test
from widget_gateway.domain.attempts.attempts import AttemptState
from widget_gateway.domain.attempts.view import AttemptView
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.errors import AnswerInvalidError, GatewayError
from widget_gateway.services.attempts.attempts import OpenReply

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
                    "options": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["value"],
                            "properties": {
                                "value": {"type": "string"},
                                "id": {
                                    "type": "string",
                                    "description": "What answers name the option by, where that "
                                    "is not its value.",
                                },
                                "text": {"type": "string"},
                                "image": {"type": "string"},
                            },
                        },
                    },
                    "fields": {"type": "array", "items": {"type": "object"}},
                },
            }
        }
    ),
]
"""Questions as handlers/questions.py encodes them, once for all attempts. Members that do not apply
to a question are absent. They are in the order of the attempt, which keeps it for ever."""


class Open(msgspec.Struct, tag="open", tag_field="type"):
    """Begins an attempt (`test`) or resumes it (`session` and `resume_token`).

    `open_id` is a UUID that the client has made. The same `open` within a day leads to the session
    that the first one began, whose answer may have been lost. `sandbox` begins in the sandbox.
    `locale` is the tag of a language, or several, separated by commas, the most wanted one first.
    """

    provider: str
    test: str | None = None
    locale: str | None = None
    access_token: str | None = None
    answers: list[tuple[str, list[str]]] = []
    session: str | None = None
    resume_token: str | None = None
    open_id: str | None = None
    sandbox: bool = False


class AnswerMessage(msgspec.Struct, tag="answer", tag_field="type"):
    """An answer to a question. `value` is `[]` for a skipped question.

    It names the chosen options by their ids, which are their values unless they have own ones.

    `seq` counts the answers of a generation from 1. `generation` is the one in which the visitor
    gave the answer; without it, the current one (recovery rule 2).
    """

    seq: int
    question: str
    value: list[str]
    generation: int | None = None


class Finish(msgspec.Struct, tag="finish", tag_field="type"):
    """Asks for the result, since all questions are answered."""


Message = Open | AnswerMessage | Finish | Ping


class _WidgetReader(MessageReader[Message]):
    def diagnose(self, kind: str, fields: dict[str, Any], why: str) -> GatewayError:
        """The error with the answer that is wrong, in `data["seq"]` and `data["generation"]`."""
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
    """Answers an `open`. `next` is the id of the question to show.

    `generation` is that of this connection, in which `seq` of answers counts from 1. The message's
    own `seq` is the highest that is stored in any generation, for information. `sandbox` is absent
    unless the session belongs to the sandbox.
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
    sandbox: bool | msgspec.UnsetType = msgspec.UNSET


class AckMessage(msgspec.Struct, tag="ack", tag_field="type"):
    """Says that all answers of this client in a generation, up to `seq` inclusive, are durable.

    `generation` is present if it is not the current one.
    """

    seq: int
    generation: int | msgspec.UnsetType = msgspec.UNSET


class PauseMessage(msgspec.Struct, tag="pause", tag_field="type"):
    """Says that the payment is due. `answers` are all so far, for the host page to keep."""

    after: int
    answers: Answers
    session: UUID


class ResumedMessage(msgspec.Struct, tag="resumed", tag_field="type"):
    """Brings the questions behind the pause, since the payment is confirmed."""

    questions: Questions
    next: str | None


class FinishedMessage(msgspec.Struct, tag="finished", tag_field="type"):
    """Says that the result is stored, as a guest's."""

    result_key: UUID


def session_message(reply: OpenReply, questions: QuestionEncoder) -> str:
    """The text of a SessionMessage, which answers an `open`."""
    attempt = reply.view
    unset = msgspec.UNSET
    return encode(
        SessionMessage(
            session=attempt.id,
            state=attempt.state,
            test=wire_test(attempt.test, attempt.locale),
            questions=_questions_of(attempt, questions)[: attempt.unlocked],
            answers=reply.answers,
            generation=attempt.generation,
            seq=attempt.seq,
            next=attempt.next,
            paid=attempt.paid,
            resume_token=unset if reply.resume_token is None else reply.resume_token,
            result_key=unset if attempt.result_key is None else attempt.result_key,
            sandbox=attempt.sandbox or unset,
        )
    )


def _questions_of(attempt: AttemptView, questions: QuestionEncoder) -> tuple[msgspec.Raw, ...]:
    return questions.encode(attempt.test, attempt.locale, attempt.seed)


def ack_message(seq: int, generation: int | None) -> str:
    """The text of an AckMessage, formatted by hand since most messages are acks.

    `generation` is None for the current one.
    """
    if generation is None:
        return '{"type":"ack","seq":%d}' % seq  # noqa: UP031
    return f'{{"type":"ack","seq":{seq},"generation":{generation}}}'


def pause_message(attempt: AttemptView, answers: list[tuple[str, Answer]]) -> str:
    """The text of a PauseMessage."""
    return encode(PauseMessage(after=attempt.test.free_length, answers=answers, session=attempt.id))


def resumed_message(attempt: AttemptView, questions: QuestionEncoder) -> str:
    """The text of a ResumedMessage."""
    rest = _questions_of(attempt, questions)[attempt.test.free_length :]
    return encode(ResumedMessage(questions=rest, next=attempt.next))
