"""The types of parameters.

Printed by `python -m clients.generator`; do not edit.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Union
from uuid import UUID

Name = Union[str, int]
"""A text that names something; a number stands for its digits."""

Key = Union[str, UUID]
"""The key of something."""

Day = Union[str, date]
"""A day: `2026-05-04`, or a date."""

Progress = Union[Sequence[Sequence[Any]], Mapping[str, Union[Sequence[Name], Name]], str]
"""What `progress` may be; it is sent as it is."""
