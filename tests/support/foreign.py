"""Imports files of other systems in tests, without a gateway."""

from pathlib import Path

import pytest

from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.importers.registry import recognise
from widget_gateway.services.catalogue.importers.sources import (
    ImportOptions,
    Source,
    read_foreign,
)

FILES = Path(__file__).parents[1] / "catalogue" / "foreign"


def imported(name, **options):
    """Import a file of `tests/catalogue/foreign`."""
    return _read(read_foreign(FILES / name, ImportOptions(**options)))


def imported_text(name, text, **options):
    """Import a text, or bytes, as a file of this name."""
    content = text if isinstance(text, bytes) else text.encode()
    return _read(Source(Path(name), content, ImportOptions(**options)))


def refusal_of(name, text, **options):
    """Return the problems for which a text is refused; each names the file."""
    with pytest.raises(DefinitionError) as refusal:
        imported_text(name, text, **options)
    assert all(problem.startswith(f"{name}") for problem in refusal.value.problems)
    return refusal.value.problems


def form_of(definition):
    """Return the form that the import says it saw."""
    return definition.notes[0].removeprefix("read as ")


def scores(definition, **answers):
    """Score a sheet; returns score, minimum and maximum of each scale by its id."""
    sheet = {name: tuple(values) for name, values in answers.items()}
    scored = score_answers(definition.test, sheet).scales
    return {found.scale.id: (found.score, found.min, found.max) for found in scored}


def options_of(definition, question):
    """Return the ids and values of a question's options, and whether they are right."""
    found = definition.test.by_id[question].options
    return [(o.id or o.value, o.value, o.correct) for o in found]


def _read(source):
    importer = recognise(source)
    assert importer is not None, f"nothing recognises {source.name}"
    return importer.read(source, None)
