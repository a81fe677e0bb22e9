"""The parameters of a request, from its query, its form or its JSON body, by name."""

from typing import Any, Protocol

from tornado.httputil import HTTPServerRequest

from handlers.contract.errors import ParameterInvalidError
from handlers.contract.json_reader import JSON, Members, media_type_of, parse_object

Value = Any
"""What a request has for a parameter: a string, or any JSON value as `parse_json` reads it."""


class Declared(Protocol):
    """What reading parameters needs of an operation (handlers/contract/operations.py)."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all its parameters."""

    def declares(self, parameter: Any, *, required: bool) -> bool:
        """Whether this is one of its required, or of its optional, parameters."""


class UndeclaredParameterError(TypeError):
    """A handler reads a parameter that its operation does not declare, which is a fault of ours."""


class Inputs:
    """All parameters of a request by name; unknown ones are ignored.

    Only parameters that the operation declares can be read, so the documentation, which is made of
    the same declarations, names every one of them.

    Raises:
        ParameterInvalidError: a declared parameter occurs twice with different values, or the
            request can't be read.
    """

    def __init__(self, request: HTTPServerRequest, operation: Declared) -> None:
        self._operation = operation
        self._values: dict[str, Value] = {}
        for name, text in _urlencoded(request):
            self._add(name, text)
        for name, value in _json_members(request):
            self._add(name, value)

    def _add(self, name: str, value: Value) -> None:
        if name not in self._values:
            self._values[name] = value
        elif name in self._operation.names and self._values[name] != value:
            raise ParameterInvalidError(name, "it is given twice with different values.")

    def value_of(self, parameter: Any, *, required: bool) -> Value | None:
        """The value of a declared parameter as the request has it; None if absent or empty.

        Raises:
            UndeclaredParameterError: the operation does not declare it as required, or optional.
        """
        if not self._operation.declares(parameter, required=required):
            raise UndeclaredParameterError(parameter.name)
        value = self._values.get(parameter.name)
        return None if value == "" else value

    def is_blank(self, parameter: Any) -> bool:
        """Whether the request has an empty string here, which `value_of` treats as absent."""
        return self._values.get(parameter.name) == ""

    def all_but(self, *names: str) -> dict[str, Value]:
        """All parameters of the request, declared or not, except those with these names."""
        return {name: value for name, value in self._values.items() if name not in names}


def _urlencoded(request: HTTPServerRequest) -> list[tuple[str, str]]:
    """Parameters of the query and of a form. Tornado leaves their values as bytes."""
    pairs = []
    for raw_name, values in request.arguments.items():
        name = raw_name if isinstance(raw_name, str) else raw_name.decode("utf-8", "replace")
        for value in values:
            try:
                pairs.append((name, value.decode("utf-8")))
            except UnicodeDecodeError:
                raise ParameterInvalidError(name, "it is not valid UTF-8.") from None
    return pairs


def _json_members(request: HTTPServerRequest) -> Members:
    """The members of a JSON body. A body of any other media type is not read here."""
    if media_type_of(request) != JSON or not request.body:
        return ()
    return parse_object(request.body)
