"""The one reader of JSON: of request bodies, and of parameters that hold JSON as a string."""

import json
import re
from typing import Any

from tornado.httputil import HTTPServerRequest

from handlers.contract.errors import ParameterInvalidError

JSON = "application/json"

Members = tuple[tuple[str, Any], ...]
"""A JSON object as its names and values in their order. A name may occur twice."""

MAX_DEPTH = 100
"""The deepest nesting of objects that is read, and half that of arrays; no call needs more than
five. Without a bound of ours it would depend on the version of Python."""

MAX_VALUES = 20_000
"""The most values of a JSON text: members and items at every depth. The answers to a test of five
hundred questions are a few thousand. So many are parsed in some milliseconds."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair. A regular expression searches a megabyte in a millisecond; a loop in
Python would hold up all other connections for longer."""


def media_type_of(request: HTTPServerRequest) -> str:
    """The media type of a request's body in lower case, without its parameters; "" without any."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def parse_json(text: str, *, exact: bool = False) -> Any:
    """Parse JSON. Each object becomes a tuple of its members, so that none is lost if repeated.

    A whole number is an int, however it is written: 5.0 is 5. With `exact` numbers keep the type
    that they are written in, and `NaN` and `Infinity`, which Python reads and JSON does not know,
    are refused.

    Raises:
        ValueError, RecursionError: the text is not JSON, or is nested too deeply.
    """
    if exact:
        parsed = json.loads(text, object_pairs_hook=tuple, parse_constant=_refuse_constant)
    else:
        parsed = json.loads(text, object_pairs_hook=tuple, parse_float=_number)
    if text.count("[") + text.count("{") > MAX_DEPTH:  # Else it can't be nested too deeply.
        _check_depth(parsed)
    return parsed


def count_values(body: bytes) -> int:
    """How many values a JSON text has, at most; counted without parsing it.

    Each value but the first follows a comma or a bracket that is not part of a string. Only C code
    sees the bytes, so a megabyte takes a few milliseconds.
    """
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    strings = body.count(b'"') // 2
    if strings > 2 * MAX_VALUES:  # Even if every other string is the name of a member.
        return strings // 2
    outside = b"".join(body.split(b'"')[::2])
    return sum(map(outside.count, (b",", b"[", b"{")))


def parse_object(body: bytes, *, exact: bool = False, bounded: bool = True) -> Members:
    """Parse a request's body, which has to be a JSON object. `exact` is that of `parse_json`.

    Raises:
        ParameterInvalidError: the body is not UTF-8, not JSON, or not an object; or it has more
            than MAX_VALUES values, if it is `bounded`.
    """
    if bounded and count_values(body) > MAX_VALUES:
        raise ParameterInvalidError("body", f"it has more than {MAX_VALUES} values.")
    try:
        parsed = parse_json(body.decode("utf-8"), exact=exact)
    except UnicodeDecodeError:
        raise ParameterInvalidError("body", "it is not valid UTF-8.") from None
    except (ValueError, RecursionError):
        raise ParameterInvalidError("body", "it is not valid JSON.") from None
    if not isinstance(parsed, tuple):
        raise ParameterInvalidError("body", "it must be a JSON object.")
    return parsed


def unpack_json(name: str, value: Any) -> Any:
    """The JSON that a parameter holds as a string, as a query or a form has to send it.

    A value of any other type came in a JSON body and is parsed already.

    Raises:
        ParameterInvalidError: the string is not JSON, or has more than MAX_VALUES values.
    """
    if not isinstance(value, str):
        return value
    if count_values(value.encode("utf-8", "replace")) > MAX_VALUES:
        raise ParameterInvalidError(name, f"it has more than {MAX_VALUES} values.")
    try:
        return parse_json(value)
    except (ValueError, RecursionError):
        raise ParameterInvalidError(name, "it is not valid JSON.") from None


def is_storable(text: str) -> bool:
    """Whether a database accepts the text: no NUL, and no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not _SURROGATE.search(text))


def _check_depth(parsed: Any) -> None:
    """Raise RecursionError if a value is nested too deeply.

    A member of an object is a tuple in a tuple, so each object is two levels here.
    """
    level = [parsed]
    for _ in range(2 * MAX_DEPTH + 1):
        level = [child for value in level if isinstance(value, list | tuple) for child in value]
        if not level:
            return
    raise RecursionError


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
