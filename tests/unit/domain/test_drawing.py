from datetime import UTC, datetime

from groundplan.domain.drawing import mermaid
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.schedule import Schedule
from groundplan.domain.task import Task, TaskDependency

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def plan_of(*tasks: Task, **fields) -> ExecutionPlan:
    return ExecutionPlan(plan_id="p", tasks=list(tasks), created_at=NOW, **fields)


def test_tasks_and_waits_are_drawn():
    plan = plan_of(
        Task(task_id="a", name="Dig"),
        Task(task_id="b", name="Fill", dependencies=[TaskDependency(task_id="a")]),
        schedule=Schedule(critical_path=["a", "b"]),
    )
    assert mermaid(plan).splitlines() == [
        "flowchart LR",
        '    t1["Dig"]',
        '    t2["Fill"]',
        "    t1 --> t2",
        "    classDef critical stroke-width:3px",
        "    class t1,t2 critical",
    ]


def test_a_name_cannot_leave_its_label():
    drawn = mermaid(plan_of(Task(task_id="a", name='x"] --> evil; click t1 "javascript:alert(1)"\n%%{init}%%\x1b[2J')))
    assert len(drawn.splitlines()) == 2
    assert "javascript" in drawn
    label = drawn.splitlines()[1].removeprefix('    t1["').removesuffix('"]')
    assert not set(label) & set("\"'<>[](){}|`\\%\x1b")


def test_long_names_are_cut():
    assert "…" in mermaid(plan_of(Task(task_id="a", name="word " * 60)))
