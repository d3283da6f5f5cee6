"""All rules over one plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from groundplan.domain.risk import Risk
from groundplan.domain.risk_rules.external import outside_dependency
from groundplan.domain.risk_rules.integration import fan_in
from groundplan.domain.risk_rules.outlook import Outlook
from groundplan.domain.risk_rules.resource import budget, single_agent
from groundplan.domain.risk_rules.technical import (
    hostile_input,
    irreversible_effect,
    secret_in_use,
    unknown_tool,
    untested_tool,
    vague_success,
)
from groundplan.domain.risk_rules.timeline import (
    compressed_schedule,
    deadline,
    long_task,
    no_slack,
    uncertain_estimate,
)

RULES: tuple[Callable[[Outlook], Iterator[Risk]], ...] = (
    irreversible_effect,
    hostile_input,
    secret_in_use,
    outside_dependency,
    fan_in,
    deadline,
    no_slack,
    long_task,
    uncertain_estimate,
    compressed_schedule,
    single_agent,
    unknown_tool,
    untested_tool,
    budget,
    vague_success,
)


def assess_risks(outlook: Outlook) -> list[Risk]:
    """Every risk that the rules see, the gravest first."""
    return by_score([risk for rule in RULES for risk in rule(outlook)])


def by_score(risks: list[Risk]) -> list[Risk]:
    """The gravest first; those of the same score in their order."""
    return sorted(risks, key=lambda risk: -risk.score)
