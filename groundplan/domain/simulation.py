"""How a plan may turn out: its tasks drawn at random from their estimates, many times over.

Monte Carlo simulation of the PERT network (Malcolm et al. 1959; Van Slyke 1963, Operations Research 11(5)): each sample
draws every duration from the beta-PERT distribution of its estimate and walks the network,

    start(j) = max finish(i), i → j      finish(j) = start(j) + X(j)

over the plan's dependencies and the waits for resources that its schedule shows. Paths that merge are thereby late more
often than the critical path alone says. A task's criticality index is the share of samples in which it lies on a
longest path. Durations are drawn independently of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from groundplan.domain.frozen import Frozen, UtcDatetime, as_utc
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import NOTHING, ThreePoint
from groundplan.domain.simulated_network import Network, network

if TYPE_CHECKING:
    import numpy as np

    Floats = np.typing.NDArray[np.float64]

SAMPLES = 10_000
_BARS = 24
_CELLS = 8_000_000
"""How many durations are held at a time, so that 10,000 tasks take some 200 MB however many samples there are."""


class Histogram(Frozen):
    """How many samples fell between `low + i · width` and `low + (i + 1) · width`."""

    low: float = 0.0
    width: float = 0.0
    counts: list[int] = Field(default_factory=list)


class Spread(Frozen):
    """What a simulated quantity came to: half of the samples stay at or below `p50`, 80 % below `p80` …"""

    mean: float = 0.0
    std: float = 0.0
    p10: float = 0.0
    p50: float = 0.0
    p80: float = 0.0
    p90: float = 0.0
    p95: float = 0.0


class Simulation(Frozen):
    """What simulating a plan came to. The same plan, samples, seed and moment give the same, bit for bit.

    `finish` is in seconds from the moment of simulating until all is done, of a plan under way what is left of it;
    `cost` is money in `currency`, over all tasks, finished ones too. Probabilities are None where there is no limit.
    """

    plan_id: str
    version: int
    samples: int
    seed: int
    finish: Spread
    cost: Spread
    tokens: Spread
    currency: str = "USD"
    deadline: UtcDatetime | None = None
    seconds_to_deadline: float | None = None
    probability_of_deadline: float | None = Field(default=None, description="that all is done before the deadline")
    probability_of_cost: float | None = Field(default=None, description="that the cost stays within `max_cost`")
    probability_of_tokens: float | None = Field(default=None, description="that tokens stay within `max_tokens`")
    criticality: dict[str, float] = Field(default_factory=dict, description="criticality index by task id, 0 to 1")
    histogram: Histogram = Field(default_factory=Histogram, description="of `finish`")

    def most_critical(self, number: int = 10) -> list[tuple[str, float]]:
        """The tasks that decide most often when the plan is done, with their criticality index."""
        ranked = sorted(self.criticality.items(), key=lambda item: -item[1])
        return [(task_id, share) for task_id, share in ranked[:number] if share > 0]


def simulate(
    plan: ExecutionPlan,
    *,
    now: datetime,
    samples: int = SAMPLES,
    seed: int = 0,
    deadline: datetime | None = None,
) -> Simulation:
    """Simulate what is left of the plan `samples` times.

    Finished tasks take no more time; one that is running takes at least what it has run already.

    Args:
        now: when what is left would go on; the deadline is counted from here.
        deadline: instead of the one in the plan's schedule.

    Raises:
        PlanningError: E5301 or E5302 if the tasks' dependencies do not hold.
        ValueError: `samples` is below 1.
    """
    if samples < 1:
        raise ValueError(f"samples must be 1 or more, not {samples}")
    finish, cost, tokens, critical = _drawn(network(plan, now), samples, seed)
    until = deadline or (plan.schedule.deadline if plan.schedule else None)
    left = (as_utc(until) - as_utc(now)).total_seconds() if until else None
    budget = plan.resource_budget
    return Simulation(
        plan_id=plan.plan_id,
        version=plan.version,
        samples=samples,
        seed=seed,
        finish=_spread(finish),
        cost=_spread(cost),
        tokens=_spread(tokens),
        currency=budget.currency,
        deadline=until,
        seconds_to_deadline=left,
        probability_of_deadline=_share_within(finish, left),
        probability_of_cost=_share_within(cost, budget.max_cost),
        probability_of_tokens=_share_within(tokens, budget.max_tokens),
        criticality=critical,
        histogram=_histogram(finish),
    )


def _drawn(work: Network, samples: int, seed: int) -> tuple[Floats, Floats, Floats, dict[str, float]]:
    """Finish, cost and tokens of each sample, and the criticality index of each task."""
    # Here, not above: numpy takes a tenth of a second to import, and whoever only plans does not need it.
    import numpy as np

    from groundplan.domain.pert_samples import Samples

    rng = np.random.default_rng(seed)
    durations = Samples([estimate.duration for estimate in work.estimates], work.spent)
    totals = _Totals([estimate.cost for estimate in work.estimates], [estimate.tokens for estimate in work.estimates])
    critical = np.zeros(len(work.tasks), dtype=np.int64)
    size = max(1, min(samples, _CELLS // max(1, len(work.tasks))))
    blocks = []
    for first in range(0, samples, size):
        count = min(size, samples - first)
        blocks.append((_walked(work, durations.draw(rng, count), critical), *totals.draw(rng, count)))
    finish, cost, tokens = (np.concatenate(part) for part in zip(*blocks, strict=True))
    shares = (critical / samples).tolist()
    return finish, cost, tokens, {task.task_id: share for task, share in zip(work.tasks, shares, strict=True)}


class _Totals:
    """Sums of costs and of tokens over all tasks. One draw decides both: a task that takes more tokens costs more."""

    def __init__(self, costs: Sequence[ThreePoint], tokens: Sequence[ThreePoint]) -> None:
        from groundplan.domain.pert_samples import Samples

        used = [row for row, pair in enumerate(zip(costs, tokens, strict=True)) if pair != (NOTHING, NOTHING)]
        self._rows = len(used)
        self._parts = [Samples([points[row] for row in used]) for points in (costs, tokens)]

    def draw(self, rng: np.random.Generator, size: int) -> tuple[Floats, Floats]:
        """The sums of `size` samples: cost, tokens."""
        from groundplan.domain.pert_samples import slices

        drawn = slices(rng, self._rows, size)
        cost, tokens = (part.fixed_total + part.values(drawn[part.varying]).sum(axis=0) for part in self._parts)
        return cost, tokens


def _walked(work: Network, finish: Floats, critical: np.typing.NDArray[np.int64]) -> Floats:
    """When all is done, by sample; `finish` holds durations and is used up, `critical` is counted on."""
    start: dict[int, Floats] = {}
    for task, (before, earliest) in enumerate(zip(work.waits, work.earliest, strict=True)):
        if len(before) == 1 and not earliest:
            finish[task] += finish[before[0]]
        elif before or earliest:
            start[task] = finish[list(before)].max(axis=0, initial=earliest)
            finish[task] += start[task]
    end: Floats = finish.max(axis=0, initial=0.0)
    # What ends last is on a longest path, and so is what one on it began right after. Equal is equal: each start is a
    # copy of the finish that it waited for.
    on_path = finish == end
    for task in range(len(work.waits) - 1, -1, -1):
        others = list(work.waits[task])
        if task in start:
            on_path[others] |= on_path[task] & (finish[others] == start[task])
        elif others:
            on_path[others[0]] |= on_path[task]
    on_path[[task for task, gone in enumerate(work.spent) if gone is None]] = False  # what is finished decides nothing
    critical += on_path.sum(axis=1)
    return end


def _spread(values: Floats) -> Spread:
    import numpy as np

    p10, p50, p80, p90, p95 = np.quantile(values, (0.1, 0.5, 0.8, 0.9, 0.95)).tolist()
    return Spread(mean=float(values.mean()), std=float(values.std()), p10=p10, p50=p50, p80=p80, p90=p90, p95=p95)


def _share_within(values: Floats, limit: float | None) -> float | None:
    return None if limit is None else float((values <= limit).mean())


def _histogram(values: Floats) -> Histogram:
    import numpy as np

    low, high = float(values.min()), float(values.max())
    if not high > low:
        return Histogram(low=low, width=0.0, counts=[len(values)])
    counts, _ = np.histogram(values, bins=_BARS, range=(low, high))
    return Histogram(low=low, width=(high - low) / _BARS, counts=counts.tolist())
