"""Reads Moodle XML, the export of a question bank."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.draft_scales import Choice, share_of
from widget_gateway.services.catalogue.importers.drafts import MAX_OPTIONS, MAX_QUESTIONS, Draft
from widget_gateway.services.catalogue.importers.moodle_questions import Asked, MoodleQuestions
from widget_gateway.services.catalogue.importers.sources import Source
from widget_gateway.services.catalogue.predecessor.elements import Element, name_of

FORM = "Moodle XML"

_QUESTION = re.compile(r"<question[\s/>]")
_ITEMS = re.compile(r"<items[\s/>]")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")

_READ = frozenset(
    {"name", "questiontext", "defaultgrade", "answer", "single", "idnumber", "usecase", "category"}
    | {"shuffleanswers", "subquestion", "answernumbering", "hidden", "correctfeedback"}
    | {"incorrectfeedback", "info", "tags", "showstandardinstruction", "responseformat"}
)
"""Elements of a question that are read, or that say only how Moodle shows it."""

_MOST = 10**6
"""Grades are below this number, as Moodle's own field for them is."""


def recognises(source: Source) -> bool:
    """Whether the root is a `<quiz>` of questions; the predecessor's has items."""
    if source.root_name != "quiz" or _ITEMS.search(source.head):
        return False
    return bool(_QUESTION.search(source.head))


def read(source: Source, changes: Mapping[str, Any] | None) -> Definition:
    """Read a question bank as a definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault.
    """
    return _Reader(source).read(source.xml()).finish(changes)


class _Reader:
    def __init__(self, source: Source) -> None:
        self._draft = Draft(source, FORM)
        self._questions = MoodleQuestions(self._draft)

    def read(self, quiz: Element) -> Draft:
        for question in quiz:
            if name_of(question) == "question":
                self._read_question(question)
            else:
                self._draft.findings.lost(question, f"<{name_of(question)}> in <quiz>")
        return self._draft

    def _read_question(self, question: Element) -> None:
        draft, kind = self._draft, question.get("type", "")
        if kind == "category":
            self._questions.category(_said(question, "category"), question)
            return
        if kind == "description":
            draft.before(self._html(question, "questiontext"), question, "a description")
            return
        readers = {
            "multichoice": self._read_choice,
            "truefalse": self._read_truth,
            "shortanswer": self._read_short,
            "numerical": self._read_number,
            "matching": self._read_matching,
            "match": self._read_matching,
            "essay": self._read_essay,
        }
        if kind not in readers:
            draft.findings.lost(question, f"a question of type {kind or 'none'}")
            return
        self._tell_lost(question)
        words = draft.wording(self._html(question, "questiontext"), question)
        for name, field in (("correctfeedback", "right"), ("incorrectfeedback", "wrong")):
            if told := draft.html(self._html(question, name), question):
                words[field] = told
        asked = Asked(kind, question, words, _name(question), _grade(question))
        readers[kind](question, asked)

    def _tell_lost(self, question: Element) -> None:
        for child in question:
            name = name_of(child)
            if name == "penalty" and _number(child.text) in (None, 0):
                continue
            if name not in _READ and ("".join(child.itertext()).strip() or len(child)):
                self._draft.findings.lost(child, f"<{name}> of a question")
        for file in question.iter("file"):
            self._draft.findings.lost(file, f'the embedded file "{file.get("name", "")}"')
        for feedback in question.findall("answer/feedback"):
            if "".join(feedback.itertext()).strip():
                self._draft.findings.lost(feedback, "<feedback> of an answer")

    def _read_choice(self, question: Element, asked: Asked) -> None:
        choices = []
        for number, answer in enumerate(question.findall("answer")[: MAX_OPTIONS + 1], 1):
            text, image = self._draft.option_words(self._html(answer), answer)
            choices.append(Choice(str(number), text, image, share=_share(answer)))
        single = _said(question, "single").lower()
        shuffled = _said(question, "shuffleanswers").lower() in ("1", "true")
        self._questions.choice(
            asked,
            choices,
            several=single in ("false", "0"),
            fields={"order": "random"} if shuffled else {},
        )

    def _read_truth(self, question: Element, asked: Asked) -> None:
        right = any(
            _said(answer, "text").lower() == "true" and _share(answer) > 0
            for answer in question.findall("answer")
        )
        self._questions.truth(asked, right=right)

    def _read_short(self, question: Element, asked: Asked) -> None:
        answers = [(_said(a, "text"), _share(a)) for a in question.findall("answer")]
        if _said(question, "usecase") == "0":
            self._draft.findings.lost(question, "that upper and lower case do not matter")
        if any("*" in said.replace(r"\*", "") for said, _ in answers):
            self._draft.findings.lost(question, "* for any words in an answer")
        answers = [(said.replace(r"\*", "*"), share) for said, share in answers]
        self._questions.written(asked, answers)

    def _read_number(self, question: Element, asked: Asked) -> None:
        for answer in question.findall("answer"):
            tolerance = _said(answer, "tolerance")
            if _number(tolerance) not in (None, 0):
                self._draft.findings.lost(answer, f"a tolerance of {tolerance}")
        answers = [(_said(a, "text"), _share(a)) for a in question.findall("answer")]
        self._questions.written(asked, answers, number=True)

    def _read_matching(self, question: Element, asked: Asked) -> None:
        pairs, others = [], []
        for part in question.findall("subquestion")[: MAX_QUESTIONS + 1]:
            said = _said(part, "answer/text")
            stem = self._html(part)
            if stem.strip():
                pairs.append((self._draft.wording(stem, part), said))
            elif said:
                others.append(said)
        self._questions.matching(asked, pairs, others)

    def _read_essay(self, _: Element, asked: Asked) -> None:
        self._questions.add(asked, "text", {"fields": [{"input": "text"}]})

    def _html(self, element: Element, child: str | None = None) -> str:
        holder = element if child is None else element.find(child)
        return _said(holder, "text") if holder is not None else ""


def _said(element: Element, path: str) -> str:
    """Return the text of a descendant, or an empty text."""
    found = element.find(path)
    return "".join(found.itertext()).strip() if found is not None else ""


def _name(question: Element) -> str:
    """Return the question's number or short name, if it could be an id."""
    for name in (_said(question, "idnumber"), _said(question, "name/text")):
        if _SLUG.fullmatch(name):
            return name
    return ""


def _number(written: str | None) -> float | None:
    try:
        number = float(written or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < _MOST else None


def _share(answer: Element) -> Fraction:
    return share_of(_number(answer.get("fraction")) or 0)


def _grade(question: Element) -> Fraction:
    grade = _number(_said(question, "defaultgrade"))
    return share_of(1 if grade is None else max(grade, 0), 1)
