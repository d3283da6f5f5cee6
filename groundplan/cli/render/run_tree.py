"""A plan's tasks as a tree with the state of each, fed by events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from groundplan.cli.render.plain import plain
from groundplan.cli.render.times import duration
from groundplan.cli.render.tree import tree_lines
from groundplan.domain.lifecycle import TaskStatus

if TYPE_CHECKING:
    from groundplan.domain.events import Event
    from groundplan.domain.plan import ExecutionPlan

_MARKS = {
    TaskStatus.PENDING: ("·", "dim"),
    TaskStatus.READY: ("○", ""),
    TaskStatus.EXECUTING: ("▶", "cyan"),
    TaskStatus.COMPLETED: ("✓", "green"),
    TaskStatus.FAILED: ("✗", "red"),
    TaskStatus.BLOCKED: ("■", "yellow"),
    TaskStatus.SKIPPED: ("–", "dim"),
    TaskStatus.CANCELLED: ("–", "red"),
    TaskStatus.IN_DOUBT: ("?", "bold yellow"),
    TaskStatus.COMPENSATED: ("↶", "dim"),
}
_STATUS_OF = {
    "task.ready": TaskStatus.READY,
    "task.started": TaskStatus.EXECUTING,
    "task.completed": TaskStatus.COMPLETED,
    "task.failed": TaskStatus.FAILED,
    "task.retrying": TaskStatus.READY,
    "task.skipped": TaskStatus.SKIPPED,
    "task.blocked": TaskStatus.BLOCKED,
    "task.cancelled": TaskStatus.CANCELLED,
    "task.in_doubt": TaskStatus.IN_DOUBT,
    "task.compensated": TaskStatus.COMPENSATED,
}


class _Row:
    def __init__(self, status: TaskStatus) -> None:
        self.status = status
        self.since: datetime | None = None
        self.words = ""


class RunTree:
    """What rich draws: one line a task, its mark, its name, its progress or how long it took."""

    def __init__(self, plan: ExecutionPlan) -> None:
        self._plan = plan
        self._rows = {task.task_id: _Row(task.status) for task in plan.tasks}
        self._said = plan.status.value

    def take(self, event: Event) -> None:
        """Take in what happened."""
        kind = event.type.value
        if kind.startswith("plan."):
            self._said = kind.removeprefix("plan.").replace("_", " ")
        row = self._rows.get(str(event.data.get("task_id", "")))
        if row is None:
            return
        if kind == "task.progress":
            row.words = f"{event.data.get('percent', 0):.0f} %"
            return
        status = _STATUS_OF.get(kind)
        if status is None:
            return
        row.status = status
        row.words = _words(event)
        row.since = event.at

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        for lead, task_id, words in tree_lines(self._plan):
            row = self._rows[task_id]
            mark, style = _MARKS[row.status]
            yield Text.assemble((f"{mark} ", style), (lead, "dim"), (words, style), (f"  {row.words}", "dim"))
        done = sum(row.status is TaskStatus.COMPLETED for row in self._rows.values())
        yield Text(f"{done} of {len(self._rows)} done, plan {self._said}", style="bold")


def _words(event: Event) -> str:
    said = []
    seconds = event.data.get("seconds")
    if isinstance(seconds, int | float) and seconds:
        said.append(duration(float(seconds)))
    said += [plain(str(event.data[name])) for name in ("code", "agent", "why") if event.data.get(name)]
    return ", ".join(said)
