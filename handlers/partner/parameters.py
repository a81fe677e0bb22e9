"""Parameters of a partner's call: query, form or JSON, given once, checked by name."""

import json
from typing import Any

from tornado.httputil import HTTPServerRequest

from widget_gateway.domain.errors import ParameterInvalidError, ParameterMissingError

Value = Any
_MAX_DIGITS = 18

MAX_TEXT = 256
"""Characters of an identifier, unless its own text says otherwise."""


class Parameters:
    """All parameters of a request by name; unknown ones are ignored.

    Raises:
        ParameterInvalidError: a parameter is given twice with different values, or the body can't
            be read.
    """

    def __init__(self, request: HTTPServerRequest) -> None:
        self._values: dict[str, Value] = {}
        for name, given in _urlencoded(request):
            self._add(name, given)
        for name, given in _json_object(request):
            self._add(name, given)

    def _add(self, name: str, value: Value) -> None:
        if name in self._values and self._values[name] != value:
            raise ParameterInvalidError(name, "it is given twice with different values.")
        self._values[name] = value

    def find_value(self, name: str) -> Value | None:
        """The parameter as it was given: for the few that are no texts."""
        return self._values.get(name)

    def find_text(self, name: str, *, most: int = MAX_TEXT) -> str | None:
        """A text, None where it is absent or empty.

        Raises:
            ParameterInvalidError: not a text, longer than `most`, or with characters that no
                database takes.
        """
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # JSON callers have numeric user ids
        if not isinstance(value, str):
            raise ParameterInvalidError(name, "it must be a string.")
        if len(value) > most:
            raise ParameterInvalidError(name, f"it is longer than {most} characters.")
        if not is_storable(value):
            raise ParameterInvalidError(name, "it has a character that is not text.")
        return value

    def get_text(self, name: str, *, most: int = MAX_TEXT) -> str:
        """A text.

        Raises:
            ParameterMissingError: absent or empty. ParameterInvalidError: as `find_text`.
        """
        value = self.find_text(name, most=most)
        if value is None:
            raise ParameterMissingError(name)
        return value

    def find_integer(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number, None where it is absent.

        Raises:
            ParameterInvalidError: anything else, or out of the range.
        """
        text = self.find_text(name)
        if text is None:
            return None
        is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
        if not (is_number and least <= int(text) <= most):
            raise ParameterInvalidError(name, f"it is a whole number from {least} to {most}.")
        return int(text)

    def find_flag(self, name: str) -> bool | None:
        """As `get_flag`, but None where it is absent."""
        return None if self._values.get(name) in (None, "") else self.get_flag(name)

    def get_flag(self, name: str) -> bool:
        """`0` or `1`, as number, text or JSON boolean; false where it is absent.

        Raises:
            ParameterInvalidError: anything else.
        """
        value = self._values.get(name)
        if isinstance(value, bool):
            return value
        flag = self.find_text(name)
        if flag not in (None, "0", "1"):
            raise ParameterInvalidError(name, "it is 0 or 1.")
        return flag == "1"


def parse_json(text: str) -> Value:
    """JSON with each object as a tuple of its members: none that stands twice gets lost.

    Raises:
        ValueError, RecursionError: it is none, or nested too deeply.
    """
    return json.loads(text, object_pairs_hook=tuple)


def is_storable(text: str) -> bool:
    """Whether a database takes it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _urlencoded(request: HTTPServerRequest) -> list[tuple[str, str]]:
    """Query and form parameters; Tornado has parsed them into bytes."""
    pairs = []
    for raw_name, values in request.arguments.items():
        name = raw_name if isinstance(raw_name, str) else raw_name.decode("utf-8", "replace")
        for value in values:
            try:
                pairs.append((name, value.decode("utf-8")))
            except UnicodeDecodeError:
                raise ParameterInvalidError(name, "it is not valid UTF-8.") from None
    return pairs


def _json_object(request: HTTPServerRequest) -> list[tuple[str, Value]]:
    """The members of a JSON body; a body of any other type is not looked at."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or not request.body:
        return []
    try:
        body = parse_json(request.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise ParameterInvalidError("body", "it is not valid UTF-8.") from None
    except (ValueError, RecursionError):
        raise ParameterInvalidError("body", "it is not valid JSON.") from None
    if not isinstance(body, tuple):
        raise ParameterInvalidError("body", "it must be a JSON object.")
    return list(body)
