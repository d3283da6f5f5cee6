"""Calls of executors, as the scheduler makes them."""

from groundplan.execution.protocols import TaskCall
from tests.plan_factories import task


def call(inputs=None, **fields):
    """One attempt at a task; fields of the task that is called go by `task=`."""
    known = {"task": task("t1"), "plan_id": "plan-1", "run_id": "run-1", "attempt": 1, "idempotency_key": "key-1"}
    return TaskCall(inputs=inputs or {}, **(known | fields))
