"""Which tasks may start: a count of open waits per task, moved on as tasks end. No waves, no search.

A task is looked at once, when the last of the tasks that it waits for has ended:

    a blocking or data dependency on a task that   completed          holds
                                                   was skipped        skips the task (skips travel on)
                                                   failed optionally  skips it
                                                   failed otherwise   blocks it
    a conditional one                              its condition over that task's outcome holds, or skips the task
    the task's own condition                       holds, or skips it

Ready tasks come in the order of their longest remaining path, ties in plan order. Settling all n tasks with e
dependencies costs O(n log n + e).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.domain.condition_text import task_names, words_of
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.task import DependencyKind, Task

Outcomes = Mapping[str, TaskState]
Holds = Callable[[str, Mapping[str, Any]], bool]
"""Evaluates a condition (CEL) over variables; raises for one that cannot be decided."""

ENDED = frozenset(
    {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.SKIPPED, TaskStatus.BLOCKED, TaskStatus.CANCELLED}
)
"""The statuses after which a task does nothing more of itself."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What became of a task whose waits are over: `ready`, `skipped` or `blocked`, and why."""

    task: Task
    status: TaskStatus
    why: str = ""


class ReadySet:
    """The waits of a plan's tasks.

    Args:
        tasks: all tasks of the plan.
        states: what is known of them; the set reads it, whoever owns it keeps it current.
        holds: evaluates conditions.
        durations: expected seconds by task id, for the longest remaining path; 1 for those not named.
    """

    def __init__(
        self, tasks: Sequence[Task], states: Outcomes, holds: Holds, durations: Mapping[str, float] | None = None
    ) -> None:
        self.tasks = {task.task_id: task for task in tasks}
        self._states = states
        self._holds = holds
        self._dependents: dict[str, list[str]] = {}
        self._open: dict[str, int] = {}
        for task in tasks:
            before = [other for other in task.predecessors if other in self.tasks]
            self._open[task.task_id] = len(before)
            for other in before:
                self._dependents.setdefault(other, []).append(task.task_id)
        self.remaining = self._longest_remaining(durations or {})

    def dependents(self, task_id: str) -> list[str]:
        """The tasks that wait for this one."""
        return self._dependents.get(task_id, [])

    def start(self) -> list[Gate]:
        """What may begin, or never will, given the states at this moment; call it once, first.

        Tasks that have a state beyond ready already are not among them.
        """
        settled = [task_id for task_id in self.tasks if self._status(task_id) in ENDED]
        gates = [self._gate(task) for task in self.tasks.values() if self._open[task.task_id] == 0]
        fresh = [gate for gate in gates if self._is_waiting(gate.task.task_id)]
        return fresh + [gate for task_id in settled for gate in self.settle(task_id)]

    def settle(self, task_id: str) -> list[Gate]:
        """The task has ended (its state says how): whatever waited for nothing else."""
        gates = []
        for dependent in self._dependents.get(task_id, ()):
            self._open[dependent] -= 1
            if self._open[dependent] == 0 and self._is_waiting(dependent):
                gates.append(self._gate(self.tasks[dependent]))
        return gates

    def is_handled(self, task_id: str, *, by: frozenset[TaskStatus] = frozenset(TaskStatus)) -> bool:
        """Whether a task is there, in one of these statuses, that takes up this task's failure: then the plan has not
        failed by it. Its condition holds for the failure and not for success: what runs in any case takes nothing up.
        """
        return any(
            self._status(dependent) in by and self._takes_up(dependency.condition, task_id)
            for dependent in self._dependents.get(task_id, ())
            for dependency in self.tasks[dependent].dependencies
            if dependency.task_id == task_id and dependency.condition
        )

    def _takes_up(self, condition: str, task_id: str) -> bool:
        failure = self._outcome(task_id)
        success = failure | {"status": TaskStatus.COMPLETED.value, "error": None}
        return self._surely_holds(condition, failure) and not self._surely_holds(condition, success)

    def _surely_holds(self, condition: str, variables: Mapping[str, Any]) -> bool:
        try:
            return self._holds(condition, variables)
        except Exception:  # noqa: BLE001  # one that cannot be decided does not hold for sure
            return False

    def _status(self, task_id: str) -> TaskStatus:
        state = self._states.get(task_id)
        return state.status if state else TaskStatus.PENDING

    def _is_waiting(self, task_id: str) -> bool:
        return self._status(task_id) in (TaskStatus.PENDING, TaskStatus.READY)

    def _gate(self, task: Task) -> Gate:
        if not task.dependencies and not task.condition:
            return Gate(task, TaskStatus.READY)
        try:
            return self._decided(task)
        except Exception as error:  # noqa: BLE001  # whatever a condition raises concerns this task alone
            return Gate(task, TaskStatus.BLOCKED, f"a condition cannot be decided: {error}")

    def _decided(self, task: Task) -> Gate:
        blocked = skipped = ""
        for dependency in task.dependencies:
            other = dependency.task_id
            status = self._status(other)
            if dependency.kind is DependencyKind.CONDITIONAL and dependency.condition:
                if status is TaskStatus.SKIPPED or not self._holds(dependency.condition, self._outcome(other)):
                    skipped = skipped or f"the condition on {other!r} does not hold"
            elif status is TaskStatus.SKIPPED or (status is TaskStatus.FAILED and self._optional(other)):
                skipped = skipped or f"{other!r} was skipped"
            elif status is not TaskStatus.COMPLETED:
                blocked = blocked or f"{other!r} is {status.value}"
        if blocked:
            return Gate(task, TaskStatus.BLOCKED, blocked)
        if not skipped and task.condition and not self._holds(task.condition, self._outcomes(task.condition)):
            skipped = "its condition does not hold"
        return Gate(task, TaskStatus.SKIPPED, skipped) if skipped else Gate(task, TaskStatus.READY)

    def _optional(self, task_id: str) -> bool:
        return task_id in self.tasks and self.tasks[task_id].optional

    def _outcome(self, task_id: str) -> dict[str, Any]:
        state = self._states.get(task_id) or TaskState()
        return {"status": state.status.value, "output": state.output, "error": state.error}

    def _outcomes(self, condition: str) -> dict[str, Any]:
        # Only those it names: handing over every outcome each time would be quadratic.
        named = {found.task_id for found in task_names(words_of(condition))}
        return {"tasks": {task_id: self._outcome(task_id) for task_id in named if task_id in self.tasks}}

    def _longest_remaining(self, durations: Mapping[str, float]) -> dict[str, float]:
        """`R(j) = d(j) + max R(k), j → k`; tasks of a cycle, which no valid plan has, keep their own duration."""
        remaining = {task_id: durations.get(task_id, 1.0) for task_id in self.tasks}
        for task_id in reversed(_topological(self._open, self._dependents)):
            after = [remaining[other] for other in self._dependents.get(task_id, ())]
            remaining[task_id] = durations.get(task_id, 1.0) + max(after, default=0.0)
        return remaining


def _topological(waits: Mapping[str, int], dependents: Mapping[str, Iterable[str]]) -> list[str]:
    left = dict(waits)
    order = [task_id for task_id, count in left.items() if count == 0]
    for task_id in order:
        for other in dependents.get(task_id, ()):
            left[other] -= 1
            if left[other] == 0:
                order.append(other)
    return order
