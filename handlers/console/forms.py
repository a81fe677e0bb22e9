"""Forms of the console: WTForms over the fields of a request, with messages in its language."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from wtforms import Form, IntegerField
from wtforms.i18n import DummyTranslations, get_translations

from handlers.languages import Locale

MAX_FIELD = 2_000
"""The most characters of a field, unless its form says otherwise."""

MAX_DIGITS = 15
"""The most characters of a whole number, which the database and JavaScript hold exactly."""

NUL = "\0"


class UnreadableFieldError(ValueError):
    """A field is not valid UTF-8, or has characters that are not stored."""


class FormFields(Mapping[str, list[str]]):
    """The fields of a request by name, in the shape that WTForms reads.

    Raises:
        UnreadableFieldError: a value is not a text.
    """

    def __init__(self, arguments: Mapping[str, list[bytes]]) -> None:
        self._values = {
            name: [_text(value) for value in values] for name, values in arguments.items()
        }

    def getlist(self, name: str) -> list[str]:
        """Return all values of a field, in their order."""
        return self._values.get(name, [])

    def __getitem__(self, name: str) -> list[str]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _text(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableFieldError from None
    if NUL in text:
        raise UnreadableFieldError
    return text.replace("\r\n", "\n")


class ConsoleForm(Form):
    """A form of the console. Its labels are texts of the page, not of the form."""

    class Meta(Form.Meta):  # type: ignore[misc]
        """Takes the messages of a language instead of the process's."""

        def get_translations(self, form: Form) -> Any:
            """Return WTForms' own messages in the form's language."""
            if cast("ConsoleForm", form).locale == "ru":
                return get_translations(["ru"])
            return DummyTranslations()

    locale: Locale

    def __init__(self, fields: FormFields | None, locale: Locale, **data: Any) -> None:
        self.locale = locale
        super().__init__(fields, **data)

    def refuse(self, name: str, sentence: str) -> None:
        """Show a fault beside a field that was found after the form itself was checked."""
        field = self._fields[name]
        field.errors = (*field.errors, sentence)


def options(values: Iterable[str]) -> Any:
    """Return the choices of a field, whose texts the page adds by their values."""
    return [str(value) for value in values]


class WholeNumberField(IntegerField):
    """An integer of few digits. WTForms' own overflows if there are hundreds of them."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number.

        Raises:
            ValueError: it is none, or has too many digits.
        """
        if any(len(str(value)) > MAX_DIGITS for value in valuelist):
            self.data = None
            raise ValueError(self.gettext("Not a valid integer value."))
        super().process_formdata(valuelist)


F = TypeVar("F", bound=ConsoleForm)
