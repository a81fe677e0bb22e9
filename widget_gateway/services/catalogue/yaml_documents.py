"""Reads YAML from untrusted sources; refuses hostile input and what is certainly a mistake."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from widget_gateway.domain.errors import DefinitionError

MAX_NODES = 200_000
"""Most values in a document with all aliases followed, so that a small file can't become huge."""


def read_yaml(source: bytes, name: str) -> tuple[yaml.Node, dict[str, Any]]:
    """Parse a source that has to be one mapping. Returns its nodes, which have line numbers, too.

    Raises:
        DefinitionError: the source is not one mapping, is too large, or has a mistake.
    """
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
    """Return the number of values with aliases followed; each shared node is visited once."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        sizes[id(node)] = MAX_NODES + 1  # a node that contains itself counts as too large
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
    """Yield line and message of mistakes that are valid YAML and that the schema can't detect."""
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
        elif any(
            character == "\0" or "\ud800" <= character <= "\udfff" for character in node.value
        ):
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


def line_of(root: yaml.Node, path: Sequence[str | int]) -> int:
    """Return the line, from 1, of the deepest node that the path reaches."""
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
