"""The shortest schedule that the genetic algorithm and CP-SAT find together (extra `optimize`).

CP-SAT finds bounds, and the optimum of small projects, by itself; with 120 jobs it hardly reaches in seconds what the
genetic algorithm starts it from. Side by side each does what it is good at, and then CP-SAT goes on from the better.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

from groundplan.domain.rcpsp.cp_sat import Search, improve
from groundplan.domain.rcpsp.problem import Project, Solution
from groundplan.domain.rcpsp.solving import solve

_FIRST = 0.02
"""The share of the time for a schedule that both start from."""

_BESIDE = 0.8
"""The share of the time that both may take side by side."""

_PATIENCE = 12_000
"""After so many schedules without a shorter one the genetic algorithm leaves the cores to CP-SAT."""


def optimize(project: Project, *, seconds: float, workers: int = 2, seed: int = 0) -> Solution:
    """The genetic algorithm and CP-SAT with one worker side by side, then CP-SAT from the better schedule.

    Ends early when the makespan is the lower bound.

    Args:
        seconds: how long to look, wall clock, the loading of OR-Tools included.
        workers: how many threads CP-SAT may use.
        seed: of the random choices; the answer depends on the machine too.

    Raises:
        PlanningError: E5301 and E5302 as `solve`, E5806 as `improve`.
    """
    begin = time.perf_counter()
    until = begin + seconds
    first = solve(project, seconds=seconds * _FIRST, seed=seed)
    if first.proven_optimal:
        return first
    best = _side_by_side(project, first, begin + seconds * _BESIDE, seed)
    left = until - time.perf_counter()
    if best.proven_optimal or left <= 0:
        return best
    return improve(project, best, seconds=left, workers=workers, seed=seed)


def _side_by_side(project: Project, first: Solution, until: float, seed: int) -> Solution:
    search = Search(project, first)
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(search.run, until=until, workers=1, seed=seed)
        ours = solve(
            project,
            seconds=max(0.0, until - time.perf_counter()),
            seed=seed,
            patience=_PATIENCE,
            good_enough=other.done,
        )
        theirs = _stopped(search, other) or first
    best = min(ours, theirs, first, key=lambda solution: solution.makespan)
    bound = max(ours.lower_bound, theirs.lower_bound)
    return replace(best, lower_bound=bound, schedules=first.schedules + ours.schedules)


def _stopped(search: Search, run: Future[Solution | None]) -> Solution | None:
    # A run that has not yet begun does not hear the first call.
    while not run.done():
        search.stop()
        wait([run], timeout=0.01)
    return run.result()
