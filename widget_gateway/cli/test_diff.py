"""`test diff`: what a new definition makes of the results of an old version."""

from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.running import CommandError, json_option, print_json, print_table, run
from widget_gateway.cli.test_statistics import interval_text
from widget_gateway.composition.application import Backend
from widget_gateway.domain.attempts.results import Selection
from widget_gateway.domain.catalogue.comparison import Comparison, ScaleComparison
from widget_gateway.domain.catalogue.estimates import Estimate
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.scales import Level
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import DefinitionError, TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.catalogue.files import read_definition_file

_LOSS = 0.005
"""The loss of alpha from which a scale is said to lose reliability: it shows in two decimals."""


@click.command()
@click.argument("old", metavar="SLUG:VERSION")
@click.argument("new", metavar="SLUG:VERSION|FILE")
@json_option
def diff(*, old: str, new: str, as_json: bool) -> None:
    """Score all results of an old version by a new definition, and show what changes.

    Without a version, a slug means the current one.
    """
    try:
        read = read_definition_file(Path(new)).test if Path(new).is_file() else None
    except DefinitionError as error:
        raise CommandError(error, as_json=as_json) from error

    async def work(backend: Backend) -> Comparison:
        catalogue = backend.services.public.catalogue
        before = await _stored(catalogue, old)
        after = read or await _stored(catalogue, new)
        selection = Selection(test=before.slug, versions=(before.version,))
        return await backend.test_statistics.compare(selection, after)

    comparison = run(work, as_json=as_json)
    if as_json:
        print_json(_described(comparison))
    else:
        _print(comparison)


async def _stored(catalogue: Catalogue, name: str) -> TestDefinition:
    """Return the version that `SLUG` or `SLUG:VERSION` names.

    Raises:
        TestNotFoundError: there is no such test or version.
    """
    slug, _, number = name.partition(":")
    if not number:
        current = (await catalogue.get_state(TestSlug(slug))).current
        if current is None:
            raise TestNotFoundError("The test has drafts only: name a version.")
        return await catalogue.get_version(TestSlug(slug), current)
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - it fits into the database
        raise TestNotFoundError(f"{number} is no number of a version.")
    return await catalogue.get_version(TestSlug(slug), int(number))


def _described(comparison: Comparison) -> dict[str, Any]:
    return {
        "old": f"{comparison.old.slug}:{comparison.old.version}",
        "new": comparison.new.slug,
        "results": comparison.results,
        "scored": comparison.scored,
        "unscorable": dict(comparison.unscorable),
        "questions": {
            "vanished": comparison.vanished,
            "appeared": comparison.appeared,
            "changed": {change.question: list(change.fields) for change in comparison.changed},
        },
        "vanished_scales": comparison.vanished_scales,
        "scales": [
            {
                "id": scale.scale.id,
                "why_not": scale.why_not,
                "moved": scale.moved,
                "levels": [
                    {"from": _name(scale.old_levels, a), "to": _name(scale.scale.levels, b), "n": n}
                    for (a, b), n in _sorted_levels(scale)
                ],
                "old_alpha": _alpha(scale.old_alpha),
                "new_alpha": _alpha(scale.new_alpha),
                "loses_reliability": _loses(scale),
            }
            for scale in comparison.scales()
        ],
    }


def _alpha(estimate: Estimate | None) -> float | None:
    return None if estimate is None else round(estimate.value, 6)


def _loses(scale: ScaleComparison) -> bool:
    if scale.old_alpha is None or scale.new_alpha is None:
        return False
    return scale.old_alpha.value - scale.new_alpha.value >= _LOSS


def _sorted_levels(scale: ScaleComparison) -> list[tuple[tuple[int | None, int | None], int]]:
    beyond = max(len(scale.old_levels), len(scale.scale.levels))
    return sorted(
        scale.levels.items(),
        key=lambda row: tuple(beyond if index is None else index for index in row[0]),
    )


def _name(levels: tuple[Level, ...], index: int | None) -> str | None:
    if index is None:
        return None
    name = levels[index].name
    return localized(name, next(iter(name)))


def _print(comparison: Comparison) -> None:
    old, new = comparison.old, comparison.new
    click.echo(f"{old.slug}, version {old.version}: {comparison.results} results")
    click.echo(f"scored by both definitions: {comparison.scored}")
    for why, count in comparison.unscorable.items():
        click.echo(f"not scored by the new one: {count}, {why}")
    for word, names in (
        ("questions vanished", comparison.vanished),
        ("questions appeared", comparison.appeared),
        ("scales vanished", comparison.vanished_scales),
    ):
        if names:
            click.echo(f"{word}: {', '.join(names)}")
    for change in comparison.changed:
        click.echo(f"question {change.question} changed: {', '.join(change.fields)}")
    scales = comparison.scales()
    click.echo()
    print_table(
        ("SCALE", "CHANGE LEVEL", "ALPHA, OLD", "ALPHA, NEW", ""),
        [
            (
                scale.scale.id,
                "-" if scale.why_not else str(scale.moved),
                interval_text(scale.old_alpha),
                interval_text(scale.new_alpha),
                scale.why_not or ("loses reliability" if _loses(scale) else ""),
            )
            for scale in scales
        ],
    )
    rows: list[tuple[str, ...]] = [
        (
            scale.scale.id,
            _name(scale.old_levels, before) or "-",
            _name(scale.scale.levels, after) or "-",
            str(count),
        )
        for scale in scales
        for (before, after), count in _sorted_levels(scale)
        if (before, after) != (None, None)
    ]
    if rows:
        click.echo()
        print_table(("SCALE", "FROM", "TO", "RESULTS"), rows)
    if new.slug != old.slug:
        click.echo(f"\nThe new definition is that of another test: {new.slug}.")
