"""Prints the Python client's answers, events, exceptions and methods."""

import keyword
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from itertools import chain

from clients.generator.model import Call, Enumeration, Model, Parameter, Structure
from clients.generator.types import (
    Anything,
    ListOf,
    MapOf,
    Named,
    Nullable,
    OneOf,
    Scalar,
    TupleOf,
    Type,
    Words,
)

_PACKAGE = "clients/python/widget_gateway_client"
_NOTE = "Printed by `python -m clients.generator`; do not edit."
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_LINE = 92
"""The longest line of a docstring with its indentation."""
_TEXT_OR_NUMBER = OneOf((Scalar("string"), Scalar("integer")))

_PARAMETERS = f'''"""The types of parameters.

{_NOTE}
"""

from datetime import date
from typing import Any, Mapping, Sequence, Union
from uuid import UUID

Name = Union[str, int]
"""A text that names something; a number stands for its digits."""

Key = Union[str, UUID]
"""The key of something."""

Day = Union[str, date]
"""A day: `2026-05-04`, or a date."""
'''


def python_files(model: Model) -> dict[str, str]:
    """The texts of the generated modules by path."""
    events = {name for event in model.events for name in (event.structure, event.data)}
    answers = [structure for structure in model.structures if structure.name not in events]
    modules = {
        "parameters": _parameters(model),
        "answers": _answers(answers, model.enumerations),
        "events": _events(model),
        "reasons": _reasons(model),
        "client": _client(model, is_async=False),
        "async_client": _client(model, is_async=True),
        "__init__": _package(model),
    }
    return {f"{_PACKAGE}/{name}.py": _formatted(name, text) for name, text in modules.items()}


def class_of(reason: str) -> str:
    """The name of the exception's class for a reason."""
    return reason.title().replace("_", "")


def _parameters(model: Model) -> str:
    shapes = {
        parameter.name: parameter.type
        for call in model.calls
        for parameter in call.parameters
        if _is_shape(parameter.type)
    }
    return _PARAMETERS + "".join(
        f"\n{name.capitalize()} = {_given(kind)}\n"
        f'"""What `{name}` may be; it is sent as it is."""\n'
        for name, kind in shapes.items()
    )


def _answers(structures: list[Structure], enumerations: tuple[Enumeration, ...]) -> str:
    words = "".join(
        f'\n{each.name} = {_read(Words(each.words))}\n"""{each.about}"""\n' for each in enumerations
    )
    return (
        f'"""The answers of the partner API. Times are ISO 8601 in UTC.\n\n{_NOTE}\n"""\n\n'
        "from dataclasses import dataclass, field\n"
        "from typing import Any, Literal, Optional, Union\n"
        + words
        + "".join(map(_dataclass, _in_order(structures)))
    )


def _events(model: Model) -> str:
    printed = ""
    for event in model.events:
        printed += _dataclass(model.structure_of[event.data])
        printed += _dataclass(model.structure_of[event.structure], first="    id: str\n")
    names = ", ".join(event.structure for event in model.events)
    table = ", ".join(f'"{event.type}": {event.structure}' for event in model.events)
    return (
        '"""The events of webhooks. The `id` of an event is the same in each try.\n\n'
        f'{_NOTE}\n"""\n\n'
        "from dataclasses import dataclass\n"
        "from typing import Any, Literal, Mapping, Optional, Union\n"
        f"{printed}\n\n@dataclass(frozen=True)\nclass UnknownEvent:\n"
        '    """An event of a type that this version does not know."""\n\n'
        "    id: str\n    type: str\n    timestamp: str\n    data: dict[str, Any]\n\n"
        f"Event = Union[{names}, UnknownEvent]\n\n"
        f'EVENTS: Mapping[str, Any] = {{{table}}}\n"""The class of each type of event."""\n'
    )


def _reasons(model: Model) -> str:
    classes = "".join(
        f"\n\nclass {class_of(reason.name)}(GatewayError):\n"
        f'    """{reason.status}, for example: {reason.message}"""\n'
        for reason in model.reasons
    )
    table = ", ".join(f'"{reason.name}": {class_of(reason.name)}' for reason in model.reasons)
    return (
        f'"""An exception for each reason of a refusal.\n\n{_NOTE}\n"""\n\n'
        "from typing import Mapping\n\n"
        f"from widget_gateway_client.errors import GatewayError\n{classes}\n\n"
        f"REASONS: Mapping[str, type[GatewayError]] = {{{table}}}\n"
        '"""The class of each reason."""\n'
    )


