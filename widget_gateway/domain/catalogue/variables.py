"""Computed variables of a test and their names (docs/protocol/definitions.md, "Scoring").

`SCALES.<id>.score` and `SCALES.<id>.percentage` let texts of the report name the keyed scales.
"""

import re
from collections.abc import Mapping
from typing import Any

from widget_gateway.domain.catalogue.numbers import Number
from widget_gateway.domain.catalogue.questions import QuestionType
from widget_gateway.domain.catalogue.tests import TestDefinition

PLACEHOLDER = re.compile(r"\{\{\s*+((?:[^{}\s](?:[^{}]*[^{}\s])?)?)\s*+\}\}")
"""A variable in a text of the report, such as `{{ SCALE }}`. It takes linear time on any text."""

_WHOLE_TEST = frozenset({"SUM", "SCALE", "NON_NEGATIVE_ANSWER_VALUES_SUM"})
_OF_A_VALUE = frozenset({"sum", "percentage", "percentage_value"})


def has_variable(test: TestDefinition, name: str) -> bool:
    """Whether `name` is computed for the test."""
    if name in _WHOLE_TEST:
        return True
    family, key, member = _parts(name)
    if family == "GROUPS":
        return key in test.questions_by_group and member in {"SUM", "SCALE"}
    if family == "SCALES":
        return any(key == scale.id for scale in test.scales) and member in {"score", "percentage"}
    if family in {"VALUES", "REPEATS"}:
        return member in _OF_A_VALUE and (key in test.offers or _may_be_written(test, key))
    return False


def value_of(variables: Mapping[str, Any], name: str) -> Number:
    """The value of a variable of the test; 0 for a written value that the answers lack."""
    if name in _WHOLE_TEST:
        return variables[name]  # type: ignore[no-any-return]
    family, key, member = _parts(name)
    return variables[family].get(key, {}).get(member, 0)  # type: ignore[no-any-return]


def _parts(name: str) -> tuple[str, str, str]:
    """Split a name into family, key and member; the key, a value or a group, may contain dots."""
    family, _, rest = name.partition(".")
    key, _, member = rest.rpartition(".")
    return family, key, member


def _may_be_written(test: TestDefinition, value: str) -> bool:
    return bool(value) and any(question.type is QuestionType.TEXT for question in test.questions)
