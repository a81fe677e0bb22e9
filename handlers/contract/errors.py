"""Refusals that name what a request carries: its parameters, the fields of its body, its headers.

The services know nothing of these. What they refuse in words of their own is translated by the
handlers (handlers/partner/base.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from widget_gateway.domain.errors import RefusalError


class ParameterMissingError(RefusalError):
    """A required parameter is absent or empty."""

    reason = "parameter_missing"

    def __init__(self, name: str) -> None:
        super().__init__(f'The required "{name}" parameter is missing.', parameter=name)


class ParameterInvalidError(RefusalError):
    """A parameter has a value outside its type or range."""

    reason = "parameter_invalid"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f'Invalid "{name}": {why}', parameter=name)


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with a field of a body.

    `kind` is the stable name of a sentence (handlers/portal/messages.py), `data` are the values
    that the sentence mentions.
    """

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


class FieldsInvalidError(RefusalError):
    """Fields of a body are missing or wrong; `fields` has the faults of each by its name."""

    reason = "fields_invalid"
    default_message = "Some fields are missing or wrong."

    def __init__(self, fields: Mapping[str, Sequence[FieldFault]]) -> None:
        super().__init__()
        self.fields = fields


class CallbackKeyInvalidError(RefusalError):
    """The call has no callback key, or a wrong one."""

    reason = "callback_key_invalid"
    default_message = "The X-Callback-Key header is missing or wrong."
