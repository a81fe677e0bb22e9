"""Reads a quiz with its config and professions, if any, and checks the result as a definition."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from widget_gateway.domain.catalogue.questions import Option, Question, QuestionType
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.catalogue.variables import has_variable
from widget_gateway.domain.errors import DefinitionError, NoDefinitionError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.definitions import (
    Definition,
    Path,
    Place,
    check_document,
    read_source,
)
from widget_gateway.services.catalogue.markup import read_markup
from widget_gateway.services.catalogue.predecessor.config_texts import ConfigTexts
from widget_gateway.services.catalogue.predecessor.elements import (
    Element,
    Findings,
    line_of,
    name_of,
    parse_xml,
)
from widget_gateway.services.catalogue.predecessor.professions import ROOT as PROFESSIONS_ROOT
from widget_gateway.services.catalogue.predecessor.professions import ProfessionReader
from widget_gateway.services.catalogue.predecessor.quiz import QuizReader
from widget_gateway.services.catalogue.predecessor.report import ReportReader
from widget_gateway.services.catalogue.predecessor.scales import ScaleReader
from widget_gateway.services.catalogue.predecessor.texts import ANY, Pictures, Texts

QUIZ, CONFIG, PROFESSIONS = "quiz.xml", "config.xml", "professions.xml"

_PROFESSIONS_OF = "{slug}Professions.xml"
"""The name of the professions beside a quiz that is a file of its own."""

MAX_ITEMS = 1_000
"""Most items of a quiz, as in the schema of definitions; more are refused at once."""

NO_TITLE = (
    "no file says the title; the name of the file stands in (--titles takes titles from a table)"
)

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
    path: FilePath,
    changes: Mapping[str, Any] | None = None,
    images: str | None = None,
    title: Mapping[str, str] | None = None,
) -> Definition:
    """Read a quiz with the config and the professions that belong to it (`companions`).

    `changes` replace top-level fields. `images` is put before the relative names of pictures;
    `{slug}` in it is replaced by the test's slug. `title` is the test's title by language.

    Raises:
        NoDefinitionError: the file is something else than a quiz, or a quiz without items.
        DefinitionError: it has a message for each fault, with file, line and element or attribute.
    """
    slug = slug_of(path)
    findings, quiz, config = _read_quiz_file(path)
    _check_items(quiz, path)
    files = [findings]
    config_findings = findings
    config_path, professions_path = (_existing(paths) for paths in companions(path))
    if config_path is not None:
        config_findings = Findings(str(config_path))
        config = _read_companion(config_path, "config")
        files.append(config_findings)
    texts = Texts(Pictures(images.replace("{slug}", slug) if images else None))
    document = {"slug": slug, **QuizReader(texts, findings).read(quiz)}
    questions = document["questions"]
    known = partial(has_variable, _with_variables_of(questions))
    config_texts = ConfigTexts(texts, config_findings, known)
    scales = ScaleReader(config_texts, questions)
    report: dict[str, Any] = {}
    if config is not None:
        report = ReportReader(config_texts).read(config)
        scales.read(config)
    if professions_path is not None:
        files.append(Findings(str(professions_path)))
        professions = ProfessionReader(ConfigTexts(texts, files[-1], known), scales)
        document["profiles"] = professions.read(_read_companion(professions_path, PROFESSIONS_ROOT))
    if scales.texts:
        report["texts"] = {**scales.texts, **report.get("texts", {})}
    is_named = _set_title(document, report, texts, title)
    document |= {
        name: part for name, part in (("scales", scales.scales), ("report", report)) if part
    }
    document["locales"] = texts.complete()
    if title:
        document["title"] = _title_in(document["locales"], title)
    notes = [note for file in files for note in file.tell(_shown(file, path))]
    places = {where: place for file in files for where, place in file.places.items()}
    notes += _tell_pictures(texts.pictures)
    notes += [] if title or is_named else [NO_TITLE]
    return check_document(document, _finder(places, str(path)), changes, notes)


def slug_of(path: FilePath) -> str:
    """Return the file's name without `.xml`, or the folder's name if the file is `quiz.xml`."""
    return path.absolute().parent.name if path.name == QUIZ else path.stem


def companions(path: FilePath) -> tuple[list[FilePath], list[FilePath]]:
    """Return where the config and the professions of a quiz may be; the first that exists counts.

    They lie beside `quiz.xml`. Those of `NAME.xml` lie in a folder `NAME` that has no `quiz.xml`;
    its professions may also be `NAMEProfessions.xml` beside it.
    """
    if path.name == QUIZ:
        return [path.with_name(CONFIG)], [path.with_name(PROFESSIONS)]
    folder, slug = path.with_suffix(""), path.stem
    beside = path.with_name(_PROFESSIONS_OF.format(slug=slug))
    if folder == path or (folder / QUIZ).exists():
        return [], [beside]
    return [folder / CONFIG], [folder / PROFESSIONS, beside]


def _existing(paths: list[FilePath]) -> FilePath | None:
    return next((path for path in paths if path.exists()), None)


def _shown(findings: Findings, quiz: FilePath) -> str:
    """Return the name of a file in notes: without the folder that it shares with the quiz."""
    file = FilePath(findings.file)
    return str(file.relative_to(quiz.parent)) if file.is_relative_to(quiz.parent) else str(file)


def _read_quiz_file(path: FilePath) -> tuple[Findings, Element, Element | None]:
    """Return findings, the quiz, and the config if it is in the same file, in the quiz or not."""
    root = parse_xml(read_source(path), str(path))
    findings = Findings(str(path))
    quiz = root if root.tag == "quiz" else root.find("quiz")
    if quiz is None:
        if path.name == CONFIG and root.tag == "config":
            raise NoDefinitionError([f"{path}:1: is read with the {QUIZ} beside it: name that"])
        raise NoDefinitionError([f"{path}:{line_of(root)}: {name_of(root)}: is no quiz"])
    if quiz is not root:
        findings.lose_unknown(root, (), ("quiz", "config"))
    inside = quiz.find("config")
    return findings, quiz, root.find("config") if inside is None else inside


def _check_items(quiz: Element, path: FilePath) -> None:
    items = quiz.findall("items/item")
    if not items:
        why = "items: a quiz has at least one item"
        raise NoDefinitionError([f"{path}:{line_of(quiz)}: {why}"])
    if len(items) > MAX_ITEMS:
        why = f"items: the quiz has {len(items)} items, and a test has at most {MAX_ITEMS}"
        raise DefinitionError([f"{path}:{line_of(items[MAX_ITEMS])}: {why}"])


def _read_companion(path: FilePath, root_name: str) -> Element:
    root = parse_xml(read_source(path), str(path))
    if root.tag != root_name:
        raise DefinitionError([f"{path}:{line_of(root)}: {name_of(root)}: is no {root_name}"])
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


def _set_title(
    document: dict[str, Any], report: dict[str, Any], texts: Texts, given: Mapping[str, str] | None
) -> bool:
    """Give the document a title: its quiz's own, the config's text `title` or `name`, or the slug.

    A text of the config that is a title is no text of the report any more. Returns whether the
    files say a title.
    """
    free = report.get("texts", {})
    key = next((name for name in ("title", "name") if name in free), None)
    named = free.pop(key) if key else {}
    if not free:
        report.pop("texts", None)
    if "title" in document:
        return True
    words = {locale: read_markup(html, str).plain for locale, html in named.items()}
    title = {locale: plain for locale, plain in words.items() if plain}
    document["title"] = title or {ANY: document["slug"]}
    if not given:
        texts.add(document["title"])
    return bool(title)


def _title_in(locales: Sequence[str], title: Mapping[str, str]) -> dict[str, str]:
    """Return the title in the languages of the test; the first one stands in for others."""
    first = next(
        (title[locale] for locale in locales if locale in title), next(iter(title.values()))
    )
    return {locale: title.get(locale, first) for locale in locales}


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
