"""Whether a goal asks for a template: by what leads it and what follows, not by words scattered anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from groundplan.templates.second_wish import second_wish
from groundplan.templates.template import Clause, MatchRules

CONSIDERED = 600
"""Characters of a goal that decide; what is asked for is said early, and details after it only add words."""

_OPENING = (
    r"^\W*(?:(?:please|kindly|now|then|today|hi|hello)[\s,]+|(?:can|could|would|will) you (?:please )?|"
    r"(?:i|we) (?:would like|want|need|have|plan|intend|am going|are going) (?:you )?to |(?:i|we)'d like (?:you )?to |"
    r"(?:let us|let's|help (?:me|us)(?: to)?) |(?:the |our |my )?(?:goal|task|aim|objective) (?:is|:) ?(?:to )?|"
    r"how (?:to|do i|do we|can i|can we|should i|should we) |make a plan (?:to|for) |plan (?:to|how to) )*"
)
_SURE, _SURER = 0.75, 0.05
_CLAUSE_END = re.compile(r"[.!?](?:\s|$)|[,;:\n]")


@dataclass(frozen=True)
class Score:
    """How well a goal fits, from 0 to 1, and which words made it so."""

    value: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Matcher:
    """The rules of one template, compiled."""

    clauses: tuple[tuple[re.Pattern[str], tuple[re.Pattern[str], ...]], ...]
    also: re.Pattern[str] | None
    never: re.Pattern[str] | None
    covers: re.Pattern[str] | None

    @classmethod
    def of(cls, rules: MatchRules) -> Matcher:
        """Compile the rules."""
        return cls(
            tuple(_clause(clause) for clause in rules.clauses),
            _any_of(rules.also) if rules.also else None,
            _any_of(rules.never) if rules.never else None,
            _any_of(rules.covers) if rules.covers else None,
        )

    def score(self, text: str) -> Score | None:
        """The score of a goal's text, or None if no clause holds."""
        head = text[:CONSIDERED].lstrip()
        if self.never is not None and self.never.search(head):
            return None
        for verbs, objects in self.clauses:
            words = _held(head, verbs, objects)
            if words and not self._asks_for_more(text.lstrip(), verbs):
                extra = {found.lower() for found in self.also.findall(head)} - set(words) if self.also else set()
                value = min(1.0, _SURE + _SURER * len(extra))
                return Score(value, (*words, *sorted(extra)))
        return None

    def _asks_for_more(self, text: str, verbs: re.Pattern[str]) -> bool:
        lead = verbs.match(text)
        return lead is not None and second_wish(text[lead.end() :], self.covers) is not None


def _held(head: str, verbs: re.Pattern[str], objects: tuple[re.Pattern[str], ...]) -> tuple[str, ...] | None:
    lead = verbs.match(head)
    if lead is None:
        return None
    words = [lead[1].lower()]
    sentence = _first_clause(head[lead.end() :])
    for group in objects:
        found = group.search(sentence)
        if found is None:
            return None
        words.append(found[0].lower())
    return tuple(words)


def _first_clause(text: str) -> str:
    """What the leading verb is about: a goal that goes on after a comma asks for something else there."""
    end = _CLAUSE_END.search(text)
    return text[: end.start()] if end else text


def _clause(clause: Clause) -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    verbs = "|".join(_word(verb) for verb in clause.verbs)
    return (
        re.compile(rf"{_OPENING}((?:{verbs}))\b", re.IGNORECASE),
        tuple(_any_of(group) for group in clause.objects),
    )


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(_word(word) for word in words)})(?![\w-])", re.IGNORECASE)


def _word(word: str) -> str:
    stem, star = (word[:-1], r"\w*") if word.endswith("*") else (word, "")
    return re.escape(stem).replace(r"\ ", r"\s+") + star
