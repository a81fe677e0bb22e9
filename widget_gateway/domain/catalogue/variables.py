"""Computed variables of a test and their names (docs/protocol/definitions.md, "Scoring").

`SCALES.<id>.score` and `SCALES.<id>.percentage` are ours: the keyed scales, for texts to speak of.
"""

import re
from collections.abc import Mapping
from typing import Any

from widget_gateway.domain.catalogue.numbers import Number
from widget_gateway.domain.catalogue.questions import QuestionType
from widget_gateway.domain.catalogue.tests import TestDefinition

PLACEHOLDER = re.compile(r"\{\{\s*+((?:[^{}\s](?:[^{}]*[^{}\s])?)?)\s*+\}\}")
"""A variable in a text of the report: `{{ SCALE }}`. Linear in time, whatever is written."""

_WHOLE_TEST = frozenset({"SUM", "SCALE", "NON_NEGATIVE_ANSWER_VALUES_SUM"})
_OF_A_VALUE = frozenset({"sum", "percentage", "percentage_value"})


def has_variable(test: TestDefinition, name: str) -> bool:
    """Whether `name` is computed for the test."""
    if name in _WHOLE_TEST:
        return True
    family, key, member = _parts(name)
    if family == "GROUPS":
        return key in test.groups and member in {"SUM", "SCALE"}
    if family == "SCALES":
        return any(key == scale.id for scale in test.scales) and member in {"score", "percentage"}
    if family in {"VALUES", "REPEATS"}:
        return member in _OF_A_VALUE and (key in test.offers or _may_be_written(test, key))
    return False


def value_of(variables: Mapping[str, Any], name: str) -> Number:
    """The value of a variable that the test has; 0 where nobody wrote that text."""
    if name in _WHOLE_TEST:
        return variables[name]  # type: ignore[no-any-return]
    family, key, member = _parts(name)
    return variables[family].get(key, {}).get(member, 0)  # type: ignore[no-any-return]


def _parts(name: str) -> tuple[str, str, str]:
    """Family, key and member; a value or a group may have dots in its name."""
    family, _, rest = name.partition(".")
    key, _, member = rest.rpartition(".")
    return family, key, member


def _may_be_written(test: TestDefinition, value: str) -> bool:
    return bool(value) and any(one.type is QuestionType.TEXT for one in test.questions)
