"""Random small projects, and the shortest makespan by trying everything."""

from itertools import count
from typing import Any

from hypothesis import strategies as st

from groundplan.domain.rcpsp.problem import Project


@st.composite
def projects(draw: Any, most_jobs: int = 12, longest: int = 6, most_resources: int = 3) -> Project:
    """Any project whose jobs wait for earlier ones only, zero durations, demands and capacities included."""
    jobs = draw(st.integers(0, most_jobs))
    capacities = draw(st.lists(st.integers(0, 5), max_size=most_resources))
    return Project(
        durations=tuple(draw(st.lists(st.integers(0, longest), min_size=jobs, max_size=jobs))),
        predecessors=tuple(
            tuple(draw(st.lists(st.integers(0, job - 1), max_size=3))) if job else () for job in range(jobs)
        ),
        demands=tuple(tuple(draw(st.integers(0, capacity)) for capacity in capacities) for _ in range(jobs)),
        capacities=tuple(capacities),
    )


def shortest(project: Project) -> int:
    """The least makespan, by trying every start of every job; a few jobs only."""
    return next(limit for limit in count() if _fits(project, limit, []))


def _fits(project: Project, limit: int, starts: list[int]) -> bool:
    job = len(starts)
    if job == len(project.durations):
        return True
    begin = max((starts[other] + project.durations[other] for other in project.predecessors[job]), default=0)
    return any(
        _has_room(project, [*starts, start]) and _fits(project, limit, [*starts, start])
        for start in range(begin, limit - project.durations[job] + 1)
    )


def _has_room(project: Project, starts: list[int]) -> bool:
    """Whether the last of the jobs fits beside the others at every time it runs."""
    begin = starts[-1]
    return all(
        sum(
            project.demands[job][resource]
            for job, start in enumerate(starts)
            if start <= time < start + project.durations[job]
        )
        <= capacity
        for time in range(begin, begin + project.durations[len(starts) - 1])
        for resource, capacity in enumerate(project.capacities)
    )
