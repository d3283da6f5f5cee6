"""Letting old history go: what may, and a port for doing it.

    due   = the runs that ended before a moment  −  what a kept run was forked from, and what that was forked from …

A planning run has ended when its goal is planned or given up and no version that it made waits for approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Ids of what may go: runs of plans, planning runs, and (if asked for) plans in all versions."""

    executions: list[str] = field(default_factory=list)
    plannings: list[str] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)

    def __and__(self, other: Due) -> Due:
        """What is in both."""
        return Due(
            executions=_both(self.executions, other.executions),
            plannings=_both(self.plannings, other.plannings),
            plans=_both(self.plans, other.plans),
        )

    def __add__(self, other: Due) -> Due:
        """What is in one of them."""
        return Due(
            executions=[*self.executions, *other.executions],
            plannings=[*self.plannings, *other.plannings],
            plans=[*self.plans, *other.plans],
        )

    def parts(self, size: int) -> Iterator[Due]:
        """The same in parts of so many ids: runs before the plans that they are of, the youngest first, since reruns
        are younger than what they repeat."""
        yield from (Due(executions=ids) for ids in _in_parts(self.executions[::-1], size))
        yield from (Due(plannings=ids) for ids in _in_parts(self.plannings[::-1], size))
        yield from (Due(plans=ids) for ids in _in_parts(self.plans, size))

    def __bool__(self) -> bool:
        return bool(self.executions or self.plannings or self.plans)


class Retention(Protocol):
    """Finds and drops old history."""

    async def due(self, before: datetime, *, plans: bool = False) -> Due:
        """What ended before that moment and nothing that is kept needs.

        With `plans` also plans that are over since then, all of whose runs go.
        """
        ...

    async def forget(self, due: Due, before: datetime) -> Due:
        """Drop the runs with their ledgers, checkpoints, answers and events, and the plans; what was dropped.

        A run goes whole or not at all. What is needed again by now (a rerun was begun, a rollback) stays.
        """
        ...


def without_ancestors(runs: Iterable[str], forked_from: Mapping[str, str], kept: Iterable[str]) -> list[str]:
    """Those of the runs from which no kept run was forked, directly or by others."""
    needed: set[str] = set()
    for run_id in kept:
        source = forked_from.get(run_id)
        while source is not None and source not in needed:
            needed.add(source)
            source = forked_from.get(source)
    return [run_id for run_id in runs if run_id not in needed]


def _in_parts(ids: list[str], size: int) -> Iterator[list[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _both(some: list[str], others: list[str]) -> list[str]:
    allowed = set(others)
    return [name for name in some if name in allowed]
