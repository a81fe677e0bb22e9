"""Rules for definitions that JSON Schema can't express: references, rising bounds, languages."""

from collections.abc import Collection, Iterator
from itertools import chain, pairwise

from widget_gateway.domain.catalogue.answers import MAX_LIST_BYTES, largest_list_bytes
from widget_gateway.domain.catalogue.languages import with_parents
from widget_gateway.domain.catalogue.questions import (
    LocalText,
    Option,
    Order,
    Question,
    QuestionType,
)
from widget_gateway.domain.catalogue.report_texts import ReportTexts, placed_text
from widget_gateway.domain.catalogue.scales import Scale
from widget_gateway.domain.catalogue.tests import DEFAULT_LOCALES, TestDefinition
from widget_gateway.domain.catalogue.variables import PLACEHOLDER, has_variable

WHOLE = 100
"""The highest percentage, at which the last level of a scale has to end."""

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
        yield from _option_faults(question, here)
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
    yield from _block_faults(test)
    yield from _scale_faults(test)
    yield from _part_faults(test)
    yield from _group_faults(test)
    yield from _profile_faults(test)
    yield from _report_faults(test)
    yield from _locale_faults(test)


def _option_faults(question: Question, here: Path) -> Iterator[DefinitionFault]:
    """Find options that answers can't tell apart, and an order that the type can't have."""
    seen: dict[str, Option] = {}
    for option in question.options:
        other = seen.setdefault(option.name, option)
        if other is option:
            continue
        if option.id is None and other.id is None:
            why = f'two options have the same value "{option.value}"; give the options ids'
        else:
            why = (
                f'two options have the same id "{option.name}"; give the options ids that differ '
                "(an option without an id has its value as its id)"
            )
        yield (*here, "options"), why
    if question.order is Order.RANDOM and question.type is QuestionType.GRADIENT:
        yield (*here, "order"), "the steps of a gradient keep their order"
    if question.order is Order.RANDOM and question.type is QuestionType.TEXT:
        yield (*here, "order"), "the fields of a text question keep their order"


def _block_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    """Check that each block is a run of questions on one side of the pause, and in no other one."""
    taken: set[str] = set()
    for index, block in enumerate(test.blocks):
        here: Path = ("blocks", index, "questions")
        unknown = [id_ for id_ in block.questions if id_ not in test.positions]
        for id_ in unknown:
            yield here, f'"{id_}" is no question of this test'
        for id_ in taken.intersection(block.questions):
            yield here, f'"{id_}" is in another block already; a question is in one block'
        taken.update(block.questions)
        if unknown:
            continue
        places = [test.positions[id_] for id_ in block.questions]
        if places != list(range(places[0], places[0] + len(places))):
            yield here, "the questions of a block follow each other in the test, in this order"
        elif places[0] < test.free_length <= places[-1]:
            yield here, f"a block does not cross the pause after {test.free_length} questions"


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
        elif bounds and bounds[-1] < WHOLE:
            last = (*here, "levels", len(bounds) - 1, "up_to")
            yield last, f"the last level ends at 100; above {bounds[-1]:g} a result would have none"
        yield from _section_faults(scale, here)


def _section_faults(scale: Scale, here: Path) -> Iterator[DefinitionFault]:
    for index, section in enumerate(scale.sections):
        place: Path = (*here, "sections", index)
        if not section.text and not section.levels:
            yield place, "needs a text, or levels with texts"
        bounds = [level.up_to for level in section.levels]
        if bounds != sorted(set(bounds)):
            yield (*place, "levels"), "the bounds of the levels rise from one to the next"


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


def _group_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    for name in test.groups:
        if name not in test.questions_by_group:
            yield ("groups", name), f'no question of this test is in the group "{name}"'


