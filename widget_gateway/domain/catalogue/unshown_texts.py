"""Texts of a definition that neither the widget nor any report shows, whatever the answers."""

from collections.abc import Iterator

from widget_gateway.domain.catalogue.tests import TestDefinition


def unshown_texts(test: TestDefinition) -> Iterator[str]:
    """Say which texts are never shown, and why, in sentences for the author."""
    explained = sum(bool(question.right or question.wrong) for question in test.questions)
    if explained:
        texts = f"right and wrong answers' texts (questions: {explained})"
        yield f"{texts}: the widget does not show them yet"
    yield from _of_groups(test)
    for scale in test.scales:
        if not scale.title and (scale.description or scale.levels or scale.sections):
            yield f"the texts of the scale {scale.id}: it has no title"
        if scale.sections and not test.report.sections_for:
            yield f"the sections of the scale {scale.id}: report.sections_for is 0"
        for norm in scale.norms:
            if norm.group and not norm.title:
                yield (
                    f'the norm "{norm.group}" of the scale {scale.id}: it has no title, so the '
                    "report leaves it out"
                )
    if test.profiles and not test.report.profiles.shown:
        yield "the profiles: report.profiles.shown is 0"
    elif test.report.profiles.title and not test.profiles:
        yield "report.profiles.title: the test has no profiles"


def _of_groups(test: TestDefinition) -> Iterator[str]:
    if not test.scales:
        return
    named = {name for profile in test.profiles for each in profile.combinations for name in each}
    named |= {
        scenario.bar.percentage.removeprefix("GROUPS.").rpartition(".")[0]
        for scenario in test.report.scenarios
        if scenario.bar
    }
    for name, group in test.groups.items():
        if name not in named:
            yield f"groups.{name}: a test with scales has no bars of groups"
        elif group.description:
            yield f"groups.{name}.description: a test with scales has no bars of groups"
