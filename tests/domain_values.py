"""Hypothesis strategies for domain objects: any text that Unicode has, any number that JSON carries exactly."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from groundplan.domain.ids import new_id
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan, PlanMetadata, PlanType
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.schedule import Schedule, TaskWindow
from groundplan.domain.task import Compensation, DependencyKind, RetryPolicy, Task, TaskDependency, TaskType

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
names = texts.filter(bool)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC))
numbers = st.floats(0, 1e12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
objects = st.dictionaries(texts, values, max_size=3)
three_points = st.lists(numbers, min_size=3, max_size=3).map(lambda three: ThreePoint(*sorted(three)))
estimates = st.builds(
    ResourceEstimate, duration=three_points, tokens=three_points, cost=three_points, cpu_cores=numbers, basis=texts
)
tools = st.sampled_from([None, "email.send", "db.query-all"])
risks = st.builds(
    Risk,
    category=st.sampled_from(RiskCategory),
    description=texts,
    probability=st.floats(0, 1),
    impact=st.sampled_from(Impact),
    mitigations=st.lists(texts, max_size=2),
)
windows = st.builds(TaskWindow, *[numbers] * 6)
schedules = st.builds(Schedule, windows=st.dictionaries(names, windows, max_size=3), makespan=numbers, deadline=moments)


@st.composite
def dependencies(draw: st.DrawFn, others: list[str]) -> TaskDependency:
    kind = draw(st.sampled_from(DependencyKind))
    condition = draw(names) if kind is DependencyKind.CONDITIONAL else None
    bound = {"output": draw(names), "input": draw(names)} if kind is DependencyKind.DATA else {}
    return TaskDependency(task_id=draw(st.sampled_from(others)), kind=kind, condition=condition, **bound)


@st.composite
def tasks(draw: st.DrawFn, plan_id: str, number: int) -> Task:
    """A task that may wait for those before it, begun or not."""
    before = [f"t{other}" for other in range(number)]
    begun: dict[str, Any] = draw(
        st.just({})
        | st.fixed_dictionaries(
            {
                "status": st.sampled_from(TaskStatus),
                "outputs": objects,
                "attempts": st.integers(0, 9),
                "error": st.none() | objects,
                "started_at": st.none() | moments,
                "assigned_agent": st.none() | texts,
            }
        )
    )
    return Task(
        task_id=f"t{number}",
        plan_id=plan_id,
        name=draw(names),
        description=draw(texts),
        task_type=draw(st.sampled_from(TaskType)),
        tool=draw(tools),
        dependencies=draw(st.lists(dependencies(before), max_size=2)) if before else [],
        inputs=draw(objects),
        resource_estimate=draw(st.none() | estimates),
        timeout_seconds=draw(st.none() | st.floats(0.001, 1e6)),
        retry_policy=draw(st.builds(RetryPolicy, attempts=st.integers(1, 9), jitter=st.floats(0, 1))),
        compensation=draw(st.none() | st.builds(Compensation, description=texts, inputs=objects)),
        idempotency_key=draw(st.none() | texts),
        sequence_order=number,
        success_criteria=draw(st.lists(texts, max_size=2)),
        optional=draw(st.booleans()),
        created_at=draw(moments),
        **begun,
    )


@st.composite
def plans(draw: st.DrawFn) -> ExecutionPlan:
    """An unsigned plan of up to four tasks, with a new id."""
    plan_id = new_id()
    owner = draw(st.sampled_from([plan_id, "", "another plan"]))
    return ExecutionPlan(
        plan_id=plan_id,
        goal_id=draw(texts),
        agent_did="did:web:" + draw(names),
        goal_text=draw(texts),
        plan_type=draw(st.sampled_from(PlanType)),
        tasks=[draw(tasks(owner, number)) for number in range(draw(st.integers(0, 4)))],
        status=draw(st.sampled_from(PlanStatus)),
        resource_budget=draw(st.builds(ResourceBudget, cost=numbers, max_cost=st.none() | numbers)),
        schedule=draw(st.none() | schedules),
        risks=draw(st.lists(risks, max_size=2)),
        reasoning=draw(texts),
        created_at=draw(moments),
        updated_at=draw(st.none() | moments),
        validated_at=draw(st.none() | moments),
        metadata=draw(st.builds(PlanMetadata, strategy=texts, warnings=st.lists(texts, max_size=2), extra=objects)),
    )
