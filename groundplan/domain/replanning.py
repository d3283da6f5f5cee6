"""Another way for the rest of a plan, by rules: a patch against the version that failed. No model, no I/O.

    retry_elsewhere    another capable agent does the failed task
    alternative_tool   a tool that the task lists as an alternative does it
    drop_optional      the plan does without it, where it is optional
    rest_first         what only came after it in the written order runs first; it is tried again after that

For each failed task the first rule that applies, in this order; `rest_first` for those that none of the others helps.
A failure that nothing helps leaves no other way, unless its task is optional.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.patch import CHANGEABLE, PlanPatch, apply_patch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.planned_task import planned_task
from groundplan.domain.replan_order import run_the_rest_first
from groundplan.domain.replan_rules import (
    UNTOUCHABLE,
    Change,
    Circumstances,
    alternative_tool,
    drop_optional,
    retry_elsewhere,
)
from groundplan.domain.steps import ReplanRequest
from groundplan.domain.task import DependencyKind, Task
from groundplan.domain.validation import Surroundings


class Rule(StrEnum):
    """The rules, in the order in which they are tried."""

    RETRY_ELSEWHERE = "retry_elsewhere"
    ALTERNATIVE_TOOL = "alternative_tool"
    DROP_OPTIONAL = "drop_optional"
    REST_FIRST = "rest_first"


_OF_ONE_TASK: Mapping[Rule, Callable[[Task, Circumstances], Change | None]] = {
    Rule.RETRY_ELSEWHERE: retry_elsewhere,
    Rule.ALTERNATIVE_TOOL: alternative_tool,
    Rule.DROP_OPTIONAL: drop_optional,
}


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """Which rule helped which tasks, and why in words."""

    rule: Rule
    task_ids: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """A patch against the plan's version, and what it is made of."""

    patch: PlanPatch
    applied: tuple[AppliedRule, ...]

    @property
    def why(self) -> str:
        """The reasons of all rules that were applied."""
        return "; ".join(one.why for one in self.applied)


def propose_by_rules(
    plan: ExecutionPlan, states: Mapping[str, TaskState], around: Surroundings | None = None
) -> RuleProposal | None:
    """Another way for what failed, or None if the rules see none.

    Args:
        plan: the version that was run.
        states: what the ledger says of its tasks (`states_of` makes them from a `ReplanRequest`).
        around: the tools, agents and limits that there are.
    """
    tasks, applied, left = list(plan.tasks), list[AppliedRule](), list[str]()
    for failed in failed_tasks(plan, states):
        known = Circumstances(tasks, states, around or Surroundings())
        task = next((task for task in tasks if task.task_id == failed.task_id), None)
        found = _first_that_applies(task, known) if task is not None else None
        if found is not None:
            applied.append(found[0])
            tasks = apply_patch(tasks, found[1])
        elif task is not None and not task.optional:
            left.append(task.task_id)
    if left:
        known = Circumstances(tasks, states, around or Surroundings())
        change = run_the_rest_first([task for task in tasks if task.task_id in left], known)
        if change is None:
            return None
        applied.append(AppliedRule(Rule.REST_FIRST, tuple(left), change.why))
        tasks = apply_patch(tasks, change.patch)
    return RuleProposal(patch_between(plan.tasks, tasks), tuple(applied)) if applied else None


def failed_tasks(plan: ExecutionPlan, states: Mapping[str, TaskState]) -> list[Task]:
    """The tasks whose failure has to be dealt with: all that failed, but those whose failure another task took up."""
    known = Circumstances(plan.tasks, states)
    taken_up = {
        wait.task_id
        for task in plan.tasks
        if known.is_untouchable(task.task_id)
        for wait in task.dependencies
        if wait.kind is DependencyKind.CONDITIONAL
    }
    return [
        task for task in plan.tasks if known.status(task.task_id) is TaskStatus.FAILED and task.task_id not in taken_up
    ]


def check_patch(plan: ExecutionPlan, patch: PlanPatch, states: Mapping[str, TaskState]) -> None:
    """Pass if the patch leaves every task that has had an effect, or may have, exactly as it was planned.

    Raises:
        PlanningError: E5204 if it removes or changes such a task, or what such a task waited for, or gives a new task
            an id that the run knows already; E5600 if it does not fit the plan at all.
    """
    after = {task.task_id: task for task in apply_patch(plan.tasks, patch)}
    errors = [
        f"{task.task_id!r} is new and has an id that was used before" for task in patch.add if task.task_id in states
    ]
    for task in plan.tasks:
        state = states.get(task.task_id)
        if state is None or not (state.status in UNTOUCHABLE or state.may_have_happened):
            continue
        now = after.get(task.task_id)
        if now is None:
            errors.append(f"{task.task_id!r} is {state.status.value} and cannot be removed")
        elif now is not task and (fields := _differences(task, now)):
            errors.append(f"{task.task_id!r} is {state.status.value} and cannot be changed ({', '.join(fields)})")
    if errors:
        raise PlanningError(
            ErrorCode.FINISHED_TASK_CHANGED,
            f"The patch touches what was done: {errors[0]}",
            details={"errors": errors},
            recovery_suggestion="Leave these tasks as they are; change, add or remove others.",
        )


def patch_between(before: Sequence[Task], after: Sequence[Task]) -> PlanPatch:
    """The patch that makes of the tasks `before` those `after`; new ones have to come last."""
    kept, known = {task.task_id: task for task in after}, {task.task_id for task in before}
    remove = [task.task_id for task in before if task.task_id not in kept]
    change: dict[str, dict[str, Any]] = {}
    for task in before:
        now = kept.get(task.task_id, task)
        if now is not task and (fields := [name for name in _differences(task, now) if name in CHANGEABLE]):
            change[task.task_id] = now.model_dump(mode="json", include=set(fields))
    add = [task for task in after if task.task_id not in known]
    patch = PlanPatch(remove=remove, change=change, add=add)
    rewire = {
        task.task_id: kept[task.task_id].dependencies
        for task in apply_patch(list(before), patch)
        if kept[task.task_id].dependencies != task.dependencies
    }
    return patch.model_copy(update={"rewire": rewire})


def states_of(request: ReplanRequest) -> dict[str, TaskState]:
    """What a request says of the tasks, by id: as the plan has them, the steps it names completed or failed."""
    plan = request.current_plan
    states = {
        task.task_id: TaskState(
            status=task.status, agent=task.assigned_agent, output=task.outputs or None, error=task.error
        )
        for task in plan.tasks
    }
    order = plan.dependency_graph.topological_order()
    for numbers, status in ((request.completed_steps, TaskStatus.COMPLETED), (request.failed_steps, TaskStatus.FAILED)):
        for number in numbers:
            states[order[number - 1]].status = status
    return states


def _first_that_applies(task: Task, known: Circumstances) -> tuple[AppliedRule, PlanPatch] | None:
    for rule, changes in _OF_ONE_TASK.items():
        change = changes(task, known)
        if change is not None:
            return AppliedRule(rule, (task.task_id,), change.why), change.patch
    return None


def _differences(task: Task, other: Task) -> list[str]:
    """The planned fields in which they differ."""
    before, after = planned_task(task), planned_task(other)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
