"""The network of a plan: which task waits for which, from left to right and on in the next band.

A line joins tasks of neighbouring columns of a band. Where one would have to go around others, small numbers
before and behind a box say which tasks it waits for, and which wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from groundplan.report.charts.drawing import Chart, node
from groundplan.report.charts.fitting import in_lines, text_width
from groundplan.report.charts.layering import Layout, layout
from groundplan.report.report import Report, TaskLine
from groundplan.report.words import plural, sign

MOST_TASKS = 300
"""A plan of more tasks is drawn by its phases, if it has any."""
MOST_WITHOUT_PHASES = 1_000
"""A plan of more tasks without phases is not drawn."""

_COLUMNS, _ROWS = 6, 10
_BOX, _HIGH = 136.0, 46.0
_STEP_X, _STEP_Y = 186.0, 62.0
_MARGIN, _BETWEEN, _TOP = 26.0, 30.0, 40.0
_NEAR = 5
_BEFORE, _AFTER = "‹", "›"


@dataclass(frozen=True)
class _Place:
    x: float
    y: float
    band: int
    column: int


def network(report: Report) -> Chart:
    """The drawing; of a plan with more than `MOST_TASKS` tasks the network of its phases, if it has any."""
    lines = {line.number: line for line in (_of_phases(report) if is_by_phase(report) else report.tasks)}
    placed = layout({number: line.after for number, line in lines.items()}, columns=_COLUMNS, rows=_ROWS)
    places, height = _places(placed)
    followers: dict[int, list[int]] = {number: [] for number in lines}
    for line in lines.values():
        for before in line.after:
            followers[before].append(line.number)
    parts = [
        *_legend(),
        *(part for line in lines.values() for part in _edges(line, lines, places)),
        *(part for line in lines.values() for part in _box(line, places, followers[line.number])),
    ]
    width = 2 * _MARGIN + _STEP_X * (_COLUMNS - 1) + _BOX
    words = f"Network of {plural(len(lines), 'task')}: what waits for what; as a table below"
    return Chart(words, width, height, tuple(parts))


def is_by_phase(report: Report) -> bool:
    """Whether the plan has so many tasks that its phases are drawn instead."""
    return len(report.tasks) > MOST_TASKS and len(report.phases) > 1


def is_drawn(report: Report) -> bool:
    """Whether there is anything that could be drawn and read."""
    return bool(report.tasks) and (len(report.tasks) <= MOST_WITHOUT_PHASES or is_by_phase(report))


def _of_phases(report: Report) -> list[TaskLine]:
    """A line for each phase, waiting for the phases before it that its tasks wait for."""
    numbers = {phase.name: number for number, phase in enumerate(report.phases, start=1)}
    phase_of = {task_id: phase.name for phase in report.phases for task_id in phase.task_ids}
    names = {line.number: phase_of.get(line.task_id, "") for line in report.tasks}
    waits: dict[str, set[int]] = {phase.name: set() for phase in report.phases}
    for line in report.tasks:
        mine = numbers.get(names[line.number], 0)
        before = {numbers.get(names[other], 0) for other in line.after}
        if mine:
            waits[names[line.number]] |= {other for other in before if 0 < other < mine}
    return [
        TaskLine(
            number=numbers[phase.name],
            task_id=phase.name,
            name=f"{phase.name} ({plural(len(phase.task_ids), 'task')})",
            after=sorted(waits[phase.name]),
        )
        for phase in report.phases
    ]


def _places(placed: Layout) -> tuple[dict[int, _Place], float]:
    """Where the boxes are, and how high the whole is."""
    places: dict[int, _Place] = {}
    top = _TOP
    for band, columns in enumerate(placed.bands):
        most = max(map(len, columns))
        for column, numbers in enumerate(columns):
            shift = (most - len(numbers)) * _STEP_Y / 2
            for row, number in enumerate(numbers):
                places[number] = _Place(_MARGIN + column * _STEP_X, top + shift + row * _STEP_Y, band, column)
        top += most * _STEP_Y + _BETWEEN
    return places, top


def _is_joined(before: _Place, after: _Place) -> bool:
    return before.band == after.band and after.column == before.column + 1


def _edges(line: TaskLine, lines: Mapping[int, TaskLine], places: Mapping[int, _Place]) -> Iterator[Element]:
    here = places[line.number]
    for number in line.after:
        there = places[number]
        if not _is_joined(there, here):
            continue
        kind = "critical" if line.is_critical and lines[number].is_critical else ""
        x0, y0 = there.x + _BOX, there.y + _HIGH / 2
        x1, y1 = here.x, here.y + _HIGH / 2
        middle = (x0 + x1) / 2
        curve = f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1 - 5:.1f} {y1:.1f}"
        yield node("path", d=curve, class_=f"{kind}edge")
        yield node("path", d=f"M{x1:.1f} {y1:.1f}l-7 -4v8z", class_=f"{kind}tip")


def _box(line: TaskLine, places: Mapping[int, _Place], followers: list[int]) -> Iterator[Element]:
    here = places[line.number]
    kind = "criticalbox" if line.is_critical else "box"
    yield node(
        "rect", node("title", f"{line.number} {line.name}"), x=here.x, y=here.y, width=_BOX, height=_HIGH, rx=5.0,
        class_=kind,
    )  # fmt: skip
    yield node("text", str(line.number), x=here.x + 7, y=here.y + 14, class_="small strong")
    mark = sign(line.status)
    if mark:
        yield node("text", mark, x=here.x + _BOX - 7, y=here.y + 14, class_="small end")
    for index, text in enumerate(in_lines(line.name, _BOX - 12, 2, 11)):
        yield node("text", text, x=here.x + 7, y=here.y + 27 + 13 * index, class_="small")
    yield from _far(line, places, followers)


def _far(line: TaskLine, places: Mapping[int, _Place], followers: list[int]) -> Iterator[Element]:
    """The numbers of those to which no line is drawn, above the box."""
    here = places[line.number]
    before = [number for number in line.after if not _is_joined(places[number], here)]
    after = [number for number in followers if not _is_joined(here, places[number])]
    width = _BOX / 2 if before and after else _BOX
    if before:
        yield node("text", _numbers(before, _BEFORE, width), x=here.x, y=here.y - 4, class_="small soft")
    if after:
        yield node("text", _numbers(after, _AFTER, width), x=here.x + _BOX, y=here.y - 4, class_="small soft end")


def _numbers(numbers: list[int], arrow: str, width: float) -> str:
    """As many numbers as fit, the others counted, and the arrow on the side on which the others are."""
    for most in range(_NEAR, 0, -1):
        left = len(numbers) - most
        shown = " ".join(map(str, numbers[:most])) + (f" +{left}" if left > 0 else "")
        if text_width(f"{shown} {arrow}", 11) <= width:
            break
    return f"{arrow} {shown}" if arrow == _BEFORE else f"{shown} {arrow}"


def _legend() -> Iterator[Element]:
    yield node("rect", x=_MARGIN, y=8.0, width=22.0, height=12.0, rx=3.0, class_="criticalbox")
    yield node("text", "critical", x=_MARGIN + 30, y=18.0, class_="small")
    for x, words in ((100, "‹ 3 waits for task 3"), (240, "9 › task 9 waits for it")):
        yield node("text", words, x=_MARGIN + x, y=18.0, class_="small soft")
