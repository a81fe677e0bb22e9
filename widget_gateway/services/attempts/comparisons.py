"""Comparisons of two definitions, and what the new one makes of the results of the old one."""

from dataclasses import dataclass

from widget_gateway.domain.attempts.results import Selection
from widget_gateway.domain.catalogue.comparison import Comparison, ScaleComparison
from widget_gateway.domain.catalogue.estimates import Estimate
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.scales import Level
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.attempts.statistics import TestStatisticsService
from widget_gateway.services.catalogue.catalogue import Catalogue

NOTED_LOSS = 0.005
"""The loss of alpha from which a scale is said to lose reliability: it shows in two decimals."""

_MAX_DIGITS = 9
"""Digits of a version's number that the database takes."""


@dataclass(frozen=True, slots=True)
class LevelMove:
    """How many people have one level by the old definition and another, or the same, by the new.

    The levels have their names; None is no level.
    """

    old: str | None
    new: str | None
    people: int


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """What becomes of a scale. `why_not` says why it can't be computed from old results."""

    scale: str
    why_not: str | None
    moved: int
    moves: tuple[LevelMove, ...]
    old_alpha: Estimate | None
    new_alpha: Estimate | None

    @property
    def loses_reliability(self) -> bool:
        """Whether the new scale is less reliable than the old one."""
        if self.old_alpha is None or self.new_alpha is None:
            return False
        return self.old_alpha.value - self.new_alpha.value >= NOTED_LOSS


class TestComparisons:
    """Compares stored versions with each other, and with definitions that are not stored."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    def __init__(self, catalogue: Catalogue, statistics: TestStatisticsService) -> None:
        self._catalogue = catalogue
        self._statistics = statistics

    async def find(self, name: str) -> TestDefinition:
        """Return the version that `SLUG` or `SLUG:VERSION` names; without a version, the current.

        Raises:
            TestNotFoundError: there is no such test or version.
        """
        slug, _, number = name.partition(":")
        if not number:
            current = (await self._catalogue.get_state(TestSlug(slug))).current
            if current is None:
                raise TestNotFoundError("The test has drafts only: name a version.")
            return await self._catalogue.get_version(TestSlug(slug), current)
        if not number.isdecimal() or len(number) > _MAX_DIGITS:
            raise TestNotFoundError(f"{number} is no number of a version.")
        return await self._catalogue.get_version(TestSlug(slug), int(number))

    async def score(
        self, old: TestDefinition, new: TestDefinition, most: int | None = None
    ) -> Comparison:
        """Score all results of a stored version, or about `most`, by another definition, too."""
        selection = Selection(test=old.slug, versions=(old.version,))
        return await self._statistics.compare(selection, new, most)


def scale_changes(comparison: Comparison) -> list[ScaleChange]:
    """Return what becomes of each scale of the new definition."""
    return [
        ScaleChange(
            scale=found.scale.id,
            why_not=found.why_not,
            moved=found.moved,
            moves=_moves(found),
            old_alpha=found.old_alpha,
            new_alpha=found.new_alpha,
        )
        for found in comparison.scales()
    ]


def _moves(found: ScaleComparison) -> tuple[LevelMove, ...]:
    """Return the moves between levels in the order of the levels; no level comes last."""
    beyond = max(len(found.old_levels), len(found.scale.levels))
    ordered = sorted(
        found.levels.items(),
        key=lambda row: tuple(beyond if index is None else index for index in row[0]),
    )
    return tuple(
        LevelMove(_name(found.old_levels, old), _name(found.scale.levels, new), people)
        for (old, new), people in ordered
    )


def _name(levels: tuple[Level, ...], index: int | None) -> str | None:
    if index is None:
        return None
    name = levels[index].name
    return localized(name, next(iter(name)))
