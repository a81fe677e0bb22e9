"""Reads `quiz.xml`: the texts and questions of a test become those of a definition's document."""

import re
from typing import Any

from widget_gateway.services.catalogue.markup import Markup, scheme_of
from widget_gateway.services.catalogue.predecessor.elements import Element, Findings, value_in
from widget_gateway.services.catalogue.predecessor.own_words import CLOSER
from widget_gateway.services.catalogue.predecessor.texts import ANY, LocalTexts, Texts

_ITEM_ATTRIBUTES = (
    *("id", "method", "group", "count", "timer"),
    *("showAnswer", "enabledBack", "enabledForward"),
)
_ITEM_CHILDREN = ("name", "text", "img", "right", "wrong", "options", "fields")
_FIELD_ATTRIBUTES = ("type", "placeholder", "placeholder-en", "correct", "correct-en")
_INPUTS = {"": None, "text": None, "string": None, "number": "number"}
_NUMBER = re.compile(r"\s*[+-]?\d+(?:[.,]\d+)?\s*", re.ASCII)

_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_PICTURE_SCHEMES = frozenset({"", "http", "https", "data"})

Document = dict[str, Any]


class QuizReader:
    """Reads one `<quiz>`.

    Missing and faulty values are kept as they are; the check of the document reports them.
    """

    def __init__(self, texts: Texts, findings: Findings) -> None:
        self._texts = texts
        self._findings = findings

    def read(self, quiz: Element) -> Document:
        """Return the questions, and the title, description and instruction if they exist."""
        self._findings.lose_unknown(
            quiz,
            ("name", "title"),
            ("name", "title", "description", "instruction", "items", "config"),
        )
        items = quiz.findall("items/item")
        for container in quiz.findall("items"):
            self._findings.place(("questions",), container, "items")
            self._findings.lose_unknown(container, (), ("item",))
        return present(
            {
                "title": self._plain(quiz.find("title"))
                or self._plain(quiz.find("name"))
                or self._texts.attributes(quiz, self._findings, "title")
                or self._texts.attributes(quiz, self._findings, "name"),
                "description": self._plain(quiz.find("description")),
                "instruction": self._plain(quiz.find("instruction")),
                "questions": [self._question(item, index) for index, item in enumerate(items)],
            }
        )

    def _question(self, item: Element, index: int) -> Document:
        name = item.get("id", "").strip()
        path = ("questions", index)
        self._findings.place(path, item, f'item "{name}"' if name else f"item number {index + 1}")
        self._findings.lose_unknown(item, _ITEM_ATTRIBUTES, _ITEM_CHILDREN)
        kind = item.get("method", "").strip().lower() or "option"
        question = present(
            {
                "id": name or None,
                "type": kind,
                "image": self._picture(item, item.find("img")),
                "group": item.get("group", "").strip() or None,
                "timer": _number(item, "timer"),
                "back": _flag(item, "enabledBack"),
                "forward": _flag(item, "enabledForward"),
                "show_answer": _flag(item, "showAnswer"),
                "right": self._html(item.find("right")),
                "wrong": self._html(item.find("wrong")),
                "options": self._options(item, path, kind),
                "fields": self._fields(item, path, kind),
            }
        )
        question |= self._wording(item, index, kind)
        return question | present({"count": self._count(item, question)})

    def _wording(self, item: Element, index: int, kind: str) -> Document:
        """Return the question's text, and its second text if it has one.

        `name` is the text and `text` the second text. If only one of them exists, it is the text,
        which is plain; if that one has formatting, the second text repeats it with the markup.
        """
        name, text = (
            (item.find(key), self._texts.contents(item.find(key), self._findings))
            for key in ("name", "text")
        )
        (element, contents), second = (name, text) if name[1] else (text, (None, {}))
        if not second[1] and any(markup.formatting for markup in contents.values()):
            second = (element, contents)
        kept = _formatting(contents) if second[1] is contents else ()
        words = (
            self._texts.plain(contents, element, self._findings, kept)
            if element is not None
            else None
        )
        if words is None and kind == "gradient":
            self._findings.note(item, "a gradient has no words; a general question stands in")
            words = self._texts.own(CLOSER)
        elif words is None:
            self._findings.note(item, "a question has no words; its number stands in")
            words = self._texts.own({"ru": f"Вопрос {index + 1}", "en": f"Question {index + 1}"})
        return {"text": words} | present({"html": self._html(*second)})

    def _options(self, item: Element, path: tuple[str, int], kind: str) -> list[Document] | None:
        options = item.findall("options/option")
        if kind == "text":
            self._lose_all(options, "an option of a TEXT item, which has fields")
            return None
        for container in item.findall("options"):
            self._findings.place((*path, "options"), container, "options")
            self._findings.lose_unknown(container, (), ("option",))
        read = [
            self._option(option, (*path, "options", number), kind)
            for number, option in enumerate(options)
        ]
        _give_ids(read)
        return read or None

    def _option(self, option: Element, path: tuple[str | int, ...], kind: str) -> Document:
        findings, value = self._findings, option.get("value")
        findings.place(path, option, f'option "{value}"' if value else "option")
        findings.lose_unknown(option, ("value", "img", "correct"), None)
        contents = self._texts.contents(option, findings)
        pictures = [name for text in contents.values() for name in text.pictures]
        picture = option.get("img", "").strip() or (pictures[0] if pictures else "")
        kept = ("<img>",) if pictures == [picture] * len(pictures) else ()
        text = self._texts.plain(contents, option, findings, kept)
        image = self._address(option, picture)
        if not text and not image and value and kind != "gradient":
            findings.note(option, "an option has no words; its value stands in")
            text = self._texts.add({ANY: value}, option, findings)
        correct = _flag(option, "correct")
        return present({"value": value, "text": text, "image": image, "correct": correct or None})

    def _fields(self, item: Element, path: tuple[str, int], kind: str) -> list[Document] | None:
        fields = item.findall("fields/field")
        if kind != "text":
            self._lose_all(fields, "a field of an item that is not of method TEXT")
            return None
        for container in item.findall("fields"):
            self._findings.lose_unknown(container, (), ("field",))
        return [
            self._field(field, (*path, "fields", number)) for number, field in enumerate(fields)
        ] or None

    def _field(self, field: Element, path: tuple[str | int, ...]) -> Document:
        self._findings.place(path, field, "field")
        self._findings.lose_unknown(field, _FIELD_ATTRIBUTES, ())
        # Without findings: a single right value is meant for all languages.
        correct = self._texts.attributes(field, None, "correct")
        kind = field.get("type", "").strip().lower()
        if kind not in _INPUTS:
            self._findings.lost(field, f'type="{kind}" of a field, which is a text field now')
        if kind == "number" and not all(map(_NUMBER.fullmatch, (correct or {}).values())):
            kind = "text"
            what = "a number field, whose right value is no number, is a text field now"
            self._findings.note(field, what)
        return present(
            {
                "input": _INPUTS.get(kind),
                "placeholder": self._texts.attributes(field, self._findings, "placeholder"),
                "correct": correct,
            }
        )

    def _count(self, item: Element, question: Document) -> int | str | None:
        """Return how many values a checkbox question takes; other types imply the number."""
        count = _number(item, "count")
        implied = {
            "checkbox": count,
            "rating": len(question.get("options", ())),
            "text": len(question.get("fields", ())),
        }.get(question["type"], 1)
        if isinstance(count, str) or question["type"] == "checkbox":
            return count
        if count not in (None, implied):
            self._findings.lost(item, f'count="{count}" of an item that is not of method CHECKBOX')
        return None

    def _picture(self, item: Element, img: Element | None) -> str | None:
        if img is None:
            return None
        for extra in item.findall("img")[1:]:
            self._findings.lost(extra, "a second <img>")
        named = [value_in(img, key) for key in ("src", "ru", "en")] + [(img.text or "").strip()]
        names = list(dict.fromkeys(filter(None, named)))
        for other in names[1:]:
            self._findings.lost(img, f'a second picture, "{other}"')
        return self._address(img, names[0]) if names else None

    def _address(self, element: Element, name: str) -> str | None:
        if scheme_of(name) not in _PICTURE_SCHEMES:
            self._findings.lost(element, f"a picture whose address begins with {scheme_of(name)}:")
            return None
        return self._texts.pictures.address(name) if name else None

    def _plain(self, element: Element | None) -> LocalTexts | None:
        if element is None:
            return None
        contents = self._texts.contents(element, self._findings)
        return self._texts.plain(contents, element, self._findings)

    def _html(
        self, element: Element | None, contents: dict[str, Markup] | None = None
    ) -> LocalTexts | None:
        if element is None:
            return None
        if contents is None:
            contents = self._texts.contents(element, self._findings)
        return self._texts.html(contents, element, self._findings)

    def _lose_all(self, elements: list[Element], what: str) -> None:
        for element in elements:
            self._findings.lost(element, what)


def present(members: Document) -> Document:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def _give_ids(options: list[Document]) -> None:
    """Give an id to each option whose value another one before it has: `value~2`, `value~3` …."""
    taken = {option["value"] for option in options if "value" in option}
    seen: set[str] = set()
    for option in options:
        value = option.get("value")
        if value in seen:
            number = 2
            while (unused := f"{value}~{number}") in taken:
                number += 1
            taken.add(unused)
            option["id"] = unused
        elif value:
            seen.add(value)


def _formatting(contents: dict[str, Markup]) -> set[str]:
    return {tag for markup in contents.values() for tag in markup.formatting}


def _number(element: Element, name: str) -> int | str | None:
    """Return the attribute as a whole number; None if 0 or absent; as written if not a number."""
    written = element.get(name, "").strip()
    return (int(written) or None) if _WHOLE.fullmatch(written) else written or None


def _flag(element: Element, name: str) -> bool | str | None:
    """Return the attribute as true or false; None if absent; as written if neither."""
    written = element.get(name, "").strip()
    return _FLAGS.get(written.lower(), written) if written else None
