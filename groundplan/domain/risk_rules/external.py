"""Risks from outside: whom or what the plan does not command."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.domain.mitigation.offers import BUFFER, CHECK, FALLBACK, RETRY, advice
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_rules.outlook import Outlook
from groundplan.domain.risk_words import OUTSIDE, mention
from groundplan.domain.task import Task

_DONE_OUTSIDE = "external"
"""The category of tasks that a person or another system does."""


def outside_dependency(outlook: Outlook) -> Iterator[Risk]:
    """Tasks depend on suppliers, customers, APIs …, or are done outside."""
    hits = [(task, words) for task in outlook.tasks if (words := _outside(task))]
    if hits:
        yield Risk(
            risk_id=outlook.id_of("outside-dependency"),
            rule="outside-dependency",
            category=RiskCategory.EXTERNAL,
            description=f"{len(hits)} task(s) depend on somebody or something outside",
            probability=min(0.3 + 0.1 * (len(hits) - 1), 0.6),
            impact=Impact.MEDIUM,
            task_ids=[task.task_id for task, _ in hits],
            evidence=", ".join(dict.fromkeys(words for _, words in hits)),
            mitigations=[FALLBACK, BUFFER, RETRY, CHECK, advice("Agree on a date, and start these tasks early.")],
        )


def _outside(task: Task) -> str:
    return mention(OUTSIDE, task.name) or ("done outside" if task.category == _DONE_OUTSIDE else "")