def _client(model: Model, *, is_async: bool) -> str:
    kind, base, module = (
        ("AsyncClient", "AsyncConnection", "nonblocking")
        if is_async
        else ("Client", "BlockingConnection", "blocking")
    )
    methods = "".join(_methods(call, is_async=is_async) for call in model.calls)
    about = "for asyncio" if is_async else "whose calls block"
    return (
        f'"""The client {about}.\n\n{_NOTE}\n"""\n\n'
        "from typing import Any, AsyncIterator, Iterator, Literal, Mapping, Optional\n\n"
        "from widget_gateway_client import answers\n"
        f"from widget_gateway_client.{module} import {base}\n"
        "from widget_gateway_client.parameters import Day, Key, Name, Progress\n"
        "from widget_gateway_client.reading import File\n\n\n"
        f"class {kind}({base}):\n"
        f'    """The partner API: a method for each call, with the API\'s own names."""\n{methods}'
    )


def _methods(call: Call, *, is_async: bool) -> str:
    """The methods of a call: for its value, for all its pages, and for its files."""
    name = call.name.replace("/", "_")
    answer = _read(call.answer, "answers.")
    key = ["idempotency_key: Optional[str] = None"] if call.writes else []
    rest = ", idempotency_key, writes=True" if call.writes else ""
    wait, define = ("await ", "async def") if is_async else ("", "def")
    printed = _method(
        f"{define} {name}",
        [*_arguments(call.plain_parameters), *key],
        answer,
        f"{call.summary}.\n\n{call.about}" if call.about else f"{call.summary}.",
        f'return {wait}self._call({answer}, "{call.name}", '
        f"{_members(call.plain_parameters)}{rest})",
    )
    if call.paging is not None:
        item = _read(call.paging.item, "answers.")
        iterator = "AsyncIterator" if is_async else "Iterator"
        printed += _method(
            f"def {name}_all",
            _arguments(call.all_parameters),
            f"{iterator}[{item}]",
            f"The {call.paging.items} of all pages of `{name}`, which are fetched as needed.",
            f'return self._all({answer}, "{call.name}", "{call.paging.items}", '
            f"{_members(call.all_parameters)})",
        )
    if call.files:
        kinds = ", ".join(f'"{word}": "{kind}"' for word, kind in call.files.items())
        printed += _method(
            f"{define} {name}_file",
            _arguments(call.file_parameters),
            "File",
            f"The same as `{name}` for people: {', '.join(call.files)}.",
            f"media_types: Mapping[str, str] = {{{kinds}}}\n"
            f'        return {wait}self._file(media_types[format], "{call.name}", '
            f"{_members(call.file_parameters)})",
        )
    return printed


def _method(head: str, arguments: list[str], answer: str, about: str, body: str) -> str:
    taken = f", *, {', '.join(arguments)}" if arguments else ""
    return (
        f"\n    {head}(self{taken}) -> {answer}:\n"
        f'        """{_wrapped(about, 8)}"""\n        {body}\n'
    )


def _arguments(parameters: Iterable[Parameter]) -> list[str]:
    return [
        f"{_named(parameter.name)}: {_taken(parameter)}"
        if parameter.required
        else f"{_named(parameter.name)}: Optional[{_taken(parameter)}] = None"
        for parameter in parameters
    ]


def _taken(parameter: Parameter) -> str:
    return parameter.name.capitalize() if _is_shape(parameter.type) else _given(parameter.type)


def _members(parameters: Iterable[Parameter]) -> str:
    return (
        "{"
        + ", ".join(f'"{parameter.name}": {_named(parameter.name)}' for parameter in parameters)
        + "}"
    )


def _dataclass(structure: Structure, first: str = "") -> str:
    fields = ""
    for field in structure.fields:
        kind = _read(field.type)
        if not field.required and not field.has_default:
            kind = f"Optional[{kind}]"
        default = ""
        if isinstance(field.default, list):
            default = " = field(default_factory=list)"
        elif not field.required:
            default = f" = {field.default!r}"
        about = f'    """{_wrapped(field.about, 4)}"""\n' if field.about else ""
        fields += f"    {_named(field.name)}: {kind}{default}\n{about}"
    return (
        f"\n\n@dataclass(frozen=True)\nclass {structure.name}:\n"
        f'    """{_wrapped(structure.about, 4)}"""\n\n{first}{fields}'
    )


