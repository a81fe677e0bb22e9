"""Reads tables of items, as public item sets and quizzes come: a row an item.

Here are CSV files with any usual separator; `workbooks` hands in the sheets of Excel. A second
table, which follows an empty line or is a sheet of its own, may hold sets of options by name.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from io import StringIO
from itertools import islice
from typing import Any, NamedTuple

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.columns import (
    FIELDS,
    IGNORED,
    Column,
    columns_of,
    mapped_column,
    option_columns_of,
)
from widget_gateway.services.catalogue.importers.draft_scales import (
    MAX_ID,
    MAX_WEIGHT,
    Choice,
    Document,
    Text,
)
from widget_gateway.services.catalogue.importers.drafts import ANY, MAX_OPTIONS, Draft, present
from widget_gateway.services.catalogue.importers.sources import Source

MAX_ROWS = 10_000
"""Most rows of a table. A test has at most 1,000 questions, each in a few scales."""

MAX_COLUMNS = 300
"""Most columns that are read: 100 options in two languages, and the rest."""

_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}

_HEADER_ROWS = 10
"""The header is looked for in so many rows, since titles may stand above it."""

_TYPES = {
    "option": "option radio single single_choice choice likert scale выбор один один_ответ шкала",
    "checkbox": "checkbox multiple multiple_choice multi several несколько несколько_ответов",
    "text": "text open number numeric string essay short_answer текст число открытый",
    "rating": "rating ranking rank order порядок ранжирование",
    "gradient": "gradient slider bipolar градиент",
}
_TYPE_OF = {name: kind for kind, names in _TYPES.items() for name in names.split()}
_NUMBERS = frozenset({"number", "numeric", "число"})

_MINUS = frozenset(
    {"-", "r", "rev", "reverse", "reversed", "minus", "negative", "neg", "n"}
    | {"обр", "обратный", "обратная", "минус", "−", "–"}
)
_PLUS = frozenset(
    {"", "+", "f", "forward", "plus", "positive", "pos", "p", "прямой", "прямая", "плюс"}
)
_YES = frozenset({"true", "yes", "y", "1", "x", "r", "да", "+", "reverse", "reversed", "истина"})
_SIGNED_NUMBER = re.compile(r"([+\-−–]?)(\d{1,4}(?:[.,]\d{1,6})?)")
_SIGNED_NAME = re.compile(r"([+\-−–])\s*(.+)|(.+?)\s*([+\-−–])")

_LIKERT = (
    ("Совсем не согласен", "Strongly disagree"),
    ("Скорее не согласен", "Disagree"),
    ("Трудно сказать", "Neither agree nor disagree"),
    ("Скорее согласен", "Agree"),
    ("Полностью согласен", "Strongly agree"),
)
"""Options of items without any: 1 to 5, in words of our own."""

_WRITTEN_OPTION = re.compile(r"\s*(-?\d{1,9})\s*[=:]\s*(.+)")


class Row(NamedTuple):
    """A row of a table and the line or row of the file on which it begins, from 1."""

    line: int
    cells: tuple[str, ...]


class Table(NamedTuple):
    """A table, with the name of its sheet if it has one."""

    name: str
    rows: list[Row]


class _Key(NamedTuple):
    """What a cell says of the key: reversed or not, how much it weighs, and of which scale."""

    minus: bool
    weight: Fraction
    scale: str


def recognises(source: Source) -> bool:
    """Whether a line of texts in columns begins with the names of such columns.

    A file whose name ends in `.csv` or `.tsv`, or whose columns are named by the person who imports
    it, is a table, too: reading it tells which columns are not recognised.
    """
    if source.is_zip or source.root_name:
        return False
    named = source.path.suffix.lower() in (".csv", ".tsv") or bool(source.options.columns)
    try:
        text = source.text
    except DefinitionError:
        return named
    return named or _Dialect(text).recognised > 1


def read(source: Source, changes: Mapping[str, Any] | None) -> Definition:
    """Read a table as a definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault.
    """
    dialect = _Dialect(source.text)
    form = f"table (CSV, {_SEPARATORS[dialect.separator]})"
    draft = read_tables(source, form, list(_split(source, dialect)))
    if source.encoding != "UTF-8":
        draft.notes.append(f"the file is read as {source.encoding}")
    return draft.finish(changes)


def read_tables(source: Source, form: str, tables: Sequence[Table]) -> Draft:
    """Read the tables of a file as a draft.

    Raises:
        DefinitionError: no table has a column of texts, or `--map` names what there is not.
    """
    return _Reader(source, form, tables).read()


class _Dialect:
    """How a text is a table: which separator makes most of its columns recognised."""

    def __init__(self, text: str) -> None:
        self.recognised = 0
        self.separator = ","
        head = "\n".join(text.split("\n", _HEADER_ROWS)[:_HEADER_ROWS])
        for separator in _SEPARATORS:
            recognised = self._recognised(head, separator)
            if recognised > self.recognised:
                self.recognised, self.separator = recognised, separator
        if not self.recognised:
            self.separator = max(_SEPARATORS, key=head.count)

    @staticmethod
    def _recognised(head: str, separator: str) -> int:
        most = 0
        try:
            for cells in csv.reader(StringIO(head), delimiter=separator):
                columns = columns_of(cells[:MAX_COLUMNS]).values()
                if any(column.field == "text" for column in columns):
                    most = max(most, len(columns))
        except csv.Error:
            return most
        return most


def _split(source: Source, dialect: _Dialect) -> Iterator[Table]:
    """Yield the tables of a file: an empty line ends one if a table of options follows."""
    rows: list[Row] = []
    after_empty = False
    for row in islice(_rows(source, dialect), MAX_ROWS + 1):
        if not any(row.cells):
            after_empty = True
            continue
        if rows and after_empty and option_columns_of(row.cells):
            yield Table("", rows)
            rows = []
        after_empty = False
        rows.append(row)
    if len(rows) > MAX_ROWS:
        raise DefinitionError([f"{source.name}:1: the table has more than {MAX_ROWS} rows"])
    yield Table("", rows)


def _rows(source: Source, dialect: _Dialect) -> Iterator[Row]:
    reader = csv.reader(StringIO(source.text, newline=""), delimiter=dialect.separator)
    line = 1
    try:
        for cells in reader:
            if line > 1 or not (len(cells) <= 2 and "".join(cells).startswith("sep=")):  # noqa: PLR2004
                yield Row(line, tuple(cell.strip() for cell in cells[:MAX_COLUMNS]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DefinitionError([f"{source.name}:{line}: not a table: {error}"]) from None


class _Reader:
    def __init__(self, source: Source, form: str, tables: Sequence[Table]) -> None:
        self._source = source
        self._draft = Draft(source, form)
        self._sets: dict[str, list[tuple[str, Text, bool]]] = defaultdict(list)
        self._read_sets: dict[str, list[Choice]] = {}
        self._items: Table | None = None
        self._columns: dict[int, Column] = {}
        self._first = 0
        for table in tables:
            if not self._read_set(table) and self._items is None:
                self._find_header(table)
        if self._items is None:
            self._refuse(tables)
        self._known: dict[tuple[str, str], str] = {}
        self._likert: list[int] = []

    # Which column is what

    def _read_set(self, table: Table) -> bool:
        """Read a table of options; returns False if it is none."""
        for position, header in enumerate(table.rows[:_HEADER_ROWS]):
            columns = option_columns_of(header.cells)
            other = {column.field for column in columns_of(header.cells).values()}
            if columns and not other & {"scale", "key", "reverse", "facet", "type", "weight"}:
                for row in table.rows[position + 1 :]:
                    cells = _Cells(row, columns)
                    right = cells.one("correct").lower() in _YES
                    self._sets[cells.one("set")].append(
                        (cells.one("value"), cells.text("text"), right)
                    )
                return True
        return False

    def _find_header(self, table: Table) -> None:
        wanted = self._source.options.columns
        for position, row in enumerate(table.rows[:_HEADER_ROWS]):
            columns = self._mapped(row.cells, columns_of(row.cells), wanted)
            if any(column.field == "text" for column in columns.values()):
                self._items, self._columns, self._first = table, columns, position + 1
                break
        else:
            return
        header = table.rows[self._first - 1]
        if not columns_of(header.cells) and all(name.isdigit() for name in wanted):
            self._first -= 1  # a table without names of columns, which --map numbers
        self._tell_columns(header.cells)

    def _mapped(
        self, header: Sequence[str], columns: dict[int, Column], wanted: Mapping[str, str]
    ) -> dict[int, Column]:
        """Return the columns with those that the person who imports the table names."""
        found = dict(columns)
        for name, written in wanted.items():
            column = mapped_column(written)
            if column is None:
                fields = ", ".join([*FIELDS, "option1", "value1", IGNORED])
                why = f'--map: "{written}" is no field; there are {fields}, or text:ru'
                raise DefinitionError([f"{self._source.name}:1: {why}"])
            index = next((i for i, said in enumerate(header) if said == name), None)
            if index is None and name.isdigit() and 1 <= int(name) <= len(header):
                index = int(name) - 1
            if index is not None:
                found = {i: c for i, c in found.items() if c != column or i == index}
                found[index] = column
        return {i: column for i, column in found.items() if column.field != IGNORED}

    def _tell_columns(self, header: Sequence[str]) -> None:
        said = [f'"{header[i]}" → {column}' for i, column in sorted(self._columns.items())]
        self._draft.notes.append(f"columns: {', '.join(said)}")
        unknown = [f'"{name}"' for i, name in enumerate(header) if name and i not in self._columns]
        if unknown:
            self._draft.notes.append(f"columns that are not used: {', '.join(unknown)}")
        missing = [n for n in self._source.options.columns if n not in header and not n.isdigit()]
        if missing:
            raise DefinitionError(
                [f'{self._source.name}:1: --map: there is no column "{name}"' for name in missing]
            )

    def _refuse(self, tables: Sequence[Table]) -> None:
        row = next((row for table in tables for row in table.rows), None)
        names = ", ".join(f'"{cell}"' for cell in row.cells[:20]) if row else "none"
        why = f"no column of questions is recognised (columns: {names}); --map COLUMN=text names it"
        raise DefinitionError([f"{self._source.name}:{row.line if row else 1}: {why}"])

    # Items

    def read(self) -> Draft:
        assert self._items is not None  # noqa: S101 -- the constructor refuses such tables
        rows = [
            (row, _Cells(row, self._columns))
            for row in self._items.rows[self._first :]
            if any(row.cells)
        ]
        self._name_scales_by_key([cells for _, cells in rows])
        instruments = {name for _, cells in rows if (name := cells.one("instrument"))}
        if len(instruments) == 1:
            self._draft.about["title"] = self._draft.text(next(iter(instruments)))
        elif self._items.name and not _is_usual(self._items.name):
            self._draft.about["title"] = self._draft.text(self._items.name)
        for row, cells in rows:
            self._read_item(row, cells, several=len(instruments) > 1)
        for line in self._likert[:1]:
            self._draft.findings.note(
                line, f"{len(self._likert)} items have no options; five steps of agreement stand in"
            )
        return self._draft

    def _name_scales_by_key(self, rows: Sequence["_Cells"]) -> None:
        """Take a column `key` without any sign for the names of scales, as in some tables."""
        said = {cells.one("key") for cells in rows}
        fields = {column.field for column in self._columns.values()}
        if "key" in fields and all(key is None for key in map(_key_of, said)):
            instead = "scale" if "scale" not in fields else IGNORED
            for index, column in self._columns.items():
                if column.field == "key":
                    self._columns[index] = Column(instead)
            self._draft.notes.append(f"the column of keys has no signs: it is {instead}")

    def _read_item(self, row: Row, cells: "_Cells", *, several: bool) -> None:
        draft, words = self._draft, cells.text("text")
        if not words:
            draft.findings.lost(row.line, "a row without a text")
            return
        name, first = cells.one("id"), next(iter(words.values()))
        question = self._known.get((name, first))
        if question is None:
            question = self._add(row, cells, name, words)
            if question is None:
                return
            self._known[name, first] = question
        self._count(row, cells, question, several=several)

    def _add(self, row: Row, cells: "_Cells", name: str, words: Text) -> str | None:
        draft = self._draft
        written = cells.one("type").lower().replace(" ", "_").replace("-", "_")
        choices = self._choices(row, cells)
        kind = _TYPE_OF.get(written, "option")
        if written and written not in _TYPE_OF:
            draft.findings.note(row.line, f'the type "{cells.one("type")}" is no usual one: option')
        fields: Document = {}
        if kind == "text":
            accepted = draft.text(cells.one("correct"))
            number = "number" if written in _NUMBERS else None
            fields["fields"] = [present({"input": number, "correct": accepted})]
        else:
            self._mark_right(row, choices, cells.one("correct"))
            fields["options"] = draft.options(choices, row.line)
        timer, image = cells.one("timer"), cells.one("image")
        group = cells.text("group")
        wording = draft.wording(words, row.line, cells.text("html"))
        question = {
            "id": draft.id_for(name),
            "type": kind,
            **wording,
            "image": draft.picture(image, row.line) if image else None,
            "group": self._group(row, group) if group else None,
            "timer": int(timer) if timer.isdecimal() and int(timer[:9]) > 0 else None,
            **fields,
        }
        if name and question["id"] != name:
            draft.findings.note(row.line, f'the id "{name}" stands twice; it is {question["id"]}')
        return draft.add("row", row.line, present(question))

    def _group(self, row: Row, group: Text) -> str:
        title = self._draft.plain(group, row.line, "the title of a group")
        return self._draft.group(next(iter(group.values())), title)

    # Options

    def _choices(self, row: Row, cells: "_Cells") -> list[Choice]:
        draft, choices = self._draft, []
        numbers = sorted({c.number for c in self._columns.values() if c.field == "option"})
        for number in numbers:
            text = draft.plain(cells.text("option", number), row.line, "an option")
            value = cells.one("value", number)
            if text or value:
                choices.append(Choice(value or str(number), text))
        wanted = cells.one("options")
        if choices or not wanted:
            return choices or self._likert_of(row)
        if wanted in self._sets:
            return [replace(choice) for choice in self._set(row, wanted)]
        parts = [part.strip() for part in re.split(r"[|\n]", wanted) if part.strip()]
        del parts[MAX_OPTIONS + 1 :]
        if len(parts) < 2:  # noqa: PLR2004 -- a question has two options at least
            draft.findings.lost(row.line, f'the options "{wanted}": there is no such set')
            return self._likert_of(row)
        for number, part in enumerate(parts, 1):
            match = _WRITTEN_OPTION.fullmatch(part)
            value, label = (match[1], match[2]) if match else (str(number), part)
            choices.append(Choice(value, draft.plain(label, row.line, "an option")))
        return choices

    def _set(self, row: Row, name: str) -> list[Choice]:
        """Return a set of options; all questions that name it share its texts."""
        if name not in self._read_sets:
            self._read_sets[name] = [
                Choice(value, self._draft.plain(words, row.line, "an option"), correct=right)
                for value, words, right in self._sets[name][: MAX_OPTIONS + 1]
            ]
        return self._read_sets[name]

    def _likert_of(self, row: Row) -> list[Choice]:
        if _TYPE_OF.get(_Cells(row, self._columns).one("type").lower()) != "text":
            self._likert.append(row.line)
        return [
            Choice(str(value), self._draft.own(*words)) for value, words in enumerate(_LIKERT, 1)
        ]

    def _mark_right(self, row: Row, choices: list[Choice], written: str) -> None:
        """Mark the right options; they are named by value, by text, by number or by letter."""
        for part in filter(None, (part.strip() for part in re.split(r"[|;,]", written))):
            folded = part.casefold()
            found = [c for c in choices if c.value == part] or [
                c for c in choices if folded in {t.casefold() for t in (c.text or {}).values()}
            ]
            place = ord(folded) - ord("a") if len(folded) == 1 and folded.isascii() else -1
            if not found and 0 <= place < len(choices):
                found = [choices[place]]
            for choice in found:
                choice.correct = True
            if not found:
                self._draft.findings.lost(row.line, f'the right answer "{part}": no such option')

    # Scales

    def _count(self, row: Row, cells: "_Cells", question: str, *, several: bool) -> None:
        draft = self._draft
        key = _key_of(cells.one("key")) or _Key(minus=False, weight=Fraction(1), scale="")
        titles = [(cells.text("scale"), cells.text("facet"))]
        if not titles[0][0] and not titles[0][1]:
            titles = [({ANY: key.scale} if key.scale else {}, {})]
        elif not titles[0][1] and len(titles[0][0]) == 1:
            ((locale, said),) = titles[0][0].items()
            names = [name.strip() for name in re.split("[|;]", said) if name.strip()]
            titles = [({locale: name}, {}) for name in names]
        weight = self._weight(row, cells, key)
        minus = key.minus != (cells.one("reverse").lower() in _YES) or weight < 0
        for scale, facet in titles:
            id_ = self._scale(scale, facet, cells.one("instrument") if several else "")
            document = draft.question(question)
            right = any(o.get("correct") for o in document.get("options", ()))
            if id_ is None:
                if right or any("correct" in f for f in document.get("fields", ())):
                    draft.scales.count(question, abs(weight))
            elif document["type"] == "text" and "correct" not in document["fields"][0]:
                draft.findings.lost(row.line, "that a text without a right answer is in a scale")
            elif weight and not draft.scales.key(id_, question, minus=minus, weight=abs(weight)):
                draft.findings.lost(row.line, "a row that repeats an item of the same scale")

    def _scale(self, scale: Text, facet: Text, instrument: str) -> str | None:
        """Add the scale, and the sub-scale if there is one; return the id of the smaller one."""
        draft = self._draft
        parent = None
        if scale:
            name = next(iter(scale.values()))
            parent = f"{instrument}: {name}"[:MAX_ID] if instrument else name[:MAX_ID]
            draft.scales.add(parent, draft.text(scale))
        if not facet:
            return parent
        id_ = next(iter(facet.values()))[:MAX_ID]
        if id_ == parent:
            id_ = f"{id_[: MAX_ID - 2]}~2"
        draft.scales.add(id_, draft.text(facet), part_of=parent)
        return id_

    def _weight(self, row: Row, cells: "_Cells", key: _Key) -> Fraction:
        written = cells.one("weight").replace(",", ".")
        if not written:
            return key.weight
        try:
            weight = Fraction(written) if len(written) <= 20 else None  # noqa: PLR2004
        except (ValueError, ZeroDivisionError):
            weight = None
        if weight is None or abs(weight) > MAX_WEIGHT:
            self._draft.findings.lost(row.line, f'the weight "{written}", which is 1 now')
            return Fraction(1)
        return weight


class _Cells:
    """The cells of a row by what they hold."""

    def __init__(self, row: Row, columns: Mapping[int, Column]) -> None:
        self._row = row
        self._columns = columns

    def one(self, field: str, number: int = 0) -> str:
        """Return the cell of a field, in the first of its languages."""
        return next(iter(self.text(field, number).values()), "")

    def text(self, field: str, number: int = 0) -> Text:
        """Return the cells of a field by language, without empty ones."""
        cells = self._row.cells
        return {
            column.locale: cells[index]
            for index, column in self._columns.items()
            if column.field == field and column.number == number and index < len(cells)
            if cells[index].strip()
        }


def _key_of(written: str) -> _Key | None:
    """Read the cell of a key: a sign, a word, a signed number, or the name of a scale with a sign.

    `(4-)` and `-N1` are reversed items of the scales 4 and N1.
    """
    said = written.strip().strip("()").strip()
    folded = said.casefold()
    if folded in _PLUS or folded in _MINUS:
        return _Key(minus=folded in _MINUS, weight=Fraction(1), scale="")
    if match := _SIGNED_NUMBER.fullmatch(said):
        minus = bool(match[1]) and match[1] != "+"
        return _Key(minus, Fraction(match[2].replace(",", ".")), "")
    if match := _SIGNED_NAME.fullmatch(said):
        sign, name = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _Key(minus=sign != "+", weight=Fraction(1), scale=name.strip())
    return None


def _is_usual(sheet: str) -> bool:
    """Whether this is a name that programs give to sheets, or one for any table of items."""
    return bool(
        re.fullmatch(r"(sheet|лист|table|items|questions|survey)\s*\d*", sheet, re.IGNORECASE)
    )
