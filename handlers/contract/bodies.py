"""JSON bodies of the portal API: each declared once, checked with and documented by.

All that is wrong is reported together, by field, in sentences (handlers/portal/messages.py).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from handlers.contract.errors import FieldFault, FieldsInvalidError, ParameterInvalidError
from handlers.contract.inputs import is_storable

Schema = Mapping[str, Any]
Check = Callable[[Any], FieldFault | None]

MAX_FAULTS = 3
"""Told of one field: a list may have thousands."""

_REQUIRED = FieldFault("required")


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """A required member of a body.

    `says` names the one sentence for whatever the schema refuses; without it, the sentence is that
    of the schema's keyword. `check` looks for what a schema can't say; it sees only values that
    the schema allows. `quick` is the schema's type for msgspec, for values so large that the
    schema would be looked up for too long: what it takes, the schema need not see.
    """

    name: str
    about: str
    schema: Schema
    example: Any
    says: str | None = None
    check: Check | None = None
    quick: Any = None

    def fits_quickly(self, value: Any) -> bool:
        """Whether `quick` knows it to be right."""
        if self.quick is None:
            return False
        try:
            msgspec.convert(value, self.quick)
        except msgspec.ValidationError:
            return False
        return True


class Body:
    """A JSON object with these members; unknown ones are ignored."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self._validators = {one.name: Draft202012Validator(one.schema) for one in fields}

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the whole body."""
        return {
            "type": "object",
            "properties": {
                one.name: {**one.schema, "description": one.about} for one in self.fields
            },
            "required": [one.name for one in self.fields],
        }

    @property
    def example(self) -> dict[str, Any]:
        """A body that is accepted."""
        return {one.name: one.example for one in self.fields}

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The declared members.

        Raises:
            FieldsInvalidError: some are missing or wrong; it has all of them.
        """
        found = {one.name: self._faults(one, given) for one in self.fields}
        if wrong := {name: faults for name, faults in found.items() if faults}:
            raise FieldsInvalidError(wrong)
        return {one.name: given[one.name] for one in self.fields}

    def _faults(self, one: Field, given: Mapping[str, Any]) -> list[FieldFault]:
        value = given.get(one.name)
        if value is None:
            return [_REQUIRED]
        errors: Iterator[ValidationError] = iter(())
        if not one.fits_quickly(value):
            errors = self._validators[one.name].iter_errors(value)
        if one.says is not None:
            faults = [FieldFault(one.says)] if next(errors, None) else []
        else:
            faults = [_fault_of(error) for error in islice(errors, MAX_FAULTS)]
        if not faults and one.check is not None and (fault := one.check(value)):
            faults = [fault]
        return faults


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
"""Those that fields without a sentence of their own use."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request's body.

    Raises:
        ParameterInvalidError: it is none, a member is given twice with different values, or there
            is text in it that no database takes.
    """
    try:
        parsed = json.loads(
            body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError:
        raise ParameterInvalidError("body", "it is not valid UTF-8.") from None
    except (ValueError, RecursionError):
        raise ParameterInvalidError("body", "it is not valid JSON.") from None
    if not isinstance(parsed, dict):
        raise ParameterInvalidError("body", "it must be a JSON object.")
    try:
        is_text = _is_storable(parsed)
    except RecursionError:
        raise ParameterInvalidError("body", "it is nested too deeply.") from None
    if not is_text:
        raise ParameterInvalidError("body", "it has a character that is not text.")
    return parsed


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if members.setdefault(name, value) != value:
            raise ParameterInvalidError(name, "it is given twice with different values.")
    return members


def _refuse_constant(name: str) -> None:
    """`NaN` and `Infinity` are Python's, not JSON's."""
    raise ValueError(name)


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, dict):
        return all(map(is_storable, value)) and all(map(_is_storable, value.values()))
    return all(map(_is_storable, value)) if isinstance(value, list) else True
