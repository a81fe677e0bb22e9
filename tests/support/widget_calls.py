"""A widget that speaks with the gateway by plain HTTP calls, as in networks without WebSockets."""

import json
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPResponse

Message = dict[str, Any]

PLAIN = "text/plain;charset=UTF-8"


@dataclass
class Answer:
    """The answer to a call that was understood."""

    messages: list[Message]
    connection: str | None
    close: int | None
    headers: Any = field(repr=False)

    def only(self, kind: str) -> Message:
        """The only message, which has to be of this type."""
        assert [message["type"] for message in self.messages] == [kind], self.messages
        return self.messages[0]

    @property
    def acks(self) -> list[int]:
        """The numbers of the answers that are acknowledged; nothing else may have come."""
        assert {message["type"] for message in self.messages} <= {"ack"}, self.messages
        return [message["seq"] for message in self.messages]


class CallingWidget:
    """A widget; it remembers the attempt's identity and the newest `connection`."""

    def __init__(self, client: AsyncHTTPClient, url: str, origin: str | None) -> None:
        self.client = client
        self.url = url
        self.origin = origin
        self.session: Message = {}
        self.connection: str | None = None

    async def post(
        self, path: str, body: Any, *, media_type: str | None = PLAIN, **options: Any
    ) -> HTTPResponse:
        """Post a body, as JSON unless it is bytes; return whatever comes back."""
        headers = {"Origin": self.origin} if self.origin else {}
        if media_type is not None:
            headers["Content-Type"] = media_type
        return await self.client.fetch(
            f"{self.url}/http/v1/widget{path}",
            **{
                "method": "POST",
                "headers": headers,
                "body": body if isinstance(body, bytes) else as_in_browsers(body),
                "raise_error": False,
            }
            | options,
        )

    async def send(self, *messages: Message, url: str | None = None) -> Answer:
        """Send messages, to another node if it has a `url`."""
        body: dict[str, Any] = {"messages": list(messages)}
        if self.connection is not None:
            body["connection"] = self.connection
        return await self._answer("", body, url)

    async def poll(self, url: str | None = None) -> Answer:
        """Wait for news."""
        return await self._answer("/poll", {"connection": self.connection}, url)

    async def _answer(self, path: str, body: Any, url: str | None) -> Answer:
        self.url = url or self.url
        response = await self.post(path, body)
        assert response.code == 200, response.body
        answer = Answer(**json.loads(response.body), headers=response.headers)
        self.connection = answer.connection
        return answer

    async def open(self, provider: str = "college", **fields: Any) -> Message:
        """Begin or resume an attempt; return the `session` message."""
        self.connection = None
        answer = await self.send({"type": "open", "provider": provider, **fields})
        assert answer.close is None, answer
        assert answer.connection, answer
        self.session = self.session | answer.messages[0]
        assert answer.messages[0]["type"] == "session", answer.messages
        return answer.messages[0]

    @property
    def identity(self) -> dict[str, str]:
        """The fields of an `open` that resumes the attempt."""
        return {key: self.session[key] for key in ("session", "resume_token")}


def as_in_browsers(value: Any) -> bytes:
    """JSON as browsers write it: UTF-8 without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer(seq: int, question: str, *value: str, **fields: Any) -> Message:
    """An `answer`; without a value the question is skipped."""
    return {"type": "answer", "seq": seq, "question": question, "value": list(value), **fields}


def answers_to(questions: list[Message], *, seq: int = 0) -> list[Message]:
    """An `answer` to each question with its first option."""
    return [
        answer(number, question["id"], question["options"][0]["value"])
        for number, question in enumerate(questions, start=seq + 1)
    ]
