"""Which risks a plan carries, by rules over its structure, schedule and words; one file a category.

Each rule is one function from the plan's `Outlook` to risks; `RULES` lists them all. The score of a risk is
probability times impact; the probabilities are judgements, said with what was seen as evidence.
"""

from groundplan.domain.risk_rules.assessment import RULES, assess_risks, by_score
from groundplan.domain.risk_rules.gate import approval_reasons, unknown_cost_reasons
from groundplan.domain.risk_rules.outlook import Outlook
from groundplan.domain.risk_rules.technical import HOSTILE_INPUT, UNCHECKED_EFFECT

__all__ = [
    "HOSTILE_INPUT",
    "RULES",
    "UNCHECKED_EFFECT",
    "Outlook",
    "approval_reasons",
    "assess_risks",
    "by_score",
    "unknown_cost_reasons",
]
