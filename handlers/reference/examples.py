"""Examples of a call in four languages, made of the same declarations as the requests are read by.

The calls of the partner API use its clients. The other calls that programs make use what each
language has for HTTP by itself. What browsers and probes open has an example for curl only.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from handlers.reference.calls import Call, Request

_CREDENTIALS = {
    "bearer": ("Authorization", "Bearer ", "CLIENT_KEY"),
    "callback_key": ("X-Callback-Key", "", "CALLBACK_KEY"),
    "access_token": ("Authorization", "Bearer ", "ACCESS_TOKEN"),
    "qua_token": ("Authorization", "JWT ", "TOKEN"),
}
"""The header that authenticates a call, the beginning of its value, and the variable of the
environment with the rest, by the name of the security scheme."""

_PROGRAMS = ("partner", "portal", "qua")
"""The families whose calls programs make."""

_WIDTH = 76
"""The most characters of a line of an example, if it can be broken. A desktop shows so many."""

_INDENT = "    "


@dataclass(frozen=True)
class Example:
    """The example in a language; `language` is its short name, `title` its own one."""

    language: str
    title: str
    code: str


LANGUAGES = {"curl": "curl", "php": "PHP", "python": "Python", "node": "Node"}


def examples_of(call: Call, origin: str, file: str | None = None) -> list[Example]:
    """Return the examples of a call for a gateway at `origin`.

    With `file`, one of the call's files, they save this form of the answer.
    """
    request = call.request
    if file is not None:
        request = replace(request, body=request.body | {"format": file})
    made = {"curl": _curl(request, origin, _saved_as(call, file))}
    if call.is_of_clients:
        made["php"] = _php_client(call, request, origin, file)
        made["python"] = _python_client(call, request, origin, file)
        made["node"] = _node_client(call, request, origin, file)
    elif call.family in _PROGRAMS:
        made["php"] = _php_http(request, origin)
        made["python"] = _python_http(request, origin)
        made["node"] = _node_http(request, origin)
    return [Example(name, LANGUAGES[name], code) for name, code in made.items()]


def _saved_as(call: Call, file: str | None) -> str | None:
    """The name of the file that an example writes."""
    return file and f"{call.title.partition('/')[0]}.{file}"


def _curl(request: Request, origin: str, saved_as: str | None) -> str:
    """The command. Plain parameters go into a form, since no value of a form needs escapes."""
    first = ["curl"]
    body = request.body
    if request.method in ("PUT", "DELETE") or (request.method == "POST" and not body):
        first.append(f"-X {request.method}")
    if request.query:
        first.append("-G")
    if saved_as:
        first.append(f"-o {saved_as}")
    lines = [" ".join([*first, _in_shell(origin + request.path)])]
    if request.scheme:
        name, before, variable = _CREDENTIALS[request.scheme]
        lines.append(f'-H "{name}: {before}${variable}"')
    lines += [f"--data-urlencode {_in_shell(f'{k}={v}')}" for k, v in request.query.items()]
    if request.scheme == "bearer" and _is_flat(body):
        lines += [f"--data-urlencode {_in_shell(f'{k}={v}')}" for k, v in body.items()]
    elif body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {_in_shell(_json(body))}")
    return " \\\n    ".join(lines)


def _in_shell(text: str) -> str:
    """A word of a shell, in quotes if it needs them."""
    if re.fullmatch(r"[\w@%+=:,./-]+", text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _is_flat(body: Any) -> bool:
    return isinstance(body, dict) and all(isinstance(value, str | int) for value in body.values())


def _camel(title: str) -> str:
    first, *others = re.split(r"[/_]", title)
    return first + "".join(word.capitalize() for word in others)


def _php_client(call: Call, request: Request, origin: str, file: str | None) -> str:
    arguments = [f"{name}: {_php(value)}" for name, value in (request.body or {}).items()]
    variable = "$file" if file else "$answer"
    method = _camel(call.title) + ("File" if file else "")
    shown = f"file_put_contents('{_saved_as(call, file)}', $file->content);"
    return (
        "<?php\n\nrequire 'vendor/autoload.php';\n\n"
        f"$client = new WidgetGateway\\Client\\Client({_php(origin)}, getenv('CLIENT_KEY'));\n"
        + _call(f"{variable} = $client->{method}(", arguments, ");")
        + f"\n{shown if file else 'print_r($answer);'}"
    )


def _python_client(call: Call, request: Request, origin: str, file: str | None) -> str:
    arguments = [
        f"{'from_' if name == 'from' else name}={_python(value)}"
        for name, value in (request.body or {}).items()
    ]
    variable = "file" if file else "answer"
    method = call.title.replace("/", "_") + ("_file" if file else "")
    shown = f'Path("{_saved_as(call, file)}").write_bytes(file.content)'
    return (
        f"import os\n{'from pathlib import Path' if file else ''}\n"
        + ("\n" if file else "")
        + "from widget_gateway_client import Client\n\n"
        + f'client = Client({_python(origin)}, os.environ["CLIENT_KEY"])\n'
        + _call(f"{variable} = client.{method}(", arguments, ")")
        + f"\n{shown if file else 'print(answer)'}"
    )


def _node_client(call: Call, request: Request, origin: str, file: str | None) -> str:
    argument = _node(request.body) if request.body else ""
    variable = "file" if file else "answer"
    method = _camel(call.title) + ("File" if file else "")
    shown = f'await writeFile("{_saved_as(call, file)}", file.content);'
    return (
        ('import { writeFile } from "node:fs/promises";\n' if file else "")
        + 'import { Client } from "@widget-gateway/client";\n\n'
        + f"const client = new Client({_node(origin)}, process.env.CLIENT_KEY);\n"
        + f"const {variable} = await client.{method}({argument});\n"
        + (shown if file else "console.log(answer);")
    )


def _call(before: str, arguments: list[str], after: str) -> str:
    """A call with its arguments on one line, or each on its own."""
    line = before + ", ".join(arguments) + after
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    inner = "".join(f"{_INDENT}{_deeper(argument)},\n" for argument in arguments)
    return f"{before}\n{inner}{after}"


def _php_http(request: Request, origin: str) -> str:
    headers = [*_php_headers(request)]
    options = [f"'method' => {_php(request.method)},"]
    if headers:
        options.append(f"'header' => [{', '.join(headers)}],")
    if request.body is not None:
        content = _deeper(_php(request.body or _Nothing()))
        options.append(f"'content' => json_encode({content}),")
    options.append("'ignore_errors' => true,")
    inner = "".join(f"{_INDENT}{option}\n" for option in options)
    return (
        f"<?php\n\n$context = stream_context_create(['http' => [\n{inner}]]);\n"
        f"$answer = file_get_contents({_php(_address(request, origin))}, false, $context);\n"
        "print_r(json_decode($answer, true));"
    )


def _php_headers(request: Request) -> list[str]:
    headers = []
    if request.scheme:
        name, before, variable = _CREDENTIALS[request.scheme]
        headers.append(f"'{name}: {before}' . getenv('{variable}')")
    if request.body is not None:
        headers.append("'Content-Type: application/json'")
    return headers


def _python_http(request: Request, origin: str) -> str:
    modules = ["import json", *(["import os"] if request.scheme else [])]
    arguments = [_python(_address(request, origin))]
    headers = {}
    if request.scheme:
        name, before, variable = _CREDENTIALS[request.scheme]
        read = f'os.environ["{variable}"]'
        headers[name] = f'"{before}" + {read}' if before else read
    if request.body is not None:
        headers["Content-Type"] = '"application/json"'
        arguments.append(f"data=json.dumps({_python(request.body)}).encode()")
    if headers:
        told = ", ".join(f'"{name}": {value}' for name, value in headers.items())
        arguments.append(f"headers={{{told}}}")
    arguments.append(f"method={_python(request.method)}")
    return (
        "\n".join(modules)
        + "\nfrom urllib.request import Request, urlopen\n\n"
        + _call("request = Request(", arguments, ")")
        + "\nwith urlopen(request) as answer:\n    print(json.load(answer))"
    )


def _node_http(request: Request, origin: str) -> str:
    options = [f"method: {_node(request.method)}"]
    headers = []
    if request.scheme:
        name, before, variable = _CREDENTIALS[request.scheme]
        headers.append(f'"{name}": `{before}${{process.env.{variable}}}`')
    if request.body is not None:
        headers.append('"Content-Type": "application/json"')
    if headers:
        options.append(f"headers: {{ {', '.join(headers)} }}")
    if request.body is not None:
        options.append(f"body: JSON.stringify({_node(request.body)})")
    inner = "".join(f"{_INDENT}{_deeper(option)},\n" for option in options)
    return (
        f"const answer = await fetch({_node(_address(request, origin))}, {{\n{inner}}});\n"
        "console.log(await answer.json());"
    )


def _address(request: Request, origin: str) -> str:
    query = f"?{urlencode(request.query)}" if request.query else ""
    return origin + request.path + query


class _Nothing:
    """An object without members, which PHP would take for a list."""


def _php(value: Any) -> str:
    """A value as PHP spells it."""
    if isinstance(value, _Nothing):
        return "(object) []"
    if isinstance(value, dict):
        return _within("[", [f"{_php(k)} => {_php(v)}" for k, v in value.items()], "]")
    if isinstance(value, list):
        return _within("[", [_php(item) for item in value], "]")
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return json.dumps(value)


def _python(value: Any) -> str:
    """A value as Python spells it."""
    return _json(value, repr)


def _json(value: Any, constant: Callable[[Any], str] = json.dumps) -> str:
    """A value as JSON, in which `constant` spells booleans and null."""
    if isinstance(value, dict):
        members = [f"{json.dumps(k)}: {_json(v, constant)}" for k, v in value.items()]
        return _within("{", members, "}", last="")
    if isinstance(value, list):
        return _within("[", [_json(item, constant) for item in value], "]", last="")
    if isinstance(value, bool) or value is None:
        return constant(value)
    return json.dumps(value, ensure_ascii=False)


def _node(value: Any) -> str:
    """A value as JavaScript spells it."""
    if isinstance(value, dict):
        members = [f"{_member(name)}: {_node(item)}" for name, item in value.items()]
        return _within("{ ", members, " }") if members else "{}"
    if isinstance(value, list):
        return _within("[", [_node(item) for item in value], "]")
    return json.dumps(value, ensure_ascii=False)


def _member(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)


def _within(before: str, items: list[str], after: str, *, last: str = ",") -> str:
    """Items within brackets, on one line or each on its own; `last` follows the last one there."""
    line = before + ", ".join(items) + after
    if len(line) <= _WIDTH - len(_INDENT) and "\n" not in line:
        return line
    inner = ",\n".join(f"{_INDENT}{_deeper(item)}" for item in items)
    return f"{before.strip()}\n{inner}{last}\n{after.strip()}"


def _deeper(code: str) -> str:
    """Code whose further lines are indented by a step."""
    return code.replace("\n", f"\n{_INDENT}")
