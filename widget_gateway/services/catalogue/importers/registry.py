"""Says by its content which importer reads a file."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.sources import Source

MODULES = ("workbooks", "qti", "moodle_xml", "limesurvey", "surveyjs", "gift", "tables")
"""The importers in the order in which they are asked: what has clear signs comes first."""


class Importer(NamedTuple):
    """Reads one foreign form. `recognises` looks at the content and raises nothing."""

    recognises: Callable[[Source], bool]
    read: Callable[[Source, Mapping[str, Any] | None], Definition]


@cache
def importers() -> tuple[Importer, ...]:
    """Load all importers. Most processes import no test, and start sooner without them."""
    modules = (import_module(f"{__package__}.{name}") for name in MODULES)
    return tuple(Importer(module.recognises, module.read) for module in modules)


def recognise(source: Source) -> Importer | None:
    """Return the importer of a file, or None if it is a definition of our own or of nobody."""
    return next((importer for importer in importers() if importer.recognises(source)), None)
