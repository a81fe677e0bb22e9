"""Messages of the widget channel as types, and what the wire calls them (widget-protocol.md)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from handlers.questions import QuestionEncoder, wire_test
from widget_gateway.domain.answers import Answer
from widget_gateway.domain.errors import AnswerInvalidError, GatewayError, RefusalError
from widget_gateway.domain.open_attempts import OpenAttempt
from widget_gateway.services.attempts import Opened


class Open(msgspec.Struct, tag="open", tag_field="type"):
    """Begin (`test`) or resume (`session` and `resume_token`).

    `seq` is the highest that the client knows to be acknowledged: it lets the gateway notice lost
    data (recovery rule 3).
    """

    provider: str
    test: str | None = None
    locale: str | None = None
    access_token: str | None = None
    answers: list[tuple[str, list[str]]] = []
    session: str | None = None
    resume_token: str | None = None
    seq: int = 0


class AnswerMessage(msgspec.Struct, tag="answer", tag_field="type"):
    """An answer; `value` is `[]` for a skipped question."""

    seq: int
    question: str
    value: list[str]


class Finish(msgspec.Struct, tag="finish", tag_field="type"):
    """All questions are answered."""


class Ping(msgspec.Struct, tag="ping", tag_field="type"):
    """Is anybody there?"""


Message = Open | AnswerMessage | Finish | Ping

_decode: Callable[[str], Message] = msgspec.json.Decoder(Message).decode
_TYPES = frozenset({"open", "answer", "finish", "ping"})


class ProtocolViolationError(GatewayError):
    """A frame that is no message at all: the peer speaks another language (close 4000)."""

    reason = "bad_message"


class BadMessageError(RefusalError):
    """A message with fields that it can't have, or that does not fit the moment."""

    reason = "bad_message"


class UnknownTypeError(RefusalError):
    """A type that this version does not know."""

    reason = "unknown_type"
    default_message = "The type of the message is not known."


class NotOpenError(RefusalError):
    """Something before `open`."""

    reason = "not_open"
    default_message = "The first message is an open."


def decode(frame: str) -> Message:
    """Read a frame.

    Raises:
        ProtocolViolationError: not a JSON object.
        UnknownTypeError: its type is not known.
        AnswerInvalidError, BadMessageError: its fields are wrong; `data["seq"]` names the answer.
    """
    try:
        return _decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _diagnose(frame, str(error)) from None


def _diagnose(frame: str, why: str) -> GatewayError:
    """Say what is wrong with a frame that could not be read as a message; off the fast path."""
    try:
        message = msgspec.json.decode(frame, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ProtocolViolationError("A frame holds one JSON object.")
    kind = message.get("type")
    if not isinstance(kind, str):
        return BadMessageError('A message has a "type".')
    if kind not in _TYPES:
        return UnknownTypeError()
    seq = message.get("seq")
    if kind == "answer" and type(seq) is int:
        if isinstance(message.get("question"), str):
            return AnswerInvalidError("The value of an answer is a list of strings.", seq=seq)
        return BadMessageError(f"The message is not valid: {why}", seq=seq)
    return BadMessageError(f"The message is not valid: {why}")


def encode(message: dict[str, Any]) -> str:
    """A message as the text of a frame."""
    return msgspec.json.encode(message).decode()


def session_message(opened: Opened, questions: QuestionEncoder) -> str:
    """Answer to `open`."""
    attempt = opened.attempt
    message = {
        "type": "session",
        "session": attempt.id,
        "state": attempt.state.value,
        "test": wire_test(attempt.test, attempt.locale),
        "questions": questions.encode(attempt.test, attempt.locale)[: attempt.unlocked],
        "answers": opened.answers,
        "seq": attempt.seq,
        "next": attempt.next,
        "paid": attempt.paid,
    }
    if opened.resume_token is not None:
        message["resume_token"] = opened.resume_token
    if attempt.result_key is not None:
        message["result_key"] = attempt.result_key
    return encode(message)


def pause_message(attempt: OpenAttempt, answers: list[tuple[str, Answer]]) -> str:
    """Payment is due; `answers` are for the host to keep."""
    return encode(
        {
            "type": "pause",
            "after": attempt.test.free_length,
            "answers": answers,
            "session": attempt.id,
        }
    )


def resumed_message(attempt: OpenAttempt, questions: QuestionEncoder) -> str:
    """Payment is confirmed: the questions beyond the pause."""
    rest = questions.encode(attempt.test, attempt.locale)[attempt.test.free_length :]
    return encode({"type": "resumed", "questions": rest, "next": attempt.next})


def finished_message(result_key: UUID) -> str:
    """The guest result is stored."""
    return encode({"type": "finished", "result_key": result_key})


def error_message(code: str, text: str, *, fatal: bool, seq: int | None = None) -> str:
    """What went wrong; a fatal one is followed by a close."""
    message: dict[str, Any] = {"type": "error", "code": code, "message": text, "fatal": fatal}
    if seq is not None:
        message["seq"] = seq
    return encode(message)
