"""What every chart over time has: ticks, the deadline, and the present."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from groundplan.report.charts.axis import Scale, deadline_of, is_by_clock, ticks
from groundplan.report.charts.drawing import node
from groundplan.report.charts.fitting import text_width
from groundplan.report.report import Report
from groundplan.report.words import moment

_TEXT_UP = 6


def grid(report: Report, scale: Scale, top: float, bottom: float) -> Iterator[Element]:
    """A line at each tick from `top` to `bottom`, its name above."""
    right = scale.left + scale.width
    for tick in ticks(report, scale.span):
        x = scale.x(tick.seconds)
        yield node("path", d=f"M{x:.1f} {top:.0f}V{bottom:.0f}", class_="grid")
        half = text_width(tick.label, 11) / 2
        centre = min(max(x, scale.left + half), right - half)
        yield node("text", tick.label, x=centre, y=top - _TEXT_UP, class_="soft small mid")


def time_caption(report: Report, scale: Scale) -> str:
    """What the ticks count."""
    if is_by_clock(report, scale.span):
        return f"UTC, from {moment(report.start)}"
    return "from the start"


def marks(report: Report, scale: Scale, top: float, bottom: float) -> Iterator[Element]:
    """The deadline and the present, where they lie on the chart, each with its name below."""
    deadline = deadline_of(report)
    if deadline is not None and 0 <= deadline <= scale.span:
        yield _upright(scale.x(deadline), top, bottom, "deadline")
        yield _named("deadline", scale, deadline, bottom, "late small")
    at = report.seconds(report.made_at)
    if report.is_begun and report.ended_at is None and 0 <= at <= scale.span:
        yield _upright(scale.x(at), top, bottom, "now")
        beside = deadline is not None and abs(scale.x(deadline) - scale.x(at)) < 80
        yield _named("now", scale, at, bottom + (13 if beside else 0), "small")


def _upright(x: float, top: float, bottom: float, kind: str) -> Element:
    return node("path", d=f"M{x:.1f} {top:.0f}V{bottom:.0f}", class_=kind)


def _named(name: str, scale: Scale, seconds: float, bottom: float, kind: str) -> Element:
    half = text_width(name, 11) / 2
    x = min(max(scale.x(seconds), scale.left + half), scale.left + scale.width - half)
    return node("text", name, x=x, y=bottom + 13, class_=f"{kind} mid")
