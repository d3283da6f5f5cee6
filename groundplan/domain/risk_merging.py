"""The risks of two sources as one register: what both name is one risk."""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundplan.domain.mitigation.kinds import Mitigation
from groundplan.domain.risk import Risk

_WORD = re.compile(r"\w{3,}")
_ALIKE = 0.5
"""Two texts are about the same if they share so much of the words of the shorter one."""
_LEAST = 2
"""And so many words: "Accounts" alone is about anything."""


def merged(first: Sequence[Risk], more: Sequence[Risk]) -> list[Risk]:
    """The risks of both: of two in one category, with a task in common and alike in words, one with the higher
    probability, the graver impact, and what both saw."""
    risks = list(first)
    for other in more:
        place = next((number for number, risk in enumerate(risks) if _are_one(risk, other)), None)
        if place is None:
            risks.append(other)
        else:
            risks[place] = _joined(risks[place], other)
    return risks


def under_known_ids(named: Sequence[Risk], before: Sequence[Risk]) -> list[Risk]:
    """The risks, each under the id that one of the same rule, alike and no less grave, had in the version before: a
    model says the same in other words each time, and what was decided on it is found by the id."""
    taken = {risk.risk_id for risk in named}
    found = []
    for risk in named:
        known = next((old for old in before if old.risk_id not in taken and _is_again(old, risk)), None)
        if known is not None and all(old.risk_id != risk.risk_id for old in before):
            taken.add(known.risk_id)
            found.append(risk.model_copy(update={"risk_id": known.risk_id}))
        else:
            found.append(risk)
    return found


def _is_again(old: Risk, risk: Risk) -> bool:
    return old.rule == risk.rule and risk.impact.weight <= old.impact.weight and _are_one(old, risk)


def _are_one(risk: Risk, other: Risk) -> bool:
    if risk.category is not other.category:
        return False
    together = set(risk.task_ids) & set(other.task_ids) or risk.task_ids == other.task_ids
    return bool(together) and _likeness(_told(risk), _told(other)) >= _ALIKE


def _told(risk: Risk) -> frozenset[str]:
    return frozenset(word[:5] for word in _WORD.findall(risk.description.lower()))  # the stem, roughly


def _likeness(some: frozenset[str], others: frozenset[str]) -> float:
    """The overlap coefficient `|A ∩ B| / min(|A|, |B|)` (Szymkiewicz-Simpson); 0 for less than two words."""
    shared = len(some & others)
    return shared / min(len(some), len(others)) if shared >= _LEAST else 0.0


def _joined(risk: Risk, other: Risk) -> Risk:
    update = {
        "probability": max(risk.probability, other.probability),
        "impact": max(risk.impact, other.impact, key=lambda impact: impact.weight),
        "task_ids": list(dict.fromkeys([*risk.task_ids, *other.task_ids])),
        "evidence": "; ".join(dict.fromkeys(seen for seen in (risk.evidence, other.evidence) if seen)),
        "mitigations": _each_once([*risk.mitigations, *other.mitigations]),
    }
    return risk.model_copy(update=update)


def _each_once(mitigations: Sequence[Mitigation]) -> list[Mitigation]:
    """One of each kind, and every advice."""
    known: dict[str, Mitigation] = {}
    for one in mitigations:
        known.setdefault(one.kind.value if one.kind.residual < 1 else one.description, one)
    return list(known.values())
