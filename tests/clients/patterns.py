"""Patterns of answers (README.md beside this file)."""

import re
from collections.abc import Callable
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

_KINDS: dict[str, Callable[[Any], bool]] = {
    "<any>": lambda _: True,
    "<text>": lambda value: isinstance(value, str) and value != "",
    "<number>": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "<uuid>": lambda value: isinstance(value, str) and _UUID.fullmatch(value) is not None,
    "<time>": lambda value: isinstance(value, str) and _TIME.fullmatch(value) is not None,
}


def mismatch(pattern: Any, value: Any, where: str = "") -> str | None:
    """Where and how the value differs from the pattern; None if it does not."""
    if isinstance(pattern, str) and pattern in _KINDS:
        return None if _KINDS[pattern](value) else f"{where}: {value!r} is not {pattern}"
    if isinstance(pattern, dict):
        return _mismatch_of_object(pattern, value, where)
    if isinstance(pattern, list):
        if not isinstance(value, list) or len(value) != len(pattern):
            return f"{where}: {value!r} is not a list of {len(pattern)}"
        found = (
            mismatch(p, v, f"{where}.{n}")
            for n, (p, v) in enumerate(zip(pattern, value, strict=True))
        )
        return next(filter(None, found), None)
    is_same = pattern == value and isinstance(pattern, bool) == isinstance(value, bool)
    return None if is_same else f"{where}: {value!r} instead of {pattern!r}"


def _mismatch_of_object(pattern: dict[str, Any], value: Any, where: str) -> str | None:
    if "<length>" in pattern:
        is_long = isinstance(value, list) and len(value) == pattern["<length>"]
        return None if is_long else f"{where}: {value!r} has not {pattern['<length>']} items"
    if "<has>" in pattern:
        has = isinstance(value, str) and pattern["<has>"] in value
        return None if has else f"{where}: {value!r} has no {pattern['<has>']!r}"
    if not isinstance(value, dict):
        return f"{where}: {value!r} is no object"
    found = (
        # An absent member may be null, too.
        mismatch(each, value.get(name), f"{where}.{name}")
        for name, each in pattern.items()
    )
    return next(filter(None, found), None)


def filled(value: Any, variables: dict[str, Any]) -> Any:
    """The value with `$name` replaced by variables, which may be of any type."""
    if isinstance(value, str):
        if value.startswith("$") and value[1:] in variables:
            return variables[value[1:]]
        return re.sub(r"\$\{(\w+)\}", lambda found: str(variables[found[1]]), value)
    if isinstance(value, list):
        return [filled(item, variables) for item in value]
    if isinstance(value, dict):
        return {name: filled(item, variables) for name, item in value.items()}
    return value


def found_at(value: Any, path: str) -> Any:
    """The part of a value at a dotted path, such as `users.0.user_key`."""
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
