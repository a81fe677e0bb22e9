"""Rules for definitions that JSON Schema can't express: references, rising bounds, translations."""

from collections.abc import Iterator
from itertools import chain, pairwise

from widget_gateway.domain.catalogue.answers import MAX_LIST_BYTES, largest_list_bytes
from widget_gateway.domain.catalogue.questions import LocalText, Question, QuestionType
from widget_gateway.domain.catalogue.report_texts import ReportTexts
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.catalogue.variables import PLACEHOLDER, has_variable

Path = tuple[str | int, ...]
"""Where a value is in the document: names of fields and indexes, from the outside in."""

DefinitionFault = tuple[Path, str]
"""The path of a faulty field, and what is allowed there, as text for people."""


def definition_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    """Find the faults that a JSON Schema can't find; the definition has passed the schema."""
    seen: set[str] = set()
    for index, question in enumerate(test.questions):
        here: Path = ("questions", index)
        if question.id in seen:
            yield (*here, "id"), f'the id "{question.id}" is used twice; every question has its own'
        seen.add(question.id)
        if len(set(question.values)) != len(question.values):
            yield (*here, "options"), "two options have the same value; each value stands once"
        yield from _type_faults(question, here)
    if test.pause_after and not test.paid:
        yield ("pause_after",), "only a paid test has a pause"
    elif test.pause_after and test.pause_after >= len(test.questions):
        yield ("pause_after",), f"less than {len(test.questions)}, the number of questions"
    if (largest := largest_list_bytes(test)) > MAX_LIST_BYTES:
        why = (
            f"the answers to all of them may take {largest} bytes together, and a list of answers "
            f"has at most {MAX_LIST_BYTES}; fewer fields or shorter option values take less"
        )
        yield ("questions",), why
    yield from _scale_faults(test)
    yield from _part_faults(test)
    yield from _report_faults(test)
    yield from _locale_faults(test)


def _type_faults(question: Question, here: Path) -> Iterator[DefinitionFault]:
    """Find fields of a question that its type does not have, and wrong ones that it has."""
    if question.type is QuestionType.TEXT:
        if question.options:
            yield (*here, "options"), "a text question has fields and no options"
    elif question.fields:
        yield (*here, "fields"), "only a text question has fields"
    if question.count is not None:
        if question.type is not QuestionType.CHECKBOX:
            yield (*here, "count"), "only a checkbox question has a count"
        elif question.count > len(question.options):
            yield (*here, "count"), f"at most {len(question.options)}, the number of options"
    if question.type is QuestionType.GRADIENT and not (
        question.options[0].text and question.options[-1].text
    ):
        yield (*here, "options"), "the first and the last step of a gradient carry the statements"


def _scale_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    seen: set[str] = set()
    for index, scale in enumerate(test.scales):
        here: Path = ("scales", index)
        if scale.id in seen:
            yield (*here, "id"), f'the id "{scale.id}" is used twice; every scale has its own'
        seen.add(scale.id)
        keyed = (*scale.plus, *scale.minus)
        for key, ids in (("plus", scale.plus), ("minus", scale.minus), ("weights", scale.weights)):
            for unknown in (id_ for id_ in ids if id_ not in test.positions):
                yield (*here, key), f'"{unknown}" is no question of this test'
        for id_ in keyed:
            question = test.by_id.get(id_)
            if question and question.type is QuestionType.TEXT and not question.has_right_answers:
                yield here, f'"{id_}" is a text question without right values: it has no score'
        if len(set(keyed)) != len(keyed):
            yield here, "a question is keyed twice; it counts either plus or minus, once"
        bounds = [level.up_to for level in scale.levels]
        if bounds != sorted(set(bounds)):
            yield (*here, "levels"), "the bounds of the levels rise from one to the next"


