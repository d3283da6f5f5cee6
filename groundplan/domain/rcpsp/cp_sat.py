"""Shorter schedules and better bounds with OR-Tools' CP-SAT (extra `optimize`).

The model is the usual one: an interval a job, a cumulative constraint a resource (Laborie et al. 2018), start times
within what the known makespan leaves. A schedule to start from is a hint and a limit.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.rcpsp.bounds import lower_bound
from groundplan.domain.rcpsp.network import Network, networks
from groundplan.domain.rcpsp.problem import Project, Solution, makespan


def improve(project: Project, solution: Solution, *, seconds: float, workers: int = 2, seed: int = 0) -> Solution:
    """What CP-SAT makes of a schedule: the same or a shorter one, and the same or a higher lower bound.

    Args:
        solution: a feasible schedule of the project.
        seconds: how long to look, wall clock, building the model included.
        workers: how many threads to use.
        seed: of the random choices; the answer depends on the machine too.

    Raises:
        PlanningError: E5806 if OR-Tools is not installed.
    """
    until = time.perf_counter() + seconds
    return Search(project, solution).run(until=until, workers=workers, seed=seed) or solution


def solve_alone(project: Project, *, seconds: float, workers: int = 2, seed: int = 0) -> Solution | None:
    """What CP-SAT finds without a schedule to start from; None if it finds none in time. Otherwise as `improve`."""
    until = time.perf_counter() + seconds
    return Search(project, None).run(until=until, workers=workers, seed=seed)


class Search:
    """One run of CP-SAT, which another thread may stop.

    Raises:
        PlanningError: E5806 if OR-Tools is not installed.
    """

    def __init__(self, project: Project, known: Solution | None) -> None:
        self._project = project
        self._known = known
        forward, _, unit = networks(project)
        self._bound = known.lower_bound if known else lower_bound(project, forward, unit)
        limit = known.makespan if known else forward.horizon * unit
        self._model, self._starts = _model(project, forward, unit, (self._bound, limit))
        if known:
            for variable, start in zip(self._starts, known.starts, strict=True):
                self._model.add_hint(variable, start)
        self._solver = _cp_model().CpSolver()

    def run(self, *, until: float, workers: int, seed: int) -> Solution | None:
        """Look until that time of `time.perf_counter`; the best schedule known then, None if none is."""
        self._solver.parameters.num_workers = workers
        self._solver.parameters.random_seed = seed
        self._solver.parameters.max_time_in_seconds = max(0.0, until - time.perf_counter())
        if self._solver.status_name(self._solver.solve(self._model)) not in ("OPTIMAL", "FEASIBLE"):
            return self._known
        found = tuple([self._solver.value(start) for start in self._starts])
        length = makespan(found, self._project.durations)
        bound = min(length, max(self._bound, round(self._solver.best_objective_bound)))
        if self._known and length >= self._known.makespan:
            return replace(self._known, lower_bound=bound)
        return Solution(found, length, bound, "CP-SAT", self._known.schedules if self._known else 0)

    def stop(self) -> None:
        """Let a run that has begun end soon."""
        self._solver.stop_search()


def _model(project: Project, forward: Network, unit: int, span: tuple[int, int]) -> tuple[Any, list[Any]]:
    """The model for makespans in the span, and the start of each job."""
    model = _cp_model().CpModel()
    least, limit = span
    starts = [
        model.new_int_var(head * unit, limit - tail * unit, "")
        for head, tail in zip(forward.heads, forward.tails, strict=True)
    ]
    intervals = [
        model.new_fixed_size_interval_var(start, length, "")
        for start, length in zip(starts, project.durations, strict=True)
    ]
    for job, before in enumerate(forward.predecessors):
        for other in before:
            model.add(starts[job] >= starts[other] + project.durations[other])
    for resource, capacity in enumerate(project.capacities):
        users = [job for job, row in enumerate(project.demands) if row[resource] and project.durations[job]]
        demands = [project.demands[job][resource] for job in users]
        model.add_cumulative([intervals[job] for job in users], demands, capacity)
    end = model.new_int_var(least, limit, "")
    for job, after in enumerate(forward.successors):
        if not after:
            model.add(end >= starts[job] + project.durations[job])
    model.minimize(end)
    return model, starts


def _cp_model() -> Any:
    """OR-Tools, loaded when it is needed: it takes longer to load than most projects to schedule."""
    try:
        from ortools.sat.python import cp_model
    except ImportError as missing:
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            "CP-SAT is not installed",
            recovery_suggestion="Install groundplan with the extra: pip install 'groundplan[optimize]'",
        ) from missing
    return cp_model
