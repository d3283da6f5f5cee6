"""What was decided on a plan's risks, carried over into the risks of its next version."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from groundplan.domain.mitigation.kinds import AppliedMitigation
from groundplan.domain.risk import Risk, RiskStatus
from groundplan.domain.task import Task


def carry_over(
    fresh: Sequence[Risk],
    before: Sequence[Risk],
    tasks: Sequence[Task],
    mitigated: Mapping[str, AppliedMitigation] | None = None,
    taken_back: Mapping[str, AppliedMitigation] | None = None,
) -> list[Risk]:
    """The risks that the rules see in the new version, with what people decided on the same risks before.

        p = min(p seen now, p before · Π residual of what is in force)

    A risk that was mitigated just now and is seen no more stays in the register, as mitigated.

    Args:
        tasks: those of the new version; what was applied counts as long as they still have it.
        mitigated: what the new version was made for, by the id of the risk.
        taken_back: what the new version undoes, by the id of the risk.
    """
    known = {risk.risk_id: _without(risk, (taken_back or {}).get(risk.risk_id)) for risk in before}
    by_id, now = {task.task_id: task for task in tasks}, dict(mitigated or {})
    seen = {risk.risk_id for risk in fresh}
    kept = [_decided(risk, known.get(risk.risk_id), by_id, now.get(risk.risk_id)) for risk in fresh]
    gone = [risk for risk in known.values() if risk.risk_id not in seen and _stays(risk, by_id, now)]
    return kept + [_decided(risk, risk, by_id, now.get(risk.risk_id)) for risk in gone]


def _without(risk: Risk, undone: AppliedMitigation | None) -> Risk:
    """The risk as if that had not been applied to it."""
    if undone is None:
        return risk
    probability = min(1.0, risk.probability / undone.kind.residual)
    applied = [one for one in risk.applied if one != undone]
    return risk.model_copy(update={"probability": probability, "planned_probability": None, "applied": applied})


def _stays(risk: Risk, by_id: Mapping[str, Task], now: Mapping[str, AppliedMitigation]) -> bool:
    """Whether a risk that no rule sees is told all the same: it was met, or it came to something."""
    if risk.status is RiskStatus.OCCURRED or risk.risk_id in now:
        return True
    return risk.status is RiskStatus.MITIGATED and any(_is_in_force(one, by_id) for one in risk.applied)


def _decided(risk: Risk, before: Risk | None, by_id: Mapping[str, Task], now: AppliedMitigation | None) -> Risk:
    if before is None:
        return risk
    if before.status is RiskStatus.OCCURRED:
        return before
    applied = [one for one in [*before.applied, *([now] if now else [])] if _is_in_force(one, by_id)]
    if applied:
        first = before.planned_probability if before.planned_probability is not None else before.probability
        share = math.prod(one.kind.residual for one in applied if one not in before.applied)
        probability = round(min(risk.probability, first * share), 4)
        return risk.model_copy(update={"status": RiskStatus.MITIGATED, "applied": applied, "probability": probability})
    if before.status is RiskStatus.ACCEPTED:
        return risk.model_copy(update={"status": RiskStatus.ACCEPTED, "accepted": before.accepted})
    return risk


def _is_in_force(one: AppliedMitigation, by_id: Mapping[str, Task]) -> bool:
    """Whether the plan still has what was added, and (where nothing was) a task that was changed."""
    if one.added:
        return all(task_id in by_id for task_id in one.added)
    return any(task_id in by_id for task_id in one.changed)
