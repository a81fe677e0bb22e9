"""Kinds of parameters. A declaration checks what is given and describes itself for OpenAPI."""

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from handlers.contract.errors import ParameterInvalidError, ParameterMissingError
from handlers.contract.inputs import Inputs, Value
from handlers.contract.json_reader import is_storable
from widget_gateway.domain.errors import RefusalError
from widget_gateway.domain.ids import parse_uuid

T = TypeVar("T")
Schema = dict[str, Any]

MAX_TEXT = 256
"""Characters of an identifier, unless its own declaration says otherwise."""

MAX_INTEGER = 2**53 - 1
"""Of a JSON number that stands for a text: beyond it JSON's readers disagree about the digits."""

_MAX_DIGITS = 18


@dataclass(frozen=True, eq=False)
class Parameter(ABC, Generic[T]):
    """A parameter by its name on the wire. `about` is for the readers of the documentation."""

    name: str
    about: str
    _: KW_ONLY
    example: Any = None

    @abstractmethod
    def read(self, value: Value) -> T:
        """What a value that was given means.

        Raises:
            ParameterInvalidError, or another refusal that the kind names: the value is none.
        """

    @abstractmethod
    def schema(self) -> Schema:
        """JSON Schema of the value as text: in a query or a form."""

    def json_schema(self) -> Schema:
        """JSON Schema of the value as a member of a JSON body."""
        return self.schema()

    def find(self, inputs: Inputs) -> T | None:
        """The value, None where it is absent or empty."""
        value = inputs.value_of(self, required=False)
        return None if value is None else self.read(value)

    def get(self, inputs: Inputs) -> T:
        """The value of a required parameter.

        Raises:
            ParameterMissingError: absent or empty.
        """
        value = inputs.value_of(self, required=True)
        if value is None:
            raise ParameterMissingError(self.name)
        return self.read(value)


@dataclass(frozen=True, eq=False)
class Text(Parameter[str]):
    """A text of at most `most` characters. JSON callers have numeric ids: a number is its text."""

    _: KW_ONLY
    most: int = MAX_TEXT

    def read(self, value: Value) -> str:
        """The text, checked for what no database takes."""
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER:
            value = str(value)
        if not isinstance(value, str):
            raise ParameterInvalidError(self.name, "it must be a string.")
        if len(value) > self.most:
            raise ParameterInvalidError(self.name, f"it is longer than {self.most} characters.")
        if not is_storable(value):
            raise ParameterInvalidError(self.name, "it has a character that is not text.")
        return value

    def schema(self) -> Schema:
        """A string without NUL."""
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.most,
            "pattern": "^[^\\u0000]*$",
        }

    def json_schema(self) -> Schema:
        """The same, or a whole number."""
        bounds = {"minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
        return self.schema() | {"type": ["string", "integer"]} | bounds


@dataclass(frozen=True, eq=False)
class Key(Text):
    """A UUID in its canonical form; anything else is the key of nothing, and refused as such."""

    _: KW_ONLY
    otherwise: type[RefusalError]

    def find_key(self, inputs: Inputs) -> UUID | None:
        """The key, None where it is absent."""
        text = self.find(inputs)
        return None if text is None else self._parse(text)

    def get_key(self, inputs: Inputs) -> UUID:
        """The key of a required parameter."""
        return self._parse(self.get(inputs))

    def _parse(self, text: str) -> UUID:
        parsed = parse_uuid(text)
        if parsed is None:
            raise self.otherwise
        return parsed

    def schema(self) -> Schema:
        """A UUID."""
        return {"type": "string", "format": "uuid"}

    def json_schema(self) -> Schema:
        """A UUID."""
        return self.schema()


@dataclass(frozen=True, eq=False)
class Integer(Parameter[int]):
    """A whole number from `least` to `most`, as number or text."""

    _: KW_ONLY
    least: int
    most: int

    def read(self, value: Value) -> int:
        """The number; booleans are none."""
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        is_number = (
            isinstance(text, str)
            and text.isascii()
            and text.isdecimal()
            and len(text) <= _MAX_DIGITS
        )
        if not (is_number and self.least <= int(text) <= self.most):
            raise ParameterInvalidError(
                self.name, f"it is a whole number from {self.least} to {self.most}."
            )
        return int(text)

    def schema(self) -> Schema:
        """A number in its range."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, eq=False)
class Flag(Parameter[bool]):
    """`0` or `1`, as number, text or JSON boolean."""

    def read(self, value: Value) -> bool:
        """The flag."""
        if isinstance(value, bool):
            return value
        if not isinstance(value, int | str) or str(value) not in ("0", "1"):
            raise ParameterInvalidError(self.name, "it is 0 or 1.")
        return str(value) == "1"

    def is_set(self, inputs: Inputs) -> bool:
        """The flag, false where it is absent."""
        return bool(self.find(inputs))

    def schema(self) -> Schema:
        """0 or 1."""
        return {"type": "integer", "enum": [0, 1]}

    def json_schema(self) -> Schema:
        """The same, or a boolean."""
        return {"enum": [0, 1, "0", "1", False, True]}


@dataclass(frozen=True, eq=False)
class Choice(Parameter[str]):
    """One of a few words."""

    _: KW_ONLY
    words: tuple[str, ...]

    def read(self, value: Value) -> str:
        """The word."""
        if not isinstance(value, str) or value not in self.words:
            raise ParameterInvalidError(self.name, f"it is one of: {', '.join(self.words)}.")
        return value

    def schema(self) -> Schema:
        """The words."""
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, eq=False)
class Date(Parameter[date]):
    """A calendar date, `YYYY-MM-DD`."""

    def read(self, value: Value) -> date:
        """The date; ISO's other spellings, such as week dates, are none."""
        try:
            read = date.fromisoformat(value)
        except (TypeError, ValueError):
            read = None
        if read is None or read.isoformat() != value:
            raise ParameterInvalidError(self.name, "it is a date like 2026-01-31.")
        return read

    def schema(self) -> Schema:
        """A date."""
        return {"type": "string", "format": "date"}