def _part_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    """Check sub-scales and norms. A sub-scale has none itself, so that no scale contains itself."""
    whole = {scale.id for scale in test.scales if scale.part_of is None}
    for index, scale in enumerate(test.scales):
        if scale.part_of is not None and (scale.part_of not in whole or scale.part_of == scale.id):
            yield (
                ("scales", index, "part_of"),
                f'"{scale.part_of}" is no scale that is part of none itself',
            )
        groups = [norm.group for norm in scale.norms]
        if len(set(groups)) != len(groups):
            yield ("scales", index, "norms"), "each group of people has one norm"
        for number, norm in enumerate(scale.norms):
            rows = [(row.at, row.percentile) for row in norm.percentiles]
            rises = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(rows))
            if not rises:
                here: Path = ("scales", index, "norms", number, "percentiles")
                yield here, "scores and percentiles rise from one row to the next"


def _report_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    for path, name in _variables(test):
        if not has_variable(test, name):
            yield path, f'"{name}" is no variable of this test'
    for index, scenario in enumerate(test.report.scenarios):
        bounds = [level.up_to for level in scenario.bar.levels] if scenario.bar else []
        if bounds != sorted(set(bounds)):
            here = ("report", "scenarios", index, "bar", "levels")
            yield here, "the bounds of the levels rise from one to the next"


def _variables(test: TestDefinition) -> Iterator[tuple[Path, str]]:
    for index, scenario in enumerate(test.report.scenarios):
        here: Path = ("report", "scenarios", index)
        for number, condition in enumerate(scenario.conditions):
            yield (*here, "conditions", number, "variable"), condition.variable
        if scenario.bar:
            yield (*here, "bar", "percentage"), scenario.bar.percentage
            if scenario.bar.shown:
                yield (*here, "bar", "shown"), scenario.bar.shown
    for index, question in enumerate(test.questions):
        for name in PLACEHOLDER.findall(question.group or ""):  # a group's bar has it as its label
            yield ("questions", index, "group"), name
    for path, text in chain(_scale_texts(test), _report_texts(test.report)):
        for locale, written in (text or {}).items():
            for name in PLACEHOLDER.findall(written):
                yield (*path, locale), name


def _report_texts(report: ReportTexts) -> Iterator[tuple[Path, LocalText | None]]:
    yield ("report", "intro"), report.intro
    yield ("report", "outro"), report.outro
    for name, text in report.texts.items():
        yield ("report", "texts", name), text
    for index, scenario in enumerate(report.scenarios):
        here: Path = ("report", "scenarios", index)
        yield (*here, "name"), scenario.name
        yield (*here, "text"), scenario.text
        if scenario.bar:
            yield (*here, "bar", "label"), scenario.bar.label


def _scale_texts(test: TestDefinition) -> Iterator[tuple[Path, LocalText | None]]:
    for index, scale in enumerate(test.scales):
        yield ("scales", index, "title"), scale.title
        for number, level in enumerate(scale.levels):
            here: Path = ("scales", index, "levels", number)
            yield (*here, "name"), level.name
            yield (*here, "text"), level.text


def _locale_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    texts: list[tuple[Path, LocalText | None]] = [
        (("title",), test.title),
        (("description",), test.description),
        (("instruction",), test.instruction),
        *((("authors", index), author) for index, author in enumerate(test.authors)),
    ]
    for index, question in enumerate(test.questions):
        texts += [
            (("questions", index, "text"), question.text),
            (("questions", index, "html"), question.html),
            (("questions", index, "right"), question.right),
            (("questions", index, "wrong"), question.wrong),
            (("questions", index, "image"), question.image.alt if question.image else None),
            *(
                (("questions", index, "options", number), text)
                for number, option in enumerate(question.options)
                for text in (option.text, option.image.alt if option.image else None)
            ),
            *(
                (("questions", index, "fields", number, key), text)
                for number, field in enumerate(question.fields)
                for key, text in (("placeholder", field.placeholder), ("correct", field.correct))
            ),
        ]
    for index, scale in enumerate(test.scales):
        texts += [
            (("scales", index, "description"), scale.description),
            *(
                (("scales", index, "norms", number, "title"), norm.title)
                for number, norm in enumerate(scale.norms)
            ),
        ]
    texts += chain(_scale_texts(test), _report_texts(test.report))
    for path, text in texts:
        missing = [locale for locale in test.locales if text and locale not in text]
        if missing:
            yield path, f"the text is missing in: {', '.join(missing)}"
