"""How well forecasts held: the share of tasks that took what their forecast said, and how far they were off.

A forecast is calibrated if four of five tasks take a time within its 80 % interval (P10 to P90, see `pert.interval`).
`bias` is the geometric mean of actual over expected duration: 1.2 is a fifth longer than forecast.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.learned_estimates import LEARNED
from groundplan.domain.past_task import PastTask
from groundplan.domain.pert import Interval, interval, quantile
from groundplan.domain.resources import NOTHING, ThreePoint

_ROUNDED = 1e-9
"""Clocks and sums round; a time this much beside the interval is in it."""
_SHORTEST = 1e-4


class Hits(Frozen):
    """How forecasts of `n` tasks held: shares within, below and above the 80 % interval; None where there are none."""

    n: int = 0
    inside: float | None = None
    below: float | None = None
    above: float | None = None
    bias: float | None = Field(default=None, description="geometric mean of actual over the forecast's median")


class Calibration(Frozen):
    """Hits over all tasks, of forecasts that were learned and of those that were not, and by tool or kind of work."""

    overall: Hits = Field(default_factory=Hits)
    learned: Hits = Field(default_factory=Hits)
    not_learned: Hits = Field(default_factory=Hits)
    by_work: dict[str, Hits] = Field(default_factory=dict)


def is_inside(seconds: float, points: ThreePoint) -> bool:
    """Whether the duration lies in the forecast's 80 % interval."""
    return seconds in _widened(interval(points))


def calibration(past: Iterable[PastTask]) -> Calibration:
    """How the forecasts of these tasks held. Tasks without a forecast are left out."""
    judged = [one for one in past if one.forecast is not None and one.forecast.duration != NOTHING]
    by_work: dict[str, list[PastTask]] = defaultdict(list)
    for one in judged:
        by_work[one.tool or one.kind].append(one)
    return Calibration(
        overall=_hits(judged),
        learned=_hits([one for one in judged if _is_learned(one)]),
        not_learned=_hits([one for one in judged if not _is_learned(one)]),
        by_work={work: _hits(found) for work, found in sorted(by_work.items())},
    )


def _is_learned(one: PastTask) -> bool:
    return one.forecast is not None and one.forecast.basis.startswith(LEARNED)


def _hits(tasks: Sequence[PastTask]) -> Hits:
    if not tasks:
        return Hits()
    forecasts = [one.forecast.duration for one in tasks if one.forecast is not None]
    ranges = [_widened(interval(points)) for points in forecasts]
    pairs = list(zip([one.seconds for one in tasks], ranges, strict=True))
    off = [
        math.log(max(one.seconds, _SHORTEST) / max(quantile(points, 0.5), _SHORTEST))
        for one, points in zip(tasks, forecasts, strict=True)
    ]
    return Hits(
        n=len(tasks),
        inside=sum(seconds in within for seconds, within in pairs) / len(pairs),
        below=sum(seconds < within.low for seconds, within in pairs) / len(pairs),
        above=sum(seconds > within.high for seconds, within in pairs) / len(pairs),
        bias=math.exp(math.fsum(off) / len(off)),
    )


def _widened(within: Interval) -> Interval:
    return Interval(within.low * (1 - _ROUNDED), within.high * (1 + _ROUNDED))
