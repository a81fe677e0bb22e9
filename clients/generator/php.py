"""Prints the generated files of `clients/php`: calls, types of answers, events and exceptions."""

import re

from clients.generator.model import Enumeration, Event, Field, Model, Reason, Structure
from clients.generator.php_calls import CallsPrinter
from clients.generator.php_text import comment, php_file
from clients.generator.php_types import PhpTypes, exception_of, literal, or_null
from clients.generator.types import MapOf

_SOURCE = "clients/php/src"

_EVENT = """abstract class Event extends Structure
{
    /**
     * @param string $id the same in each try: remember those that you have handled
     * @param string $type such as `result.finished`
     */
    public function __construct(
        public readonly string $id,
        public readonly string $type,
        public readonly \\DateTimeImmutable $timestamp,
    ) {
    }

    /** Read it from decoded JSON, after its signature was checked. */
    public static function read(string $id, mixed $value): self
    {
        $members = new Members($value, 'event');
        $type = $members->get('type', Read::string(...));
        $timestamp = $members->get('timestamp', Read::moment(...));
        $data = static fn (callable $read): mixed => $members->get('data', $read);
        $any = Read::mapOf(Read::any(...));
        return match ($type) {
{cases}            default => new UnknownEvent($id, $type, $timestamp, $data($any)),
        };
    }
}
"""


def php_files(model: Model) -> dict[str, str]:
    """The texts of all generated files of the PHP client, by path."""
    printer = _Printer(model)
    heads = {event.structure for event in model.events}
    data = {event.data for event in model.events}
    files = {"Calls": CallsPrinter(model).printed(), "Exceptions/Reasons": _reasons(model)}
    for reason in model.reasons:
        files[f"Exceptions/{exception_of(reason.name)}"] = _exception(reason)
    for enumeration in model.enumerations:
        files[f"Types/{enumeration.name}"] = _enumeration(enumeration)
    for structure in model.structures:
        if structure.name not in heads:
            folder = "Events" if structure.name in data else "Types"
            files[f"{folder}/{structure.name}"] = printer.structure(structure, folder)
    files["Events/Event"] = _events(model.events)
    for event in model.events:
        files[f"Events/{event.structure}"] = _event(event)
    return {f"{_SOURCE}/{path}.php": text for path, text in files.items()}


class _Printer:
    """Prints the classes of structures."""

    def __init__(self, model: Model) -> None:
        self._types = PhpTypes(model)

    def structure(self, structure: Structure, folder: str) -> str:
        fields = structure.fields
        constants = {
            "MAPS": [field.name for field in fields if isinstance(field.type, MapOf)],
            "ABSENT": [each.name for each in fields if not (each.required or each.has_default)],
        }
        head = "".join(
            f"    protected const {name} = {literal(names)};\n\n"
            for name, names in constants.items()
            if names
        )
        properties = "".join(map(self._property, fields))
        reads = "".join(f"            {self._read(field)},\n" for field in fields)
        body = (
            f"{comment(structure.about.split(chr(10) * 2))}"
            f"final class {structure.name} extends Structure\n{{\n{head}"
            f"    public function __construct(\n{properties}    ) {{\n    }}\n\n"
            "    /** Read it from decoded JSON. */\n"
            "    public static function read(mixed $value, string $at): self\n    {\n"
            "        $members = new Members($value, $at);\n\n"
            f"        return new self(\n{reads}        );\n    }}\n}}\n"
        )
        uses = {"Json\\Members", "Json\\Structure"} | (
            {"Json\\Read"} if "Read::" in body else set()
        )
        if folder != "Types":
            uses |= {f"Types\\{name}" for each in fields for name in self._types.classes(each.type)}
        return php_file(folder, uses, body)

    def _property(self, field: Field) -> str:
        native, documented = self._types.native(field.type), self._types.documented(field.type)
        default = ""
        if not field.required:
            default = f" = {literal(field.default)}"
            if field.default is None:
                native = or_null(native)
        words = self._types.enumerations(field.type)
        about = " ".join([field.about, f"One of {{@see {words}}}." if words else ""]).strip()
        notes = []
        if "array" in native:
            null = "|null" if native.startswith("?") and not documented.endswith("|null") else ""
            notes.append(f"@var {documented}{null}")
        note = comment([about], notes, indent=8)
        return f"{note}        public readonly {native} ${field.name}{default},\n"

    def _read(self, field: Field) -> str:
        reader = self._types.reader(field.type)
        if field.required:
            return f"$members->get('{field.name}', {reader})"
        otherwise = "" if field.default is None else f", {literal(field.default)}"
        return f"$members->find('{field.name}', {reader}{otherwise})"


def _enumeration(enumeration: Enumeration) -> str:
    constants = "".join(
        f"    public const {re.sub(r'[^A-Z0-9]+', '_', word.upper())} = {literal(word)};\n"
        for word in enumeration.words
    )
    about = comment([enumeration.about, "A newer gateway may answer with other words."])
    body = f"{about}final class {enumeration.name}\n{{\n{constants}}}\n"
    return php_file("Types", (), body)


def _exception(reason: Reason) -> str:
    about = comment([f"`{reason.name}`, status {reason.status}. {reason.message}"])
    name = exception_of(reason.name)
    body = f"{about}final class {name} extends GatewayException\n{{\n}}\n"
    return php_file("Exceptions", (), body)


def _reasons(model: Model) -> str:
    rows = "".join(
        f"        '{reason.name}' => {exception_of(reason.name)}::class,\n"
        for reason in model.reasons
    )
    body = (
        f"{comment(['The exception of each reason.'])}final class Reasons\n{{\n"
        "    /** @var array<string, class-string<GatewayException>> */\n"
        f"    public const CLASSES = [\n{rows}    ];\n}}\n"
    )
    return php_file("Exceptions", (), body)


def _events(events: tuple[Event, ...]) -> str:
    cases = "".join(
        f"            {each.structure}::TYPE => "
        f"new {each.structure}($id, $timestamp, $data({each.data}::read(...))),\n"
        for each in events
    )
    about = comment(["An event that the gateway tells by a webhook."])
    body = about + _EVENT.replace("{cases}", cases)
    return php_file("Events", ("Json\\Members", "Json\\Read", "Json\\Structure"), body)


def _event(event: Event) -> str:
    body = (
        f"{comment([event.about])}final class {event.structure} extends Event\n{{\n"
        f"    public const TYPE = {literal(event.type)};\n\n"
        "    public function __construct(\n"
        "        string $id,\n        \\DateTimeImmutable $timestamp,\n"
        f"        public readonly {event.data} $data,\n"
        "    ) {\n        parent::__construct($id, self::TYPE, $timestamp);\n    }\n}\n"
    )
    return php_file("Events", (), body)
