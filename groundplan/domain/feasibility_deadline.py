"""Whether the work can be done before the deadline at all: in the best case of every estimate, within what there is.

Three proofs that it cannot, the plainest first: a chain of tasks that is too long by itself, work that fits on too few
places only after the deadline, and calls that are too many for the minutes that are left. A deadline that only the
likely durations miss is a risk, not an error.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from groundplan.domain.capacities import CALL, PLACES, WINDOW_SECONDS, Capacities, Workload, workload
from groundplan.domain.critical_path import CriticalPath, critical_path
from groundplan.domain.feasibility import Conflict, irreducible, largest_exceeding, said
from groundplan.domain.learned_numbers import learned_numbers
from groundplan.domain.packing import fits_on_places
from groundplan.domain.schedule_bounds import Pool, Share, pools_of
from groundplan.domain.spoken_numbers import spoken_amount, spoken_duration
from groundplan.domain.surely_run import surely_run
from groundplan.domain.task import Task

Clash = Callable[[Sequence[str]], bool]

_EXACT = 12
"""So many tasks are packed exactly; of more only sums are taken."""
_ASKED = 30
"""Of sets up to this size every member is tried without; larger ones are as small as one proof needs."""
_ROUNDING = 1e-9
_GIVE_MORE = "Move the deadline, allow more at a time, or shorten or drop one of these tasks."


def deadline_conflict(tasks: Sequence[Task], within: Capacities, seconds_left: float) -> Conflict | None:
    """Why the plan cannot end in `seconds_left`, if that can be proved.

    Only tasks that surely run take time here, and none whose duration was learned: past runs may all have been slow.
    The waits must have no cycle and lead to tasks that are there.
    """
    counted = surely_run(tasks)
    best = {task.task_id: _at_best(task) if task.task_id in counted else 0.0 for task in tasks}
    waits = {task.task_id: task.predecessors for task in tasks}
    left = _Left(tasks, best, seconds_left)
    limit = max(seconds_left, 0.0) * (1 + _ROUNDING)
    path = critical_path(best, waits)
    if path.length > limit:
        return left.by_chain(_chain(best, path, limit), path.length)
    if seconds_left < 0:
        return left.by_chain([], 0.0)
    estimates = {task.task_id: task.resource_estimate for task in tasks if task.resource_estimate}
    work = workload(tasks, waits, best, estimates, _with_all_agents(within), at_least=True)
    crowded = _by_pool(work, path, left, limit)
    if crowded is not None:
        return _without_the_needless(crowded, work, left, limit)
    return _by_calls(work, counted, left, limit)


def _without_the_needless(found: Conflict, work: Workload, left: _Left, limit: float) -> Conflict:
    """The conflict without tasks that another proof does not need; of a large one that is not asked."""
    if len(found.task_ids) > _ASKED:
        return found
    for dropped in reversed(found.task_ids):
        kept = set(found.task_ids) - {dropped}
        durations = {task: seconds if task in kept else 0.0 for task, seconds in work.durations.items()}
        fewer = replace(work, durations=durations)
        smaller = _by_pool(fewer, critical_path(durations, work.predecessors), left, limit)
        if smaller is not None:
            return _without_the_needless(smaller, work, left, limit)
    return found


def _with_all_agents(within: Capacities) -> Capacities:
    """Who is away at this moment may be back in time."""
    agents = [agent if agent.available else agent.model_copy(update={"available": True}) for agent in within.agents]
    return replace(within, agents=agents)


def _at_best(task: Task) -> float:
    if task.resource_estimate is None or "duration" in learned_numbers(task):
        return 0.0
    return task.resource_estimate.duration.optimistic


def _chain(best: Mapping[str, float], path: CriticalPath[str], limit: float) -> list[str]:
    """One task that is too long by itself; else the fewest of the longest chain, in its order."""
    longest = max(best, key=best.__getitem__)
    if best[longest] > limit:
        return [longest]
    needed = {task for task, _ in largest_exceeding([(task, best[task]) for task in path.path], limit)}
    return [task for task in path.path if task in needed]


def _by_pool(work: Workload, path: CriticalPath[str], left: _Left, limit: float) -> Conflict | None:
    for pool in pools_of(work, path):
        crowded = irreducible(*_crowding(pool, work.durations, limit))
        if crowded:
            return left.by_pool(pool, crowded)
        if pool.least_seconds() > limit:
            return left.by_pool(pool, irreducible(*_lateness(pool, work, limit)))
    return None


def _crowding(pool: Pool, durations: Mapping[str, float], limit: float) -> tuple[list[str], Clash]:
    """Do tasks fit on the pool within the limit, even if none of them waited for another?"""
    amount = {share.task: share.work / durations[share.task] for share in pool.shares if durations[share.task]}
    size = {task: durations[task] * amount[task] for task in amount}

    def clash(tasks: Sequence[str]) -> bool:
        if sum(size[task] for task in tasks) > pool.capacity * limit:
            return True
        if sum(durations[task] for task in tasks if amount[task] > pool.capacity / 2) > limit:
            return True  # no two of these run beside each other
        places = {int(pool.capacity / amount[task] * (1 + _ROUNDING)) for task in tasks}
        if len(places) != 1:
            return False
        if sum(durations[task] > limit / 2 for task in tasks) > min(places):
            return True  # no two of these run after each other
        return len(tasks) <= _EXACT and not fits_on_places([durations[task] for task in tasks], min(places), limit)

    return sorted(size, key=lambda task: -size[task]), clash


def _lateness(pool: Pool, work: Workload, limit: float) -> tuple[list[str], Clash]:
    """Do tasks of the pool fit, after what has to be done before the first and before what follows the last?"""
    drawn = {share.task: share.work for share in pool.shares}

    def clash(tasks: Sequence[str]) -> bool:
        chosen = set(tasks)
        durations = {task: seconds if task in chosen else 0.0 for task, seconds in work.durations.items()}
        path = critical_path(durations, work.predecessors)
        shares = [
            Share(task, size, path.earliest_start[task], path.length - path.latest_finish[task])
            for task, size in drawn.items()
            if task in chosen
        ]
        return bool(shares) and Pool(pool.name, pool.capacity, tuple(shares)).least_seconds() > limit

    lasting = [task for task, seconds in work.durations.items() if seconds]
    return sorted(lasting, key=lambda task: (task not in drawn, -drawn.get(task, work.durations[task]))), clash


def _by_calls(work: Workload, counted: Collection[str], left: _Left, limit: float) -> Conflict | None:
    for name, amount in work.amounts.items():
        called = [task for task, number in work.need_of.items() if task in counted and name in work.needs[number].calls]
        most = amount // CALL * (int(limit // WINDOW_SECONDS) + 1)
        if len(called) > most:
            return left.by_calls(f"at most {amount // CALL} {name}", called[: most + 1])
    return None


class _Left:
    """The words for what does not fit into the time that is left."""

    def __init__(self, tasks: Sequence[Task], best: Mapping[str, float], seconds: float) -> None:
        self._names = {task.task_id: task.name for task in tasks}
        self._best = best
        self._seconds = seconds
        self._deadline = (
            f"the deadline is in {spoken_duration(seconds)}"
            if seconds > 0
            else f"the deadline passed {spoken_duration(-seconds)} ago"
        )

    def by_chain(self, chain: Sequence[str], length: float) -> Conflict:
        """One after the other they take too long; the whole chain takes so many seconds."""
        takes = [self._takes(task, after=before) for before, task in zip([None, *chain], chain, strict=False)]
        total = sum(self._best[task] for task in chain)
        together = f", together {spoken_duration(total)}" if len(chain) > 1 else ""
        suggestion = f"Move the deadline by {spoken_duration(length - self._seconds)}, or shorten or drop one of these."
        return self._conflict(said(takes, last=", ") + together, takes, chain, suggestion)

    def by_pool(self, pool: Pool, tasks: Sequence[str]) -> Conflict:
        """Beside each other they take too much."""
        takes = [self._takes(task) for task in tasks]
        limit = f"there is {pool.name}: {spoken_amount(pool.capacity)} at a time"
        if pool.name == PLACES:
            limit = f"at most {spoken_amount(pool.capacity)} run at once"
        return self._conflict(f"{limit}; {said(takes)}", [limit, *takes], tasks)

    def by_calls(self, limit: str, tasks: Sequence[str]) -> Conflict:
        """They are too many for the minutes that are left."""
        calls = [f"{self._names[task]!r} is one call" for task in tasks]
        return self._conflict(f"{limit}, and there are {len(tasks)} calls or more", [limit, *calls], tasks)

    def _takes(self, task: str, after: str | None = None) -> str:
        seconds = spoken_duration(self._best[task])
        return f"{self._names[task]!r} needs at least {seconds}" + (f" after {self._names[after]!r}" if after else "")

    def _conflict(self, why: str, parts: Sequence[str], tasks: Sequence[str], suggestion: str = _GIVE_MORE) -> Conflict:
        return Conflict(
            path="schedule",
            message=f"{self._deadline}; {why}" if why else self._deadline,
            constraints=(self._deadline, *parts),
            task_ids=tuple(tasks),
            suggestion=suggestion,
        )
