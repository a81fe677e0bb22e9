"""Recognises the columns of tables by their usual names in Russian and English."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from widget_gateway.services.catalogue.importers.drafts import ANY, locale_tag

FIELDS = {
    "text": "text item question statement wording stem prompt item_text question_text"
    " текст вопрос утверждение пункт формулировка задание текст_вопроса",
    "id": "id item_id question_id code item_code number item_number item_no question_number no nr #"
    " n variable name full# short# ид код номер № номер_вопроса",
    "scale": "scale scale_name construct factor domain trait dimension"
    " шкала фактор домен черта конструкт",
    "facet": "facet subscale sub_scale aspect субшкала подшкала фасет аспект",
    "key": "key keyed keying sign direction scoring item_key ключ знак направление",
    "reverse": "reverse reversed reverse_scored reverse_coded reverse_keyed is_reverse"
    " обратный обратный_вопрос реверс инверсия",
    "weight": "weight item_weight вес коэффициент",
    "type": "type question_type item_type тип тип_вопроса",
    "options": "options option_set choices response_set response_options answer_set answers"
    " responses варианты ответы варианты_ответа набор_ответов",
    "group": "group section block category группа раздел блок категория",
    "correct": "correct correct_answer right_answer answer_key"
    " правильный правильный_ответ верный_ответ",
    "image": "image picture image_url картинка изображение",
    "timer": "timer time_limit seconds таймер секунды лимит_времени",
    "html": "description hint note пояснение описание подсказка",
    "instrument": "instrument inventory questionnaire опросник методика тест test",
}
"""Names of columns by field; where a name has a space, a hyphen or the like, here is `_`."""

OPTION_FIELDS = {
    "set": "set option_set options list list_name response_set набор набор_ответов список варианты",
    "value": "value name code score points значение балл баллы код",
    "text": "text label option answer текст подпись вариант ответ метка",
    "correct": "correct right верный правильный",
}
"""The same for a table of options."""

IGNORED = "ignore"
"""The field of a column that is not used."""

_BY_NAME = {name: field for field, names in FIELDS.items() for name in names.split()}
_OPTION_BY_NAME = {name: field for field, names in OPTION_FIELDS.items() for name in names.split()}

_NUMBERED = re.compile(
    r"(option|choice|answer|response|вариант|ответ|опция|value|score|points|балл|баллы|значение)"
    r"(?:_?(\d{1,3})|_([a-h]))"
)
_VALUES = frozenset({"value", "score", "points", "балл", "баллы", "значение"})

_IN_LOCALE = re.compile(r"(.+?)[\s_:.(\[-]+([a-z]{2,3}(?:[-_][a-z]{2,4})?)[)\]]*")
_LANGUAGES = {
    **{tag: tag for tag in ("ru", "en", "hy", "az", "kk", "mn", "fr", "de", "es")},
    "russian": "ru",
    "english": "en",
    "русский": "ru",
    "английский": "en",
    "eng": "en",
    "rus": "ru",
    "рус": "ru",
    "англ": "en",
}
"""Names of languages that a column of texts may have as its whole name."""

_LOCALISED = frozenset({"text", "scale", "facet", "html", "group", "option"})
"""Fields that may have a column for each language."""


class Column(NamedTuple):
    """What a column holds: a field, by language if it has words, by number if it is of options."""

    field: str
    locale: str = ANY
    number: int = 0

    def __str__(self) -> str:
        number = str(self.number) if self.number else ""
        return f"{self.field}{number}" + (f":{self.locale}" if self.locale else "")


def columns_of(header: Sequence[str]) -> dict[int, Column]:
    """Return the columns of a table of items that are recognised, by their index.

    `label` is a scale beside a column of texts, as in the tables of IPIP, else it is the text.
    """
    found = dict(_first_of_each(header, column_of))
    labels = [i for i, name in enumerate(header) if _normal(name) in ("label", "метка")]
    fields = {column.field for column in found.values()}
    for index in labels[:1]:
        if "text" not in fields:
            found[index] = Column("text")
        elif "scale" not in fields:
            found[index] = Column("scale")
    return found


def option_columns_of(header: Sequence[str]) -> dict[int, Column]:
    """Return the columns of a table of options, or nothing if it is no such table."""

    def column(name: str) -> Column | None:
        return _localised(name, _OPTION_BY_NAME, frozenset({"text"}))

    found = dict(_first_of_each(header, column))
    fields = {column.field for column in found.values()}
    return found if {"set", "text", "value"} <= fields else {}


def column_of(name: str) -> Column | None:
    """Return what a column of this name holds, or None if the name is unusual."""
    normal = _normal(name)
    if language := _LANGUAGES.get(normal):
        return Column("text", language)
    return _localised(name, _BY_NAME, _LOCALISED)


def mapped_column(written: str) -> Column | None:
    """Return the column that `--map` names: a field such as `text:ru`, `scale` or `option2`."""
    field, _, locale = written.strip().lower().partition(":")
    if field == IGNORED and not locale:
        return Column(IGNORED)
    tag = locale_tag(locale) if locale else ANY
    match = _NUMBERED.fullmatch(field)
    if match and match[1] in ("option", "value") and tag is not None:
        return Column(match[1], tag, _number(match[2] or match[3]))
    return Column(field, tag) if field in FIELDS and tag is not None else None


def _first_of_each(
    header: Sequence[str], read: Callable[[str], Column | None]
) -> Iterator[tuple[int, Column]]:
    """Yield the recognised columns; of several that hold the same, the first."""
    seen: set[Column] = set()
    for index, name in enumerate(header):
        column = read(name)
        if column is not None and column not in seen:
            seen.add(column)
            yield index, column


def _localised(name: str, by_name: Mapping[str, str], localised: frozenset[str]) -> Column | None:
    """Return a column by its name, which may end in a language: `text_ru`, `text::English (en)`."""
    normal = _normal(name)
    if field := by_name.get(normal):
        return Column(field)
    if match := _NUMBERED.fullmatch(normal):
        return Column(
            "value" if match[1] in _VALUES else "option", ANY, _number(match[2] or match[3])
        )
    match = _IN_LOCALE.fullmatch(name.strip().lower())
    if match is None or (tag := locale_tag(match[2])) is None:
        return None
    words = re.split("::", match[1])[0]
    base = _localised(words, by_name, localised) if words != name else None
    if base is None or base.locale or base.field not in localised:
        return None
    return base._replace(locale=tag)


def _normal(name: str) -> str:
    return re.sub(r"[\s_.\-]+", "_", name.strip().lower()).strip("_")


def _number(written: str) -> int:
    return int(written) if written.isdigit() else ord(written) - ord("a") + 1
