"""How a plan goes: a bar for each task and phase, earned value, the forecast, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from groundplan.cli.render.tables import group, line, table
from groundplan.cli.render.times import duration, moment
from groundplan.domain.earned_value import SECONDS, EarnedValue
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.monitoring import Trouble
from groundplan.domain.progress import PlanProgress, TaskProgress
from groundplan.domain.risk import Impact

_WIDTH = 20
_STYLES = {
    TaskStatus.COMPLETED: "green",
    TaskStatus.EXECUTING: "cyan",
    TaskStatus.FAILED: "red",
    TaskStatus.CANCELLED: "red",
    TaskStatus.BLOCKED: "yellow",
    TaskStatus.IN_DOUBT: "yellow",
}
_SEVERITIES = {Impact.CRITICAL: "bold red", Impact.HIGH: "red", Impact.MEDIUM: "yellow", Impact.LOW: "dim"}


def progress_view(progress: PlanProgress) -> Group:
    """The whole of it."""
    return group(
        _head(progress),
        _times(progress),
        Text(),
        _tasks(progress),
        *_phases(progress),
        Text(),
        _value(progress.earned_value),
        *_trouble(progress),
    )


def bar(percent: float, width: int = _WIDTH) -> str:
    """A bar that is full at 100 percent; it is empty only at none, and full only at all."""
    filled = round(width * min(max(percent, 0.0), 100.0) / 100)
    if 0 < percent < 100:
        filled = min(max(filled, 1), width - 1)
    return "█" * filled + "░" * (width - filled)


def _head(progress: PlanProgress) -> Text:
    status = progress.status.value.replace("_", " ")
    done = f"{bar(progress.percent, 2 * _WIDTH)} {progress.percent:.0f} %"
    head = line("Plan ", (progress.plan_id, "bold"), f", version {progress.version}, {status}")
    counts = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in progress.statuses.items())
    return Text("\n").join([head, line((done, "bold")), line((counts, "dim"))])


def _times(progress: PlanProgress) -> Text | None:
    if progress.started_at is None:
        return line(("Nobody has begun it.", "dim"))
    said = [f"Begun {moment(progress.started_at)}"]
    for words, at in (
        ("planned to end", progress.planned_finish),
        ("ended", progress.ended_at),
        ("forecast to end", progress.forecast_finish),
        ("due", progress.deadline),
    ):
        said += [f"{words} {moment(at)}"] if at is not None else []
    return line(", ".join(said) + " UTC")


def _tasks(progress: PlanProgress) -> RenderableType:
    columns = ["#", "~Task", "Done", "%", "Status", "Took", "Planned", "Ends (UTC)"]
    rows = [_row(number, task) for number, task in enumerate(progress.tasks, start=1)]
    return table(columns, rows, right=["#", "%", "Took", "Planned"])


def _row(number: int, task: TaskProgress) -> list[str | Text]:
    status = task.status.value.replace("_", " ")
    return [
        str(number),
        task.name + " !" * bool(task.findings),
        bar(task.percent),
        f"{task.percent:.0f}",
        line((status, _STYLES.get(task.status, ""))),
        duration(task.seconds) if task.started_at else "",
        duration(task.planned_seconds) if task.planned_seconds else "",
        _moment(task.ended_at or task.forecast_finish),
    ]


def _phases(progress: PlanProgress) -> Iterator[RenderableType]:
    if not progress.phases:
        return
    rows = [
        [
            phase.name,
            bar(phase.percent),
            f"{phase.percent:.0f}",
            f"{phase.completed} of {phase.tasks}",
            _index(phase.spi),
        ]
        for phase in progress.phases
    ]
    yield Text()
    yield table(["~Phase", "Done", "%", "Tasks", "SPI"], rows, right=["%", "SPI"])


def _value(value: EarnedValue) -> RenderableType:
    shown = duration if value.unit == SECONDS else lambda amount: f"{amount:,.2f} {value.unit}"
    return Text("\n").join(
        [
            line(
                ("Earned value ", "bold"),
                f"planned {shown(value.pv)}, earned {shown(value.ev)}, actual {shown(value.ac)} of {shown(value.bac)}",
            ),
            line(
                f"SPI {_index(value.spi)}, CPI {_index(value.cpi)}, at completion {shown(value.eac)} "
                f"({'over by ' if value.vac < 0 else 'under by '}{shown(abs(value.vac))}), "
                f"to complete at {_index(value.tcpi)}"
            ),
        ]
    )


def _trouble(progress: PlanProgress) -> Iterator[RenderableType]:
    numbers = {task.task_id: number for number, task in enumerate(progress.tasks, start=1)}
    names = {task.task_id: task.name for task in progress.tasks}
    if progress.trouble:
        yield Text()
    for finding in progress.trouble:
        yield _finding(finding, numbers, names)


def _finding(finding: Trouble, numbers: dict[str, int], names: dict[str, str]) -> Text:
    kind = finding.kind.value.replace("_", " ").capitalize()
    who = f" {numbers[finding.task_id]} {names[finding.task_id]}" if finding.task_id else " the plan"
    return line((kind, _SEVERITIES[finding.severity]), f"{who}: {finding.why}")


def _index(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _moment(at: datetime | None) -> str:
    return moment(at) if at is not None else ""
