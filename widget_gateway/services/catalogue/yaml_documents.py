"""Reads YAML from untrusted sources; refuses hostile input and what is certainly a mistake.

It also writes documents as YAML.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.yaml_mistakes import lines_of, remedy

MAX_NODES = 200_000
"""Most values in a document with all aliases followed, so that a small file can't become huge."""

MAX_QUESTIONS = 1_000
"""Most questions, as in the schema of definitions; more are refused before they are looked at."""

CROWDED_BYTES = 100_000
"""Size from which a file may have so many questions: no question takes less than 100 bytes."""


def read_yaml(source: bytes, name: str) -> tuple[yaml.Node, dict[str, Any]]:
    """Parse a source that has to be one mapping. Returns its nodes, which have line numbers, too.

    Raises:
        DefinitionError: the source is not one mapping, is too large, or has a mistake.
    """
    try:
        if len(source) > CROWDED_BYTES and (line := _first_beyond(source)):
            why = f"questions: takes at most {MAX_QUESTIONS} entries"
            raise DefinitionError([f"{name}:{line}: {why}"])
        loader = yaml.CSafeLoader(source)
        root = loader.get_single_node()
        if root is None or not isinstance(root, yaml.MappingNode):
            raise DefinitionError([f"{name}:1: a definition is one mapping of fields"])
        if _unfolded_size(root) > MAX_NODES:
            raise DefinitionError([f"{name}:1: the file unfolds into more than {MAX_NODES} values"])
        if problems := [f"{name}:{line}: {why}" for line, why in sorted(_node_faults(root))]:
            raise DefinitionError(problems)
        document = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if error.context_mark and "end of stream" in str(error.problem):
            mark = error.context_mark  # where it began, as the end of the file helps nobody
        line = mark.line + 1 if mark else 1
        told = filter(None, (f"not YAML: {error.problem}", remedy(error, lines_of(source))))
        raise DefinitionError([f"{name}:{line}: {'; '.join(told)}"]) from None
    except yaml.reader.ReaderError as error:
        raise DefinitionError([f"{name}:1: not YAML: {_unreadable(error)}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DefinitionError([f"{name}:1: not YAML: {type(error).__name__}"]) from None
    return root, document


def written_yaml(document: Any) -> str:
    """Return a document as YAML, which people can read, compare and import again."""
    return str(
        yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=100)
    )


def _unreadable(error: yaml.reader.ReaderError) -> str:
    if isinstance(error.character, int) and "control" in str(error.reason):
        return f"has the character U+{error.character:04X}, which no text has"
    return "is no UTF-8; save the file as UTF-8"


def _first_beyond(source: bytes) -> int | None:
    """Return the line of the first question beyond MAX_QUESTIONS; None if there is none.

    It reads only as far as there, which is much faster than to build all nodes of a large file.
    """
    depth = count = 0
    is_key, questions_depth = True, None
    event: Any
    for event in yaml.parse(source, Loader=yaml.CSafeLoader):
        starts = isinstance(event, yaml.CollectionStartEvent)
        is_node = starts or isinstance(event, yaml.ScalarEvent | yaml.AliasEvent)
        if is_node and depth == questions_depth:
            count += 1
            if count > MAX_QUESTIONS:
                return int(event.start_mark.line) + 1
        if is_node and depth == 1:
            names_them = is_key and isinstance(event, yaml.ScalarEvent)
            if names_them and event.value == "questions":
                questions_depth = 2
            is_key = not is_key
        if starts:
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            if depth == 1:
                questions_depth = None
    return None


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
    lines: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.tag not in _KEY_TAGS:
            put = f': put "{key.value}" in quotes' if isinstance(key, yaml.ScalarNode) else ""
            yield line, f"the name of a field must be a text{put}"
        elif key.value in lines:
            first = f" on line {lines[key.value]}" if lines[key.value] != line else ""
            yield line, f"{key.value}: is given twice, the first time{first or ' here'}; keep one"
        else:
            lines[key.value] = line


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
