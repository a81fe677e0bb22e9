"""Kinds of parameters. A parameter is declared once: it is read and documented by that."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from handlers.contract.errors import ParameterInvalidError, ParameterMissingError
from handlers.contract.inputs import Inputs, Value
from handlers.contract.json_reader import is_storable
from widget_gateway.domain.errors import RefusalError
from widget_gateway.domain.ids import parse_uuid
from widget_gateway.services.language_tags import MAX_WANTED, WELL_FORMED, wanted_tags

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Schema = dict[str, Any]

MAX_TEXT = 256
"""The most characters of a text, unless its declaration says otherwise. Ids are this long."""

MAX_INTEGER = 2**53 - 1
"""The largest JSON number that is accepted in place of a text. JSON parsers that read numbers as
floats change the digits of larger ones."""

_MAX_DIGITS = 18
"""The most digits of an integer that are parsed: any limit of a parameter has fewer."""


@dataclass(frozen=True, eq=False)
class Parameter(ABC, Generic[T]):
    """A parameter by its name on the wire. `about` describes it in the documentation."""

    name: str
    about: str
    _: KW_ONLY
    example: Any = None

    @abstractmethod
    def read(self, value: Value) -> T:
        """Parse a value of a request.

        Raises:
            ParameterInvalidError, or another refusal that the kind names: the value is wrong.
        """

    @abstractmethod
    def schema(self) -> Schema:
        """JSON Schema of the value as a string, in a query or a form."""

    def json_schema(self) -> Schema:
        """JSON Schema of the value as a member of a JSON body."""
        return self.schema()

    def find(self, inputs: Inputs) -> T | None:
        """The value of an optional parameter; None if it is absent or empty."""
        value = inputs.value_of(self, required=False)
        return None if value is None else self.read(value)

    def get(self, inputs: Inputs) -> T:
        """The value of a required parameter.

        Raises:
            ParameterMissingError: it is absent or empty.
        """
        value = inputs.value_of(self, required=True)
        if value is None:
            raise ParameterMissingError(self.name)
        return self.read(value)


@dataclass(frozen=True, eq=False)
class Name(Parameter[T]):
    """A text of at most `most` characters that names something; `kind` makes its type of it.

    A JSON body may have a whole number for it, since many partners' ids are numbers.
    """

    _: KW_ONLY
    kind: Callable[[str], T]
    most: int = MAX_TEXT

    def read(self, value: Value) -> T:
        """The text, if a database accepts it."""
        return self.kind(self.read_text(value))

    def read_text(self, value: Value) -> str:
        """The text before `kind` is applied.

        Raises:
            ParameterInvalidError: it is too long, or a value of another type.
        """
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
        """A string without NUL, or a whole number."""
        bounds = {"minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
        return self.schema() | {"type": ["string", "integer"]} | bounds


@dataclass(frozen=True, eq=False)
class Text(Name[str]):
    """A text of at most `most` characters."""

    _: KW_ONLY
    kind: Callable[[str], str] = str


@dataclass(frozen=True, eq=False)
class Key(Parameter[T]):
    """A UUID in its canonical form, the key of something; `kind` makes its type of it.

    `otherwise` is raised for any other text, since nothing has such a key.
    """

    _: KW_ONLY
    kind: Callable[[UUID], T]
    otherwise: type[RefusalError]

    def read(self, value: Value) -> T:
        """The key."""
        parsed = parse_uuid(Text(self.name, self.about).read(value))
        if parsed is None:
            raise self.otherwise
        return self.kind(parsed)

    def schema(self) -> Schema:
        """A UUID."""
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True, eq=False)
class Integer(Parameter[int]):
    """A whole number from `least` to `most`, as a number or as text."""

    _: KW_ONLY
    least: int
    most: int

    def read(self, value: Value) -> int:
        """The number. A boolean is refused, though Python counts it among the integers."""
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
    """`0` or `1`, as a number, as text, or as a JSON boolean."""

    def read(self, value: Value) -> bool:
        """The flag."""
        if isinstance(value, bool):
            return value
        if not isinstance(value, int | str) or str(value) not in ("0", "1"):
            raise ParameterInvalidError(self.name, "it is 0 or 1.")
        return str(value) == "1"

    def is_set(self, inputs: Inputs) -> bool:
        """The flag; False if it is absent."""
        return bool(self.find(inputs))

    def schema(self) -> Schema:
        """0 or 1."""
        return {"type": "integer", "enum": [0, 1]}

    def json_schema(self) -> Schema:
        """0 or 1, also as text, or a boolean."""
        return {"enum": [0, 1, "0", "1", False, True]}


@dataclass(frozen=True, eq=False)
class Choice(Parameter[str]):
    """One of a few words."""

    _: KW_ONLY
    words: tuple[str, ...]

    def read(self, value: Value) -> str:
        """The word."""
        return _read_word(self.name, value, self.words)

    def schema(self) -> Schema:
        """The words."""
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, eq=False)
class Languages(Parameter[tuple[str, ...]]):
    """Tags of languages in their canonical form, separated by commas, the most wanted one first.

    A tag that is not registered is no fault, since pages and browsers name many: no test has it.
    """

    def read(self, value: Value) -> tuple[str, ...]:
        """The tags."""
        if not isinstance(value, str):
            raise ParameterInvalidError(self.name, "it must be a string.")
        try:
            return wanted_tags(value)
        except ValueError as error:
            raise ParameterInvalidError(self.name, str(error)) from None

    def schema(self) -> Schema:
        """Up to MAX_WANTED tags."""
        more = f"( *, *{WELL_FORMED}){{0,{MAX_WANTED - 1}}}"
        return {"type": "string", "pattern": f"^{WELL_FORMED}{more}$"}


@dataclass(frozen=True, eq=False)
class Member(Parameter[E]):
    """One of the words of an enumeration; `kind` is the enumeration."""

    _: KW_ONLY
    kind: type[E]

    def read(self, value: Value) -> E:
        """The member of the enumeration."""
        return self.kind(_read_word(self.name, value, self._words))

    def schema(self) -> Schema:
        """The words."""
        return {"type": "string", "enum": list(self._words)}

    @property
    def _words(self) -> tuple[str, ...]:
        return tuple(member.value for member in self.kind)


@dataclass(frozen=True, eq=False)
class Date(Parameter[date]):
    """A calendar date, `YYYY-MM-DD`."""

    def read(self, value: Value) -> date:
        """The date. Other ISO 8601 forms, such as week dates, are refused."""
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


def _read_word(name: str, value: Value, words: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in words:
        raise ParameterInvalidError(name, f"it is one of: {', '.join(words)}.")
    return value
