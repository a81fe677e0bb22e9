"""Reads a quiz with its config, if it has one, and checks the result as a definition."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from widget_gateway.domain.catalogue.questions import Option, Question, QuestionType
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.catalogue.variables import has_variable
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.definitions import (
    Definition,
    Path,
    Place,
    check_document,
    read_source,
)
from widget_gateway.services.catalogue.predecessor.elements import (
    Element,
    Findings,
    line_of,
    name_of,
    parse_xml,
)
from widget_gateway.services.catalogue.predecessor.markup import read_markup
from widget_gateway.services.catalogue.predecessor.quiz import QuizReader
from widget_gateway.services.catalogue.predecessor.report import ReportReader
from widget_gateway.services.catalogue.predecessor.texts import ANY, LocalTexts, Pictures, Texts

QUIZ, CONFIG = "quiz.xml", "config.xml"

SHOWN_PICTURES = 3
"""Most names of pictures in a note; of the others it tells only the number."""

_SPELLINGS = {
    "questions": "items",
    "type": "method",
    "image": "img",
    "back": "enabledBack",
    "forward": "enabledForward",
    "show_answer": "showAnswer",
    "input": "type",
}
"""Names in the files, by the names in documents, where the two differ."""


def read_predecessor(
    path: FilePath, changes: Mapping[str, Any] | None = None, images: str | None = None
) -> Definition:
    """Read a quiz; if its name is `quiz.xml`, also the `config.xml` beside it.

    `changes` replace top-level fields. `images` is put before the relative names of pictures;
    `{slug}` in it is replaced by the test's slug.

    Raises:
        DefinitionError: it has a message for each fault, with file, line and element or attribute.
    """
    slug = slug_of(path)
    quiz_findings, quiz, config = _read_quiz_file(path)
    config_path = path.with_name(CONFIG)
    config_findings = quiz_findings
    if path.name == QUIZ and config_path.exists():
        config_findings = Findings(str(config_path))
        config = _read_config_file(config_path)
    texts = Texts(Pictures(images.replace("{slug}", slug) if images else None))
    document = {"slug": slug, **QuizReader(texts, quiz_findings).read(quiz)}
    if not document["questions"]:
        raise DefinitionError([f"{path}:{line_of(quiz)}: items: a quiz has at least one item"])
    if config is not None:
        known = partial(has_variable, _with_variables_of(document["questions"]))
        if report := ReportReader(texts, config_findings, known).read(config):
            document["report"] = report
    document.setdefault("title", _title_of(document.get("report", {}), texts, slug))
    document["locales"] = texts.complete()
    notes = quiz_findings.tell(path.name)
    if config_findings is not quiz_findings:
        notes += config_findings.tell(CONFIG)
    place_of = _finder(quiz_findings.places | config_findings.places, str(path))
    return check_document(document, place_of, changes, notes + _tell_pictures(texts.pictures))


def slug_of(path: FilePath) -> str:
    """Return the file's name without `.xml`, or the folder's name if the file is `quiz.xml`."""
    return path.absolute().parent.name if path.name == QUIZ else path.stem


def _read_quiz_file(path: FilePath) -> tuple[Findings, Element, Element | None]:
    """Return findings, the quiz, and the config if it is in the same file, in the quiz or not."""
    root = parse_xml(read_source(path), str(path))
    findings = Findings(str(path))
    quiz = root if root.tag == "quiz" else root.find("quiz")
    if quiz is None:
        if path.name == CONFIG and root.tag == "config":
            raise DefinitionError([f"{path}:1: is read with the {QUIZ} beside it: name that"])
        raise DefinitionError([f"{path}:{line_of(root)}: {name_of(root)}: is no quiz"])
    if quiz is not root:
        findings.lose_unknown(root, (), ("quiz", "config"))
    inside = quiz.find("config")
    return findings, quiz, root.find("config") if inside is None else inside


def _read_config_file(path: FilePath) -> Element:
    root = parse_xml(read_source(path), str(path))
    if root.tag != "config":
        raise DefinitionError([f"{path}:{line_of(root)}: {name_of(root)}: is no config"])
    return root


def _with_variables_of(questions: list[dict[str, Any]]) -> TestDefinition:
    """Return a test that has the variables of these questions, which are not checked yet."""
    return TestDefinition(
        slug=TestSlug(""),
        title={},
        questions=tuple(
            Question(
                id=question.get("id", ""),
                type=QuestionType.TEXT if question["type"] == "text" else QuestionType.OPTION,
                text={},
                group=question.get("group"),
                options=tuple(
                    Option(value=o.get("value", "")) for o in question.get("options", ())
                ),
            )
            for question in questions
        ),
    )


def _title_of(report: Mapping[str, Any], texts: Texts, slug: str) -> LocalTexts:
    """Return a title for a quiz without one: the config's text `title` or `name`, or the slug."""
    free = report.get("texts", {})
    named = free.get("title") or free.get("name")
    words = {k: read_markup(html, str).plain for k, html in (named or {}).items()}
    title = {k: plain for k, plain in words.items() if plain} or {ANY: slug}
    texts.add(title)
    return title


def _finder(places: Mapping[Path, Place], file: str) -> Callable[[Path], Place]:
    """Return a function from a path in the document to the nearest element of its source."""

    def place_of(path: Path) -> Place:
        known = next((n for n in range(len(path), 0, -1) if tuple(path[:n]) in places), 0)
        rest = [_SPELLINGS.get(str(step), str(step)) for step in path[known:]]
        if not known:
            return Place(file, 1, "the name of the file" if path == ("slug",) else "quiz")
        found = places[tuple(path[:known])]
        return found._replace(field=" > ".join([found.field, *rest]))

    return place_of


def _tell_pictures(pictures: Pictures) -> list[str]:
    names = list(pictures.left_relative)
    if not names:
        return []
    shown = ", ".join(f'"{name}"' for name in names[:SHOWN_PICTURES])
    more = f" and {len(names) - SHOWN_PICTURES} more" if len(names) > SHOWN_PICTURES else ""
    return [f"pictures have relative names ({shown}{more}); --images puts an address before them"]
