"""Reads the JSON of SurveyJS: pages and panels of questions become the questions of a test."""

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn, TypeGuard

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.draft_scales import (
    Choice,
    Document,
    Text,
    graded,
    share_of,
)
from widget_gateway.services.catalogue.importers.drafts import (
    ANY,
    MAX_OPTIONS,
    Draft,
    locale_tag,
    present,
)
from widget_gateway.services.catalogue.importers.sources import Source

FORM = "SurveyJS JSON"

_MARKS = re.compile(r'"(?:pages|elements|questions)"\s*:\s*\[')
_NATIVE = re.compile(r'"slug"\s*:')
_NAMED = re.compile(r'"name"\s*:\s*("(?:[^"\\]|\\.)*")')

_SURVEY = frozenset(
    {"title", "description", "pages", "elements", "questions", "locale", "questionsOrder", "name"}
    | {"showPrevButton", "timeLimitPerPage", "maxTimeToFinishPage"}
)
_PAGE = frozenset(
    {"type", "name", "title", "description", "elements", "questions", "questionsOrder"}
    | {"timeLimit", "maxTimeToFinish"}
)
_QUESTION = frozenset(
    {"type", "name", "title", "description", "isRequired", "correctAnswer", "timeLimit", "score"}
    | {"maxTimeToFinish", "choices", "choicesOrder", "image", "imageLink"}
)
_OWN = {
    "checkbox": {"maxSelectedChoices", "minSelectedChoices"},
    "tagbox": {"maxSelectedChoices", "minSelectedChoices"},
    "imagepicker": {"multiSelect", "maxSelectedChoices", "minSelectedChoices"},
    "rating": {"rateMin", "rateMax", "rateStep", "rateValues", "rateCount"}
    | {"minRateDescription", "maxRateDescription", "autoGenerate"},
    "slider": {"min", "max", "step"},
    "boolean": {"labelTrue", "labelFalse", "valueTrue", "valueFalse"},
    "text": {"inputType", "placeholder", "placeHolder"},
    "comment": {"placeholder", "placeHolder"},
    "matrix": {"columns", "rows", "rowsOrder", "isAllRowRequired", "eachRowRequired"},
    "multipletext": {"items"},
    "html": {"html"},
}
"""Properties that are read of questions of a type, besides those of every question."""

_SILENT = frozenset({"startWithNewLine", "valueName", "colCount", "minWidth", "maxWidth", "width"})
"""Properties that say only how a question looks on SurveyJS's page."""

_NUMBERS = ("number", "range")
_STEPS = 5

_MAX_PANELS = 50
"""Most panels inside of each other."""

_Member = Mapping[str, Any]


def recognises(source: Source) -> bool:
    """Whether this is JSON with pages or questions of SurveyJS."""
    head = source.head.lstrip("\ufeff \t\r\n")
    if not head.startswith("{") or not _MARKS.search(head):
        return False
    if _NATIVE.search(head) and '"pages"' not in head and '"elements"' not in head:
        return False
    try:
        survey = json.loads(source.text)
    except (ValueError, RecursionError, DefinitionError):
        return '"pages"' in head or '"elements"' in head
    return bool(_listed(survey, "pages") or _listed(survey, "elements")) or any(
        "name" in q and "id" not in q for q in _listed(survey, "questions")
    )


def read(source: Source, changes: Mapping[str, Any] | None) -> Definition:
    """Read a survey as a definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault.
    """
    return _Reader(source).read(_parsed(source)).finish(changes)


