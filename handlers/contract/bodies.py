"""JSON bodies of the portal API. A body is declared once: it is read and documented by that.

All faults of a body are reported together, by field, as sentences (handlers/portal/messages.py).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from handlers.contract.errors import FieldFault, FieldsInvalidError, ParameterInvalidError
from handlers.contract.json_reader import JSON, MAX_VALUES, Members, is_storable, parse_object

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Schema = Mapping[str, Any]

MAX_FAULTS = 3
"""How many faults of one field are reported. A list of thousands may have a fault in each item."""

_REQUIRED = FieldFault("required")


@dataclass(frozen=True, kw_only=True, eq=False)
class Field(Generic[T_co]):
    """A required member of a body.

    `schema` is the JSON Schema that values are checked by; `parse` turns a value that it accepts
    into what the handler works with, or finds a fault that a schema can't describe.

    `says` names the only sentence for all that the schema refuses. Without it, each keyword of the
    schema has a sentence of its own.

    `quick` is a type of msgspec for values so large that the validation by `schema` would take too
    long. The schema is not consulted for what this type accepts.
    """

    name: str
    about: str
    schema: Schema
    parse: Callable[[Any], T_co | FieldFault]
    example: Any
    says: str | None = None
    quick: Any = None

    @property
    def max_items(self) -> int | None:
        """The most items of a list; None where the schema has no such limit."""
        most: int | None = self.schema.get("maxItems")
        return most

    def fits_quickly(self, value: Any) -> bool:
        """Whether the type `quick` accepts the value; False where the field has none."""
        if self.quick is None:
            return False
        try:
            msgspec.convert(value, self.quick)
        except msgspec.ValidationError:
            return False
        return True


class Values:
    """The values of a body that was read. `values[FIELD]` has the type that FIELD parses to."""

    def __init__(self, parsed: Mapping[str, Any]) -> None:
        self._parsed = parsed

    def __getitem__(self, field: Field[T]) -> T:
        """The value of a field of the body.

        Raises:
            KeyError: the body does not declare the field.
        """
        value: T = self._parsed[field.name]
        return value


class Body:
    """A JSON object that has all of these fields. Unknown members are ignored."""

    media_types = (JSON,)

    def __init__(self, *fields: Field[Any]) -> None:
        self.fields = fields
        self._validators = {field.name: Draft202012Validator(field.schema) for field in fields}

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the whole body."""
        return {
            "type": "object",
            "properties": {
                field.name: {**field.schema, "description": field.about} for field in self.fields
            },
            "required": [field.name for field in self.fields],
        }

    @property
    def example(self) -> dict[str, Any]:
        """A body that is accepted."""
        return {field.name: field.example for field in self.fields}

    def parse(self, raw: bytes) -> Values:
        """Parse a request's body, a JSON object, and read the declared fields of it.

        Lists with too many items are found before anything looks at the items.

        Raises:
            ParameterInvalidError: as `parse_object` and `unique_members`.
            FieldsInvalidError: fields are missing or wrong; it has the faults of all of them.
        """
        pairs = parse_object(raw, exact=True, bounded=False)
        limits = {field.name: field.max_items for field in self.fields if field.max_items}
        wrong = {
            name: [FieldFault("too_many", {"limit": limits[name]})]
            for name, value in pairs
            if name in limits and isinstance(value, list) and len(value) > limits[name]
        }
        members = unique_members(tuple(pair for pair in pairs if pair[0] not in wrong))
        return self.read(members, wrong)

    def read(
        self, members: Mapping[str, Any], known: Mapping[str, list[FieldFault]] | None = None
    ) -> Values:
        """Read the declared fields of an object, save those whose faults are known.

        Raises:
            FieldsInvalidError: fields are missing or wrong; it has the faults of all of them.
        """
        wrong = dict(known or {})
        parsed: dict[str, Any] = {}
        for field in self.fields:
            if field.name in wrong:
                continue
            value = members.get(field.name)
            if faults := self._schema_faults(field, value):
                wrong[field.name] = faults
                continue
            read = field.parse(value)
            if isinstance(read, FieldFault):
                wrong[field.name] = [read]
            else:
                parsed[field.name] = read
        if wrong:
            raise FieldsInvalidError(wrong)
        return Values(parsed)

    def _schema_faults(self, field: Field[Any], value: Any) -> list[FieldFault]:
        if value is None:
            return [_REQUIRED]
        if field.fits_quickly(value):
            return []
        errors: Iterator[ValidationError] = self._validators[field.name].iter_errors(value)
        if field.says is not None:
            return [FieldFault(field.says)] if next(errors, None) else []
        return [_fault_of(error) for error in islice(errors, MAX_FAULTS)]


def _fault_of(error: ValidationError) -> FieldFault:
    fault = _KEYWORDS[str(error.validator)](error.validator_value)
    if not error.path:
        return fault
    return FieldFault("item", {"number": int(error.path[0]) + 1, "fault": fault})


_KEYWORDS: Mapping[str, Callable[[Any], FieldFault]] = {
    "type": lambda kind: FieldFault(f"not_{kind}"),
    "pattern": lambda _: FieldFault("blank"),
    "minLength": lambda _: FieldFault("blank"),
    "maxLength": lambda limit: FieldFault("too_long", {"limit": limit}),
    "minItems": lambda limit: FieldFault("too_few", {"limit": limit}),
    "maxItems": lambda limit: FieldFault("too_many", {"limit": limit}),
    "enum": lambda words: FieldFault("choice", {"choices": ", ".join(words)}),
}
"""The fault for each keyword of JSON Schema that fields without `says` use, made of its value."""


def unique_members(pairs: Members) -> dict[str, Any]:
    """The members of a JSON object by name, with the objects in it as dicts.

    Raises:
        ParameterInvalidError: an object repeats a name with a different value, there is text that
            no database accepts, or there are too many values.
    """
    try:
        members: dict[str, Any] = _Unique().of(pairs)
    except RecursionError:
        raise ParameterInvalidError("body", "it is nested too deeply.") from None
    return members


class _Unique:
    """Turns parsed JSON into dicts, lists and values, of which it takes MAX_VALUES."""

    def __init__(self) -> None:
        self._left = MAX_VALUES

    def of(self, value: Any) -> Any:
        """The value with its objects as dicts, at every depth."""
        self._left -= 1
        if self._left < 0:
            raise ParameterInvalidError("body", f"it has more than {MAX_VALUES} values.")
        if isinstance(value, str):
            return _storable(value)
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if not isinstance(value, tuple):
            return value
        members: dict[str, Any] = {}
        for name, raw in value:
            member = self.of(raw)
            if members.setdefault(_storable(name), member) != member:
                raise ParameterInvalidError(name, "it is given twice with different values.")
        return members


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ParameterInvalidError("body", "it has a character that is not text.")
    return text
