"""A Gantt chart for the terminal, as wide as that is: one line a task, in the order in which they begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from groundplan.cli.render.gantt_bars import BUFFER, CRITICAL, PLAIN, Scale, axis, bar, profile
from groundplan.cli.render.numbers import task_numbers
from groundplan.cli.render.plain import plain
from groundplan.cli.render.times import duration
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.schedule import Schedule

_FEWEST_COLUMNS = 10
_MOST_OF_A_NAME = 40
_MOST_OF_AN_AGENT = 16


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the chart: what stands left of the bar, right of it, and how to draw it."""

    number: str
    name: str
    start: float
    finish: float
    slack: float = 0.0
    fill: str = PLAIN
    agent: str = ""


class Gantt:
    """Renders itself to the width that the console has. Names are cut first, bars get what is left."""

    def __init__(self, plan: ExecutionPlan, schedule: Schedule) -> None:
        self._schedule = schedule
        self._rows = [*_tasks(plan, schedule), *_buffer(schedule), *_phases(schedule)]
        self._taken = {f"{name}, {it.peak:g} of {it.capacity:g}": it for name, it in schedule.resources.items()}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        seconds = max(self._schedule.finish, *[row.finish for row in self._rows])
        layout = _Layout(self._rows, self._taken, options.max_width, seconds)
        yield layout.line("#", "Task", axis(layout.scale), "Agent", "dim")
        for row in self._rows:
            style = "bold" if row.fill == CRITICAL else ""
            drawn = bar(layout.scale, row.start, row.finish, row.slack, fill=row.fill)
            yield layout.line(row.number, row.name, drawn, row.agent, style)
        for name, taken in self._taken.items():
            yield layout.line("", name, profile(layout.scale, taken.steps, taken.capacity), "", "cyan")


class _Layout:
    """How many columns each part of a line gets."""

    def __init__(self, rows: Sequence[Row], more: Iterable[str], width: int, seconds: float) -> None:
        self._number = max(1, *[len(row.number) for row in rows])
        agent = max(len(plain(row.agent)) for row in rows)
        self._agent = min(max(agent, len("Agent")), _MOST_OF_AN_AGENT) if agent else 0
        longest = max(len(plain(name)) for name in ["Task", *more, *[row.name for row in rows]])
        left = width - self._number - self._agent - 4
        self._name = max(4, min(longest, _MOST_OF_A_NAME, left * 2 // 5))
        self.scale = Scale(seconds, max(_FEWEST_COLUMNS, left - self._name))

    def line(self, number: str, name: str, drawn: str, agent: str, style: str = "") -> Text:
        made = Text(no_wrap=True, overflow="crop", end="\n")
        made.append(f"{number:>{self._number}} ", style)
        made.append_text(_cut(name, self._name, style))
        made.append(f" {drawn}", style)
        if self._agent:
            made.append(" ").append_text(_cut(agent, self._agent))
        made.rstrip()
        return made


def _cut(words: str, width: int, style: str = "") -> Text:
    text = Text(plain(words), style, no_wrap=True)
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


def _tasks(plan: ExecutionPlan, schedule: Schedule) -> Iterator[Row]:
    numbers, critical = task_numbers(plan), frozenset(schedule.critical_path)
    placed = [task for task in plan.tasks if task.task_id in schedule.windows]
    for task in sorted(placed, key=lambda task: schedule.slot(task.task_id).start):
        slot = schedule.slot(task.task_id)
        on_path = task.task_id in critical
        yield Row(
            number=("*" if on_path else "") + str(numbers[task.task_id]),
            name=task.name,
            start=slot.start,
            finish=slot.finish,
            slack=schedule.windows[task.task_id].total_slack,
            fill=CRITICAL if on_path else PLAIN,
            agent=slot.agent or "",
        )


def _buffer(schedule: Schedule) -> Iterator[Row]:
    if schedule.buffer:
        yield Row("", f"buffer, {duration(schedule.buffer)}", schedule.makespan, schedule.finish, fill=BUFFER)


def _phases(schedule: Schedule) -> Iterator[Row]:
    for phase in schedule.phases:
        yield Row("", f"phase {phase.name}", phase.start, phase.finish, fill="─")
