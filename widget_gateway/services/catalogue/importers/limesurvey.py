"""Reads LimeSurvey's .lss: the rows of its tables, as versions 2 to 6 export them.

Until version 3 a row of a question, a group or an answer has its texts, and there is a row for each
language. Since version 4 the texts are in tables of their own, whose names end in `_l10ns`.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from widget_gateway.domain.catalogue.numbers import numeric
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.draft_scales import Choice, Document, Text
from widget_gateway.services.catalogue.importers.drafts import (
    MAX_OPTIONS,
    Draft,
    locale_tag,
    present,
)
from widget_gateway.services.catalogue.importers.sources import Source
from widget_gateway.services.catalogue.predecessor.elements import Element, line_of, name_of

FORM = "LimeSurvey survey"

_DOCUMENT_TYPE = re.compile(r"<LimeSurveyDocType>\s*(\w+)")

_TABLES = (
    *("answers", "answer_l10ns", "groups", "group_l10ns", "questions", "question_l10ns"),
    *("subquestions", "question_attributes", "surveys", "surveys_languagesettings"),
)
_LOST_TABLES = {
    "conditions": "a condition",
    "assessments": "a rule of assessment",
    "quota": "a quota",
}

_ALWAYS = frozenset({"", "1"})
"""Relevance of what is always shown."""

_CODES = {
    "5": [("1", "1", "1"), ("2", "2", "2"), ("3", "3", "3"), ("4", "4", "4"), ("5", "5", "5")],
    "Y": [("Y", "Да", "Yes"), ("N", "Нет", "No")],
    "G": [("F", "Женский", "Female"), ("M", "Мужской", "Male")],
    "C": [("Y", "Да", "Yes"), ("U", "Не знаю", "Uncertain"), ("N", "Нет", "No")],
    "E": [("I", "Больше", "Increase"), ("S", "Столько же", "Same"), ("D", "Меньше", "Decrease")],
    "A": [(str(step), str(step), str(step)) for step in range(1, 6)],
    "B": [(str(step), str(step), str(step)) for step in range(1, 11)],
}
"""Options of the types that have them built in: the code, and our words in Russian and English."""

_KINDS = {
    "L": "list", "!": "list (dropdown)", "O": "list with comment", "5": "5 point choice",
    "Y": "yes/no", "G": "gender", "F": "array", "H": "array by column", "A": "array (5 point)",
    "B": "array (10 point)", "C": "array (yes/no/uncertain)", "E": "array (increase/same/decrease)",
    "M": "multiple choice", "P": "multiple choice with comments", "R": "ranking",
    "S": "short text", "T": "long text", "U": "huge text", "N": "number", "D": "date",
    "Q": "multiple short texts", "K": "multiple numbers", "X": "text display", "*": "equation",
    "|": "file upload", "I": "language switch", "1": "array with two scales",
    ":": "array (numbers)", ";": "array (texts)",
}  # fmt: skip
"""Names of the types of questions, for people."""

_ATTRIBUTES = {
    "hidden": ("", "0"),
    "array_filter": ("",),
    "array_filter_exclude": ("",),
    "exclude_all_others": ("",),
    "prefix": ("",),
    "suffix": ("",),
    "min_answers": ("",),
    "em_validation_q": ("",),
    "other_replace_text": ("",),
}
"""Attributes that change what a question asks, with their usual values; those are not told."""


class _Row(NamedTuple):
    """A row of a table: its fields, and its line in the file."""

    fields: Mapping[str, str]
    line: int

    def get(self, name: str) -> str:
        return self.fields.get(name, "")


class _Part(NamedTuple):
    """A group, question or answer in all languages: its row, and its texts by their names."""

    row: _Row
    texts: Mapping[str, Text]

    def text(self, name: str) -> Text:
        return dict(self.texts.get(name, {}))


def recognises(source: Source) -> bool:
    """Whether the root says that this is a document of LimeSurvey."""
    return source.root_name == "document" and bool(_DOCUMENT_TYPE.search(source.head))


def read(source: Source, changes: Mapping[str, Any] | None) -> Definition:
    """Read a survey as a definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault.
    """
    kind = _DOCUMENT_TYPE.search(source.head)
    if kind and kind[1] != "Survey":
        why = f"a {kind[1].lower()} of LimeSurvey is no whole survey; export the survey (.lss)"
        raise DefinitionError([f"{source.name}:1: {why}"])
    return _Reader(source, source.xml()).read().finish(changes)


class _Reader:
    def __init__(self, source: Source, document: Element) -> None:
        self._draft = Draft(source, FORM)
        self._tables = {name: _rows(document.find(name)) for name in _TABLES}
        for name, what in _LOST_TABLES.items():
            for row in _rows(document.find(name)):
                self._draft.findings.lost(row.line, what)
        version = "".join((document.findtext("DBVersion") or "").split())
        if version:
            self._draft.notes.append(f"version of LimeSurvey's tables: {version}")
        self._groups = self._parts("groups", "group_l10ns", "gid", ("group_name", "description"))
        self._questions = self._parts("questions", "question_l10ns", "qid", ("question", "help"))
        self._subquestions = self._parts(
            "subquestions", "question_l10ns", "qid", ("question", "help")
        )
        self._answers = self._all_answers()
        self._attributes: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self._tables["question_attributes"]:
            if not row.get("language"):
                self._attributes[row.get("qid")][row.get("attribute")] = row.get("value").strip()
        self._by_group: dict[str, list[_Part]] = defaultdict(list)
        self._by_parent: dict[str, list[_Part]] = defaultdict(list)
        for part in self._subquestions.values():
            self._by_parent[part.row.get("parent_qid")].append(part)
        for part in self._questions.values():
            if _child(part):
                self._by_parent[part.row.get("parent_qid")].append(part)
            else:
                self._by_group[part.row.get("gid")].append(part)
        self._back = True
        self._assessed = False
        self._keyed: dict[str, list[str]] = {}

    def _parts(self, table: str, texts: str, key: str, names: tuple[str, ...]) -> dict[str, _Part]:
        """Return the rows of a table by their key, each with its texts in all languages."""
        found: dict[str, _Part] = {}
        for row in self._tables[table]:
            part = found.setdefault(row.get(key), _Part(row, {name: {} for name in names}))
            self._learn(part, row, names)
        for row in self._tables[texts]:
            if known := found.get(row.get(key)):
                self._learn(known, row, names)
        return found

    def _learn(self, part: _Part, row: _Row, names: tuple[str, ...]) -> None:
        locale = self._locale(row.get("language"), row.line)
        for name in names:
            if locale and row.get(name).strip():
                part.texts[name][locale] = row.get(name)

    def _locale(self, written: str, line: int) -> str | None:
        # LimeSurvey adds the tone of a translation, which is no part of a language's tag.
        tag = locale_tag(re.sub("-(?:informal|easy)$", "", written))
        if written and tag is None:
            self._draft.findings.lost(line, f'texts in "{written}", which is no language')
        return tag

    def _all_answers(self) -> dict[str, list[_Part]]:
        """Return the answers by question, in order. Texts of new versions are by answer or code."""
        by_key: dict[tuple[str, str, str], _Part] = {}
        by_id: dict[str, _Part] = {}
        for row in self._tables["answers"]:
            key = (row.get("qid"), row.get("code"), row.get("scale_id"))
            part = by_key.setdefault(key, _Part(row, {"answer": {}}))
            if row.get("aid"):
                by_id[row.get("aid")] = part
            self._learn(part, row, ("answer",))
        for row in self._tables["answer_l10ns"]:
            key = (row.get("qid"), row.get("code"), row.get("scale_id") or "0")
            if known := by_id.get(row.get("aid")) or by_key.get(key):
                self._learn(known, row, ("answer",))
        found: dict[str, list[_Part]] = defaultdict(list)
        for (question, _, _), part in by_key.items():
            found[question].append(part)
        for parts in found.values():
            parts.sort(key=lambda part: numeric(part.row.get("sortorder")))
        return found

    def read(self) -> Draft:
        draft = self._draft
        survey = next(iter(self._tables["surveys"]), _Row({}, 1))
        draft.default_locale = draft.default_locale or locale_tag(survey.get("language"))
        self._back = survey.get("allowprev") != "N"
        self._assessed = survey.get("assessments") == "Y"
        self._read_settings()
        groups = sorted(
            self._groups.values(), key=lambda group: numeric(group.row.get("group_order"))
        )
        known = {group.row.get("gid") for group in groups}
        for group in groups:
            self._read_group(group)
        for question in self._ordered(self._questions.values()):
            if question.row.get("gid") not in known and not _child(question):
                self._read_question(question, None)
        self._add_scales()
        return draft

    def _read_settings(self) -> None:
        draft = self._draft
        texts: dict[str, Text] = defaultdict(dict)
        line = 1
        for row in self._tables["surveys_languagesettings"]:
            locale, line = self._locale(row.get("surveyls_language"), row.line), row.line
            for name in ("title", "description", "welcometext", "endtext"):
                if locale and row.get(f"surveyls_{name}").strip():
                    texts[name][locale] = row.get(f"surveyls_{name}")
        draft.about |= present(
            {
                "title": draft.plain(texts["title"], line, "the title"),
                "description": draft.plain(texts["description"], line, "the description"),
            }
        )
        draft.before(texts["welcometext"], line, "the welcome text")
        if texts["endtext"]:
            draft.findings.lost(line, "the end text")

    def _read_group(self, group: _Part) -> None:
        draft, row = self._draft, group.row
        title = draft.plain(group.text("group_name"), row.line, "the title of a group")
        words = next(iter((title or {}).values()), "") or row.get("gid")
        name = draft.group(words, title) if words else None
        if row.get("grelevance") not in _ALWAYS:
            draft.findings.lost(row.line, f"the condition of a group: {row.get('grelevance')}")
        if row.get("randomization_group"):
            draft.findings.lost(row.line, "the random order of groups")
        draft.before(group.text("description"), row.line, "the description of a group")
        if name:
            self._keyed.setdefault(name, [])
        for question in self._ordered(self._by_group[row.get("gid")]):
            self._read_question(question, name)

    def _ordered(self, parts: Any) -> list[_Part]:
        return sorted(parts, key=lambda part: numeric(part.row.get("question_order")))

    def _read_question(self, question: _Part, group: str | None) -> None:
        draft, row, kind = self._draft, question.row, question.row.get("type")
        if kind == "X":
            draft.before(question.text("question"), row.line, "a text display")
            return
        self._tell_lost(question)
        if kind in ("L", "!", "O"):
            self._add_choices(question, group, "option", self._choices(question))
        elif kind in ("5", "Y", "G"):
            self._add_choices(question, group, "option", self._built_in(kind))
        elif kind in ("F", "H"):
            self._add_rows(question, group, None)
        elif kind in ("A", "B", "C", "E"):
            self._add_rows(question, group, kind)
        elif kind in ("M", "P"):
            self._add_choices(question, group, "checkbox", self._boxes(question))
        elif kind == "R":
            choices = self._choices(question) or self._boxes(question)
            self._add_choices(question, group, "rating", choices)
        elif kind in ("S", "T", "U", "N", "D"):
            attributes = self._attributes[row.get("qid")]
            number = kind == "N" or attributes.get("numbers_only") == "1"
            self._add(question, group, "text", {"fields": [{"input": _input(number)}]})
        elif kind in ("Q", "K"):
            self._add_fields(question, group, number=kind == "K")
        else:
            what = _KINDS.get(kind, f"type {kind}" if kind else "no type")
            draft.findings.lost(row.line, f"a question ({what})")

    def _tell_lost(self, question: _Part) -> None:
        lost, row = self._draft.findings.lost, question.row
        if row.get("relevance") not in _ALWAYS:
            lost(row.line, f"the condition of a question: {row.get('relevance')}")
        if row.get("other") == "Y":
            lost(row.line, 'the option "other", with a text')
        if row.get("preg"):
            lost(row.line, f"the check of an answer: {row.get('preg')}")
        if row.get("type") in ("O", "P"):
            lost(row.line, "the comment beside an answer")
        if row.get("type") == "D":
            lost(row.line, "a date, which is a text now")
        for name, value in self._attributes[row.get("qid")].items():
            if value not in _ATTRIBUTES.get(name, (value,)):
                lost(row.line, f"{name} of a question: {value}")

    def _choices(self, question: _Part) -> list[Choice]:
        return [
            Choice(
                answer.row.get("code"),
                self._draft.plain(answer.text("answer"), answer.row.line, "an answer"),
                share=self._share(answer.row.get("assessment_value")),
            )
            for answer in self._answers.get(question.row.get("qid"), ())[: MAX_OPTIONS + 1]
            if answer.row.get("scale_id") in ("", "0")
        ]

    def _share(self, written: str) -> Fraction | None:
        """Return the assessment value of an answer, if the survey counts them."""
        return Fraction(numeric(written)) if self._assessed else None

    def _built_in(self, kind: str) -> list[Choice]:
        return [
            Choice(code, self._draft.own(russian, english))
            for code, russian, english in _CODES[kind]
        ]

    def _rows_of(self, question: _Part) -> list[_Part]:
        rows = self._by_parent[question.row.get("qid")]
        return self._ordered(row for row in rows if row.row.get("scale_id") in ("", "0"))

    def _boxes(self, question: _Part) -> list[Choice]:
        """Return the subquestions as options. In an assessment each counts the same number."""
        value = self._attributes[question.row.get("qid")].get("assessment_value", "1")
        return [
            Choice(
                box.row.get("title"),
                self._draft.plain(box.text("question"), box.row.line, "an answer"),
                share=self._share(value),
            )
            for box in self._rows_of(question)[: MAX_OPTIONS + 1]
        ]

    def _add_rows(self, question: _Part, group: str | None, kind: str | None) -> None:
        """Add an option question for each row of an array. The array's text is their second one."""
        draft = self._draft
        choices = self._built_in(kind) if kind else self._choices(question)
        if len(choices) > MAX_OPTIONS:
            draft.findings.lost(question.row.line, f"an array of more than {MAX_OPTIONS} answers")
            return
        for row in self._rows_of(question):
            texts = {"question": row.text("question"), "help": question.text("question")}
            fields = {**question.row.fields, "title": _joined(question, row)}
            if row.row.get("relevance") not in _ALWAYS:
                draft.findings.lost(row.row.line, "the condition of a row of an array")
            part = _Part(_Row(fields, row.row.line), texts)
            self._add_choices(part, group, "option", choices)

    def _add_fields(self, question: _Part, group: str | None, *, number: bool) -> None:
        fields = [
            present(
                {
                    "input": _input(number),
                    "placeholder": self._draft.plain(row.text("question"), row.row.line, "a field"),
                }
            )
            for row in self._rows_of(question)[: MAX_OPTIONS + 1]
        ]
        self._add(question, group, "text", {"fields": fields})

    def _add_choices(
        self, question: _Part, group: str | None, kind: str, choices: list[Choice]
    ) -> None:
        draft = self._draft
        if self._assessed:
            for choice in choices:
                if choice.share is not None:
                    choice.value = str(choice.share)
        fields: Document = {"options": draft.options(choices, question.row.line)}
        attributes = self._attributes[question.row.get("qid")]
        if attributes.get("random_order") == "1" or attributes.get("answer_order") == "random":
            fields["order"] = "random"
        most, least = attributes.get("max_answers", ""), attributes.get("min_answers", "")
        if kind == "checkbox" and most and most == least:
            fields["count"] = numeric(most)
        elif kind == "checkbox" and most:
            draft.findings.lost(question.row.line, f"at most {most} answers")
        id_ = self._add(question, group, kind, fields)
        scores = {numeric(choice.value) for choice in choices}
        counts = self._assessed and any(scores) if kind == "checkbox" else len(scores) > 1
        if id_ and group and counts and kind != "rating":
            self._keyed[group].append(id_)

    def _add(self, question: _Part, group: str | None, kind: str, fields: Document) -> str | None:
        draft, row = self._draft, question.row
        words = draft.wording(question.text("question"), row.line, question.text("help"))
        limit = numeric(self._attributes[row.get("qid")].get("time_limit", ""))
        added = present(
            {
                "id": draft.id_for(row.get("title")),
                "type": kind,
                **words,
                "group": group,
                "timer": limit if limit > 0 else None,
                "back": None if self._back else False,
                "forward": None if row.get("mandatory") in ("Y", "S") else True,
                **fields,
            }
        )
        return draft.add(_KINDS.get(row.get("type"), row.get("type")), row.line, added)

    def _add_scales(self) -> None:
        """Add a scale for each group that has questions whose answers count differently."""
        for group, questions in self._keyed.items():
            if questions:
                self._draft.scales.add(group, self._draft.title_of(group))
            for question in questions:
                self._draft.scales.key(group, question, minus=False, weight=Fraction(1))


def _rows(table: Element | None) -> list[_Row]:
    rows = table.find("rows") if table is not None else None
    return [
        _Row({name_of(cell): (cell.text or "").strip() for cell in row}, line_of(row))
        for row in (rows if rows is not None else ())
    ]


def _child(question: _Part) -> bool:
    """Whether this is a subquestion; old versions have them among the questions."""
    return question.row.get("parent_qid") not in ("", "0")


def _joined(question: _Part, row: _Part) -> str:
    return f"{question.row.get('title')}_{row.row.get('title')}"


def _input(number: bool) -> str:  # noqa: FBT001 -- the question is what it takes
    return "number" if number else "text"
