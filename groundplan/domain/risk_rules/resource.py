"""Risks of resources: people and money."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.domain.mitigation.offers import BUFFER, FALLBACK, advice
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_rules.outlook import Outlook

_NEARLY = 0.8


def single_agent(outlook: Outlook) -> Iterator[Risk]:
    """One agent alone, or none, offers what tasks require."""
    alone: dict[str, list[str]] = {}
    for task in outlook.tasks if outlook.agents else ():
        capable = (
            [agent.agent_id for agent in outlook.agents if agent.can_do(task)] if task.required_capabilities else []
        )
        if task.required_capabilities and len(capable) <= 1:
            alone.setdefault(capable[0] if capable else "", []).append(task.task_id)
    for who, task_ids in alone.items():
        nobody = who == ""
        yield Risk(
            risk_id=outlook.id_of("single-agent", detail=who),
            rule="single-agent",
            category=RiskCategory.RESOURCE,
            description=f"{'Nobody' if nobody else f'Only {who!r}'} can do {len(task_ids)} task(s)",
            probability=0.8 if nobody else 0.3,
            impact=Impact.HIGH if nobody else Impact.MEDIUM,
            task_ids=task_ids,
            evidence="capabilities of the registered agents",
            mitigations=[FALLBACK, BUFFER, advice("Register another agent with these capabilities.")],
        )


def budget(outlook: Outlook) -> Iterator[Risk]:
    """Over four fifths of the goal's cost or tokens are expected to be used."""
    for what, limit in (("cost", outlook.constraints.max_cost), ("tokens", outlook.constraints.max_tokens)):
        if limit is None:
            continue
        needs = {task_id: getattr(estimate, what).mean for task_id, estimate in outlook.estimates.items()}
        expected = sum(needs.values())
        if expected <= _NEARLY * limit:
            continue
        fits = expected <= limit
        yield Risk(
            risk_id=outlook.id_of("budget", detail=what),
            rule="budget",
            category=RiskCategory.RESOURCE,
            description=f"Expected {what} {'come close to' if fits else 'go beyond'} the goal's limit",
            probability=0.5 if fits else 0.9,
            impact=Impact.HIGH,
            task_ids=[task_id for task_id, need in needs.items() if need > 0],
            evidence=f"expected {expected:.2f} of {limit:.2f} {what}",
            mitigations=[advice("Use a cheaper model or tool."), advice("Raise the budget.")],
        )
