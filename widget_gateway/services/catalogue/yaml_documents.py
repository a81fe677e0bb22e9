"""YAML from outside as one mapping: what is hostile, or what no author means, is refused."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from widget_gateway.domain.errors import DefinitionError

MAX_NODES = 200_000
"""Values in a document with all aliases followed: a small file can't unfold into a large one."""


def read_yaml(source: bytes, name: str) -> tuple[yaml.Node, dict[str, Any]]:
    """Parse one mapping, hostile or not; the nodes know their lines.

    Raises:
        DefinitionError: it is none, or says what nobody means.
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
