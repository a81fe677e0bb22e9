"""Prints the Node client's methods and classes of refusals, and with `node_types.py` its types."""

import json

from clients.generator.model import Call, Model, Structure
from clients.generator.node_types import (
    Method,
    camel,
    comment,
    methods_of,
    pascal,
    print_types,
)
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

_HEAD = (
    "// Printed by `python -m clients.generator`: change the gateway's declarations instead.\n\n"
)


def node_files(model: Model) -> dict[str, str]:
    """The texts of the generated files, by path from the root of the repository."""
    return {
        "clients/node/src/calls.js": _HEAD + _print_calls(model),
        "clients/node/src/reasons.js": _HEAD + _print_reasons(model),
        "clients/node/src/structures.js": _HEAD + _print_structures(model),
        "clients/node/types/api.d.ts": _HEAD + print_types(model),
    }


def _print_calls(model: Model) -> str:
    methods = "".join(
        _print_method(call, method) for call in model.calls for method in methods_of(call)
    )
    return f"""\
/**
 * @import * as api from "../types/api.js"
 * @import {{ CallOptions }} from "../types/index.js"
 * @import {{ Transport }} from "./transport.js"
 */

import {{ itemsOfPages }} from "./pages.js";
import * as shapes from "./shapes.js";
import * as structures from "./structures.js";

/** The methods of a client. types/api.d.ts describes them. */
export class Calls {{
  #transport;

  /** @param {{Transport}} transport */
  constructor(transport) {{
    this.#transport = transport;
  }}
{methods}}}
"""


def _print_method(call: Call, method: Method) -> str:
    given = "parameters" if method.is_parameter_required else "[parameters]"
    default = "" if method.is_parameter_required else " = {}"
    return f"""
  /** @param {{api.{method.parameters_type}}} {given} @param {{CallOptions}} [options] */
  {method.name}(parameters{default}, options) {{
    return {_print_expression(call, method)};
  }}
"""


def _print_expression(call: Call, method: Method) -> str:
    if method.item is not None and call.paging is not None:
        page = f"(after) => this.{camel(call.name)}({{ ...parameters, after }}, options)"
        return f'itemsOfPages("{call.paging.items}", {page})'
    head = f'"{call.name}", {json.dumps(call.writes)}, '
    if method.is_file:
        return f"this.#transport.fetchFile({head}{json.dumps(call.files)}, parameters, options)"
    return f"this.#transport.fetchJson({head}{_print_shape(call.answer)}, parameters, options)"


def _print_structures(model: Model) -> str:
    events = {event.structure for event in model.events}
    data = "".join(f'  ["{event.type}", {event.data}],\n' for event in model.events)
    return "\n".join(
        [
            'import * as shapes from "./shapes.js";\n',
            *(f"export const {each.name} = shapes.string;\n" for each in model.enumerations),
            *(_print_structure(each) for each in model.structures if each.name not in events),
            f"/** The shape of each event's data. */\nexport const EVENTS = new Map([\n{data}]);\n",
        ]
    )


def _print_structure(structure: Structure) -> str:
    fields = "".join(
        f"  {field.name}: {shape if field.required else f'shapes.optional({shape})'},\n"
        for field in structure.fields
        for shape in [_print_shape(field.type, "")]
    )
    return f"export const {structure.name} = shapes.object(() => ({{\n{fields}}}));\n"


def _print_shape(kind: Type, module: str = "structures.") -> str:  # noqa: C901, PLR0911 - one case each
    def inner(*parts: Type) -> str:
        return ", ".join(_print_shape(part, module) for part in parts)

    match kind:
        case Scalar("integer"):
            return "shapes.number"
        case Scalar() | Words():
            return f"shapes.{kind.kind if isinstance(kind, Scalar) else 'string'}"
        case Named():
            return f"{module}{kind.name}"
        case ListOf():
            return f"shapes.list({inner(kind.item)})"
        case TupleOf():
            return f"shapes.tuple({inner(*kind.items)})"
        case MapOf():
            return f"shapes.map({inner(kind.value)})"
        case OneOf():
            return f"shapes.oneOf({inner(*kind.options)})"
        case Nullable():
            return f"shapes.nullable({inner(kind.inner)})"
        case Anything():
            return "shapes.anything"


def _print_reasons(model: Model) -> str:
    classes = "\n".join(
        f"{comment(f'{reason.message} (status {reason.status})')}"
        f"export class {pascal(reason.name)} extends GatewayError {{}}\n"
        for reason in model.reasons
    )
    pairs = "".join(f'  ["{reason.name}", {pascal(reason.name)}],\n' for reason in model.reasons)
    return f"""\
import {{ GatewayError }} from "./errors.js";

{classes}
/** The class of each reason. @type {{ReadonlyMap<string, typeof GatewayError>}} */
export const ERRORS = new Map([
{pairs}]);
"""
