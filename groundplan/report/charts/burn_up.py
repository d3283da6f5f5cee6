"""The burn-up: planned, earned and actual value over time, the S-curves of earned value (PMI)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from groundplan.domain.earned_value import SECONDS, CurvePoint
from groundplan.report.charts.axis import Scale, even_amounts, even_steps, span_of
from groundplan.report.charts.drawing import Chart, node
from groundplan.report.charts.fitting import text_width
from groundplan.report.charts.frame import grid, marks, time_caption
from groundplan.report.report import Report
from groundplan.report.words import amount, duration

_WIDTH, _HEIGHT = 1120.0, 360.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 96.0, 150.0, 44.0, 320.0
_APART = 15.0
_LEVELS = 5
_NAMES = {"pv": "planned (PV)", "ev": "earned (EV)", "ac": "actual (AC)"}


def burn_up(report: Report) -> Chart:
    """The three curves, the budget at completion above them."""
    points, bac = report.curves.points, report.curves.bac
    scale = Scale(max(span_of(report), points[-1].at if points else 0.0), _LEFT, _WIDTH - _LEFT - _RIGHT)
    highest = max([bac, *(value for point in points for value in (point.planned, point.actual or 0.0))]) or 1.0
    values = _Values(highest * 1.08)
    series = {kind: _series(points, kind) for kind in _NAMES}
    parts = [
        *_levels(report, values, highest),
        *grid(report, scale, _TOP, _BOTTOM),
        node("text", time_caption(report, scale), x=8.0, y=16.0, class_="soft small"),
        *_budget(report, values),
        *(_curve(kind, found, scale, values) for kind, found in series.items() if found),
        *marks(report, scale, _TOP, _BOTTOM),
        *_names(series, scale, values),
    ]
    return Chart(_words(report), _WIDTH, _HEIGHT, tuple(parts))


class _Values:
    """Values to pixels, upwards."""

    def __init__(self, highest: float) -> None:
        self._highest = highest

    def y(self, value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * min(max(value / self._highest, 0.0), 1.0)


def _words(report: Report) -> str:
    earned = report.earned
    if earned is None:
        return "Burn-up: planned value over time; nothing was begun"
    told = ", ".join(
        f"{name} {value_text(value, earned.unit)}"
        for name, value in (("planned", earned.pv), ("earned", earned.ev), ("actual", earned.ac))
    )
    return f"Burn-up at the time of the report: {told}, of {value_text(earned.bac, earned.unit)}"


def value_text(value: float | None, unit: str) -> str:
    """A value in its unit: time in words, money in figures; a dash for none."""
    return duration(value) if unit == SECONDS else amount(value, unit)


def _series(points: Sequence[CurvePoint], kind: str) -> list[tuple[float, float]]:
    name = {"pv": "planned", "ev": "earned", "ac": "actual"}[kind]
    found = [(point.at, getattr(point, name)) for point in points if getattr(point, name) is not None]
    return found if kind == "pv" or any(value for _, value in found) else []


def _curve(kind: str, found: Sequence[tuple[float, float]], scale: Scale, values: _Values) -> Element:
    path = "L".join(f"{scale.x(at):.1f} {values.y(value):.1f}" for at, value in found)
    return node("path", d=f"M{path}", class_=kind)


def _names(series: dict[str, list[tuple[float, float]]], scale: Scale, values: _Values) -> Iterator[Element]:
    """Each curve's name at its end, kept apart; the planned one's at the right edge."""
    ends = {kind: found[-1] for kind, found in series.items() if found}
    below = -_APART
    for kind, (at, value) in sorted(ends.items(), key=lambda end: values.y(end[1][1])):
        y = max(values.y(value) + 4, below + _APART)
        below = y
        x = min(scale.x(at) + 8, _WIDTH - text_width(_NAMES[kind]) - 4)
        yield node("text", _NAMES[kind], x=x, y=y, class_=f"{kind}text strong halo")


def _levels(report: Report, values: _Values, highest: float) -> Iterator[Element]:
    in_time = report.curves.unit == SECONDS
    for value in even_steps(0.0, highest, _LEVELS) if in_time else even_amounts(highest, _LEVELS):
        y = values.y(value)
        yield node("path", d=f"M{_LEFT:.0f} {y:.1f}H{_WIDTH - _RIGHT:.0f}", class_="grid")
        shown = value_text(value, report.curves.unit)
        yield node("text", shown, x=_LEFT - 8, y=y + 4, class_="soft small end")


def _budget(report: Report, values: _Values) -> Iterator[Element]:
    if report.curves.bac > 0:
        y = values.y(report.curves.bac)
        yield node("path", d=f"M{_LEFT:.0f} {y:.1f}H{_WIDTH - _RIGHT:.0f}", class_="limit")
        yield node("text", "budget", x=_LEFT + 6, y=y - 5, class_="soft small halo")
