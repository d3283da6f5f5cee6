"""What a run of a plan's next version takes over from the run before: finished tasks are finished, and never run again.

A run that failed is over. When its plan is planned anew by request and run again, the new run's ledger begins with the
entries of every task that was completed, as they were.
"""

from __future__ import annotations

from groundplan.domain.execution import FINAL_RUNS, ExecutionRun
from groundplan.domain.ledger import LedgerEntry, fold
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution.lease import Leases
from groundplan.stores.run_protocol import RunStore


async def carry_over(plan: ExecutionPlan, run: ExecutionRun, runs: RunStore, leases: Leases) -> list[str]:
    """Begin the run's ledger with what the latest run of an earlier version has completed; the ids of those tasks.

    Doing it again does nothing. Raises PlanningError E5205 if another runner holds the run, E5800.
    """
    if plan.version == 1 or run.forked_from is not None:
        return []
    before = await run_before(run.plan_id, run.version, runs)
    if before is None:
        return []
    entries = _completed(plan, await runs.read_ledger(before.run_id))
    if entries:
        async with leases.hold(run.run_id) as held:
            await runs.append(held.lease, entries)
    return list(dict.fromkeys(entry.task_id for entry in entries))


async def run_before(plan_id: str, version: int, runs: RunStore) -> ExecutionRun | None:
    """The latest run of the plan in an earlier version, if it is over."""
    known = await runs.list_runs(plan_id=plan_id, live=True)
    others = [one for one in known if one.version < version]
    return others[0] if others and others[0].status in FINAL_RUNS else None


async def with_keys_of(run: ExecutionRun, before: ExecutionRun, runs: RunStore) -> ExecutionRun:
    """The new run with the idempotency keys of the run that it goes on from: what that one began and this one does once
    more is the same effect, but for what was undone meanwhile, which is had anew."""
    states = fold(await runs.read_ledger(before.run_id))
    undone = {task_id: run.run_id for task_id, state in states.items() if state.status is TaskStatus.COMPENSATED}
    update = {"keys_of": before.keys_of or before.run_id, "keys_anew": before.keys_anew | undone}
    return run.model_copy(update=update)


def _completed(plan: ExecutionPlan, entries: list[LedgerEntry]) -> list[LedgerEntry]:
    planned = {task.task_id for task in plan.tasks}
    states = fold(entries)
    done = {task_id for task_id, state in states.items() if state.status is TaskStatus.COMPLETED}
    return [entry for entry in entries if entry.task_id in done & planned]
