"""What a rule of the sanitizer is: a name, a reason, the policies it stands in, and the shapes it looks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from groundplan.domain.sanitizing.pattern import LazyPattern
from groundplan.domain.sanitizing.views import View


class Policy(StrEnum):
    """How strictly text is judged. Whatever `prose` refuses `standard` refuses, and what that refuses `strict` does.

    strict: no shell metacharacter, no word DROP, DELETE, INSERT or UPDATE, no hostile shape.
    standard: no shell metacharacter, no hostile shape ("Update inventory" is a goal).
    prose: no hostile shape ("$500", "R&D" and "a; b" pass, "; rm -rf" does not).
    """

    STRICT = "strict"
    STANDARD = "standard"
    PROSE = "prose"


EVERY_POLICY = frozenset(Policy)

Finder = Callable[[View], int | None]
"""Looks for one shape in one reading of a text: the offset in that reading, or None."""


class Shape:
    """A regular expression as a finder, tried only where the text can match at all.

    Pattern and hints see the text in lower case, unless `cased`. The hints are plain substrings: every match holds one
    of `hints` and all of `needs`; they keep a clean text cheap. A pattern must be linear: a run is possessive or
    bounded wherever it could be entered at many places. The offset found is that of the group `at` where the pattern
    has one, else of the match.
    """

    __slots__ = ("_cased", "_marks", "_pattern", "hints", "needs")

    def __init__(self, pattern: str, *hints: str, needs: tuple[str, ...] = (), cased: bool = False) -> None:
        self._pattern = LazyPattern(pattern)
        self._cased = cased
        self.hints = hints
        self.needs = needs
        self._marks = _marks_of(hints, needs)

    def __call__(self, view: View) -> int | None:
        if self._marks and self._marks.isdisjoint(view.characters):
            return None
        text = view.text if self._cased else view.lower
        for need in self.needs:
            if need not in text:
                return None
        if self.hints and not _holds_any(text, self.hints):
            return None
        match = self._pattern.search(text)
        if match is None:
            return None
        marked = match.start("at") if "at" in match.re.groupindex else -1
        return match.start() if marked < 0 else marked


# Characters that a sentence seldom holds, the rarest first.
_MARKS = "\\`^~{}|<>[]@#$&%*=;+_(\"'/-:."


def _marks_of(hints: tuple[str, ...], needs: tuple[str, ...]) -> frozenset[str]:
    """Characters one of which every match holds, or none: one set operation then spares all look-ups."""
    rarest = [next((mark for mark in _MARKS if mark in hint), "") for hint in hints]
    needed = [mark for mark in _MARKS if any(mark in need for need in needs)][:1]
    return frozenset(needed) or (frozenset(rarest) if all(rarest) else frozenset())


def _holds_any(text: str, hints: tuple[str, ...]) -> bool:
    for hint in hints:  # noqa: SIM110  any() with a generator takes three times as long, on the hottest path there is
        if hint in text:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the list in docs/sanitizer.md.

    Attributes:
        name: stable identifier, the `rule` of a refusal.
        reason: what the text contains, completing "the text was refused: it contains …".
        finders: the shapes; one that is found refuses the text.
        policies: where the rule stands.
        as_written: only the text itself is looked at, not its decoded reading.
    """

    name: str
    reason: str
    finders: tuple[Finder, ...]
    policies: frozenset[Policy] = EVERY_POLICY
    as_written: bool = False

    def find(self, views: list[View]) -> int | None:
        """The offset, in the text as it was given, of what this rule refuses; None if there is nothing."""
        for view in views[:1] if self.as_written else views:
            for finder in self.finders:
                offset = finder(view)
                if offset is not None:
                    return view.original(offset)
        return None
