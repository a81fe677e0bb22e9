"""`test diff`: what a new definition makes of the results of an old version."""

from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.running import CommandError, json_option, print_json, print_table, run
from widget_gateway.cli.test_statistics import interval_text
from widget_gateway.composition.application import Backend
from widget_gateway.domain.catalogue.comparison import Comparison
from widget_gateway.domain.catalogue.estimates import Estimate
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.attempts.comparisons import scale_changes
from widget_gateway.services.catalogue.files import read_definition_file


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
        comparisons = backend.authoring.comparisons
        before = await comparisons.find(old)
        return await comparisons.score(before, read or await comparisons.find(new))

    comparison = run(work, as_json=as_json)
    if as_json:
        print_json(_described(comparison))
    else:
        _print(comparison)


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
                "id": scale.scale,
                "why_not": scale.why_not,
                "moved": scale.moved,
                "levels": [
                    {"from": move.old, "to": move.new, "n": move.people} for move in scale.moves
                ],
                "old_alpha": _alpha(scale.old_alpha),
                "new_alpha": _alpha(scale.new_alpha),
                "loses_reliability": scale.loses_reliability,
            }
            for scale in scale_changes(comparison)
        ],
    }


def _alpha(estimate: Estimate | None) -> float | None:
    return None if estimate is None else round(estimate.value, 6)


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
    scales = scale_changes(comparison)
    click.echo()
    print_table(
        ("SCALE", "CHANGE LEVEL", "ALPHA, OLD", "ALPHA, NEW", ""),
        [
            (
                scale.scale,
                "-" if scale.why_not else str(scale.moved),
                interval_text(scale.old_alpha),
                interval_text(scale.new_alpha),
                scale.why_not or ("loses reliability" if scale.loses_reliability else ""),
            )
            for scale in scales
        ],
    )
    rows: list[tuple[str, ...]] = [
        (scale.scale, move.old or "-", move.new or "-", str(move.people))
        for scale in scales
        for move in scale.moves
        if (move.old, move.new) != (None, None)
    ]
    if rows:
        click.echo()
        print_table(("SCALE", "FROM", "TO", "RESULTS"), rows)
    if new.slug != old.slug:
        click.echo(f"\nThe new definition is that of another test: {new.slug}.")
