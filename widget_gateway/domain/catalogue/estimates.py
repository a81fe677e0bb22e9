"""Estimates from samples: means, deviations, reliability and correlations, each with an interval.

The intervals cover the true value in 95 of 100 samples. `docs/authors.md` names the formulas for
authors of tests.
"""

from dataclasses import dataclass
from math import atanh, exp, inf, lgamma, log, log1p, sqrt, tanh
from statistics import NormalDist

MIN_N = 30
"""Fewest people from whose answers anything is estimated. With fewer, an interval of a correlation
is wider than 0.7, and a distribution might tell what a single person answered."""

CONFIDENCE = 0.95
"""How often the intervals cover the true value: the customary share."""

_TAIL = (1 - CONFIDENCE) / 2
_MANY = 20_000
"""Degrees of freedom from which Fisher's normal approximation of F is as good as the exact value:
its relative error is below 0.0001 there, and the exact value takes thousands of steps."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate from `n` people; the true value is probably between `low` and `high`."""

    value: float
    low: float
    high: float
    n: int


def estimate_mean(mean: float, deviation: float, n: int) -> Estimate:
    """Return the mean of a sample with Student's interval."""
    # The square of a t with n - 1 degrees of freedom is an F with 1 and n - 1.
    margin = sqrt(f_quantile(CONFIDENCE, 1, n - 1)) * deviation / sqrt(n)
    return Estimate(mean, mean - margin, mean + margin, n)


def estimate_deviation(deviation: float, n: int) -> Estimate:
    """Return the standard deviation of a sample with the interval of a normal distribution."""
    high, low = (
        deviation * sqrt((n - 1) / chi_square_quantile(tail, n - 1)) for tail in (_TAIL, 1 - _TAIL)
    )
    return Estimate(deviation, low, high, n)


def estimate_alpha(item_variances: float, variance: float, items: int, n: int) -> Estimate | None:
    """Return Cronbach's alpha with Feldt's interval.

    `item_variances` is the sum of the items' variances, and `variance` that of their sum. It is
    None where alpha is not defined: for a single item, or if everybody has the same score.
    """
    if items < 2 or variance <= 0:  # noqa: PLR2004 - a single item has no consistency
        return None
    alpha = items / (items - 1) * (1 - item_variances / variance)
    first, second = n - 1, (n - 1) * (items - 1)
    low, high = (1 - (1 - alpha) * f_quantile(p, first, second) for p in (1 - _TAIL, _TAIL))
    return Estimate(alpha, low, high, n)


def estimate_correlation(covariance: float, first: float, second: float, n: int) -> Estimate | None:
    """Return the correlation of two variables, from their variances, with Fisher's interval.

    It is None where one of them does not vary.
    """
    if first <= 0 or second <= 0:
        return None
    r = min(max(covariance / sqrt(first) / sqrt(second), -1.0), 1.0)
    if abs(r) == 1:
        return Estimate(r, r, r, n)
    margin = NormalDist().inv_cdf(1 - _TAIL) / sqrt(n - 3)
    return Estimate(r, tanh(atanh(r) - margin), tanh(atanh(r) + margin), n)


def chi_square_quantile(p: float, freedom: int) -> float:
    """Return the quantile of a chi-square distribution, by Wilson and Hilferty's approximation.

    Its relative error is below 0.001 from 29 degrees of freedom on, of MIN_N people.
    """
    ninth = 2 / (9 * freedom)
    return freedom * (1 - ninth + NormalDist().inv_cdf(p) * sqrt(ninth)) ** 3


def f_quantile(p: float, first: int, second: int) -> float:
    """Return the quantile of an F distribution with these degrees of freedom."""
    # Half the logarithm of F is nearly normal. It is exact enough for many degrees of freedom, and
    # brackets the quantile for few.
    middle = (1 / second - 1 / first) / 2
    spread = sqrt((1 / first + 1 / second) / 2)
    if min(first, second) > _MANY:
        return exp(2 * (middle + NormalDist().inv_cdf(p) * spread))
    low, high = middle - 12 * spread - 1, middle + 12 * spread + 1
    for _ in range(60):
        at = (low + high) / 2
        if _f_share(exp(2 * at), first, second) < p:
            low = at
        else:
            high = at
    return exp(low + high)


def _f_share(value: float, first: int, second: int) -> float:
    """Return the share of an F distribution that is below the value."""
    whole = first * value + second
    return _incomplete_beta(first * value / whole, second / whole, first / 2, second / 2)


def _incomplete_beta(x: float, rest: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function; `rest` is 1 - x, without its rounding."""
    if x <= 0:
        return 0.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * _log_of(rest, x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(rest, b, a) / b


def _log_of(rest: float, x: float) -> float:
    if rest <= 0:
        return -inf
    return log1p(-x) if x < 0.5 else log(rest)  # noqa: PLR2004 - the half that is more exact


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _nonzero(1 + step * d)
            c = _nonzero(1 + step / c)
            change = c * d
            fraction *= change
        if abs(change - 1) < 1e-14:  # noqa: PLR2004 - the precision of a float
            break
    return fraction


def _nonzero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300  # noqa: PLR2004 - the fraction must not divide by 0
