"""What `test import` and `test check` print about each definition that they read."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from widget_gateway.cli.running import harmless
from widget_gateway.services.catalogue.definitions import Definition


def summarize(definition: Definition) -> dict[str, Any]:
    """Describe a definition for machines; `notes` say what an import changed or left out."""
    test = definition.test
    return {
        "questions": dict(Counter(question.type.value for question in test.questions)),
        "locales": list(test.locales),
        "scales": len(test.scales),
        "scenarios": len(test.report.scenarios),
        "notes": list(definition.notes),
    }


def print_summary(became: str, path: Path, definition: Definition) -> None:
    """Print the summary for people: a line, and another for each note."""
    summary = summarize(definition)
    questions = ", ".join(f"{count} {kind}" for kind, count in summary["questions"].items())
    parts = [f"questions: {questions}", f"locales: {', '.join(summary['locales'])}"]
    parts += [f"{name}: {summary[name]}" for name in ("scales", "scenarios") if summary[name]]
    click.echo(harmless(f"{became}  ({'; '.join(parts)})  {path}"))
    for note in summary["notes"]:
        click.echo(f"    {harmless(note)}")
