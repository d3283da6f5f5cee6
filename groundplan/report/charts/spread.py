"""When the plan may be done: how often a simulation ended when, with P50, P80 and P95."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from groundplan.domain.durations import format_duration
from groundplan.domain.simulation import Simulation
from groundplan.report.charts.axis import even_steps
from groundplan.report.charts.drawing import Chart, node
from groundplan.report.charts.fitting import text_width

_WIDTH, _HEIGHT = 1120.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 24.0, 24.0, 62.0, 262.0
_LINE = 14.0
_SHORT = 100.0
"""Seconds; of less, tenths are told."""


def finish_spread(simulation: Simulation) -> Chart:
    """A histogram of the seconds until all is done, and how likely it is done before the deadline."""
    scale = _Span(simulation)
    parts = [
        *_ticks(scale),
        *_bars(simulation, scale),
        *_marks(simulation, scale),
        node("text", "time until all is done", x=_LEFT, y=_HEIGHT - 4, class_="soft small"),
    ]
    return Chart(_words(simulation), _WIDTH, _HEIGHT, tuple(parts))


class _Span:
    """Seconds to pixels: all that was simulated, and the deadline if it is near."""

    def __init__(self, simulation: Simulation) -> None:
        histogram = simulation.histogram
        low, high = histogram.low, histogram.low + histogram.width * len(histogram.counts)
        due, reach = simulation.seconds_to_deadline, 0.6 * (high - low)
        if due is not None and low - reach <= due <= high + reach:
            low, high = min(low, due), max(high, due)
        spare = 0.03 * (high - low) or max(0.1 * high, 1.0)
        self.low, self.high = max(0.0, low - spare), high + spare

    def x(self, seconds: float) -> float:
        share = (seconds - self.low) / (self.high - self.low)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(max(share, 0.0), 1.0)


def _words(simulation: Simulation) -> str:
    finish = simulation.finish
    told = ", ".join(
        f"{name} {_told(value)}" for name, value in (("P50", finish.p50), ("P80", finish.p80), ("P95", finish.p95))
    )
    return f"Time until all is done in {simulation.samples:,} simulations: {told}"


def _told(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < _SHORT else format_duration(seconds)


def _ticks(scale: _Span) -> Iterator[Element]:
    for at in even_steps(scale.low, scale.high, 8):
        label = format_duration(at)
        half = text_width(label, 11) / 2
        yield node("path", d=f"M{scale.x(at):.1f} {_TOP:.0f}V{_BOTTOM:.0f}", class_="grid")
        x = min(max(scale.x(at), half), _WIDTH - half)
        yield node("text", label, x=x, y=_BOTTOM + 16, class_="soft small mid")


def _bars(simulation: Simulation, scale: _Span) -> Iterator[Element]:
    histogram = simulation.histogram
    most = max(histogram.counts, default=0) or 1
    for index, count in enumerate(histogram.counts):
        low = histogram.low + index * histogram.width
        x, high = scale.x(low), (_BOTTOM - _TOP) * count / most
        width = max(scale.x(low + histogram.width) - x - 1, 2.0)
        share = f"{100 * count / simulation.samples:.1f} % within {format_duration(low + histogram.width)}"
        yield node("rect", node("title", share), x=x, y=_BOTTOM - high, width=width, height=high, class_="plan")


def _marks(simulation: Simulation, scale: _Span) -> Iterator[Element]:
    """P50, P80, P95 and the deadline, each named on a line of its own so that names never cover each other."""
    finish = simulation.finish
    named = [("P50", finish.p50, "now"), ("P80", finish.p80, "now"), ("P95", finish.p95, "now")]
    for line, (name, value, kind) in enumerate(named):
        yield from _mark(f"{name} {_told(value)}", value, kind, scale, 16 + _LINE * line)
    due, chance = simulation.seconds_to_deadline, simulation.probability_of_deadline
    if due is not None and scale.low <= due <= scale.high:
        words = f"deadline: met in {100 * (chance or 0):.0f} %"
        yield from _mark(words, due, "deadline", scale, 16 + _LINE * len(named))


def _mark(words: str, at: float, kind: str, scale: _Span, y: float) -> Iterator[Element]:
    x = scale.x(at)
    yield node("path", d=f"M{x:.1f} {y - 8:.0f}V{_BOTTOM:.0f}", class_=kind)
    is_late = x + 6 + text_width(words, 11) > _WIDTH
    side = x - 6 if is_late else x + 6
    colour = "late" if kind == "deadline" else "strong"
    yield node("text", words, x=side, y=y, class_=f"{colour} small halo" + (" end" if is_late else ""))
