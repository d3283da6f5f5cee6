"""Words in a task's name by which the risk rules know what it does to the world. English only: a first version."""

from __future__ import annotations

import re


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I)


_THE = r"(?:\w+ ){0,3}"
_DATA = (
    "(?:bucket|collection|column|data|database|device|disk|drive|index|laptop|memory|partition|phone|record|row"
    "|schema|server|storage|table|user|volume)"
)

GRAVE = _any_of(
    r"\b(?:delet|purg|destroy|overwrit|truncat|revok|deactivat|decommission)(?:e|es|ed|ing|s)?\b",
    r"\b(?:terminat|eras)(?:e|es|ed|ing)\b",
    rf"\b(?:drop(?:s|ping)?|wip(?:e|es|ing)) {_THE}{_DATA}s?\b",
    r"\bformat(?:s|ting)? (?:the |a )?(?:card|database|disk|drive|partition|volume)s?\b",
    r"\b(?:buy|buys|buying|purchas(?:e|es|ing)|refund(?:s|ing)?)\b",
    r"\bpay(?:s|ing)?\b(?! (?:attention|heed|close|special))",
    r"\b(?:plac|mak|submit)\w* (?:an?|the) (?:\w+ )?order\b|^order(?:s|ing)?\b(?! of\b)",
    rf"\bcharg(?:e|es|ing) {_THE}(?:account|card|client|customer|user)s?\b",
    rf"\b(?:transfer|wire|wiring)\w* {_THE}(?:fund|money|payment|salaries|salary|usd|eur|euro|dollar)s?\b",
    rf"\bmak(?:e|es|ing) {_THE}payments?\b",
    rf"\bsign(?:s|ing)? {_THE}(?:contract|agreement|lease|deal)s?\b",
    r"\b(?:deploy|releas|roll|migrat|switch|push)\w*\b.{0,60}\b(?:production|prod|live|customers)\b",
)
"""What cannot be taken back: data gone, money spent, customers reached."""

OUTWARD = _any_of(
    r"\b(?:send|e-?mail|publish|announce|notify|submit|tweet|broadcast|invite)(?:s|ing|es)?\b",
    r"\bpost(?:s|ing)?\b(?!-|\s*process)",
)
"""What others see once it is done."""

CHECK = _any_of(
    r"\b(?:review|verif|validat|approv|confirm|inspect|audit|proofread|rehears)",
    r"\b(?:check|test)(?:s|ed|ing)?\b",
    r"\b(?:dry.?run|back.?up|sign.?off)",
)
"""What makes it less likely that the next task does harm."""

OUTSIDE = _any_of(
    r"\b(?:third.party|external)\b",
    r"\b(?:vendor|supplier|contractor|partner|customer|client|provider|api|webhook)s?\b",
    r"\bagenc(?:y|ies)\b",
)
"""Whom or what the plan does not command."""

SECRET = _any_of(
    r"\b(?:passwords?|passphrases?|credentials?|api.?keys?|private keys?|access tokens?|secret keys?)\b",
    r"\bsecrets\b(?! of\b)",
)
"""What must not be seen by everybody."""
