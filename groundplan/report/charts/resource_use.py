"""How much of each resource the schedule takes over time, beside what there is."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from groundplan.domain.schedule import ResourceProfile
from groundplan.report.charts.axis import Scale, span_of
from groundplan.report.charts.drawing import Chart, node
from groundplan.report.charts.fitting import fitting
from groundplan.report.charts.frame import grid, time_caption
from groundplan.report.report import Report
from groundplan.report.words import amount, plural

MOST = 20
"""Resources that are drawn; the rest of more is left to the table."""

_WIDTH, _LABELS, _TOP, _STRIP, _HIGH = 1120.0, 280.0, 40.0, 66.0, 46.0


def resource_use(report: Report) -> Chart:
    """A strip for each resource: what is taken as an area, the capacity as a line."""
    shown = list(report.resources.items())[:MOST]
    scale = Scale(span_of(report), _LABELS + 12, _WIDTH - _LABELS - 24)
    bottom = _TOP + _STRIP * len(shown)
    parts = [
        node("text", time_caption(report, scale), x=_LABELS, y=_TOP - 6, class_="soft small end"),
        *grid(report, scale, _TOP, bottom),
        *(part for index, found in enumerate(shown) for part in _strip(*found, scale, _TOP + _STRIP * index)),
    ]
    words = f"Use of {plural(len(shown), 'resource')} over time, beside what there is"
    return Chart(words, _WIDTH, bottom + 10, tuple(parts))


def _strip(name: str, profile: ResourceProfile, scale: Scale, y: float) -> Iterator[Element]:
    floor, highest = y + 10 + _HIGH, max(profile.capacity, profile.peak) or 1.0
    shown = fitting(name, _LABELS - 16)
    yield node("text", shown, node("title", name) if shown.endswith("…") else None, x=8.0, y=y + 30, class_="strong")
    told = f"at most {amount(profile.peak)} of {amount(profile.capacity)}"
    yield node("text", told, x=8.0, y=y + 46, class_="soft small")
    path = f"M{scale.left:.1f} {floor:.1f}"
    for at, used in profile.steps:
        path += f"H{scale.x(at):.1f}V{floor - _HIGH * used / highest:.1f}"
    yield node("path", d=f"{path}H{scale.left + scale.width:.1f}V{floor:.1f}z", class_="use")
    limit = floor - _HIGH * profile.capacity / highest
    yield node("path", d=f"M{scale.left:.1f} {limit:.1f}h{scale.width:.1f}", class_="limit")
