"""Reading test definitions: YAML to a checked TestDefinition; faults name file, line, field."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import msgspec
import nh3
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from widget_gateway.domain.definitions import definition_faults
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.domain.tests import TestDefinition

MAX_BYTES = 2 * 2**20
"""A definition of 300 questions in two languages is a tenth of it."""

MAX_NODES = 200_000
"""Values in a definition with all aliases followed: a small file can't unfold into a large one."""

Path = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Definition:
    """A checked definition: the value, the document it was read from, and its fingerprint."""

    test: TestDefinition
    document: dict[str, Any]
    digest: str


def definition_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a definition."""
    text = (
        files("widget_gateway").joinpath("bundled/test-definition.schema.json").read_text("utf-8")
    )
    return json.loads(text)  # type: ignore[no-any-return]


def read_definition(
    source: bytes, name: str, changes: Mapping[str, Any] | None = None
) -> Definition:
    """Read a definition from YAML (or JSON, which is YAML); `changes` replace top-level fields.

    Raises:
        DefinitionError: with a line for each fault, `name:line: field: what is allowed`.
    """
    if len(source) > MAX_BYTES:
        raise DefinitionError([f"{name}:1: the file is larger than {MAX_BYTES // 2**20} MiB"])
    root, document = _parse(source, name)
    document = {**document, **(changes or {})}
    if changes and changes.get("access") != "paid" and "pause_after" not in changes:
        document.pop("pause_after", None)  # a paid test that is made free has no pause any more
    schema_errors = Draft202012Validator(definition_schema()).iter_errors(document)
    faults = [(tuple(error.absolute_path), _explain(error)) for error in schema_errors]
    if not faults:
        test = definition_from(document)
        faults = [(tuple(path), why) for path, why in definition_faults(test)]
    if faults:
        placed = sorted((_line(root, path), _field(path), why) for path, why in faults)
        raise DefinitionError([f"{name}:{line}: {field}: {why}" for line, field, why in placed])
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True)
    return Definition(test, document, hashlib.sha256(canonical.encode()).hexdigest())


def definition_from(document: Mapping[str, Any]) -> TestDefinition:
    """Make the value of a document that is known to fit the schema; HTML is sanitised here."""
    document = dict(document)
    document["questions"] = [
        _pictured(_cleaned(one, "html"))
        | {"options": [_pictured(o) for o in one.get("options", ())]}
        for one in document["questions"]
    ]
    if report := document.get("report"):
        document["report"] = _cleaned(report, "intro", "outro") | {
            "texts": {name: _clean(text) for name, text in report.get("texts", {}).items()},
            "scenarios": [_cleaned(one, "text") for one in report.get("scenarios", ())],
        }
    return msgspec.convert(document, TestDefinition)


def _pictured(part: dict[str, Any]) -> dict[str, Any]:
    image = part.get("image")
    return part | {"image": {"src": image}} if isinstance(image, str) else part


def _cleaned(part: dict[str, Any], *names: str) -> dict[str, Any]:
    return part | {name: _clean(part[name]) for name in names if name in part}


def _clean(html: Mapping[str, str]) -> dict[str, str]:
    return {locale: nh3.clean(text) for locale, text in html.items()}


def _parse(source: bytes, name: str) -> tuple[yaml.Node, dict[str, Any]]:
    try:
        loader = yaml.SafeLoader(source)
        root = loader.get_single_node()
        if root is None or not isinstance(root, yaml.MappingNode):
            raise DefinitionError([f"{name}:1: a definition is one mapping of fields"])
        if _unfolded_size(root) > MAX_NODES:
            raise DefinitionError([f"{name}:1: the file unfolds into more than {MAX_NODES} values"])
        if problems := [f"{name}:{line}: {why}" for line, why in sorted(_node_faults(root))]:
            raise DefinitionError(problems)
        document = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError([f"{name}:{line}: not YAML: {error.problem}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DefinitionError([f"{name}:1: not YAML: {type(error).__name__}"]) from None
    return root, document


def _unfolded_size(root: yaml.Node) -> int:
    """Number of values with aliases followed; counts each shared node once and adds it up."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        sizes[id(node)] = MAX_NODES + 1  # a node inside itself is too large by definition
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        sizes[id(node)] = 1 + sum(map(size, children))
        return sizes[id(node)]

    return size(root)


_KEY_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}
_FLOAT_TAG = "tag:yaml.org,2002:float"


def _node_faults(root: yaml.Node) -> Iterator[tuple[int, str]]:
    """What YAML takes, no author means and the schema can't see: the line, and what is allowed."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from _key_faults(node)
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif node.tag == _FLOAT_TAG and node.value.lower().endswith((".nan", ".inf")):
            yield node.start_mark.line + 1, "must be a number that one can count with"
        elif any(one == "\0" or "\ud800" <= one <= "\udfff" for one in node.value):
            yield node.start_mark.line + 1, "has a character that is not text"


def _key_faults(node: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    names: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.tag not in _KEY_TAGS:
            yield line, "the name of a field must be a text (put a number in quotes)"
        elif key.value in names:
            yield line, f"{key.value}: is given twice"
        else:
            names.add(key.value)


_EXPLANATIONS: dict[str, Callable[[Any], str]] = {
    "type": lambda e: f"must be {_a(e.validator_value)}",
    "enum": lambda e: f"must be one of: {', '.join(map(str, e.validator_value))}",
    "required": lambda e: f"{e.message.split(chr(39))[1]} is required",
    "additionalProperties": lambda e: (
        f"{_unknown(e)}; allowed: {', '.join(e.schema['properties'])}"
    ),
    "minItems": lambda e: f"needs at least {e.validator_value} entries",
    "maxItems": lambda e: f"takes at most {e.validator_value} entries",
    "minLength": lambda _: "must not be empty",
    "maxLength": lambda e: f"takes at most {e.validator_value} characters",
    "minimum": lambda e: f"must be at least {e.validator_value}",
    "dependentRequired": lambda _: "width and height are given together",
    "maxProperties": lambda e: f"takes at most {e.validator_value} entries",
    "maximum": lambda e: f"must be at most {e.validator_value}",
    "pattern": lambda e: e.schema.get("description", f"must match {e.validator_value}"),
    "anyOf": lambda _: "needs a text or an image",
    "uniqueItems": lambda _: "lists an entry twice",
}

_TYPE_NAMES = {
    "object": "a mapping of fields",
    "array": "a list",
    "string": 'a text (put it in quotes: "1")',
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def _a(kind: str | list[str]) -> str:
    return " or ".join(_TYPE_NAMES.get(k, k) for k in ([kind] if isinstance(kind, str) else kind))


def _unknown(error: Any) -> str:
    extra = sorted(set(error.instance) - set(error.schema["properties"]))
    return f"unknown field {', '.join(map(str, extra))}"


def _explain(error: ValidationError) -> str:
    explanation = _EXPLANATIONS.get(str(error.validator))
    return explanation(error) if explanation else error.message


def _field(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "the definition"


def _line(root: yaml.Node, path: Path) -> int:
    """The line of the deepest node that the path reaches."""
    node = root
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = node.value[part] if part < len(node.value) else None
        else:
            found = None
        if found is None:
            break
        node = found
    return int(node.start_mark.line) + 1
