"""Plans with fixed ids and times, for tests of what shows them."""

from datetime import UTC, datetime, timedelta

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan, PlanMetadata, PlanType
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.schedule import Schedule, TaskWindow
from groundplan.domain.task import DependencyKind, Task, TaskDependency

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
PLAN_ID = "7d9f1c52-0000-4000-8000-000000000001"
HOSTILE = 'a"]; click t1 "javascript:alert(1)" [bold red]x[/] <script>\x1b[2J\x07\u202egnp.exe & `b` #x; {{c}}'
"""What a name may try: Mermaid syntax, rich markup, HTML, terminal escape sequences, bidi overrides."""


def task(number: int, name: str, hours: float, after: tuple[int | TaskDependency, ...] = (), **more: object) -> Task:
    """Task `t<number>` that takes so many hours."""
    waits = [TaskDependency(task_id=f"t{other}") if isinstance(other, int) else other for other in after]
    seconds = hours * 3600
    estimate = ResourceEstimate(duration=ThreePoint(seconds, seconds, seconds))
    return Task(
        task_id=f"t{number}",
        plan_id=PLAN_ID,
        name=name,
        dependencies=waits,
        resource_estimate=estimate,
        sequence_order=number,
        created_at=NOW,
        **more,
    )


def release_plan() -> ExecutionPlan:
    """Six tasks that fork and join, with every kind of dependency, two risks, a deadline and a budget."""
    checked = TaskDependency(task_id="t2", kind=DependencyKind.CONDITIONAL, condition="result.failed == 0")
    built = TaskDependency(task_id="t1", kind=DependencyKind.DATA, output="image", input="image")
    tasks = [
        task(1, "Build the release", 2),
        task(2, "Run the tests", 3, (1,), tool="ci.run"),
        task(3, "Write the notes", 1, (1,), optional=True),
        task(4, "Deploy to staging", 0.5, (checked, built), tool="deploy.push"),
        task(5, "Deploy to production", 0.5, (4, 3), tool="deploy.push", irreversible=True),
        task(6, "Watch the metrics", 4, (5,)),
    ]
    return ExecutionPlan(
        plan_id=PLAN_ID,
        goal_id="goal-1",
        goal_text="Release version 2 of the shop: build, test, write the notes, deploy it, and watch the metrics",
        plan_type=PlanType.DAG,
        tasks=tasks,
        status=PlanStatus.AWAITING_APPROVAL,
        resource_budget=ResourceBudget(duration_seconds=39_600, tokens=1500, cost=3.2, max_cost=10, max_tokens=9000),
        schedule=_schedule(),
        risks=[
            Risk(
                risk_id="r2",
                category=RiskCategory.TIMELINE,
                description="Half of the time is one task",
                probability=0.4,
                impact=Impact.LOW,
                task_ids=["t6"],
            ),
            Risk(
                risk_id="r1",
                category=RiskCategory.TECHNICAL,
                description="A task cannot be undone",
                evidence="deploy.push is irreversible",
                probability=0.8,
                impact=Impact.HIGH,
                task_ids=["t5"],
                mitigations=["Have somebody look at staging first", "Keep the old release at hand"],
            ),
        ],
        created_at=NOW,
        metadata=PlanMetadata(
            strategy="template", template="deployment", score=0.91, run_id="run-1", warnings=["Nobody can run ci.run"]
        ),
    )


def _schedule() -> Schedule:
    spans = {
        "t1": (0, 2, 0),
        "t2": (2, 3, 0),
        "t3": (2, 1, 2.5),
        "t4": (5, 0.5, 0),
        "t5": (5.5, 0.5, 0),
        "t6": (6, 4, 0),
    }
    windows = {
        name: TaskWindow(
            start * 3600, (start + length) * 3600, (start + slack) * 3600, (start + slack + length) * 3600,
            slack * 3600, slack * 3600,
        )
        for name, (start, length, slack) in spans.items()
    }  # fmt: skip
    return Schedule(
        windows=windows,
        makespan=36_000,
        buffer=3_600,
        critical_path=["t1", "t2", "t4", "t5", "t6"],
        deadline=NOW + timedelta(hours=10),
        deadline_slack=-3_600,
    )


def request() -> Approval:
    """What the release plan waits for."""
    return Approval(
        plan_id=PLAN_ID,
        version=1,
        run_id="run-1",
        reasons=["Task 5 cannot be undone", "Risk 'A task cannot be undone' is over the threshold"],
        requested_at=NOW,
    )


def decided() -> Approval:
    """The same, approved."""
    decision = Decision(verdict=Verdict.APPROVE, by="Ana", why="staging looks good")
    return request().model_copy(update={"decision": decision, "decided_at": NOW})


def small_plan(*tasks: Task, **more: object) -> ExecutionPlan:
    """A validated plan of these tasks and nothing else."""
    fields = {"goal_text": "Do it", "status": PlanStatus.VALIDATED} | more
    return ExecutionPlan(plan_id=PLAN_ID, goal_id="goal-1", tasks=list(tasks), created_at=NOW, **fields)


def hostile_plan() -> ExecutionPlan:
    """Every text in it is `HOSTILE`."""
    waits = TaskDependency(task_id="t1", kind=DependencyKind.CONDITIONAL, condition=HOSTILE)
    bound = TaskDependency(task_id="t1", kind=DependencyKind.DATA, output=HOSTILE, input=HOSTILE)
    risk = Risk(
        category=RiskCategory.EXTERNAL, description=HOSTILE, evidence=HOSTILE, probability=0.5, impact=Impact.MEDIUM,
        mitigations=[HOSTILE], task_ids=["t1"],
    )  # fmt: skip
    return small_plan(
        task(1, HOSTILE, 1),
        task(2, HOSTILE, 1, (waits,)),
        task(3, HOSTILE, 1, (bound, 2)),
        goal_text=HOSTILE,
        risks=[risk],
        metadata=PlanMetadata(strategy=HOSTILE, template=HOSTILE, warnings=[HOSTILE]),
    )
