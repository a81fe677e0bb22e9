"""Prints `Calls.php` of the PHP client: a method for each call of the partner API."""

from collections.abc import Iterable

from clients.generator.model import Call, Model, Paging, Parameter
from clients.generator.php_text import WIDTH, comment, php_file
from clients.generator.php_types import (
    DATE,
    PhpTypes,
    camel,
    exception_of,
    is_progress,
    literal,
    or_null,
)
from clients.generator.types import Type, Words

_PROGRESS = "array|\\stdClass|string"

_FOOT = """
    /**
     * Make a call and read its answer.
     *
     * @param array<string, mixed> $parameters those that are null are left out
     * @param callable(mixed, string): mixed $read makes the result of decoded JSON
     */
    abstract protected function call(
        string $path,
        array $parameters,
        callable $read,
        bool $writes = false,
        ?string $idempotencyKey = null,
    ): mixed;

    /**
     * Make a call whose answer is a file.
     *
     * @param array<string, mixed> $parameters those that are null are left out
     * @param array<string, string> $mediaTypes by the `format` that is asked for
     */
    abstract protected function file(string $path, array $parameters, array $mediaTypes): File;
}
"""


class CallsPrinter:
    """Prints the class of all calls."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._types = PhpTypes(model)
        self._general = frozenset.intersection(*(frozenset(each.reasons) for each in model.calls))
        """Reasons that every call has: a method's comment names its own ones only."""

    def printed(self) -> str:
        """The text of the file."""
        methods = [method for call in self._model.calls for method in self._methods(call)]
        about = "The calls of the partner API by the API's own names. `Client` makes them."
        body = comment([about]) + "abstract class Calls\n{\n" + "\n".join(methods) + _FOOT
        return php_file("", self._uses(body), body)

    def _uses(self, body: str) -> set[str]:
        uses = {f"Json\\{name}" for name in ("Date", "Progress", "Read") if f"{name}::" in body}
        if "AnswerException(" in body:
            uses.add("Exceptions\\AnswerException")
        for call in self._model.calls:
            answers = [call.answer, *([call.paging.item] if call.paging else [])]
            uses |= {f"Types\\{name}" for each in answers for name in self._types.classes(each)}
            uses |= {f"Exceptions\\{exception_of(reason)}" for reason in self._own_reasons(call)}
        return uses

    def _own_reasons(self, call: Call) -> list[str]:
        return [reason for reason in call.reasons if reason not in self._general]

    def _methods(self, call: Call) -> Iterable[str]:
        yield self._plain(call)
        if call.paging:
            yield self._paging(call, call.paging)
        if call.files:
            yield self._file(call)

    def _plain(self, call: Call) -> str:
        reader = self._types.reader(call.answer)
        arguments = [f"'{call.path}'", _sent(call.plain_parameters), reader]
        if call.writes:
            arguments += ["true", "$idempotency_key"]
        return self._method(
            call,
            camel(call.name),
            call.plain_parameters,
            call.about,
            self._types.native(call.answer),
            self._types.documented(call.answer),
            f"        return $this->call({', '.join(arguments)});\n",
        )

    def _paging(self, call: Call, paging: Paging) -> str:
        given = [f"{each.name}: ${each.name}" for each in call.all_parameters]
        page = f"{camel(call.name)}({', '.join([*given, 'after: $after'])})"
        fault = f"'{call.name}: a page follows itself.', 200"
        body = (
            "        $after = null;\n"
            "        do {\n"
            f"            $page = $this->{page};\n"
            f"            foreach ($page->{paging.items} as $item) {{\n"
            "                yield $item;\n"
            "            }\n"
            "            if ($after !== null && $page->next === $after) {\n"
            f"                throw new AnswerException({fault});\n"
            "            }\n"
            "            $after = $page->next;\n"
            "        } while ($after !== null);\n"
        )
        return self._method(
            call,
            f"{camel(call.name)}All",
            call.all_parameters,
            "It goes over all pages, and fetches each when the loop has come to it.",
            "\\Generator",
            f"\\Generator<int, {self._types.documented(paging.item)}>",
            body,
        )

    def _file(self, call: Call) -> str:
        types = literal(call.files)
        return self._method(
            call,
            f"{camel(call.name)}File",
            call.file_parameters,
            "The answer is a file.",
            "File",
            "File",
            f"        return $this->file('{call.path}', {_sent(call.file_parameters)}, {types});\n",
        )

    def _method(  # noqa: PLR0913, PLR0917 - the parts of a method
        self,
        call: Call,
        name: str,
        parameters: tuple[Parameter, ...],
        about: str,
        native: str,
        documented: str,
        body: str,
    ) -> str:
        declared = [self._declared(parameter) for parameter in parameters]
        notes = [self._note(parameter) for parameter in parameters]
        if call.writes:
            declared.append("?string $idempotency_key = null")
            notes.append(
                "@param string|null $idempotency_key your own name of this call, if your code may "
                "make it again: it then happens once"
            )
        if documented != native:
            notes.append(f"@return {documented}")
        notes += [f"@throws {exception_of(reason)}" for reason in self._own_reasons(call)]
        wanted = f"Give {' or '.join(f'`{each}`' for each in call.one_of)}." if call.one_of else ""
        head = f"    public function {name}({', '.join(declared)}): {native}"
        if len(head) > WIDTH:
            listed = "".join(f"        {each},\n" for each in declared)
            head = f"    public function {name}(\n{listed}    ): {native} {{"
        else:
            head += "\n    {"
        paragraphs = [f"{call.summary}.", about, wanted]
        return f"{comment(paragraphs, notes, indent=4)}{head}\n{body}    }}\n"

    def _declared(self, parameter: Parameter) -> str:
        native = self._accepted(parameter.type)
        if parameter.required:
            return f"{native} ${parameter.name}"
        return f"{or_null(native)} ${parameter.name} = null"

    def _note(self, parameter: Parameter) -> str:
        kind = parameter.type
        accepted = self._accepted(kind)
        if isinstance(kind, Words):
            accepted = self._types.documented(kind)
        if is_progress(kind):
            accepted = "array<int|string, mixed>|\\stdClass|string"
        null = "" if parameter.required else "|null"
        return f"@param {accepted}{null} ${parameter.name} {_sentence_part(parameter.about)}"

    def _accepted(self, kind: Type) -> str:
        if kind == DATE:
            return "\\DateTimeInterface|string"
        return _PROGRESS if is_progress(kind) else self._types.native(kind)


def _sentence_part(about: str) -> str:
    return about.rstrip(".")


def _sent(parameters: tuple[Parameter, ...]) -> str:
    rows = "".join(f"            '{each.name}' => {_value(each)},\n" for each in parameters)
    return f"[\n{rows}        ]" if rows else "[]"


def _value(parameter: Parameter) -> str:
    if parameter.type == DATE:
        return f"Date::text(${parameter.name})"
    if is_progress(parameter.type):
        return f"Progress::sent(${parameter.name})"
    return f"${parameter.name}"
