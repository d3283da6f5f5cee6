"""Risks of bringing results together."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.domain.mitigation.offers import CHECK, RETRY, advice
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_rules.outlook import Outlook

_FAN_IN = 4


def fan_in(outlook: Outlook) -> Iterator[Risk]:
    """A task waits for four or more."""
    for task in outlook.tasks:
        before = len(task.predecessors)
        if before >= _FAN_IN:
            yield Risk(
                risk_id=outlook.id_of("fan-in", task.task_id),
                rule="fan-in",
                category=RiskCategory.INTEGRATION,
                description=f"{task.name!r} brings {before} results together",
                probability=min(0.2 + 0.05 * before, 0.65),
                impact=Impact.MEDIUM,
                task_ids=[task.task_id],
                evidence=f"{before} predecessors",
                mitigations=[CHECK, RETRY, advice("Integrate in smaller steps.")],
            )
