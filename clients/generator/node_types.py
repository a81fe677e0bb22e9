"""Prints the Node client's types: parameters, answers, methods, refusals and events."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from clients.generator.model import Call, Enumeration, Model, Parameter, Reason, Structure
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

_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}

_ANY_OTHER = "(string & {})"
"""Admits strings of newer gateways. Editors go on to suggest the known ones."""

_IMPORT = """\
import type {
  AtLeastOneOf,
  CallOptions,
  GatewayError,
  GatewayFile,
  UnknownEvent,
} from "./index.js";
"""

_COLUMNS = 110
"""Columns of a comment's text."""


@dataclass(frozen=True)
class Method:
    """A method of the client: for a call, for the items of all its pages, or for its file."""

    name: str
    parameters: tuple[Parameter, ...]
    one_of: tuple[str, ...]
    answer: Type
    item: Type | None = None
    is_file: bool = False

    @property
    def parameters_type(self) -> str:
        """The name of the type of its parameters."""
        return f"{self.name[0].upper()}{self.name[1:]}Parameters"

    @property
    def is_parameter_required(self) -> bool:
        """Whether it can't be called without parameters."""
        return bool(self.one_of) or any(parameter.required for parameter in self.parameters)


def methods_of(call: Call) -> Iterator[Method]:
    """The methods for a call."""
    name = camel(call.name)
    yield Method(name, call.plain_parameters, call.one_of, call.answer)
    if call.paging is not None:
        item = call.paging.item
        yield Method(f"{name}All", call.all_parameters, call.one_of, call.answer, item=item)
    if call.files:
        yield Method(f"{name}File", call.file_parameters, call.one_of, call.answer, is_file=True)


def pascal(name: str) -> str:
    """`ResultAttach` for `result/attach`, `ResultNotFound` for `result_not_found`."""
    return "".join(part.capitalize() for part in name.replace("/", "_").split("_"))


def camel(name: str) -> str:
    """`resultAttach` for `result/attach`."""
    return pascal(name)[0].lower() + pascal(name)[1:]


def print_types(model: Model) -> str:
    """The text of the module of types."""
    events = {event.structure for event in model.events}
    methods = [(call, method) for call in model.calls for method in methods_of(call)]
    shared = set.intersection(*(set(call.reasons) for call in model.calls))
    calls = "\n".join(_print_method(call, method, shared) for call, method in methods)
    return "\n".join(
        [
            _IMPORT,
            *(_print_parameters(method) for _, method in methods),
            f"/** The calls of the partner API. */\nexport interface Calls {{\n{calls}}}\n",
            *(_print_enumeration(enumeration) for enumeration in model.enumerations),
            *(_print_structure(each, is_event=each.name in events) for each in model.structures),
            _print_union(
                "WebhookEvent",
                [*sorted(events), "UnknownEvent"],
                "An event that a webhook tells, by its `type`.",
            ),
            _print_union(
                "Reason",
                [f'"{reason.name}"' for reason in model.reasons] + [_ANY_OTHER],
                "The stable name of a refusal's reason. A newer gateway may have others.",
            ),
            *(_print_error(reason) for reason in model.reasons),
        ]
    )


def comment(text: str, indent: str = "") -> str:
    """The text as a comment before what it describes; nothing for no text."""
    lines = [
        line
        for paragraph in text.replace("*/", "* /").splitlines()
        for line in wrap(paragraph, _COLUMNS) or [""]
    ]
    if len(lines) <= 1:
        return "".join(f"{indent}/** {line} */\n" for line in lines)
    return "\n".join(
        [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */\n"]
    )


def _print_method(call: Call, method: Method, shared: set[str]) -> str:
    kind = (
        "All pages, one item after another."
        if method.item
        else "The file for people."
        if method.is_file
        else ""
    )
    refusals = [f"`{reason}`" for reason in call.reasons if reason not in shared]
    about = [f"{call.summary}. {kind}".strip(), call.about]
    if refusals:
        about.append(f"Refusals besides those of all calls: {', '.join(refusals)}.")
    parameters = (
        f"parameters{'' if method.is_parameter_required else '?'}: {method.parameters_type}"
    )
    return (
        comment("\n\n".join(filter(None, about)), "  ")
        + f"  {method.name}({parameters}, options?: CallOptions): {_print_answer(method)};\n"
    )


def _print_answer(method: Method) -> str:
    if method.item is not None:
        return f"AsyncGenerator<{print_type(method.item)}, void, undefined>"
    return f"Promise<{'GatewayFile' if method.is_file else print_type(method.answer)}>"


def _print_parameters(method: Method) -> str:
    chosen = "".join(
        _print_parameter(p, is_one_of=True) for p in method.parameters if p.name in method.one_of
    )
    others = "".join(_print_parameter(p) for p in method.parameters if p.name not in method.one_of)
    parts = [f"{{\n{others}}}"] if others or not chosen else []
    if chosen:
        parts.append(f"AtLeastOneOf<{{\n{chosen}}}>")
    return f"export type {method.parameters_type} = {' & '.join(parts)};\n"


def _print_parameter(parameter: Parameter, *, is_one_of: bool = False) -> str:
    spelled = print_type(parameter.type, is_sent=True)
    if is_one_of or parameter.required:
        field = f"{parameter.name}: {spelled}"
    else:
        field = f"{parameter.name}?: {spelled} | undefined"
    return f"{comment(parameter.about, '  ')}  {field};\n"


def _print_enumeration(enumeration: Enumeration) -> str:
    words = [f'"{word}"' for word in enumeration.words]
    return _print_union(enumeration.name, [*words, _ANY_OTHER], enumeration.about)


def _print_union(name: str, options: list[str], about: str) -> str:
    return f"{comment(about)}export type {name} =\n  | " + "\n  | ".join(options) + ";\n"


def _print_structure(structure: Structure, *, is_event: bool) -> str:
    fields = "".join(
        f"{comment(field.about, '  ')}"
        f"  {field.name}{'' if field.required else '?'}: {print_type(field.type)};\n"
        for field in structure.fields
    )
    if is_event:
        fields = (
            "  /** It is the same in each try to deliver the event. */\n  id: string;\n" + fields
        )
    return f"{comment(structure.about)}export interface {structure.name} {{\n{fields}}}\n"


def _print_error(reason: Reason) -> str:
    return (
        f"{comment(reason.message)}"
        f"export declare class {pascal(reason.name)} extends GatewayError {{\n"
        f"  readonly code: {reason.status};\n"
        f'  readonly reason: "{reason.name}";\n'
        "}\n"
    )


def print_type(kind: Type, *, is_sent: bool = False) -> str:  # noqa: C901, PLR0911 - one case each
    """The type as TypeScript spells it. What is sent has to be one of the known words."""

    def inner(part: Type) -> str:
        return print_type(part, is_sent=is_sent)

    match kind:
        case Scalar():
            return _SCALARS[kind.kind]
        case Words():
            is_open = not is_sent and len(kind.words) > 1
            return " | ".join(
                [*(f'"{word}"' for word in kind.words), *([_ANY_OTHER] if is_open else [])]
            )
        case ListOf():
            return f"Array<{inner(kind.item)}>"
        case TupleOf():
            return f"[{', '.join(map(inner, kind.items))}]"
        case MapOf():
            return f"Record<string, {inner(kind.value)}>"
        case OneOf():
            return " | ".join(map(inner, kind.options))
        case Nullable():
            return f"{inner(kind.inner)} | null"
        case Named():
            return kind.name
        case Anything():
            return "unknown"
