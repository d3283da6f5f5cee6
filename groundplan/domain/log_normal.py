"""What values that were seen say of the next one: a log-normal forecast, shrunk toward a prior while they are few.

For logarithms `x_1 … x_n` of one group, with the prior `N(m, t²)` for the group's mean, and `v` for the variance within
groups, worth `k` observations (conjugate normal model, each half given the other; Gelman et al., Bayesian Data
Analysis, 3rd ed., 2.5 and 2.6; the weight of the data is Bühlmann's credibility, 1967):

    s² = (k v + Σ (x_i - x̄)²) / (k + n - 1)
    M  = (n x̄ / s² + m / t²) / (n / s² + 1 / t²)
    next ~ M + sqrt(s² + 1 / (n / s² + 1 / t²)) · T,    T Student's t with k + n - 1 degrees of freedom

With many values their own quantiles take over, with weight `n / (n + 20)`: the order statistics at `p (n + 1)`, between
which the next value lies with exactly that chance whatever the distribution (Vovk et al. 2005, conformal prediction).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_WORTH = 3.0
"""How many observations the variance of other groups is worth."""
_EMPIRICAL = 20.0
_FEWEST = 9
"""With fewer values no order statistic is P10 or P90."""
_Z = 1.2815515655446004
"""The 90 % quantile of the standard normal distribution."""


class Quantiles(NamedTuple):
    """P10, P50 and P90 of what comes next; logarithms or values."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Belief:
    """Logarithms: where the mean of a group lies (normal, `mean` and variance `between`), and the variance `within`."""

    mean: float
    between: float
    within: float


def next_value(values: Sequence[float], prior: Belief) -> Quantiles:
    """P10, P50 and P90 of the next value of a group of which these were seen (logarithms, as is the answer)."""
    count = len(values)
    if not count:
        spread = _Z * math.sqrt(prior.between + prior.within)
        return Quantiles(prior.mean - spread, prior.mean, prior.mean + spread)
    belief = updated(values, prior)
    spread = _t90(_WORTH + count - 1) * math.sqrt(belief.within + belief.between)
    modelled = Quantiles(belief.mean - spread, belief.mean, belief.mean + spread)
    if count < _FEWEST:
        return modelled
    weight = count / (count + _EMPIRICAL)
    seen = sorted(values)
    return Quantiles(
        *(
            (1 - weight) * at + weight * _order_statistic(seen, p)
            for at, p in zip(modelled, (0.1, 0.5, 0.9), strict=True)
        )
    )


def updated(values: Sequence[float], prior: Belief) -> Belief:
    """What is believed of the group after these values."""
    count = len(values)
    if not count:
        return prior
    mean = math.fsum(values) / count
    squares = math.fsum((value - mean) ** 2 for value in values)
    within = (_WORTH * prior.within + squares) / (_WORTH + count - 1)
    precision = count / within + 1 / prior.between
    return Belief((count * mean / within + prior.mean / prior.between) / precision, 1 / precision, within)


def variance(values: Sequence[float]) -> float:
    """The sample variance of two or more values."""
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _order_statistic(seen: Sequence[float], share: float) -> float:
    at = share * (len(seen) + 1) - 1
    below = min(max(int(at), 0), len(seen) - 2)
    return seen[below] + (at - below) * (seen[below + 1] - seen[below])


def _t90(degrees: float) -> float:
    """The 90 % quantile of Student's t, of 3 degrees of freedom or more (Abramowitz & Stegun 26.7.5; error < 0.002)."""
    z, d = _Z, degrees
    return (
        z
        + (z**3 + z) / (4 * d)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * d**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * d**3)
    )