def _parsed(source: Source) -> _Member:
    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number")

    try:
        survey = json.loads(source.text, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        raise DefinitionError([f"{source.name}:{error.lineno}: not JSON: {error.msg}"]) from None
    except RecursionError:
        raise DefinitionError([f"{source.name}:1: not JSON: it lies too deep"]) from None
    except ValueError as error:
        raise DefinitionError([f"{source.name}:1: not JSON: {error}"]) from None
    if not isinstance(survey, dict):
        raise DefinitionError([f"{source.name}:1: a survey is an object"])
    return survey


class _Asked(NamedTuple):
    """A question as it is written, its group, its line, and the name of its type for people."""

    element: _Member
    group: str | None
    line: int
    what: str


class _Reader:
    def __init__(self, source: Source) -> None:
        self._draft = Draft(source, FORM)
        self._lines = _lines_of_names(source.text)
        self._back = True
        self._panels = 0
        self._page_timer = 0

    def read(self, survey: _Member) -> Draft:
        draft = self._draft
        locale = survey.get("locale")
        if isinstance(locale, str) and locale:
            draft.default_locale = draft.default_locale or locale_tag(locale)
        if isinstance(survey.get("name"), str):
            draft.slug = survey["name"]
        self._back = survey.get("showPrevButton", True) is not False
        self._page_timer = _whole(survey.get("timeLimitPerPage", survey.get("maxTimeToFinishPage")))
        self._lose_others(survey, _SURVEY, "the survey", 1)
        draft.about |= present(
            {
                "title": draft.plain(self._text(survey.get("title")), 1, "the title"),
                "description": draft.plain(
                    self._text(survey.get("description")), 1, "the description"
                ),
                "order": "random" if survey.get("questionsOrder") == "random" else None,
            }
        )
        pages = _listed(survey, "pages")
        for page in pages:
            self._read_page(page)
        for element in (*_listed(survey, "elements"), *_listed(survey, "questions")):
            self._read_element(element, None, 1)
        return draft

    def _read_page(self, page: _Member) -> None:
        line = self._line(page, 1)
        self._lose_others(page, _PAGE, "a page", line)
        elements = [*_listed(page, "elements"), *_listed(page, "questions")]
        timer = _whole(page.get("timeLimit", page.get("maxTimeToFinish")), self._page_timer)
        if timer and len(elements) == 1 and elements[0].get("type") not in ("panel", "matrix"):
            elements = [{"timeLimit": timer, **elements[0]}]
        elif timer:
            self._draft.findings.lost(line, f"{timer} seconds for a page of several questions")
        self._draft.before(self._text(page.get("description")), line, "the description of a page")
        self._read_elements(page, elements, self._group_of(page), line)

    def _read_elements(
        self, holder: _Member, elements: list[_Member], group: str | None, line: int
    ) -> None:
        if self._panels >= _MAX_PANELS:
            self._draft.findings.lost(line, f"panels more than {_MAX_PANELS} deep")
            return
        before = len(self._draft.questions)
        self._panels += 1
        for element in elements:
            self._read_element(element, group, line)
        self._panels -= 1
        if holder.get("questionsOrder") == "random":
            self._draft.block([question["id"] for question in self._draft.questions[before:]], line)

    def _group_of(self, holder: _Member) -> str | None:
        """Return the group of a page or panel with a title; its name if it has one."""
        title = self._draft.text(self._text(holder.get("title")))
        name = str(holder.get("name") or next(iter((title or {}).values()), ""))
        return self._draft.group(name, title) if title and name else None

    def _read_element(self, element: _Member, group: str | None, line: int) -> None:
        line = self._line(element, line)
        kind = str(element.get("type", ""))
        if kind == "panel":
            self._lose_others(element, _PAGE, "a panel", line)
            description = self._text(element.get("description"))
            self._draft.before(description, line, "the description of a panel")
            elements = [*_listed(element, "elements"), *_listed(element, "questions")]
            self._read_elements(element, elements, self._group_of(element) or group, line)
            return
        if kind == "html":
            self._draft.before(self._text(element.get("html")), line, "an html element")
            return
        read = getattr(self, f"_read_{kind}", None) if kind in _READ else None
        if read is None:
            self._draft.findings.lost(line, f"a question of type {kind or 'none'}")
            return
        self._lose_others(
            element, _QUESTION | _OWN.get(kind, set()), f"a question of type {kind}", line
        )
        read(_Asked(element, group, line, kind))

    # Types of questions. `_READ` names them.

    def _read_radiogroup(self, asked: _Asked) -> None:
        self._add_choices(asked, "option", self._choices(asked))

    _read_dropdown = _read_buttongroup = _read_radiogroup

    def _read_checkbox(self, asked: _Asked) -> None:
        self._add_choices(asked, "checkbox", self._choices(asked))

    _read_tagbox = _read_checkbox

    def _read_imagepicker(self, asked: _Asked) -> None:
        kind = "checkbox" if asked.element.get("multiSelect") else "option"
        self._add_choices(asked, kind, self._choices(asked))

    def _read_ranking(self, asked: _Asked) -> None:
        self._add_choices(asked, "rating", self._choices(asked))

    def _read_rating(self, asked: _Asked) -> None:
        choices = self._items(asked.element.get("rateValues"), asked.line)
        if not choices:
            lowest = _whole(asked.element.get("rateMin"), 1)
            highest = _whole(asked.element.get("rateMax"), lowest + _STEPS - 1)
            if "rateCount" in asked.element and "rateMax" not in asked.element:
                highest = lowest + _whole(asked.element["rateCount"]) - 1
            choices = self._numbers(lowest, highest, _whole(asked.element.get("rateStep"), 1))
        self._add_steps(asked, choices)

    def _read_slider(self, asked: _Asked) -> None:
        lowest, highest = _whole(asked.element.get("min"), 0), _whole(asked.element.get("max"), 100)
        choices = self._numbers(lowest, highest, _whole(asked.element.get("step"), 1))
        self._add_steps(asked, choices)

    def _add_steps(self, asked: _Asked, choices: list[Choice]) -> None:
        """Add a scale of steps: a gradient if it has five and a statement at either end."""
        ends = [
            self._draft.plain(self._text(asked.element.get(name)), asked.line, "a statement")
            for name in ("minRateDescription", "maxRateDescription")
        ]
        kind = "option"
        if len(choices) == _STEPS and all(ends):
            kind = "gradient"
            choices = [Choice(choice.value) for choice in choices]
            choices[0].text, choices[-1].text = ends
        elif choices:
            for choice, end in zip((choices[0], choices[-1]), ends, strict=True):
                if end and choice.text:
                    choice.text = self._draft.text(_joined(choice.text, end))
        self._add_choices(asked, kind, choices)

    def _read_boolean(self, asked: _Asked) -> None:
        words = {
            name: self._draft.plain(self._text(asked.element.get(name)), asked.line, "an option")
            for name in ("labelTrue", "labelFalse")
        }
        choices = [
            Choice(_said(asked.element.get("valueTrue", 1)), words["labelTrue"]),
            Choice(_said(asked.element.get("valueFalse", 0)), words["labelFalse"]),
        ]
        choices[0].text = choices[0].text or self._draft.own("Да", "Yes")
        choices[1].text = choices[1].text or self._draft.own("Нет", "No")
        if isinstance(right := asked.element.get("correctAnswer"), bool):
            choices[0].share, choices[1].share = Fraction(right), Fraction(not right)
        self._add_choices(asked, "option", choices)

    def _read_text(self, asked: _Asked) -> None:
        kind = asked.element.get("inputType", "text")
        if kind not in ("text", *_NUMBERS):
            self._draft.findings.lost(asked.line, f"inputType {kind}, which is a text now")
        field = present(
            {
                "input": "number" if kind in _NUMBERS else None,
                "placeholder": self._draft.text(
                    self._text(asked.element.get("placeholder", asked.element.get("placeHolder")))
                ),
                "correct": self._draft.text(self._text(asked.element.get("correctAnswer"))),
            }
        )
        id_ = self._add(asked, "text", {"fields": [field]})
        if field.get("correct"):
            self._draft.scales.count(id_, share_of(_score(asked.element, 1), 1))

    _read_comment = _read_text

    def _read_multipletext(self, asked: _Asked) -> None:
        fields = []
        for item in _listed(asked.element, "items")[: MAX_OPTIONS + 1]:
            self._lose_others(
                item, frozenset({"name", "title", "inputType"}), "an item", asked.line
            )
            label = self._text(item.get("title")) or self._text(item.get("name"))
            number = item.get("inputType") in _NUMBERS
            fields.append(
                present(
                    {
                        "input": "number" if number else None,
                        "placeholder": self._draft.plain(label, asked.line, "an item"),
                    }
                )
            )
        self._add(asked, "text", {"fields": fields})

    def _read_matrix(self, asked: _Asked) -> None:
        """Add a question a row. The title of the matrix is their second text and their group's."""
        element, draft = asked.element, self._draft
        title, name = self._text(element.get("title")), str(element.get("name", ""))
        group = asked.group
        if name:
            heading = draft.plain(title, asked.line, "the title of a matrix")
            group = draft.group(name, heading)
        right = element.get("correctAnswer")
        taken = {
            key: element[key] for key in ("score", "timeLimit", "isRequired") if key in element
        }
        if element.get("isAllRowRequired") or element.get("eachRowRequired"):
            taken["isRequired"] = True
        choices = self._items(element.get("columns"), asked.line)
        if len(choices) > MAX_OPTIONS:
            draft.findings.lost(asked.line, f"a matrix of more than {MAX_OPTIONS} columns")
            return
        for value, words in self._rows(element.get("rows"), asked.line):
            question = {"name": f"{name}_{value}", "title": words, "description": title, **taken}
            if isinstance(right, dict) and value in right:
                question["correctAnswer"] = right[value]
            of_row = _Asked(question, group, asked.line, "row of a matrix")
            self._add_choices(of_row, "option", choices)

    def _add_choices(self, asked: _Asked, kind: str, choices: list[Choice]) -> None:
        draft, element, line = self._draft, asked.element, asked.line
        point = self._graded(asked, kind, choices)
        fields: Document = {}
        if kind == "gradient":
            fields["options"] = [
                present({"value": choice.value, "text": choice.text}) for choice in choices
            ]
        else:
            fields["options"] = draft.options(choices, line)
        most, least = (element.get(f"{m}SelectedChoices") for m in ("max", "min"))
        if kind == "checkbox" and most and most == least:
            fields["count"] = most
        elif most or least:
            draft.findings.lost(line, "bounds of the number of answers that are not the same")
        if element.get("choicesOrder") == "random" and kind != "gradient":
            fields["order"] = "random"
        elif element.get("choicesOrder") in ("asc", "desc"):
            draft.findings.lost(line, "the alphabetical order of options, which stand as written")
        id_ = self._add(asked, kind, fields)
        if point:
            draft.scales.count(id_, point * share_of(_score(element, 1), 1))

    def _graded(self, asked: _Asked, kind: str, choices: list[Choice]) -> Fraction | None:
        """Mark the right options or give them their scores; return what a point is worth."""
        right = asked.element.get("correctAnswer")
        scored = any(choice.share is not None for choice in choices)
        if kind not in ("option", "checkbox"):
            if right is not None or scored:
                what = f"the right answer or scores of a question that is a {kind} now"
                self._draft.findings.lost(asked.line, what)
            return None
        if right is not None and not scored:
            wanted = {_said(value) for value in (right if isinstance(right, list) else [right])}
            for choice in choices:
                choice.correct = choice.value in wanted
            return Fraction(1) if any(choice.correct for choice in choices) else None
        return graded(choices, several=kind == "checkbox") if scored else None

    def _add(self, asked: _Asked, kind: str, fields: Document) -> str | None:
        draft, element = self._draft, asked.element
        name = _said(element.get("name", ""))
        title = self._text(element.get("title")) or {ANY: name}
        wording = draft.wording(title, asked.line, self._text(element.get("description")))
        picture = element.get("imageLink")
        question = present(
            {
                "id": draft.id_for(name),
                "type": kind,
                **wording,
                "image": draft.picture(picture, asked.line) if isinstance(picture, str) else None,
                "group": asked.group,
                "timer": _whole(element.get("timeLimit", element.get("maxTimeToFinish"))) or None,
                "back": None if self._back else False,
                "forward": None if element.get("isRequired") else True,
                **fields,
            }
        )
        return draft.add(asked.what, asked.line, question)

    # Parts of questions

    def _choices(self, asked: _Asked) -> list[Choice]:
        return self._items(asked.element.get("choices"), asked.line)

    def _rows(self, members: Any, line: int) -> Iterator[tuple[str, Text]]:
        """Yield the value and the text of each row of a matrix."""
        for member in members if isinstance(members, list) else ():
            if isinstance(member, dict):
                self._lose_others(member, frozenset({"value", "text"}), "a row", line)
                value = _said(member.get("value", ""))
                yield value, self._text(member.get("text")) or {ANY: value}
            else:
                yield _said(member), {ANY: _said(member)}

    def _items(self, members: Any, line: int) -> list[Choice]:
        """Return choices, columns or rows: texts, numbers, or objects with `value` and `text`."""
        found = []
        for member in members[: MAX_OPTIONS + 1] if isinstance(members, list) else ():
            if not isinstance(member, dict):
                found.append(Choice(_said(member), self._draft.text(_said(member))))
                continue
            known = frozenset({"value", "text", "imageLink", "score", "scores"})
            self._lose_others(member, known, "an option", line)
            value = _said(member.get("value", ""))
            words = self._text(member.get("text")) or {ANY: value}
            choice = Choice(value, self._draft.plain(words, line, "an option"))
            if isinstance(link := member.get("imageLink"), str):
                choice.image = self._draft.picture(link, line)
                if "text" not in member:
                    choice.text = None
            score = member.get("score", member.get("scores"))
            if _countable(score):
                choice.share = share_of(score, 1)
            found.append(choice)
        return found

    def _numbers(self, lowest: int, highest: int, step: int) -> list[Choice]:
        steps = range(lowest, highest + 1, max(step, 1))[: MAX_OPTIONS + 1]
        return [Choice(str(number), self._draft.text(str(number))) for number in steps]

    def _text(self, value: Any) -> Text:
        """Return a text by language. SurveyJS has texts as such, or by language with `default`."""
        if isinstance(value, dict):
            found = {}
            for locale, words in value.items():
                tag = ANY if locale in ("default", ANY) else locale_tag(locale)
                if tag is None:
                    self._draft.findings.lost(1, f'texts in "{locale}", which is no language')
                elif isinstance(words, str) and words.strip():
                    found[tag] = words
            default = self._draft.default_locale
            if default in found and ANY in found:
                found.pop(ANY)
            return found
        return {ANY: _said(value)} if value not in (None, "") else {}

    def _line(self, member: _Member, otherwise: int) -> int:
        return self._lines.get(_said(member.get("name", "")), otherwise)

    def _lose_others(
        self, member: _Member, known: frozenset[str] | set[str], what: str, line: int
    ) -> None:
        for name in member:
            if name not in known and name not in _SILENT:
                self._draft.findings.lost(line, f"{name} of {what}")


_READ = frozenset(
    {"radiogroup", "dropdown", "buttongroup", "checkbox", "tagbox", "imagepicker", "ranking"}
    | {"rating", "slider", "boolean", "text", "comment", "multipletext", "matrix"}
)
"""Types of questions that can be imported; the reader has a method for each."""


def _lines_of_names(text: str) -> dict[str, int]:
    """Return the line on which each name stands first. Parsed JSON has no lines any more."""
    lines: dict[str, int] = {}
    line = at = 0
    for match in _NAMED.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        try:
            lines.setdefault(json.loads(match[1], strict=False), line + 1)
        except ValueError:
            continue
    return lines


def _listed(member: Any, name: str) -> list[_Member]:
    """Return the objects of a list, without what is no object."""
    found = member.get(name) if isinstance(member, dict) else None
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _said(value: Any) -> str:
    """Return a value of JSON as a text; a whole number without a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(value: Any, otherwise: int = 0) -> int:
    """Return a whole number of a size that options and seconds can have, else the other one."""
    return int(value) if _countable(value) else otherwise


def _score(element: _Member, otherwise: float) -> float:
    score = element.get("score")
    return score if _countable(score) and score >= 0 else otherwise


def _countable(value: Any) -> TypeGuard[float]:
    """Whether this is a number of a size that scores, options and seconds can have."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) < MOST


MOST = 10**6
"""Numbers in a survey are below this one; larger ones are no scores, steps or seconds."""


def _joined(number: Text, words: Text) -> Text:
    return {k: f"{next(iter(number.values()))} ({said})" for k, said in words.items()}
