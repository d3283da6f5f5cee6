"""How much of each resource the tasks of a schedule take over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from groundplan.domain.capacities import CALL, WINDOW_SECONDS, Workload
from groundplan.domain.critical_path import CriticalPath
from groundplan.domain.schedule import ResourceProfile

Span = tuple[float, float, int]
"""From, to, and how much is taken meanwhile."""


def resource_profiles(
    work: Workload, start: Mapping[str, float], finish: Mapping[str, float], agent: Mapping[str, int]
) -> dict[str, ResourceProfile]:
    """The profile of every resource of the workload and of each agent that does something, by name."""
    profiles = {
        name: ResourceProfile(capacity=work.in_units(name, work.amounts[name]), steps=_steps(work, name, spans))
        for name, spans in _spans(work, start, finish).items()
    }
    for place, tasks in _by_agent(agent).items():
        spans = [(start[task], finish[task], 1) for task in tasks]
        who = work.agents[place]
        steps = [(moment, float(taken)) for moment, taken in steps_of(spans)]
        profiles[f"agent {who.agent_id}"] = ResourceProfile(capacity=who.capacity, steps=steps)
    return profiles


def over_capacity(work: Workload, path: CriticalPath[str]) -> set[str]:
    """The resources of which too much would be taken at some moment if every task began as early as it can.

    A task that takes no time counts at its moment too.
    """
    spans = _spans(work, path.earliest_start, path.earliest_finish)
    return {name for name, taken in spans.items() if _peak(taken) > work.amounts[name]}


def _spans(work: Workload, start: Mapping[str, float], finish: Mapping[str, float]) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {name: [] for name in work.amounts}
    for task, number in work.need_of.items():
        need = work.needs[number]
        for name, amount in need.amounts:
            spans[name].append((start[task], finish[task], amount))
        for name in need.calls:
            spans[name].append((start[task], start[task] + WINDOW_SECONDS, CALL))
    return spans


def steps_of(spans: Iterable[Span]) -> list[tuple[float, int]]:
    """The moments at which the sum over the spans changes, with the sum from then on."""
    changes: dict[float, int] = {}
    for begins, ends, amount in spans:
        changes[begins] = changes.get(begins, 0) + amount
        changes[ends] = changes.get(ends, 0) - amount
    steps, taken = [], 0
    for moment in sorted(changes):
        if changes[moment]:
            taken += changes[moment]
            steps.append((moment, taken))
    return steps


def _peak(spans: Iterable[Span]) -> int:
    moments = [(begins, 1, amount) for begins, ends, amount in spans]
    moments += [(ends, 2 if begins == ends else 0, -amount) for begins, ends, amount in spans]
    taken = most = 0
    for _, _, amount in sorted(moments):
        taken += amount
        most = max(most, taken)
    return most


def _steps(work: Workload, name: str, spans: Iterable[Span]) -> list[tuple[float, float]]:
    return [(moment, work.in_units(name, taken)) for moment, taken in steps_of(spans)]


def _by_agent(agent: Mapping[str, int]) -> dict[int, list[str]]:
    tasks: dict[int, list[str]] = {}
    for task, place in agent.items():
        tasks.setdefault(place, []).append(task)
    return dict(sorted(tasks.items()))
