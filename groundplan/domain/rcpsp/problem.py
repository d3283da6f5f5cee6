"""The resource-constrained project scheduling problem (Pritsker, Watters and Wolfe 1969), and an answer to it.

minimise  max S(j) + d(j)
such that S(j) >= S(i) + d(i)              i → j
          Σ r(j, k) over jobs running at t  <= R(k)     every resource k, every time t
          Σ c(j, k) over all jobs           <= C(k)     every stock k
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundplan.domain.errors import ErrorCode, PlanningError

Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """Jobs 0 … n-1 with integer durations, and what they share.

    Attributes:
        durations: time units of each job, at least 0.
        predecessors: of each job, the jobs that end before it starts.
        demands: of each job, how much of each renewable resource it holds while it runs.
        capacities: how much there is of each renewable resource at every time.
        consumption: of each job, how much it takes from each stock for good; none if empty.
        stocks: how much there is of each consumable (tokens, money), for the whole project.

    Raises:
        ValueError: the shapes differ, or a number is negative.
        PlanningError: E5500 if a job demands more than exists, or all jobs together more than a stock holds.
    """

    durations: Row
    predecessors: tuple[Row, ...]
    demands: tuple[Row, ...]
    capacities: Row
    consumption: tuple[Row, ...] = ()
    stocks: Row = ()

    def __post_init__(self) -> None:
        jobs = len(self.durations)
        if len(self.predecessors) != jobs:
            raise ValueError(f"{jobs} durations, but {len(self.predecessors)} rows of predecessors")
        _must_not_be_negative("durations", self.durations)
        _must_be_table("demands", self.demands, jobs, self.capacities)
        if self.stocks or self.consumption:
            _must_be_table("consumption", self.consumption, jobs, self.stocks)
        self._refuse_too_large_demand()
        self._refuse_too_small_stock()

    def _refuse_too_large_demand(self) -> None:
        for job, row in enumerate(self.demands):
            for resource, (demand, capacity) in enumerate(zip(row, self.capacities, strict=True)):
                if demand > capacity:
                    raise PlanningError(
                        ErrorCode.RESOURCE_EXCEEDED,
                        f"Job {job} demands {demand} of resource {resource}, which has {capacity}",
                        details={"job": job, "resource": resource, "demand": demand, "capacity": capacity},
                        recovery_suggestion="Split the job, or provide more of the resource",
                    )

    def _refuse_too_small_stock(self) -> None:
        for stock, held in enumerate(self.stocks):
            needed = sum(row[stock] for row in self.consumption)
            if needed > held:
                raise PlanningError(
                    ErrorCode.RESOURCE_EXCEEDED,
                    f"All jobs together take {needed} of stock {stock}, which holds {held}",
                    details={"stock": stock, "demand": needed, "capacity": held},
                    recovery_suggestion="Take jobs out, or raise the stock",
                )


@dataclass(frozen=True, slots=True)
class Solution:
    """A feasible schedule, and how good it is known to be.

    Attributes:
        starts: of each job, in the unit of the durations, counted from the start of the project.
        makespan: the finish of the last job.
        lower_bound: no schedule of the project is shorter.
        method: how the schedule was found.
        schedules: how many schedules were generated on the way.
    """

    starts: Row
    makespan: int
    lower_bound: int
    method: str
    schedules: int

    @property
    def proven_optimal(self) -> bool:
        """Whether no schedule can be shorter."""
        return self.makespan == self.lower_bound


def makespan(starts: Sequence[int], durations: Sequence[int]) -> int:
    """The finish of the last job; 0 without jobs."""
    return max((start + length for start, length in zip(starts, durations, strict=True)), default=0)


def _must_not_be_negative(name: str, numbers: Iterable[int]) -> None:
    for place, number in enumerate(numbers):
        if number < 0:
            raise ValueError(f"Entry {place} of {name} is {number!r}; it must not be negative")


def _must_be_table(name: str, table: tuple[Row, ...], jobs: int, available: Row) -> None:
    _must_not_be_negative(f"what is available for {name}", available)
    if len(table) != jobs:
        raise ValueError(f"{jobs} durations, but {len(table)} rows of {name}")
    for job, row in enumerate(table):
        if len(row) != len(available):
            raise ValueError(f"Job {job} has {len(row)} {name}, but there are {len(available)} of what it draws on")
        _must_not_be_negative(f"{name} of job {job}", row)
