"""Says by its content which importer reads a file."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers import (
    gift,
    limesurvey,
    moodle_xml,
    qti,
    surveyjs,
    tables,
    workbooks,
)
from widget_gateway.services.catalogue.importers.sources import Source


class Importer(NamedTuple):
    """Reads one foreign form. `recognises` looks at the content and raises nothing."""

    recognises: Callable[[Source], bool]
    read: Callable[[Source, Mapping[str, Any] | None], Definition]


def _importer(module: ModuleType) -> Importer:
    return Importer(module.recognises, module.read)


IMPORTERS = tuple(map(_importer, (workbooks, qti, moodle_xml, limesurvey, surveyjs, gift, tables)))
"""The importers in the order in which they are asked: what has clear signs comes first."""


def recognise(source: Source) -> Importer | None:
    """Return the importer of a file, or None if it is a definition of our own or of nobody."""
    return next((importer for importer in IMPORTERS if importer.recognises(source)), None)
