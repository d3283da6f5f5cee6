"""Whether a schedule keeps every rule of its project."""

from __future__ import annotations

from collections.abc import Sequence

from groundplan.domain.rcpsp.problem import Project


def check(project: Project, starts: Sequence[int]) -> list[str]:
    """What is wrong with the schedule, one sentence each; empty if it is feasible. O(E + n k log n)."""
    if len(starts) != len(project.durations):
        return [f"{len(starts)} starts for {len(project.durations)} jobs"]
    early = [f"Job {job} starts at {start}, before the project" for job, start in enumerate(starts) if start < 0]
    return early + _broken_precedence(project, starts) + _overloads(project, starts)


def _broken_precedence(project: Project, starts: Sequence[int]) -> list[str]:
    return [
        f"Job {job} starts at {starts[job]}, before job {other} ends at {starts[other] + project.durations[other]}"
        for job, before in enumerate(project.predecessors)
        for other in before
        if starts[job] < starts[other] + project.durations[other]
    ]


def _overloads(project: Project, starts: Sequence[int]) -> list[str]:
    """The first time at which each overloaded resource is."""
    found = []
    for resource, capacity in enumerate(project.capacities):
        changes: dict[int, int] = {}
        for start, length, row in zip(starts, project.durations, project.demands, strict=True):
            changes[start] = changes.get(start, 0) + row[resource]
            changes[start + length] = changes.get(start + length, 0) - row[resource]
        used = 0
        for time in sorted(changes):
            used += changes[time]
            if used > capacity:
                found.append(f"Resource {resource} is used {used} times at {time}, but there are {capacity}")
                break
    return found
