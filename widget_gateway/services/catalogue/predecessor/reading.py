"""Reads a quiz with its config and professions, if any, and checks the result as a definition."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path as FilePath
from typing import Any, NamedTuple

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
    quiz, config, professions = _sources(path)
    texts = Texts(Pictures(images.replace("{slug}", slug) if images else None))
    document = {"slug": slug, **QuizReader(texts, quiz.findings).read(quiz.root)}
    document |= _read_companions(texts, document["questions"], quiz, config, professions)
    is_named = _set_title(document, texts)
    document["locales"] = texts.complete()
    if title:
        document["title"], is_named = _title_in(document["locales"], title), True
    files = {
        source.findings.file: source.findings for source in (quiz, config, professions) if source
    }
    notes = [note for file in files.values() for note in file.tell(_shown(file, path))]
    notes += _tell_pictures(texts.pictures) + ([] if is_named else [NO_TITLE])
    places = {where: place for file in files.values() for where, place in file.places.items()}
    return check_document(document, _finder(places, str(path)), changes, notes)


class _Source(NamedTuple):
    """The element that a part of a test is read from, and the findings of its file."""

    root: Element
    findings: Findings


def _read_companions(
    texts: Texts,
    questions: list[dict[str, Any]],
    quiz: _Source,
    config: _Source | None,
    professions: _Source | None,
) -> dict[str, Any]:
    """Return the report, scales and profiles of a quiz, as far as there are any."""
    known = partial(has_variable, _with_variables_of(questions))
    words = ConfigTexts(texts, (config or quiz).findings, known)
    report_reader, scales = ReportReader(words), ScaleReader(words, questions)
    report: dict[str, Any] = {}
    profiles: list[dict[str, Any]] = []
    if config:
        report = report_reader.read(config.root)
        scales.read(config.root)
    if professions:
        names = ConfigTexts(texts, professions.findings, known)
        profiles = ProfessionReader(names, scales).read(professions.root)
    free = dict(scales.texts)
    if config:
        used = {value for profile in profiles for value in profile.get("values", ())}
        free |= report_reader.read_values(config.root, used)
    if free:
        report["texts"] = {**free, **report.get("texts", {})}
    found = {"scales": scales.scales, "profiles": profiles, "report": report}
    return {name: part for name, part in found.items() if part}


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


def _sources(path: FilePath) -> tuple[_Source, _Source | None, _Source | None]:
    """Return the quiz, its config and its professions.

    The config may be in the same file, in the quiz or beside it; a file of its own comes first.
    """
    root = parse_xml(read_source(path), str(path))
    findings = Findings(str(path))
    quiz = root if root.tag == "quiz" else root.find("quiz")
    if quiz is None:
        if path.name == CONFIG and root.tag == "config":
            raise NoDefinitionError([f"{path}:1: is read with the {QUIZ} beside it: name that"])
        raise NoDefinitionError([f"{path}:{line_of(root)}: {name_of(root)}: is no quiz"])
    _check_items(quiz, path)
    if quiz is not root:
        findings.lose_unknown(root, (), ("quiz", "config"))
    configs, professions = map(_existing, companions(path))
    inside = quiz.find("config")
    inside = root.find("config") if inside is None else inside
    config = None if inside is None else _Source(inside, findings)
    return (
        _Source(quiz, findings),
        _companion(configs, "config") or config,
        _companion(professions, PROFESSIONS_ROOT),
    )


def _check_items(quiz: Element, path: FilePath) -> None:
    items = quiz.findall("items/item")
    if not items:
        why = "items: a quiz has at least one item"
        raise NoDefinitionError([f"{path}:{line_of(quiz)}: {why}"])
    if len(items) > MAX_ITEMS:
        why = f"items: the quiz has {len(items)} items, and a test has at most {MAX_ITEMS}"
        raise DefinitionError([f"{path}:{line_of(items[MAX_ITEMS])}: {why}"])


def _companion(path: FilePath | None, root_name: str) -> _Source | None:
    if path is None:
        return None
    root = parse_xml(read_source(path), str(path))
    if root.tag != root_name:
        raise DefinitionError([f"{path}:{line_of(root)}: {name_of(root)}: is no {root_name}"])
    return _Source(root, Findings(str(path)))


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


def _set_title(document: dict[str, Any], texts: Texts) -> bool:
    """Give a document without a title the config's text `title` or `name`, or else the slug.

    That text is none of the report any more. Returns whether the files say a title.
    """
    if "title" in document:
        return True
    report = document.get("report", {})
    free = report.get("texts", {})
    key = next((name for name in ("title", "name") if name in free), None)
    named = free.pop(key) if key else {}
    for whole, name in ((report, "texts"), (document, "report")):
        if not whole.get(name, True):
            del whole[name]
    words = {locale: read_markup(html, str).plain for locale, html in named.items()}
    title = {locale: plain for locale, plain in words.items() if plain}
    document["title"] = texts.add(title) or texts.add({ANY: document["slug"]})
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
