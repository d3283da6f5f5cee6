"""Risks for people: a table by score, the probability-impact matrix, alerts, and what a mitigation would change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from groundplan.cli.render.history_views import plan_diff_table
from groundplan.cli.render.numbers import number_list, task_numbers
from groundplan.cli.render.plain import short_id
from groundplan.cli.render.tables import Cell, group, line, table
from groundplan.cli.risk_ids import short_risk_id
from groundplan.domain.mitigation.kinds import Mitigation, MitigationKind
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.risk import Impact, Risk

if TYPE_CHECKING:
    from groundplan.domain.risk_alerts import RiskAlert
    from groundplan.service.mitigating import MitigationPreview

_BANDS = (("0 to 0.25", 0.0), ("to 0.5", 0.25), ("to 0.75", 0.5), ("to 1", 0.75))
"""Columns of the matrix, each with the probability from which on (the first: at which) it begins."""
_SEVERE = (Impact.HIGH, Impact.CRITICAL)


def risks_view(plan: ExecutionPlan, risks: Sequence[Risk]) -> RenderableType:
    """The plan's risks, numbered by score, and where they lie in the matrix."""
    if not risks:
        return line("No risks here.")
    numbers = task_numbers(plan)
    rows = [_row(place, risk, numbers) for place, risk in enumerate(risks, start=1)]
    columns = ["No.", "Risk", "Score", "p", "Impact", "Status", "~What may happen (what was seen)", "Tasks", "~Helps"]
    return group(
        line("Plan ", (plan.plan_id, "bold"), f", version {plan.version}"),
        table(columns, rows, right=["No.", "Score", "p"]),
        Text(),
        _matrix(risks),
    )


def alerts_table(alerts: Sequence[RiskAlert]) -> RenderableType:
    """The risks over the threshold, with their plans."""
    if not alerts:
        return line("No risk is over the threshold.")
    rows: list[list[Cell]] = [
        [
            short_id(alert.plan_id),
            short_risk_id(alert.risk.risk_id),
            f"{alert.risk.score:.2f}",
            _impact(alert.risk),
            alert.risk.status.value,
            _told(alert.risk),
        ]
        for alert in alerts
    ]
    return table(
        ["Plan", "Risk", "Score", "Impact", "Status", "~What may happen (what was seen)"], rows, right=["Score"]
    )


def preview_view(shown: MitigationPreview) -> RenderableType:
    """What a mitigation would change."""
    return group(
        line(f"{shown.edit.kind.value} meets the risk ", (shown.risk.description, "bold")),
        line(f"Its probability of {shown.risk.probability:.2f} becomes at most "
             f"{shown.risk.probability * shown.edit.kind.residual:.2f}."),
        Text(),
        plan_diff_table(shown.diff),
    )  # fmt: skip


def _row(place: int, risk: Risk, numbers: dict[str, int]) -> list[Cell]:
    return [
        f"{place}",
        short_risk_id(risk.risk_id),
        f"{risk.score:.2f}",
        f"{risk.probability:.2f}",
        _impact(risk),
        risk.status.value,
        _told(risk),
        number_list(numbers[task_id] for task_id in risk.task_ids if task_id in numbers),
        "; ".join(_helps(one, risk) for one in risk.mitigations),
    ]


def _impact(risk: Risk) -> Text:
    return line((risk.impact.value, "red" if risk.impact in _SEVERE else ""))


def _told(risk: Risk) -> str:
    return f"{risk.description} ({risk.evidence})" if risk.evidence else risk.description


def _helps(one: Mitigation, risk: Risk) -> str:
    if one.kind is MitigationKind.ADVICE:
        return one.description.rstrip(".")
    done = any(each.kind is one.kind for each in risk.applied)
    return f"{one.kind.value} (done)" if done else one.kind.value


def _matrix(risks: Sequence[Risk]) -> RenderableType:
    """Which risk (by its number) lies where; what is over is left out."""
    open_ones = [(place, risk) for place, risk in enumerate(risks, start=1) if not risk.status.is_over]
    rows: list[list[Cell]] = []
    for impact in reversed(Impact):
        cells = [
            ", ".join(f"{place}" for place, risk in open_ones if risk.impact is impact and _band(risk) == band)
            for band in range(len(_BANDS))
        ]
        rows.append([impact.value, *cells])
    return table(["Impact / p", *(name for name, _ in _BANDS)], rows)


def _band(risk: Risk) -> int:
    return sum(risk.probability > begins for _, begins in _BANDS[1:])