def _profile_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    known = {scale.id for scale in test.scales} | test.questions_by_group.keys()
    seen: set[str] = set()
    for index, profile in enumerate(test.profiles):
        here: Path = ("profiles", index)
        if profile.id in seen:
            yield (*here, "id"), f'the id "{profile.id}" is used twice; every profile has its own'
        seen.add(profile.id)
        for number, combination in enumerate(profile.combinations):
            for name in combination:
                if name not in known:
                    yield (
                        (*here, "combinations", number),
                        f'"{name}" is neither a scale nor a group of this test',
                    )


def _report_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    for path, name in _variables(test):
        if not has_variable(test, name) and not _places_text(test, path, name):
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
    texts = (_scale_texts(test), _group_texts(test), _profile_texts(test))
    for path, text in chain(*texts, _report_texts(test.report)):
        for locale, written in (text or {}).items():
            for name in PLACEHOLDER.findall(written):
                yield (*path, locale), name


def _places_text(test: TestDefinition, path: Path, name: str) -> bool:
    """Whether `{{ name }}` at this path stands for a text of the report, which is HTML."""
    holds_html = path[:2] in {("report", "intro"), ("report", "outro")} or (
        path[:2] == ("report", "scenarios") and path[3] == "text"
    )
    return holds_html and placed_text(name) in test.report.texts


def _report_texts(report: ReportTexts) -> Iterator[tuple[Path, LocalText | None]]:
    yield ("report", "intro"), report.intro
    yield ("report", "outro"), report.outro
    yield ("report", "profiles", "title"), report.profiles.title
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
        for number, section in enumerate(scale.sections):
            place: Path = ("scales", index, "sections", number)
            yield (*place, "label"), section.label
            yield (*place, "text"), section.text
            for each, shown in enumerate(section.levels):
                yield (*place, "levels", each, "text"), shown.text


def _group_texts(test: TestDefinition) -> Iterator[tuple[Path, LocalText | None]]:
    for name, group in test.groups.items():
        yield ("groups", name, "title"), group.title
        yield ("groups", name, "description"), group.description


def _profile_texts(test: TestDefinition) -> Iterator[tuple[Path, LocalText | None]]:
    for index, profile in enumerate(test.profiles):
        here: Path = ("profiles", index)
        yield (*here, "name"), profile.name
        yield (*here, "text"), profile.text
        if profile.image:
            yield (*here, "image"), profile.image.alt
        for number, kind in enumerate(profile.kinds):
            place: Path = (*here, "kinds", number)
            yield (*place, "name"), kind.name
            yield (*place, "text"), kind.text
            if kind.image:
                yield (*place, "image"), kind.image.alt


def _locale_faults(test: TestDefinition) -> Iterator[DefinitionFault]:
    spoken = {tag for _, text in _texts(test) for tag in text or {}}
    if silent := [locale for locale in test.locales if _has_not(spoken, locale)]:
        why = (
            f"no text of the test is in: {', '.join(silent)}; list the languages that it has "
            f"(unset, they are {' and '.join(DEFAULT_LOCALES)})"
        )
        yield ("locales",), why


def definition_notes(test: TestDefinition) -> Iterator[DefinitionFault]:
    """Find texts that lack a language of the test, and tell which language stands in."""
    used = {tag for locale in test.locales for tag in with_parents(locale)}
    unused: set[str] = set()
    for path, text in _texts(test):
        unused |= (text or {}).keys() - used
        missing = [locale for locale in test.locales if text and _has_not(text, locale)]
        if text and missing:
            why = f"the text is missing in: {', '.join(missing)}; the one in {next(iter(text))}"
            yield path, f"{why} stands in"
    if unused:
        why = f"some texts are in {', '.join(sorted(unused))}, which the test does not list"
        yield ("locales",), why


def _has_not(tags: Collection[str], locale: str) -> bool:
    return not any(tag in tags for tag in with_parents(locale))


def _texts(test: TestDefinition) -> Iterator[tuple[Path, LocalText | None]]:
    """List all texts of the test, each with its path."""
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
    texts += chain(_scale_texts(test), _group_texts(test), _profile_texts(test))
    yield from chain(texts, _report_texts(test.report))
