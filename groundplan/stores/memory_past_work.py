"""What finished tasks took, in memory, beside a `MemoryPlanStore` and its runs."""

from __future__ import annotations

from collections import defaultdict

from groundplan.domain.execution import ExecutionRun
from groundplan.domain.feedback import Actuals
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.past_task import PastTask, past_task
from groundplan.stores.feedback_protocol import FeedbackStore
from groundplan.stores.memory import MemoryPlanStore
from groundplan.stores.memory_runs import MemoryRunStore
from groundplan.stores.past_work import KEPT, RUNS_AT_ONCE, TASKS_OF_A_RUN

_ALL = 2**31
_MOST_SPENT = 1e12
_SPENDING = (EntryKind.COMPLETED, EntryKind.FAILED, EntryKind.RETRYING)


class MemoryPastWork:
    """A `PastWork` of lists."""

    def __init__(self, plans: MemoryPlanStore, runs: MemoryRunStore, feedback: FeedbackStore) -> None:
        self._plans = plans
        self._runs = runs
        self._feedback = feedback
        self._taken: set[str] = set()
        self._kept: list[PastTask] = []

    async def take_in(self, limit: int = RUNS_AT_ONCE) -> int:
        ended = [run for run in await self._runs.list_runs(live=True, limit=_ALL) if run.finished_at is not None]
        due = sorted((run for run in ended if run.run_id not in self._taken), key=_finished, reverse=True)[:limit]
        for run in sorted(due, key=_finished):
            self._taken.add(run.run_id)
            known = {one.work for one in self._kept}
            self._kept += [one for one in (await self._tasks_of(run))[-TASKS_OF_A_RUN:] if one.work not in known]
        self._kept = _trimmed(self._kept)
        return len(due)

    async def latest(self, limit: int = 20_000) -> list[PastTask]:
        known = {plan.plan_id for plan in await self._plans.list_plans(limit=_ALL)}
        return [one for one in reversed(self._kept) if one.plan_id in known][:limit]

    async def _tasks_of(self, run: ExecutionRun) -> list[PastTask]:
        tasks = {task.task_id: task for task in (await self._plans.get_plan(run.plan_id, run.version)).tasks}
        entries = await self._runs.read_ledger(run.run_id)
        claims = {(entry.task_id, entry.attempt): entry for entry in entries if entry.kind is EntryKind.CLAIMED}
        doubts = {(entry.task_id, entry.attempt) for entry in entries if entry.kind is EntryKind.IN_DOUBT}
        reported = await self._reported(run)
        return [
            past_task(
                tasks[entry.task_id],
                plan_id=run.plan_id,
                run_id=run.run_id,
                began=claims[at].at,
                ended=entry.at,
                tokens=sum(min(one.tokens, int(_MOST_SPENT)) for one in _spending(entries, entry.task_id)),
                cost=sum(min(one.cost, _MOST_SPENT) for one in _spending(entries, entry.task_id)),
                reported=reported.get(entry.task_id),
            )
            for entry in entries
            if entry.kind is EntryKind.COMPLETED
            and (at := (entry.task_id, entry.attempt)) in claims
            and at not in doubts
            and entry.task_id in tasks
        ]

    async def _reported(self, run: ExecutionRun) -> dict[str, Actuals]:
        """The latest by task: a report from before a plan was run is about any run of it, another one about its own."""
        latest_first = await self._feedback.list_feedback(run.plan_id, limit=_ALL)
        said = [one.feedback for one in reversed(latest_first) if one.run_id in (None, run.run_id)]
        return {one.task_id: one.actuals for one in said if one.task_id is not None and one.actuals is not None}


def _finished(run: ExecutionRun) -> str:
    return run.finished_at.isoformat() if run.finished_at else ""


def _spending(entries: list[LedgerEntry], task_id: str) -> list[LedgerEntry]:
    return [entry for entry in entries if entry.task_id == task_id and entry.kind in _SPENDING]


def _trimmed(tasks: list[PastTask]) -> list[PastTask]:
    """The last tasks of each key, in their order."""
    seen: dict[str, int] = defaultdict(int)
    kept = []
    for one in reversed(tasks):
        seen[one.key] += 1
        if seen[one.key] <= KEPT:
            kept.append(one)
    return kept[::-1]
