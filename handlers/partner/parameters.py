"""The parameters of the partner API, each declared once for all calls that take it."""

from dataclasses import dataclass
from typing import Any

from handlers.contract.errors import ParameterInvalidError
from handlers.contract.inputs import Value
from handlers.contract.json_reader import is_storable, unpack_json
from handlers.contract.parameters import Flag, Key, Languages, Name, Parameter, Schema, Text
from widget_gateway.domain.errors import (
    AttemptNotFoundError,
    ResultNotFoundError,
    UserNotFoundError,
)
from widget_gateway.domain.ids import AttemptId, ResultKey, TestSlug, UserId, UserKey

Progress = list[tuple[str, list[str]]]

CLIENT_KEY = Text("client_key", "The provider's secret key; or send it as a Bearer token.")
CLIENT = Text("client", "The same under its V2 name.")
CALLER = (CLIENT_KEY, CLIENT)

USER_ID = Name(
    "user_id",
    "The partner's own name for its user: an id, an e-mail address, a session id.",
    kind=UserId,
    example="student-17",
)
USER_KEY = Key(
    "user_key",
    "The user's permanent key, as `user/register` answered it.",
    kind=UserKey,
    otherwise=UserNotFoundError,
    example="92f50432-dd78-4f57-b407-6bb273c78f62",
)
USER = (USER_ID, USER_KEY)

RESULT_KEY = Key(
    "result_key",
    "The key of a result, as the widget or `progress/save` gave it out.",
    kind=ResultKey,
    otherwise=ResultNotFoundError,
    example="0f8c2b5e-3f0a-4c38-a7bb-6c9d7c1f2a10",
)
SESSION = Key(
    "session",
    "The session of an attempt, as the widget's `pause` event tells it.",
    kind=AttemptId,
    otherwise=AttemptNotFoundError,
    example="5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21",
)
TEST = Name("test", "The slug of a test.", kind=TestSlug, example="career-interests")
LOCALE = Languages(
    "locale",
    "The language of the texts, as a tag of BCP 47, or several, separated by commas, the most "
    "wanted one first. Where the test lacks them, the language of the result stands in, else the "
    "test's first one.",
    example="ru",
)
PAID = Flag("paid", "Whether the visitor has paid already: then nothing pauses.", example=1)
PAYMENT_ID = Text("payment_id", "The partner's own name for the payment.", example="order-2031")


@dataclass(frozen=True, eq=False)
class ProgressParameter(Parameter[Progress]):
    """Answers as pairs of a question id and values, or as the older object, or as a JSON string."""

    def read(self, value: Value) -> Progress:
        """Question ids and their values. Whether they fit the test is checked by the service."""
        pairs = unpack_json(self.name, value)
        if not isinstance(pairs, list | tuple):
            raise self._wrong_shape()
        return [self._pair(pair) for pair in pairs]

    def _pair(self, pair: Any) -> tuple[str, list[str]]:
        if not isinstance(pair, list | tuple) or len(pair) != len(("question", "values")):
            raise self._wrong_shape()
        question, values = pair
        listed = values if isinstance(values, list) else [values]
        return self._text(question), [self._text(value) for value in listed]

    def _text(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not is_storable(value):
            raise self._wrong_shape()
        return value

    def _wrong_shape(self) -> ParameterInvalidError:
        return ParameterInvalidError(
            self.name, 'it is like [["1",["a"]],["2",["b","c"]],["3",[]]].'
        )

    def schema(self) -> Schema:
        """A string that holds JSON."""
        return {"type": "string", "contentMediaType": "application/json", "minLength": 1}

    def json_schema(self) -> Schema:
        """A list of pairs, the older object, or a string that holds either."""
        value: Schema = {"type": ["string", "integer"]}
        values: Schema = {"anyOf": [{"type": "array", "items": value}, value]}
        pair: Schema = {
            "type": "array",
            "prefixItems": [value, values],
            "minItems": 2,
            "maxItems": 2,
        }
        return {
            "anyOf": [
                {"type": "array", "items": pair},
                {"type": "object", "additionalProperties": values},
                self.schema(),
            ]
        }


PROGRESS = ProgressParameter(
    "progress",
    "Question ids, each with the list of its values; a skipped question with an empty one.",
    example=[["1", ["a"]], ["2", ["b", "c"]], ["3", []]],
)
