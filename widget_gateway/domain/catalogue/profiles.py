"""Profiles, such as professions: which of them the percentages of a result fit best.

A combination names scales or groups with weights. Its fit is the weighted mean of their
percentages, `Σ w·p / Σ w`, and the fit of a profile is that of its best combination. So no order
of combinations matters, and a higher percentage never lowers a fit. A combination that names a
sub-scale means it in place of its scale: the percentage of the sub-scale counts, and however high
the rest of the scale is, it can't make up for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

from widget_gateway.domain.catalogue.questions import Image, LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A variant of a profile. `text` is HTML, `link` an address of a page about it."""

    name: LocalText
    text: LocalText | None = None
    image: Image | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Combination:
    """Scales or groups with weights in whole numbers, so that the fit is exact in any order."""

    weights: tuple[tuple[str, int], ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a result is compared with. `combinations` are weights by scale id or group name.

    `values` are names for programs. `text` is HTML, `link` an address of a page about it.
    """

    id: str
    name: LocalText
    combinations: tuple[Mapping[str, float], ...]
    text: LocalText | None = None
    image: Image | None = None
    link: str | None = None
    kinds: tuple[Kind, ...] = ()
    values: tuple[str, ...] = ()

    @cached_property
    def whole_combinations(self) -> tuple[Combination, ...]:
        """The combinations with whole weights, computed once for a version of the test."""
        return tuple(map(_whole, self.combinations))


@dataclass(frozen=True, slots=True)
class ProfileFit:
    """How well a profile fits, in percent, and the index of the combination that fits so well."""

    profile: Profile
    fit: float
    combination: int


def fitting(
    profiles: Iterable[Profile], percentages: Mapping[str, float], threshold: float = 0
) -> list[ProfileFit]:
    """Return the profiles whose fit reaches the threshold, best first.

    `percentages` has a percentage for every scale and group that the combinations name. Profiles
    that fit equally well stay in their order; so do the combinations of a profile.
    """
    fits = []
    for profile in profiles:
        best, of = -1.0, 0
        for index, combination in enumerate(profile.whole_combinations):
            reached = sum([weight * percentages[name] for name, weight in combination.weights])
            # A quotient is rounded once, so that equal fits are equal whatever their weights.
            if (fit := reached / combination.total) > best:
                best, of = fit, index
        if best >= threshold:
            fits.append(ProfileFit(profile, best, of))
    fits.sort(key=lambda each: -each.fit)
    return fits


def _whole(combination: Mapping[str, float]) -> Combination:
    weights = {name: Fraction(str(weight)) for name, weight in combination.items()}
    unit = lcm(*(weight.denominator for weight in weights.values()))
    whole = tuple((name, int(weight * unit)) for name, weight in weights.items())
    return Combination(whole, sum(weight for _, weight in whole))
