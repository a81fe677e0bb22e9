"""What `test import` and `test check` print about each file, and about all of them."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.running import harmless, print_json
from widget_gateway.services.catalogue.batches import Batch
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.predecessor.elements import LOST

_PARTICULAR = re.compile(r'"[^"]*"|\{\{.*?\}\}')
"""What differs between losses of the same kind: quoted words of the file, and variables."""

_MANY = 5
"""More files than this that are passed over for the same reason are told by their number."""


def summarize(definition: Definition) -> dict[str, Any]:
    """Describe a definition for machines; `notes` say what an import changed or left out."""
    test = definition.test
    return {
        "questions": dict(Counter(question.type.value for question in test.questions)),
        "locales": list(test.locales),
        "scales": len(test.scales),
        "scenarios": len(test.report.scenarios),
        "profiles": len(test.profiles),
        "notes": list(definition.notes),
    }


def print_batch_json(batch: Batch, made: Mapping[Path, Mapping[str, Any]]) -> None:
    """Print a list for machines; `made` has what became of a definition.

    A refused file has `refused` with its faults. Files that are no definition are told on the
    standard error stream.
    """
    good = [
        {
            "path": str(path),
            "slug": definition.test.slug,
            **made.get(path, {}),
            **summarize(definition),
        }
        for path, definition in batch.definitions.items()
    ]
    print_json([*good, *({"path": str(p), "refused": f} for p, f in batch.refused.items())])
    for line in _passed_over(batch.passed_over):
        click.echo(harmless(f"passed over: {line}"), err=True)


def print_summary(became: str, path: Path, definition: Definition) -> None:
    """Print the summary for people: a line, and another for each note."""
    summary = summarize(definition)
    questions = ", ".join(f"{count} {kind}" for kind, count in summary["questions"].items())
    parts = [f"questions: {questions}", f"locales: {', '.join(summary['locales'])}"]
    counted = ("scales", "scenarios", "profiles")
    parts += [f"{name}: {summary[name]}" for name in counted if summary[name]]
    click.echo(harmless(f"{became}  ({'; '.join(parts)})  {path}"))
    for note in summary["notes"]:
        click.echo(f"    {harmless(note)}")


def print_batch(batch: Batch, good: str) -> None:
    """Print what was refused and passed over, and the counts of all; `good` counts the good ones.

    The faults go to the standard error stream. A single definition needs no counts.
    """
    for path, faults in batch.refused.items():
        click.echo(harmless(f"refused: {path}"))
        for fault in faults:
            click.echo(harmless(fault), err=True)
    for line in _passed_over(batch.passed_over):
        click.echo(harmless(f"passed over: {line}"))
    if len(batch.definitions) + len(batch.refused) + len(batch.passed_over) == 1:
        return
    click.echo(f"{good}, {len(batch.refused)} refused, {len(batch.passed_over)} passed over")
    losses = _losses(batch)
    if losses:
        click.echo("Not carried over, by kind:")
    for kind, count in sorted(losses.items(), key=lambda lost: (-lost[1], lost[0])):
        click.echo(harmless(f"    {kind}  (in {count} {'test' if count == 1 else 'tests'})"))


def _passed_over(files: Mapping[Path, str]) -> list[str]:
    """Return a line a file; many files of the same kind share one."""
    kinds: dict[str, list[Path]] = {}
    for path, why in files.items():
        kinds.setdefault(why, []).append(path)
    lines = []
    for why, paths in kinds.items():
        if len(paths) > _MANY:
            lines.append(f"{len(paths)} files, the first {paths[0]}: {why}")
        else:
            lines += [f"{path}: {why}" for path in paths]
    return lines


def _losses(batch: Batch) -> Counter[str]:
    """Count the tests by what could not be carried over of them."""
    kinds: Counter[str] = Counter()
    for definition in batch.definitions.values():
        lost = (note.partition(LOST)[2] for note in definition.notes)
        kinds.update({_PARTICULAR.sub("…", what) for what in lost if what})
    return kinds
