"""The Gantt chart (Gantt 1910): what was planned, and below it what became of it, on one line per task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.schedule import Milestone, Phase
from groundplan.report.charts.axis import Scale, span_of
from groundplan.report.charts.drawing import Chart, node
from groundplan.report.charts.fitting import fitting, text_width
from groundplan.report.charts.frame import grid, marks, time_caption
from groundplan.report.report import Report, TaskLine
from groundplan.report.words import duration, plural, sign

MOST_TASKS = 1_500
"""With more tasks the chart shows the phases, and of the tasks the most critical ones only."""

_MOST_OF_MANY = 200
_WIDTH, _LABELS, _GAP = 1120.0, 280.0, 12.0
_ROW, _TOP, _BOTTOM = 24, 62, 34
_SCALE_WIDTH = _WIDTH - _LABELS - 2 * _GAP
_LEAST_BAR = 2.0
_BOLDER = 1.12
"""How much wider bold letters are."""


@dataclass(frozen=True)
class _Buffer:
    start: float
    finish: float


_Row = Phase | TaskLine | Milestone | _Buffer


def gantt(report: Report) -> Chart:
    """The whole chart in one drawing, which may be high."""
    return _chart(report, _rows(report), "Gantt chart")


def gantt_parts(report: Report, rows: int = 45) -> list[Chart]:
    """The chart in drawings of so many lines, each with its own time axis, so that they can be read and printed."""
    everything = _rows(report)
    parts = [everything[at : at + rows] for at in range(0, len(everything), rows)] or [[]]
    many = len(parts) > 1
    return [
        _chart(report, part, f"Gantt chart, part {number} of {len(parts)}" if many else "Gantt chart")
        for number, part in enumerate(parts, start=1)
    ]


def shown_tasks(report: Report) -> list[TaskLine]:
    """The tasks that the chart shows: all, or of very many those with the least slack."""
    if len(report.tasks) <= MOST_TASKS:
        return report.tasks
    by_slack = sorted(report.tasks, key=lambda line: (line.slack is None, line.slack or 0.0, line.number))
    return by_slack[:_MOST_OF_MANY]


def _rows(report: Report) -> list[_Row]:
    tasks = sorted(shown_tasks(report), key=lambda line: (line.planned or (0.0, 0.0), line.number))
    rows: list[_Row] = []
    placed: set[int] = set()
    phases = sorted(report.phases, key=lambda phase: (phase.start, phase.finish)) if len(report.phases) > 1 else []
    for phase in phases:
        inside = frozenset(phase.task_ids)
        rows.append(phase)
        mine = [line for line in tasks if line.task_id in inside and line.number not in placed]
        placed.update(line.number for line in mine)
        rows += mine
    rows += [line for line in tasks if line.number not in placed]
    by_time: list[Milestone] = sorted(report.milestones, key=lambda milestone: milestone.at)
    rows += by_time
    timing = report.timing
    return [*rows, _Buffer(timing.makespan, timing.finish)] if timing.buffer > 0 else rows


def _chart(report: Report, rows: Sequence[_Row], name: str) -> Chart:
    scale = Scale(span_of(report), _LABELS + _GAP, _SCALE_WIDTH)
    bottom = _TOP + _ROW * len(rows)
    words = f"{name}: {plural(len(report.tasks), 'task')} in {duration(report.timing.makespan)}; as a table below"
    parts = [
        *_legend(),
        node("text", time_caption(report, scale), x=_LABELS, y=_TOP - 6, class_="soft small end"),
        *(_band(index) for index in range(0, len(rows), 2)),
        *grid(report, scale, _TOP, bottom),
        *(part for index, row in enumerate(rows) for part in _drawn(report, row, scale, _TOP + _ROW * index)),
        *marks(report, scale, _TOP, bottom),
    ]
    return Chart(words, _WIDTH, bottom + _BOTTOM, tuple(parts))


def _band(index: int) -> Element:
    return node("rect", x=0.0, y=_TOP + _ROW * index, width=_WIDTH, height=_ROW, class_="band")


def _drawn(report: Report, row: _Row, scale: Scale, y: float) -> Iterator[Element]:
    if isinstance(row, TaskLine):
        return _task(report, row, scale, y)
    if isinstance(row, Phase):
        return _phase(row, scale, y)
    if isinstance(row, Milestone):
        return _milestone(row, scale, y)
    return _buffer(row, scale, y)


def _task(report: Report, line: TaskLine, scale: Scale, y: float) -> Iterator[Element]:
    yield _label(f"{line.number}  {line.name}", y, "strong" if line.is_critical else None, line.name)
    yield node("text", sign(line.status), x=_LABELS, y=y + 16, class_=f"{_colour(line.status)} end")
    kind = "critical" if line.is_critical else "plan"
    if line.planned is not None:
        start, finish = line.planned
        yield node(
            "rect", node("title", _told(line)), x=scale.x(start), y=y + 4, width=_length(scale, start, finish),
            height=9.0, rx=2.0, class_=kind,
        )  # fmt: skip
        if line.slack and scale.x(finish + line.slack) - scale.x(finish) >= _LEAST_BAR:
            end = scale.x(finish + line.slack)
            yield node("path", d=f"M{scale.x(finish):.1f} {y + 8.5:.1f}H{end:.1f}m0 -4v8", class_="slack")
    if line.started_at is not None:
        start = report.seconds(line.started_at)
        finish = report.seconds(line.ended_at or report.made_at)
        yield node(
            "rect", x=min(scale.x(start), scale.x(scale.span) - _LEAST_BAR), y=y + 15, height=5.0,
            width=_length(scale, start, finish), class_=_colour(line.status),
        )  # fmt: skip


def _told(line: TaskLine) -> str:
    start, finish = line.planned or (0.0, 0.0)
    told = f"{line.number} {line.name}: {duration(finish - start)}, from {duration(start)} to {duration(finish)}"
    told += f", slack {duration(line.slack)}" if line.slack else ""
    return told + (f", {line.agent}" if line.agent else "")


def _phase(phase: Phase, scale: Scale, y: float) -> Iterator[Element]:
    yield _label(phase.name, y, "strong soft", phase.name)
    start, end = scale.x(phase.start), scale.x(phase.start) + _length(scale, phase.start, phase.finish)
    foot = min(4.0, (end - start) / 2)
    yield node(
        "path", d=f"M{start:.1f} {y + 8}H{end:.1f}v9l{-foot:.1f} -4H{start + foot:.1f}l{-foot:.1f} 4z", class_="phase"
    )


def _milestone(milestone: Milestone, scale: Scale, y: float) -> Iterator[Element]:
    yield _label(milestone.name, y, "soft", milestone.name)
    x = scale.x(milestone.at)
    yield node("path", d=f"M{x:.1f} {y + 5}l7 7l-7 7l-7 -7z", class_="milestone")
    said = duration(milestone.at)
    is_late = x + 14 + text_width(said, 11) > _WIDTH
    yield node(
        "text", said, x=x + (-12 if is_late else 12), y=y + 16, class_="small soft" + (" end" if is_late else "")
    )


def _buffer(buffer: _Buffer, scale: Scale, y: float) -> Iterator[Element]:
    yield _label("Buffer", y, "soft", "Buffer")
    width = _length(scale, buffer.start, buffer.finish)
    yield node("rect", x=scale.x(buffer.start), y=y + 6, width=width, height=12.0, class_="buffer")


def _label(text: str, y: float, kind: str | None, whole: str) -> Element:
    shown = fitting(text, (_LABELS - 32) / (_BOLDER if kind else 1.0))
    title = node("title", whole) if shown.endswith("…") else None
    return node("text", shown, title, x=8.0, y=y + 16, class_=kind)


def _length(scale: Scale, start: float, finish: float) -> float:
    return max(scale.x(finish) - scale.x(start), _LEAST_BAR)


def _colour(status: TaskStatus) -> str:
    known = {TaskStatus.COMPLETED: "completed", TaskStatus.EXECUTING: "executing", TaskStatus.FAILED: "failed"}
    return known.get(status, "other")


def _legend() -> Iterator[Element]:
    """What the bars mean, on one line above."""
    x = 8.0
    for kind, words in (
        ("plan", "planned"), ("critical", "critical"), ("slack", "slack"), ("completed", "done"),
        ("executing", "running"), ("failed", "failed"), ("milestone", "milestone"), ("buffer", "buffer"),
    ):  # fmt: skip
        yield _swatch(kind, x)
        yield node("text", words, x=x + 28, y=22.0, class_="small")
        x += 28 + text_width(words, 11) + 22


def _swatch(kind: str, x: float) -> Element:
    if kind == "slack":
        return node("path", d=f"M{x:.1f} 18h20m0 -4v8", class_=kind)
    if kind == "milestone":
        return node("path", d=f"M{x + 13:.1f} 11l7 7l-7 7l-7 -7z", class_=kind)
    thin = kind in ("completed", "executing", "failed")
    return node("rect", x=x, y=16.0 if thin else 13.0, width=20.0, height=5.0 if thin else 10.0, class_=kind)
