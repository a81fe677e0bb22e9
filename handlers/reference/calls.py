"""What the pages of the reference show of each call, made of the document at `/openapi.json`."""

from dataclasses import dataclass
from typing import Any

import msgspec

from handlers.contract.json_reader import JSON
from handlers.reference.refusals import Node

FAMILIES = ("partner", "portal", "qua", "public", "operation")
"""The API families in the order in which the pages show them."""

_V2 = "/partner/api/v2/"
_V3 = "/partner/api/v3/"
_PREFIXES = (_V3, "/partner/api/", "/api/v1/", "/api/", "/")
"""What the short name of a call leaves out of its path; the first that fits."""

_FORMAT = "format"

_ONE_OF_TWO = ("user_id", "session_id")
"""Optional parameters in the examples of calls that need one of two."""


@dataclass(frozen=True, kw_only=True)
class ShownParameter:
    """A parameter of a call, with its values in a few words.

    With `is_one_of` a call needs this parameter or another one of that kind.
    """

    name: str
    shape: str
    about: str
    is_required: bool
    is_one_of: bool


@dataclass(frozen=True, kw_only=True)
class ShownRefusal:
    """A reason for which a call is refused. `is_shared` tells that all its family have it."""

    status: int
    reason: str
    message: str
    is_shared: bool


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call as an example makes it. `body` is its JSON, `scheme` names how it authenticates."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    scheme: str | None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call on its page, which is at `/docs/<family>/<name>/`.

    `title` is its path without what all paths of the family begin with. `aliases` are further paths
    at which it answers. `anchors` are its places on the single page of former versions. `files` are
    the forms of its answer besides JSON.
    """

    family: str
    name: str
    title: str
    path: str
    methods: tuple[str, ...]
    aliases: tuple[str, ...]
    anchors: tuple[str, ...]
    summary: str
    about: str
    parameters: tuple[ShownParameter, ...]
    request: Request
    files: tuple[str, ...]
    media_types: tuple[str, ...]
    answer: str | None
    refusals: tuple[ShownRefusal, ...]

    @property
    def address(self) -> str:
        """The path of its page."""
        return f"/docs/{self.family}/{self.name}/"

    @property
    def is_of_clients(self) -> bool:
        """Whether the clients of the partner API have a method for it."""
        return self.path.startswith(_V3)


def calls_of(document: Node) -> tuple[Call, ...]:
    """Return all calls in the order of the document. Deprecated and V2 paths are aliases."""
    shared = {family: _shared_reasons(document, family) for family in FAMILIES}
    return tuple(
        _call(document, path, number, methods, shared)
        for path, item in document["paths"].items()
        if not path.startswith(_V2) and not _is_deprecated(item)
        for number, methods in enumerate(_operations(item))
    )


def _is_deprecated(item: Node) -> bool:
    return all(described.get("deprecated", False) for described in item.values())


def _operations(item: Node) -> list[Node]:
    """The methods of a path, grouped by operation."""
    by_summary: dict[str, Node] = {}
    for method, described in item.items():
        by_summary.setdefault(described["summary"], {})[method] = described
    return list(by_summary.values())


def _shared_reasons(document: Node, family: str) -> set[str]:
    """The reasons for which every call of a family may be refused."""
    reasons = [
        {reason for _, reason, _ in _refusals(document, described)}
        for item in document["paths"].values()
        for described in item.values()
        if family in described["tags"]
    ]
    return set.intersection(*reasons)


def _call(
    document: Node, path: str, number: int, methods: Node, shared: dict[str, set[str]]
) -> Call:
    method, described = next(iter(methods.items()))
    family = described["tags"][0]
    prefix = next(prefix for prefix in _PREFIXES if path.startswith(prefix))
    title = path.removeprefix(prefix).strip("/")
    before = f"{method}-" if number else ""
    aliases = _aliases(document, path, described)
    success = _success(described)
    example = success["content"].get(JSON, {}).get("example")
    return Call(
        family=family,
        name=before + (_joined(title) or "start"),
        title=title or path,
        path=path,
        methods=tuple(name.upper() for name in methods),
        aliases=aliases,
        anchors=tuple(
            before + (_joined(known) or "start")
            for known in (path, *aliases)
            if not known.startswith(_V2)
        ),
        summary=described["summary"],
        about=described.get("description", ""),
        parameters=tuple(
            ShownParameter(
                name=parameter["name"],
                shape=_shape(parameter["schema"]),
                about=parameter.get("description", ""),
                is_required=parameter.get("required", False),
                is_one_of=parameter["name"] in _one_of(methods),
            )
            for parameter in (
                *described.get("parameters", []),
                *_members(described),
                *_header(methods),
            )
        ),
        request=_request(path, methods),
        files=_files(described),
        media_types=tuple(success["content"]) or (success["description"],),
        answer=None if example is None else _pretty(example),
        refusals=tuple(
            ShownRefusal(
                status=status,
                reason=reason,
                message=message,
                is_shared=reason in shared[family],
            )
            for status, reason, message in _refusals(document, described)
        ),
    )


def _joined(path: str) -> str:
    """A path as a part of another address."""
    return path.strip("/").replace("/", "-").replace("{", "").replace("}", "")


def _aliases(document: Node, path: str, described: Node) -> tuple[str, ...]:
    """Further paths of a call: the same one in V2, and deprecated ones that do the same."""
    also = [_V2 + path.removeprefix(_V3)] if path.startswith(_V3) else []
    also += [
        other
        for other, item in document["paths"].items()
        if _is_deprecated(item)
        and any(
            (one["tags"], one["summary"]) == (described["tags"], described["summary"])
            for one in item.values()
        )
    ]
    return tuple(also)


def _success(described: Node) -> Node:
    successes = (answer for answer in described["responses"].values() if "$ref" not in answer)
    answer: Node = next(successes)
    return answer


def _refusals(document: Node, described: Node) -> list[tuple[int, str, str]]:
    """The status, reason and message of each refusal of an operation."""
    known = document["components"]["responses"]
    return [
        (int(status), reason, _message(example["value"]))
        for status, answer in described["responses"].items()
        if "$ref" in answer
        for reason, example in known[answer["$ref"].rpartition("/")[2]]["content"]
        .get(JSON, {})
        .get("examples", {})
        .items()
    ]


def _message(body: Node) -> str:
    """The message of a refusal of any API family; all sentences if it is about faulty fields."""
    told = body.get("error")
    if isinstance(told, str):
        return told
    for name in ("message", "error_msg"):
        if told is not None and name in told:
            return str(told[name])
    faults = {name: sentences for name, sentences in (told or body).items() if name != "result"}
    return " ".join(f"{name}: {' '.join(sentences)}" for name, sentences in faults.items())


def _members(described: Node) -> list[Node]:
    """The members of a JSON body. Calls that GET and POST do alike have them in the query, too."""
    content = described.get("requestBody", {}).get("content", {})
    schema = content.get(JSON, {}).get("schema", {})
    return [
        {
            "name": name,
            "required": name in schema.get("required", ()),
            "schema": member,
            "description": member.get("description", ""),
        }
        for name, member in schema.get("properties", {}).items()
    ]


def _header(methods: Node) -> list[Node]:
    """The header with which a call that writes happens once."""
    posted = methods.get("post", {})
    if not posted.get("x-writes", False):
        return []
    return [one for one in posted.get("parameters", []) if one["in"] == "header"]


def _one_of(methods: Node) -> set[str]:
    """The parameters of which a call needs one."""
    return {
        name
        for described in methods.values()
        for content in described.get("requestBody", {}).get("content", {}).values()
        for option in content["schema"].get("anyOf", ())
        for name in option["required"]
    }


def _request(path: str, methods: Node) -> Request:
    """The request of an example. A call that GET and POST do alike is made by POST.

    Parameters in addresses end up in logs.
    """
    method = "post" if "post" in methods else next(iter(methods))
    described = methods[method]
    query = {}
    for parameter in described.get("parameters", []):
        name, where = parameter["name"], parameter["in"]
        if where == "path":
            path = path.replace(f"{{{name}}}", str(parameter["example"]))
        elif where == "query" and (parameter["required"] or name in _ONE_OF_TWO):
            query[name] = str(parameter["example"])
    security = described.get("security")
    body = None
    if "requestBody" in described:
        body = next(iter(described["requestBody"]["content"].values()))["example"]
    return Request(
        method=method.upper(),
        path=path,
        query=query,
        body=body,
        scheme=next(iter(security[0])) if security else None,
    )


def _files(described: Node) -> tuple[str, ...]:
    """The values of the parameter `format` but JSON."""
    return tuple(
        word
        for parameter in described.get("parameters", [])
        if parameter["name"] == _FORMAT
        for option in parameter["schema"]["anyOf"]
        for word in option["enum"]
        if word not in ("", "json")
    )


def _shape(schema: Node) -> str:
    """A schema in a few words."""
    if "anyOf" in schema:
        shapes = (option for option in schema["anyOf"] if "" not in option.get("enum", ()))
        return " or ".join(map(_shape, shapes))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return " or ".join(kinds)
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return str(schema.get("format") or schema.get("contentMediaType") or kinds)


def _pretty(example: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(example)).decode()
