"""Lists that are no steps: options to choose from, text to translate, notes, rules for an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CHOICE = re.compile(
    r"\b(?:(?:one|any|some|which|each) of (?:the )?(?:following|these|them)|following (?:options|choices|answers|"
    r"phrases|words|sentences|questions|examples|facts|statements|names|keywords|rules)|options are|choices are|"
    r"multiple choice|either|for example|e\.g|such as|examples?|respond with|answer with)\b[^.!?]{0,60}[:：]?\s*$",
    re.IGNORECASE,
)
_WORK_ON = re.compile(
    r"\b(?:sort|rank|translate|summari[sz]e|rewrite|rephrase|paraphrase|proofread|classify|categori[sz]e|edit|correct|"
    r"shuffle|alphabeti[sz]e|analy[sz]e|review|explain|describe|compare|count|format|convert|solve|answer|complete|"
    r"fill in|read|übersetze|fasse|sortiere|traduis|traduire|résume|traduce|resume|traduza|traduci|vertaal)"
    r"\b[^.!?]{0,80}\b(?:following|these|this|below|folgende[nrs]?|suivante?s?|siguientes?|seguintes?|seguenti|volgende)\b"
    r"[^.!?]{0,60}[:：]?\s*$",
    re.IGNORECASE,
)
_OPEN_QUOTE = re.compile(r"""(?:^|[\s(:])['"“‘«„「『]\s*$""")
_OTHER_LIST = re.compile(
    r"(?:ルール|规则|規則|条件)[^\n]{0,20}$|"
    r"(?:^|[\n.;(] ?)(?:(?:please )?notes?|hints?|constraints?|rules?|requirements?|assumptions?|deadlines?|context|"
    r"background|budget|(?:success |acceptance )?criteria|ingredients?|materials?|supplies|tools?|equipment|resources|"
    r"examples?|hinweise?|regeln|anforderungen|zutaten|remarques?|règles|contraintes|ingrédients|notas?|reglas|"
    r"requisitos|ingredientes)\s?[:：]?\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"(?:do not|don't|never|avoid|must|should|no |include exactly|keep it|"
    r"(?:it|you|your \w+|the \w+) (?:must|should|shall|may|can ?not))\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\b(?:(?:your|the) (?:entire |whole |final )?(?:answer|response|reply) (?:must|should|may|can)|"
    r"give your (?:answer|response|reply))\b",
    re.IGNORECASE,
)


def is_material(introduction: str) -> bool:
    """Whether the words before a list make it the object of a request, or notes on it, rather than its steps."""
    end = introduction[-300:]
    return any(pattern.search(end) for pattern in (_CHOICE, _WORK_ON, _OPEN_QUOTE, _OTHER_LIST))


def are_rules(entries: Sequence[str]) -> bool:
    """Whether the entries say how a thing or an answer must be instead of what to do."""
    if sum(1 for entry in entries if _RULE.match(entry)) * 2 > len(entries):
        return True
    return any(
        _ANSWER.search(entry) for entry in entries if "answer" in entry or "response" in entry or "reply" in entry
    )
