"""The probability-impact matrix (PMI): every risk where it belongs, by its number."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from groundplan.domain.risk import Impact, Risk
from groundplan.report.charts.drawing import Chart, node
from groundplan.report.report import Report
from groundplan.report.words import plural

_BANDS = ("very unlikely", "unlikely", "possible", "likely", "very likely")
_SHARES = ("0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %")
_LEFT, _TOP, _WIDE, _HIGH = 130.0, 36.0, 150.0, 58.0
_PER_LINE, _LINES = 5, 3


def risk_matrix(report: Report) -> Chart:
    """Probability upwards, impact to the right; a risk is called R1, R2, … by its place among the worst."""
    impacts = list(Impact)
    cells: dict[tuple[int, int], list[str]] = {}
    for number, risk in enumerate(report.risks, start=1):
        cells.setdefault((_band(risk), impacts.index(risk.impact)), []).append(f"R{number}")
    parts = [
        part
        for band in range(len(_BANDS))
        for column in range(len(impacts))
        for part in _cell(band, column, cells.get((band, column), []))
    ]
    width, height = _LEFT + _WIDE * len(impacts) + 8, _TOP + _HIGH * len(_BANDS) + 8
    words = f"Risk matrix of {plural(len(report.risks), 'risk')}, probability by impact; as a table below"
    return Chart(words, width, height, (*_headings(impacts), *parts))


def _band(risk: Risk) -> int:
    return min(int(risk.probability * len(_BANDS)), len(_BANDS) - 1)


def _headings(impacts: list[Impact]) -> Iterator[Element]:
    for column, impact in enumerate(impacts):
        yield node("text", impact.value, x=_LEFT + _WIDE * (column + 0.5), y=_TOP - 10, class_="strong mid")
    for band, name in enumerate(_BANDS):
        y = _y(band) + _HIGH / 2
        yield node("text", name, x=_LEFT - 10, y=y, class_="strong end")
        yield node("text", _SHARES[band], x=_LEFT - 10, y=y + 15, class_="soft small end")


def _cell(band: int, column: int, names: list[str]) -> Iterator[Element]:
    score = (band + 0.5) / len(_BANDS) * list(Impact)[column].weight
    level = 0 if score < 0.15 else 1 if score < 0.35 else 2 if score < 0.6 else 3
    x, y = _LEFT + _WIDE * column, _y(band)
    yield node("rect", x=x, y=y, width=_WIDE, height=_HIGH, class_=f"risk{level} cell")
    most = _PER_LINE * _LINES
    if len(names) > most:
        names = [*names[: most - 1], f"+{len(names) - most + 1}"]
    lines = [names[at : at + _PER_LINE] for at in range(0, len(names), _PER_LINE)]
    first = y + _HIGH / 2 + 4 - 8 * (len(lines) - 1)
    for index, line in enumerate(lines):
        yield node("text", " ".join(line), x=x + _WIDE / 2, y=first + 16 * index, class_="strong mid")


def _y(band: int) -> float:
    return _TOP + _HIGH * (len(_BANDS) - 1 - band)
