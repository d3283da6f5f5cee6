"""A report: how a plan stands, as data from which every form of it is drawn.

Planned times are seconds from `start`; moments are in UTC. Tasks go by their number in the plan, from 1.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from groundplan.domain.earned_value import Curves, EarnedValue
from groundplan.domain.feedback import Issue, IssueStatus
from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.resources import ResourceBudget
from groundplan.domain.risk import Risk, RiskStatus
from groundplan.domain.schedule import Milestone, Phase, ResourceProfile
from groundplan.domain.simulation import Simulation

_SHOWN_RISKS = frozenset({RiskStatus.OPEN, RiskStatus.OCCURRED})


class TaskLine(Frozen):
    """One task: what was planned, and what became of it.

    `planned` is its start and finish in seconds, None if it was never scheduled; `slack` the seconds it may be late
    without the whole being late. `percent` is from 0 to 100.
    """

    number: int
    task_id: str
    name: str
    phase: str = ""
    status: TaskStatus = TaskStatus.PENDING
    percent: float = 0.0
    after: list[int] = Field(default_factory=list)
    agent: str = ""
    tool: str = ""
    planned: tuple[float, float] | None = None
    slack: float | None = None
    is_critical: bool = False
    is_optional: bool = False
    is_irreversible: bool = False
    started_at: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None
    expected_cost: float = 0.0
    cost: float = 0.0
    tokens: int = 0
    trouble: str = ""
    """Why it failed, is blocked or in doubt."""

    @property
    def is_begun(self) -> bool:
        """Whether anything was done about it."""
        return self.started_at is not None


class Timing(Frozen):
    """When the whole is done, in seconds from the start: without the buffer (`makespan`) and with it (`finish`)."""

    makespan: float = 0.0
    buffer: float = 0.0
    lower_bound: float = 0.0
    is_proven_optimal: bool = False
    method: str = ""
    deadline: UtcDatetime | None = None
    deadline_slack: float | None = None
    critical_path: list[int] = Field(default_factory=list)

    @property
    def finish(self) -> float:
        """Seconds from the start until all is done, buffer included."""
        return self.makespan + self.buffer


class VersionLine(Frozen):
    """A version of the plan, why it was made, and what differs from the one before."""

    version: int
    made_at: UtcDatetime
    reason: str = ""
    changes: list[str] = Field(default_factory=list)


class Waiting(Frozen):
    """Something that a person has to decide: an approval, a task in doubt, an issue that was escalated."""

    what: str
    why: list[str] = Field(default_factory=list)
    since: UtcDatetime | None = None
    how: str = ""
    """The command that decides it, with ids quoted for a shell."""


class Report(Frozen):
    """How a plan stands at `made_at`. `start` is when it was begun, or is to begin if it starts when it was planned."""

    made_at: UtcDatetime
    plan_id: str
    goal_id: str = ""
    version: int = 1
    status: PlanStatus
    goal_text: str
    agent_did: str = ""
    priority: int | None = None
    success_criteria: list[str] = Field(default_factory=list)
    start: UtcDatetime
    is_begun: bool = False
    ended_at: UtcDatetime | None = None
    tasks: list[TaskLine] = Field(default_factory=list)
    timing: Timing = Field(default_factory=Timing)
    phases: list[Phase] = Field(default_factory=list)
    milestones: list[Milestone] = Field(default_factory=list)
    resources: dict[str, ResourceProfile] = Field(default_factory=dict)
    risks: list[Risk] = Field(default_factory=list)
    """The worst first."""
    budget: ResourceBudget = Field(default_factory=ResourceBudget)
    cost: float = 0.0
    """Spent so far, in the budget's currency."""
    tokens: int = 0
    earned: EarnedValue | None = None
    """None until the plan is begun, and where its ledger is gone."""
    curves: Curves = Field(default_factory=Curves)
    forecast_finish: UtcDatetime | None = None
    simulation: Simulation | None = None
    """How what is left may turn out; None if it was not simulated."""
    issues: list[Issue] = Field(default_factory=list)
    versions: list[VersionLine] = Field(default_factory=list)
    waiting: list[Waiting] = Field(default_factory=list)
    recommendations: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)

    @property
    def percent(self) -> float:
        """How much is done, from 0 to 100: of the work by its value where that is known, else of the tasks."""
        if self.earned is not None and self.earned.bac > 0:
            return self.earned.percent
        counted = [line.percent for line in self.tasks if line.status is not TaskStatus.SKIPPED]
        return sum(counted) / len(counted) if counted else 0.0

    @property
    def planned_finish(self) -> datetime:
        """When it is to be done by the schedule, buffer included."""
        return self.moment(self.timing.finish)

    @property
    def open_risks(self) -> list[Risk]:
        """Risks that nobody has dealt with yet, the worst first."""
        return [risk for risk in self.risks if risk.status in _SHOWN_RISKS]

    @property
    def open_issues(self) -> list[Issue]:
        """Issues that are not closed."""
        return [issue for issue in self.issues if issue.status is not IssueStatus.CLOSED]

    def document(self) -> dict[str, Any]:
        """The whole as JSON, with what follows from it: how much is done, and every figure of earned value."""
        figures = self.earned.figures() if self.earned else None
        return self.model_dump(mode="json") | {"percent": self.percent, "earned": figures}

    def count(self, status: TaskStatus) -> int:
        """How many tasks have this status."""
        return sum(line.status is status for line in self.tasks)

    def moment(self, seconds: float) -> datetime:
        """The moment so many seconds from the start; the last one there is if it lies beyond the calendar."""
        try:
            return self.start + timedelta(seconds=seconds)
        except OverflowError:
            return datetime.max.replace(tzinfo=self.start.tzinfo)

    def seconds(self, at: datetime) -> float:
        """Seconds from the start to the moment."""
        return (at - self.start).total_seconds()
