"""Where a run stands when the next version of its plan is made: what takes no more time, and what has begun.

    left = 0                        a task that is over
    left = max(0, point - spent)    one under way, each of its three points
    left = point                    any other

A version that is made while its plan is run is scheduled, and held against the deadline, by what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from groundplan.domain.estimation import estimated
from groundplan.domain.frozen import Frozen
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import NOTHING, ResourceEstimate, ThreePoint
from groundplan.domain.task import Task


class Standing(Frozen):
    """The tasks that take no more time, and for how many seconds each of those under way has run."""

    over: list[str] = Field(default_factory=list)
    spent: dict[str, float] = Field(default_factory=dict)

    @property
    def has_begun(self) -> bool:
        """Whether anything of the plan was."""
        return bool(self.over or self.spent)

    def left(self, estimates: Mapping[str, ResourceEstimate]) -> Mapping[str, ResourceEstimate]:
        """The estimates, by id, with the time that is left of each; all else stays as it is."""
        known = {task_id: NOTHING for task_id in self.over if task_id in estimates}
        known |= {
            task_id: _later(estimates[task_id].duration, seconds)
            for task_id, seconds in self.spent.items()
            if task_id in estimates
        }
        changed = {task_id: _lasting(estimates[task_id], points) for task_id, points in known.items()}
        return {**estimates, **changed} if changed else estimates

    def of_tasks(self, tasks: Sequence[Task]) -> Sequence[Task]:
        """The tasks with the time that is left of each."""
        if not self.has_begun:
            return tasks
        has = {task.task_id: task.resource_estimate for task in tasks if task.resource_estimate is not None}
        return estimated(tasks, self.left(has))


NOT_BEGUN = Standing()
"""Of a plan of which nothing was begun."""


def over_before(plan: ExecutionPlan) -> Standing:
    """What was over when this version was made: what its schedule gives no time."""
    if plan.revises is None or plan.schedule is None:
        return NOT_BEGUN
    windows = plan.schedule.windows.items()
    return Standing(over=[task_id for task_id, window in windows if window.earliest_finish <= window.earliest_start])


def _later(points: ThreePoint, seconds: float) -> ThreePoint:
    return ThreePoint(*(max(0.0, point - seconds) for point in points))


def _lasting(estimate: ResourceEstimate, points: ThreePoint) -> ResourceEstimate:
    return estimate.model_copy(update={"duration": points})