def _in_order(structures: list[Structure]) -> list[Structure]:
    """Structures after those that they name, since annotations are read at once."""
    left, ordered = {structure.name: structure for structure in structures}, []

    def place(structure: Structure) -> None:
        for field in structure.fields:
            for name in _names_in(field.type):
                if name in left:
                    place(left.pop(name))
        ordered.append(structure)

    while left:
        place(left.pop(next(iter(left))))
    return ordered


def _names_in(kind: Type) -> Iterable[str]:
    match kind:
        case Named(name):
            yield name
        case ListOf(inner) | MapOf(inner) | Nullable(inner):
            yield from _names_in(inner)
        case TupleOf(inners) | OneOf(inners):
            for inner in inners:
                yield from _names_in(inner)


def _read(kind: Type, module: str = "") -> str:  # noqa: PLR0911 - one of each kind of type
    """The annotation of what the gateway answers with."""
    match kind:
        case Named(name):
            return module + name
        case ListOf(item):
            return f"list[{_read(item, module)}]"
        case MapOf(value):
            return f"dict[str, {_read(value, module)}]"
        case Nullable(inner):
            return f"Optional[{_read(inner, module)}]"
        case TupleOf(items):
            return f"tuple[{', '.join(_read(item, module) for item in items)}]"
        case OneOf(options):
            return f"Union[{', '.join(_read(option, module) for option in options)}]"
        case Words(words):
            return f"Literal[{', '.join(f'{chr(34)}{word}{chr(34)}' for word in words)}]"
        case Scalar(name):
            return _SCALARS[name]
        case Anything():
            return "Any"


def _given(kind: Type) -> str:  # noqa: PLR0911 - one of each kind of type
    """The annotation of what a caller gives."""
    match kind:
        case Scalar("string", "uuid"):
            return "Key"
        case Scalar("string", "date"):
            return "Day"
        case ListOf(item):
            return f"Sequence[{_given(item)}]"
        case MapOf(value):
            return f"Mapping[str, {_given(value)}]"
        case TupleOf():
            return "Sequence[Any]"
        case OneOf(options) if kind != _TEXT_OR_NUMBER:
            return f"Union[{', '.join(map(_given, options))}]"
        case OneOf():
            return "Name"
    return _read(kind)


def _is_shape(kind: Type) -> bool:
    """Whether values of the type are lists or objects, so that the type deserves a name."""
    return isinstance(kind, OneOf) and kind != _TEXT_OR_NUMBER


def _named(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _wrapped(text: str, indent: int) -> str:
    """A docstring in lines of at most a hundred characters."""
    space = " " * indent
    if indent + len(text) > _LINE and "\n\n" not in text:
        text = text.replace(". ", ".\n\n", 1)
    paragraphs = [textwrap.fill(each, _LINE - indent) for each in text.split("\n\n")]
    wrapped = "\n\n".join(paragraphs)
    told = textwrap.indent(wrapped, space).lstrip()
    return f"{told}\n{space}" if "\n" in told else told


def _package(model: Model) -> str:
    names = {
        "async_client": ["AsyncClient"],
        "client": ["Client"],
        "decoding": ["encode"],
        "errors": ["AnswerError", "GatewayError", "TransportError", "WebhookError"],
        "events": [*(event.structure for event in model.events), "Event", "UnknownEvent"],
        "exchange": ["Rules"],
        "reading": ["File"],
        "reasons": [class_of(reason.name) for reason in model.reasons],
        "webhooks": ["verify_webhook"],
    }
    names["errors"].append("WidgetGatewayError")
    imports = "".join(
        f"from widget_gateway_client.{module} import {', '.join(sorted(found))}\n"
        for module, found in names.items()
    )
    listed = ", ".join(f'"{name}"' for name in sorted(chain.from_iterable(names.values())))
    about = "The client of Widget Gateway's partner API. Its answers' types are in `answers`."
    return f'"""{about}\n\n{_NOTE}\n"""\n\n{imports}\n__all__ = [{listed}]\n'


def _formatted(name: str, text: str) -> str:
    """The text as the repository's formatter leaves it, without imports that it does not use."""
    ruff = [sys.executable, "-m", "ruff"]
    file = ["--stdin-filename", f"{_PACKAGE}/{name}.py", "-"]
    fixes = ["check", "--fix-only", "--quiet", "--select", "F401,I,UP,RUF022"]
    for command in (fixes, ["format"]):
        done = subprocess.run(  # noqa: S603 - the program and its arguments are our own
            [*ruff, *command, *file], input=text, capture_output=True, text=True, check=True
        )
        text = done.stdout
    return text
