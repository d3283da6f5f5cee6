"""All rules, in the order in which they are tried: the first that finds something names the refusal.

What is no text comes first, then shapes from the telling (a script element) to the vague, then single characters and
words, so that a refusal names the most specific thing that is wrong.
"""

from __future__ import annotations

from groundplan.domain.sanitizing import code, markup, shell, sql_injection, sql_statements, text, words
from groundplan.domain.sanitizing.rule import Policy, Rule

RULES: tuple[Rule, ...] = (
    *text.RULES,
    *code.RULES,
    *markup.RULES,
    *sql_statements.RULES,
    *sql_injection.RULES,
    *shell.COMMAND_RULES,
    *shell.CHARACTER_RULES,
    *words.RULES,
)

RULES_BY_POLICY: dict[Policy, tuple[Rule, ...]] = {
    policy: tuple(rule for rule in RULES if policy in rule.policies) for policy in Policy
}
