"""The versions of a plan as a rerun meets them: those that were made then, changed as the rerun says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import ExecutionRun
from groundplan.domain.json_paths import leads_nowhere, with_value
from groundplan.domain.ledger import EntryKind
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.signing import Keyring
from groundplan.domain.task import Task
from groundplan.execution.recorded import Released
from groundplan.execution.verified_plans import VerifiedPlans
from groundplan.stores.protocols import PlanStore
from groundplan.stores.run_protocol import RunStore

_PLACE = re.compile(r"tasks\.(.+?)\.(inputs|output)(?:\.(.+))?", re.DOTALL)
_AT_ONCE = {"backoff_seconds": 0.0, "retry_on": []}


class RecordedPlans(VerifiedPlans):
    """Gives plans to the execution graph in the place of `VerifiedPlans`.

    The next version is the one that was made next, up to `last`; none is made. Waits between attempts are over at once.
    """

    def __init__(self, store: PlanStore, keyring: Keyring, runs: RunStore, fork: ExecutionRun, last: int) -> None:
        super().__init__(store, keyring)
        self._runs = runs
        self._fork = fork
        self._last = last

    async def latest(self, plan_id: str) -> ExecutionPlan:
        """See `VerifiedPlans.latest`: the version after the one that the rerun is at, if there is one to go on to."""
        run = await self._runs.get_run(self._fork.run_id)
        goes_on = run.version < self._last and not await self._is_stopped(run)
        return await self._given(plan_id, run.version + 1 if goes_on else run.version)

    async def version(self, plan_id: str, version: int) -> ExecutionPlan:
        """See `VerifiedPlans.version`."""
        return await self._given(plan_id, version)

    async def runnable(self, plan_id: str, version: int | None = None) -> ExecutionPlan:
        """See `VerifiedPlans.runnable`."""
        number = version or self._fork.version
        await super().runnable(plan_id, number)
        return await self._given(plan_id, number)

    async def _given(self, plan_id: str, version: int) -> ExecutionPlan:
        plan = await super().version(plan_id, version)
        terms = self._fork.fork
        released = Released(terms.released if terms else ())
        changed = with_inputs(plan, terms.changes if terms else {})
        tasks = [task if task in released else _retried_at_once(task) for task in changed.tasks]
        # What became of the plan since is not what it was then: a version that was run had been let pass.
        return changed.model_copy(update={"tasks": tasks, "status": PlanStatus.VALIDATED})

    async def _is_stopped(self, run: ExecutionRun) -> bool:
        """Whether a task failed because it was not recorded: the versions made since have nothing to do with that."""
        entries = await self._runs.read_ledger(run.run_id)
        return any(
            entry.kind is EntryKind.FAILED and (entry.error or {}).get("code") == ErrorCode.NOT_RECORDED
            for entry in entries
        )


def _retried_at_once(task: Task) -> Task:
    return task.model_copy(update={"retry_policy": task.retry_policy.model_copy(update=_AT_ONCE)})


def with_inputs(plan: ExecutionPlan, changes: Mapping[str, Any]) -> ExecutionPlan:
    """The plan with the inputs that were set by paths such as `tasks.ID.inputs.NAME`. A task that this version does not
    have is left out.

    Raises:
        PlanningError: E5600 for a path that leads nowhere in the task's inputs.
    """
    inputs = {task.task_id: dict(task.inputs) for task in plan.tasks}
    for path, value in changes.items():
        task_id, part, rest = place_in(path)
        if task_id in inputs and part == "inputs":
            inputs[task_id] = with_value(inputs[task_id], rest, value)
    tasks = [
        task if inputs[task.task_id] == task.inputs else task.model_copy(update={"inputs": inputs[task.task_id]})
        for task in plan.tasks
    ]
    return plan.model_copy(update={"tasks": tasks})


def place_in(path: str) -> tuple[str, str, list[str]]:
    """What a path names: the task, `inputs` or `output`, and the place in it.

    Raises:
        PlanningError: E5600 if it has another form.
    """
    found = _PLACE.fullmatch(path)
    if found is None:
        raise leads_nowhere(path, ["tasks.ID.inputs.NAME", "tasks.ID.output"])
    return found[1], found[2], found[3].split(".") if found[3] else []


def replan_not_recorded(run_id: str) -> PlanningError:
    """E5213: a rerun makes no versions of a plan."""
    return PlanningError(
        ErrorCode.NOT_RECORDED,
        f"no other way was recorded for it in run {run_id!r}, and a rerun makes no new version of the plan",
        details={"run_id": run_id},
        recovery_suggestion="Set what made the task fail (`groundplan fork --set`), or replan the plan itself.",
    )
