"""The rule of policy strict: four words of SQL, anywhere, in any case."""

from __future__ import annotations

from groundplan.domain.sanitizing.rule import Policy, Rule, Shape

RULES = (
    Rule(
        "sql_word",
        "one of the words DROP, DELETE, INSERT and UPDATE",
        (Shape("(?<![^\\W\\d_])(?:drop|delete|insert|update)(?![^\\W\\d_])", "drop", "delete", "insert", "update"),),
        policies=frozenset((Policy.STRICT,)),
    ),
)
