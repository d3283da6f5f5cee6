"""Reports with fixed ids and times, and the text and the drawings in a page, for tests of what people look at."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

from groundplan.domain.approval import Approval
from groundplan.domain.critical_path import critical_path
from groundplan.domain.feedback import Issue, IssueStatus
from groundplan.domain.goal import Goal, GoalConstraints
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_so_far import TaskReport
from groundplan.domain.risk import Impact
from groundplan.domain.schedule import Milestone, Phase, ResourceProfile, Schedule, TaskWindow
from groundplan.domain.simulation import Histogram, Simulation, Spread
from groundplan.report import Known, Report, report_on
from groundplan.report.report import VersionLine
from tests.sample_plans import HOSTILE, NOW, PLAN_ID, hostile_plan, release_plan, request, small_plan, task

HOSTILE_MARKUP = f"]]></svg></style></title><img src=x onerror=alert(1)>'{HOSTILE}"
"""What would end the markup around it, and begin some of its own."""


def hours(number: float) -> datetime:
    """So many hours after the plan was begun."""
    return NOW + timedelta(hours=number)


def entry(task_id: str, kind: EntryKind, at: float, **fields: object) -> LedgerEntry:
    """A line of the ledger, so many hours after the plan was begun."""
    return LedgerEntry(task_id=task_id, attempt=1, kind=kind, at=hours(at), **fields)


def phased_plan() -> ExecutionPlan:
    """The release plan with phases, milestones and a resource."""
    plan = release_plan()
    assert plan.schedule is not None
    phases = [
        Phase(name="Build", task_ids=["t1", "t2", "t3"], start=0, finish=18_000),
        Phase(name="Deploy", task_ids=["t4", "t5", "t6"], start=18_000, finish=36_000),
    ]
    milestones = [Milestone(name="Build done", task_ids=["t1", "t2", "t3"], at=18_000)]
    resources = {"ci runners": ResourceProfile(capacity=2, steps=[(0, 1), (7_200, 2), (10_800, 1), (18_000, 0)])}
    update = {"phases": phases, "milestones": milestones, "resources": resources}
    return plan.model_copy(update={"schedule": plan.schedule.model_copy(update=update)})


def running_report() -> Report:
    """The release plan six hours after it was begun: late, one task failed, an issue escalated, a version waiting."""
    plan = phased_plan().model_copy(update={"status": PlanStatus.EXECUTING, "execution_started_at": NOW, "version": 2})
    error = {"code": "E5207", "message": "The runner did not answer"}
    entries = [
        entry("t1", EntryKind.CLAIMED, 0, agent="ada"),
        entry("t1", EntryKind.COMPLETED, 2.5, agent="ada", cost=1.25, tokens=400),
        entry("t2", EntryKind.CLAIMED, 2.5, agent="ben"),
        entry("t3", EntryKind.CLAIMED, 2.5, agent="ada"),
        entry("t3", EntryKind.FAILED, 3, agent="ada", cost=0.5, error=error),
    ]
    known = Known(
        goal=Goal(goal_id="goal-1", goal_text="Release it", constraints=GoalConstraints(success_criteria=["It sells"])),
        entries=entries,
        reports=[TaskReport(task_id="t2", attempt=1, percent=40, highest=40, heard_at=hours(5))],
        simulation=simulation(),
        approval=waiting_version(2),
        issues=[
            issue("i1", "The key is lost", IssueStatus.CLOSED, Impact.LOW),
            issue("i2", "The runner is down", IssueStatus.ESCALATED, Impact.HIGH),
        ],
        versions=[
            VersionLine(version=1, made_at=NOW, reason="planned"),
            VersionLine(version=2, made_at=hours(3), reason="t3 failed", changes=["changed Write the notes"]),
        ],
        recommendations=["Run the tests on the small runner: saves 0.40 USD"],
    )
    return report_on(plan, made_at=hours(6), known=known)


def simulation() -> Simulation:
    """What a simulation of the rest came to: three to nine hours, the deadline hardly ever met."""
    return Simulation(
        plan_id=PLAN_ID, version=2, samples=100, seed=0,
        finish=Spread(mean=21_600, std=3_600, p10=16_200, p50=21_600, p80=25_200, p90=27_000, p95=28_800),
        cost=Spread(mean=3, std=1, p10=2, p50=3, p80=3.5, p90=4, p95=4.25), tokens=Spread(),
        deadline=hours(10), seconds_to_deadline=14_400, probability_of_deadline=0.04, probability_of_cost=1.0,
        criticality={"t2": 1.0, "t6": 0.97, "t3": 0.0},
        histogram=Histogram(low=10_800, width=3_600, counts=[4, 16, 30, 28, 16, 6]),
    )  # fmt: skip


def waiting_version(version: int) -> Approval:
    """A request for the approval of a version."""
    return request().model_copy(update={"version": version})


def issue(issue_id: str, title: str, status: IssueStatus, severity: Impact) -> Issue:
    """An issue of the second task."""
    return Issue(
        plan_id=PLAN_ID, issue_id=issue_id, task_id="t2", title=title, severity=severity, status=status,
        opened_by="ada", opened_at=hours(4), changed_at=hours(5),
    )  # fmt: skip


def hostile_report(text: str = HOSTILE_MARKUP) -> Report:
    """A report whose every text is this one."""
    plan = hostile_plan()
    tasks = [
        one.model_copy(update={"name": text, "phase": text, "assigned_agent": text, "error": {"message": text}})
        for one in plan.tasks
    ]
    windows = {one.task_id: TaskWindow(0, 60, 0, 60, 0, 0) for one in tasks}
    ids = [one.task_id for one in tasks]
    schedule = Schedule(
        windows=windows, makespan=60, buffer=6, critical_path=ids, method=text,
        phases=[Phase(name=f"{n} {text}", task_ids=ids, start=0, finish=60) for n in (1, 2)],
        milestones=[Milestone(name=text, task_ids=ids, at=60)], resources={text: ResourceProfile(capacity=1)},
    )  # fmt: skip
    risks = [risk.model_copy(update={"description": text, "evidence": text}) for risk in plan.risks]
    metadata = plan.metadata.model_copy(update={"warnings": [text]})
    changed = {"goal_text": text, "tasks": tasks, "schedule": schedule, "risks": risks, "metadata": metadata}
    known = Known(
        issues=[issue("i1", text, IssueStatus.ESCALATED, Impact.HIGH)],
        versions=[VersionLine(version=1, made_at=NOW, reason=text, changes=[text])],
        recommendations=[text],
    )
    return report_on(plan.model_copy(update=changed | {"plan_id": text, "goal_id": text}), made_at=NOW, known=known)


def many_tasks(count: int, *, phases: int = 0, wide: int = 5) -> ExecutionPlan:
    """A scheduled plan of so many tasks of an hour, `wide` of them side by side, in so many phases."""
    tasks = [
        task(n, f"Step {n} of the migration of the customer database", 1, (n - wide,) if n > wide else ())
        for n in range(1, count + 1)
    ]
    path = critical_path({one.task_id: 3600.0 for one in tasks}, {one.task_id: one.predecessors for one in tasks})
    times = (path.earliest_start, path.earliest_finish, path.latest_start, path.latest_finish)
    windows = {
        one.task_id: TaskWindow(
            *(time[one.task_id] for time in times), path.total_slack[one.task_id], path.free_slack[one.task_id]
        )
        for one in tasks
    }
    each = max(1, -(-count // phases)) if phases else count
    named = [
        Phase(
            name=f"Phase {n + 1}",
            task_ids=[one.task_id for one in tasks[n * each : (n + 1) * each]],
            start=0,
            finish=path.length,
        )
        for n in range(phases)
    ]
    schedule = Schedule(windows=windows, makespan=path.length, critical_path=list(path.path), phases=named)
    return small_plan(*tasks, schedule=schedule)


class Page(HTMLParser):
    """What a browser finds in a page: tags with attributes, the text that is shown, and whether all tags match."""

    _VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def shown(self) -> str:
        """All texts, one after the other."""
        return " ".join(self.texts)


def drawings(page: str) -> list[ElementTree.Element]:
    """The inline SVGs of a page, read as XML."""
    return [ElementTree.fromstring(found) for found in re.findall(r"<svg .*?</svg>", page, re.S)]  # noqa: S314 - ours
