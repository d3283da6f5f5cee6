"""DAGs as plans of groundplan, and the tool that does their tasks: it sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from execution_dags import Dag

from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.task import Task, TaskDependency
from groundplan.execution.executors.declare import declare
from groundplan.execution.executors.registry import ExecutorRegistry

SLEEP = "bench.sleep"
LOOK = "bench.look"
"""The same, declared as what it is: without an effect. It need not wait for its claim to be committed."""
_SHORTEST_ESTIMATE = 1e-6
"""Seconds; an estimate of nothing counts as no estimate."""


@declare(idempotent=True)
async def sleep(seconds: float) -> None:
    """Take the time that the task takes."""
    if seconds > 0:
        await asyncio.sleep(seconds)


def sleeping() -> ExecutorRegistry:
    """The executors of plans that only sleep."""
    return ExecutorRegistry(callables={SLEEP: sleep, LOOK: declare(_look, pure=True)})


async def _look(seconds: float) -> None:
    await sleep(seconds)


def plan_of(dag: Dag, tool_of: Callable[[str], str] = lambda task: SLEEP) -> ExecutionPlan:  # noqa: ARG005
    """A plan of the DAG's tasks under their own names, each estimated at what it takes."""
    return ExecutionPlan(
        goal_text=f"Run the tasks of {dag.name}",
        tasks=[
            Task(
                task_id=task,
                name=task,
                tool=tool_of(task),
                inputs={"seconds": seconds},
                dependencies=[TaskDependency(task_id=other) for other in dag.before[task]],
                resource_estimate=ResourceEstimate(duration=ThreePoint(*[max(seconds, _SHORTEST_ESTIMATE)] * 3)),
                sequence_order=place,
            )
            for place, (task, seconds) in enumerate(dag.seconds.items())
        ],
    )
