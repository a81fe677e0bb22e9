"""Words for mistakes in YAML that authors of tests make: what to write instead."""

import re
from collections.abc import Callable, Iterator, Sequence

import yaml

_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_FIELD = re.compile(r"\s*(?:-\s+)*([^\s:{}\[\],\"'#]+):\s+([^\s\"'{\[].*?)\s*")
_COMMENT = re.compile(r"\s+#")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

_READ_AS = {
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
}
"""What YAML takes an unquoted word for, by the tag that it resolves to."""


def lines_of(source: bytes) -> list[str]:
    """Return the lines of a source, as a parser of YAML counts them."""
    return _BREAKS.split(source.decode("utf-8-sig", "replace"))


def remedy(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> str:
    """Return what to write instead of what is no YAML; empty if that is not known."""
    mark = error.problem_mark
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    character = line[mark.column : mark.column + 1] if mark else ""
    problem = str(error.problem)
    if character == "\t" or "tab character" in problem:
        return "indent with spaces; YAML takes no tabs"
    found = next((tell for part, tell in _REMEDIES.items() if part in problem), None)
    return found(line) if found else ""


def _quoted(line: str) -> str:
    """Say how the text of a line's field is written in quotes."""
    match = _FIELD.fullmatch(line)
    return f"put the text in quotes: {match[1]}: {_in_quotes(match[2])}" if match else _QUOTES


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _colon(line: str) -> str:
    match = _FIELD.fullmatch(line)
    if match and ":" in match[2]:
        return _quoted(line)
    return "a field can't have both a value and fields below it; check how the lines are indented"


def _key(line: str) -> str:
    if re.search(r"([\"']).*\1\s*[^\s,#]", line):
        return (
            "nothing may follow the closing quotation mark; "
            "write \\\" for a quotation mark in a text that stands in \"…\", and '' in one in '…'"
        )
    return "indent a field like those beside it, and close each quotation mark"


_QUOTES = 'put the text in quotes: "…"'

_REMEDIES: dict[str, Callable[[str], str]] = {
    "mapping values are not allowed": _colon,
    "mapping keys are not allowed": _quoted,
    "cannot start any token": _quoted,
    "alphabetic or numeric character": _quoted,
    "comment or line break": _quoted,
    "comment or a line break": _quoted,
    "sequence entries are not allowed": _quoted,
    "constructor for the tag": _quoted,
    "unexpected end of stream": lambda _: "a quotation mark is not closed",
    "unknown escape character": lambda _: (
        "a backslash in \"…\" begins a special character; write \\\\, or put the text in '…'"
    ),
    "expected key": _key,
    "<block end>": _key,
    "',' or '}'": lambda _: (
        "close { with }, put commas between fields, and put a text with : , ? [ ] { or } in quotes"
    ),
    "',' or ']'": lambda _: "close [ with ], and put commas between entries",
    "find expected ':'": lambda _: 'a field is written "name: value", an entry of a list "- value"',
    "undefined alias": _quoted,
}
"""What to say of a parser's problem, by a part of its words, given the line."""


def remedy_at(root: yaml.Node, path: Sequence[str | int], why: str, lines: Sequence[str]) -> str:
    """Return the fault `why` at a path with what to write instead, if YAML misread a word there."""
    node = node_at(root, path)
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return why
    told = why
    if why.startswith("must be a text"):
        if node.tag == "tag:yaml.org,2002:null" and " " in str(path[-1]):
            told = "must be a text; inside { } put a text with a comma in quotes"
        elif node.tag == "tag:yaml.org,2002:null":
            told = "must be a text, and there is none; write the text, or leave the field out"
        elif as_what := _read_as(node):
            quoted = _in_quotes(node.value)
            told = f"must be a text: write {quoted}, as {node.value} without quotes is {as_what}"
    if _comment_after(node, lines):
        told += "; what follows # is a comment, so put a text with # in quotes"
    return told


def _read_as(node: yaml.ScalarNode) -> str | None:
    """Return what YAML takes an unquoted word for; None for a text."""
    if node.tag == "tag:yaml.org,2002:bool":
        return "true" if node.value.lower() in ("yes", "true", "on") else "false"
    return _READ_AS.get(node.tag)


def comments_in_texts(
    root: yaml.Node, lines: Sequence[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find texts after which a comment stands that may be meant as a part of the text."""
    waiting: list[tuple[tuple[str | int, ...], yaml.Node]] = [((), root)]
    seen: set[int] = set()
    while waiting:
        path, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            waiting += [((*path, str(key.value)), value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [((*path, index), value) for index, value in enumerate(node.value)]
        elif path and _LANGUAGE.fullmatch(str(path[-1])) and _comment_after(node, lines):
            yield path, "what follows # is a comment; put the text in quotes if it belongs to it"


def _comment_after(node: yaml.Node, lines: Sequence[str]) -> bool:
    """Whether a comment follows an unquoted text on its line."""
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return False
    line = lines[node.end_mark.line] if node.end_mark.line < len(lines) else ""
    return _COMMENT.match(line[node.end_mark.column :]) is not None


def node_at(root: yaml.Node, path: Sequence[str | int]) -> yaml.Node | None:
    """Return the node at a path; None if the path leads to none."""
    node: yaml.Node | None = root
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part] if part < len(node.value) else None
        else:
            return None
    return node
