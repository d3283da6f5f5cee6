"""Tasks and plans with fixed ids and times, and strategies that make any, for tests of the domain."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task, TaskDependency

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def task(task_id="t1", *after, **fields):
    """A task that waits for the tasks of these ids (or for what the given dependencies say)."""
    waits = [TaskDependency(task_id=other) if isinstance(other, str) else other for other in after]
    return Task(task_id=task_id, dependencies=waits, created_at=NOW, **({"name": f"Do {task_id}"} | fields))


def plan(*tasks, **fields):
    """A plan of these tasks, one task if none is given."""
    known = {"plan_id": "plan-1", "goal_id": "goal-1", "goal_text": "Get it done", "created_at": NOW}
    return ExecutionPlan(tasks=list(tasks or (task(),)), **(known | fields))


json_numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | json_numbers | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
"""Any value that JSON carries exactly."""


@st.composite
def chains_and_joins(draw, most=7):
    """Tasks of which each waits for any of those before it."""
    size = draw(st.integers(1, most))
    return [
        task(f"t{number}", *[f"t{other}" for other in range(number) if draw(st.booleans())], sequence_order=number)
        for number in range(size)
    ]
