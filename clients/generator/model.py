"""The partner API as the clients show it, read from the document that the gateway serves.

Emitters (`python.py` and its siblings) print one language's files from a `Model`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clients.generator.types import ListOf, Named, Node, Type, Words, name_of, type_of
from handlers.reference.openapi import openapi_document
from handlers.reference.pages import endpoints

_PREFIX = "/partner/api/v3/"
_JSON = "application/json"
_FORMAT = "format"
_AFTER = "after"


@dataclass(frozen=True)
class Field:
    """A field of a structure. A field that is not required may be absent.

    An absent field has its `default` if it `has_default`; otherwise it says nothing.
    """

    name: str
    type: Type
    about: str
    required: bool
    has_default: bool = False
    default: Any = None


@dataclass(frozen=True)
class Structure:
    """An object of an answer or an event. Required fields come first."""

    name: str
    about: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Enumeration:
    """A string of an answer that is one of a few words."""

    name: str
    about: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a call by its name in the API. `example` is a value for JSON, or None."""

    name: str
    type: Type
    about: str
    required: bool
    example: Any = None


@dataclass(frozen=True)
class Paging:
    """How a call pages: `items` of its answer are of type `item`, `next` is sent as `after`."""

    items: str
    item: Type


@dataclass(frozen=True)
class Call:
    """A call of the partner API.

    `name` is its path, such as `result/attach`. At least one of the parameters `one_of` has to be
    given. `files` maps each word of `format` besides `json` to its media type. `reasons` names its
    refusals. `example` is an answer as JSON has it.

    A client has up to three methods for a call: `result_get` with `plain_parameters`, which answers
    with a value; `users_all` with `all_parameters`, if `paging`; and `result_get_file` with
    `file_parameters`, if it has `files`.
    """

    name: str
    summary: str
    about: str
    parameters: tuple[Parameter, ...]
    one_of: tuple[str, ...]
    answer: Type
    example: Any
    writes: bool
    paging: Paging | None
    files: dict[str, str]
    reasons: tuple[str, ...]

    @property
    def path(self) -> str:
        """The path below the address of the gateway."""
        return _PREFIX + self.name

    @property
    def plain_parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the method that answers with JSON: all but `format`."""
        return tuple(parameter for parameter in self.parameters if parameter.name != _FORMAT)

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the method that iterates over all pages: all but `after`."""
        return tuple(parameter for parameter in self.plain_parameters if parameter.name != _AFTER)

    @property
    def file_parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the method that answers with a file: `format` is required, no JSON."""
        return tuple(
            Parameter(_FORMAT, Words(tuple(self.files)), "The form of the file.", required=True)
            if parameter.name == _FORMAT
            else parameter
            for parameter in self.parameters
        )


@dataclass(frozen=True)
class Reason:
    """Why calls are refused: the stable name, its status, and a message as an example."""

    name: str
    status: int
    message: str


@dataclass(frozen=True)
class Event:
    """A webhook's event by its type on the wire, with the names of its structure and its data's."""

    type: str
    about: str
    structure: str
    data: str


@dataclass(frozen=True)
class Model:
    """All that the clients say about the partner API."""

    calls: tuple[Call, ...]
    structures: tuple[Structure, ...]
    enumerations: tuple[Enumeration, ...]
    reasons: tuple[Reason, ...]
    events: tuple[Event, ...]

    @cached_property
    def structure_of(self) -> dict[str, Structure]:
        """Structures by name."""
        return {structure.name: structure for structure in self.structures}

    @cached_property
    def enumeration_of(self) -> dict[str, Enumeration]:
        """Enumerations by name."""
        return {enumeration.name: enumeration for enumeration in self.enumerations}


def read_model() -> Model:
    """Read the partner API from the gateway of this checkout."""
    return model_of(openapi_document(endpoints(), "https://gateway.example"))


def model_of(document: Node) -> Model:
    """Read the calls of V3 and all that they name."""
    items = {
        path.removeprefix(_PREFIX): item
        for path, item in document["paths"].items()
        if path.startswith(_PREFIX)
    }
    posts = {name: item["post"] for name, item in items.items()}
    hooks = {kind: item["post"] for kind, item in document["webhooks"].items()}
    shapes = [post["responses"]["200"]["content"][_JSON]["schema"] for post in posts.values()]
    bodies = [post["requestBody"]["content"][_JSON]["schema"] for post in hooks.values()]
    schemas = _reachable(document["components"]["schemas"], [*shapes, *bodies])
    structures = tuple(_structure(name, s) for name, s in schemas.items() if "properties" in s)
    responses = document["components"]["responses"]
    by_name = {structure.name: structure for structure in structures}
    refusals = {name: list(_refusals(post, responses)) for name, post in posts.items()}
    return Model(
        calls=tuple(_call(name, item, by_name, refusals[name]) for name, item in items.items()),
        structures=structures,
        enumerations=tuple(
            Enumeration(name, _about(s), tuple(s["enum"]))
            for name, s in schemas.items()
            if "enum" in s
        ),
        reasons=_distinct(reason for found in refusals.values() for reason in found),
        events=tuple(_event(kind, post, by_name) for kind, post in hooks.items()),
    )


def _reachable(schemas: Node, roots: list[Node]) -> dict[str, Node]:
    """The schemas that answers and events name, by their short names, in the order of use."""
    found: dict[str, Node] = {}
    origins: dict[str, str] = {}

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                visit(item)
        elif isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str):
                name, full = name_of(reference), reference.rpartition("/")[2]
                if origins.setdefault(name, full) != full:
                    raise ValueError(f"Two schemas are named {name}: {origins[name]} and {full}.")
                if name not in found:
                    found[name] = schemas[full]
                    visit(schemas[full])
            else:
                visit(list(node.values()))

    visit(roots)
    return found


def _structure(name: str, schema: Node) -> Structure:
    required = schema.get("required", [])
    fields = [
        Field(
            name=field,
            type=type_of(described),
            about=described.get("description", ""),
            required=field in required,
            has_default="default" in described,
            default=described.get("default"),
        )
        for field, described in schema["properties"].items()
    ]
    ordered = sorted(fields, key=lambda field: not field.required)
    return Structure(name, _about(schema), tuple(ordered))


def _about(schema: Node) -> str:
    """The description in lines without the indentation that a docstring has in its module."""
    return "\n".join(line.strip() for line in schema.get("description", "").splitlines())


def _call(name: str, item: Node, structures: dict[str, Structure], refusals: list[Reason]) -> Call:
    post, queried = item["post"], item["get"].get("parameters", [])
    examples = {parameter["name"]: parameter.get("example") for parameter in queried}
    body = post["requestBody"]["content"][_JSON]
    schema = body["schema"]
    content = post["responses"]["200"]["content"]
    parameters = tuple(
        Parameter(
            name=parameter,
            type=type_of(described),
            about=described["description"],
            required=parameter in schema.get("required", []),
            example=body["example"].get(parameter, examples[parameter]),
        )
        for parameter, described in schema["properties"].items()
    )
    answer = type_of(content[_JSON]["schema"])
    return Call(
        name=name,
        summary=post["summary"],
        about=post.get("description", ""),
        parameters=tuple(sorted(parameters, key=lambda parameter: not parameter.required)),
        one_of=tuple(option["required"][0] for option in schema.get("anyOf", [])),
        answer=answer,
        example=content[_JSON].get("example"),
        writes=post.get("x-writes", False),
        paging=_paging(parameters, answer, structures),
        files=_files(parameters, list(content)),
        reasons=tuple(reason.name for reason in refusals),
    )


def _paging(
    parameters: tuple[Parameter, ...], answer: Type, structures: dict[str, Structure]
) -> Paging | None:
    if _AFTER not in [parameter.name for parameter in parameters] or not isinstance(answer, Named):
        return None
    lists = [
        (field.name, field.type.item)
        for field in structures[answer.name].fields
        if isinstance(field.type, ListOf)
    ]
    (only,) = lists
    return Paging(*only)


def _files(parameters: tuple[Parameter, ...], media_types: list[str]) -> dict[str, str]:
    words = [
        parameter.type.words
        for parameter in parameters
        if parameter.name == _FORMAT and isinstance(parameter.type, Words)
    ]
    return {
        word: next(kind for kind in media_types if word in kind)
        for word in (words[0] if words else ())
        if word != "json"
    }


def _refusals(post: Node, responses: Node) -> Iterator[Reason]:
    for status, response in post["responses"].items():
        if "$ref" not in response:
            continue
        described = responses[response["$ref"].rpartition("/")[2]]
        for reason, example in described["content"][_JSON]["examples"].items():
            yield Reason(reason, int(status), example["value"]["error"]["message"])


def _distinct(reasons: Iterator[Reason]) -> tuple[Reason, ...]:
    found: dict[str, Reason] = {}
    for reason in reasons:
        known = found.setdefault(reason.name, reason)
        if known.status != reason.status:
            raise ValueError(f"The reason {reason.name} has several statuses.")
    return tuple(found[name] for name in sorted(found))


def _event(kind: str, post: Node, structures: dict[str, Structure]) -> Event:
    schema = post["requestBody"]["content"][_JSON]["schema"]
    name = name_of(schema["$ref"])
    data = next(field.type for field in structures[name].fields if field.name == "data")
    if not isinstance(data, Named):
        raise TypeError(f"The data of {kind} have no structure.")
    return Event(kind, structures[data.name].about, name, data.name)
