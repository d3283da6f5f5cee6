"""Durations in human text: "30 min", "1-2 days", "an hour and a half", "PT1H30M", "2 Stunden".

A duration is read as a range, because a month has 28 to 31 days and people write "1-2 days".
"""

from __future__ import annotations

import math
import re
from collections.abc import Set

from groundplan.domain.duration_grammar import SCALE, UNIT, DurationRange, any_of, flat, read_at, read_iso
from groundplan.domain.duration_words import (
    ARTICLES,
    AT_MOST,
    BEFORE_ARTICLE,
    DAY,
    GOES_ON,
    HINTS,
    HOUR,
    LETTERS,
    MINUTE,
    NOT_AFTER,
    NOT_BEFORE,
    NUMBERS,
    ROUGHLY,
    UNITS,
)

__all__ = ["DurationRange", "find_duration", "format_duration", "parse_duration"]


def parse_duration(text: str) -> DurationRange:
    """The duration that the whole text names.

    "At least 2 hours" is 2 hours, since it names no upper end; "up to 2 hours" is 0 to 2 hours.

    Raises:
        ValueError: the text is no duration, or more than one.
    """
    words = flat(text)
    if len(words) <= _LONGEST:
        if found := read_iso(words):
            return found
        qualifiers = _QUALIFIERS.match(words)
        start = qualifiers.end() if qualifiers else 0
        read = read_at(words, start, UNITS | LETTERS)
        tail = read and _TAIL.fullmatch(words, read[1])
        if read and tail:
            at_most = tail[1] or _AT_MOST.search(words, 0, start)
            return DurationRange(0.0, read[0].high) if at_most else read[0]
    raise ValueError(f"No duration: {text[:80]!r}")


def find_duration(text: str) -> DurationRange | None:
    """The first duration that the text mentions as the time something takes, or None.

    More careful than `parse_duration`: "the last 30 days", "a 10-second clip", "2 years old", "twice a day" and
    "5 m of rope" are none.
    """
    words = flat(text)
    if not _DIGIT.search(words) and not any(hint in words for hint in HINTS):
        return None
    position = 0
    while started := _START.search(words, position):
        start = started.start()
        read = read_at(words, start, UNITS)
        if read and _is_time_taken(words, start, read[1]):
            at_most = flat(words[max(0, start - 24) : start]).endswith(AT_MOST)
            return DurationRange(0.0, read[0].high) if at_most else read[0]
        position = read[1] if read else started.end()
    return None


def names_a_unit(text: str, words: Set[str]) -> bool:
    """Whether a text in lower case, which has these words, may name a duration: a cheap look before `find_duration`."""
    return not words.isdisjoint(_UNIT_WORDS) or _DIGIT_UNIT.search(text) is not None


def format_duration(seconds: float) -> str:
    """The duration for people, in its two largest units: "45 s", "1 h 30 min", "3 d 4 h", "-2 min".

    Raises:
        ValueError: not a finite number.
    """
    if not math.isfinite(seconds):
        raise ValueError(f"No duration: {seconds!r}")
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    if rest < 9.95:
        shown = f"{rest:.1f}".removesuffix(".0") if rest >= 0.05 or not rest else f"{rest:.1g}"
        return f"{sign}{shown} s"
    for (big, size), (small, part) in _STEPS:
        count, left = divmod(round(rest / part), round(size / part))
        if count:
            return sign + (f"{count} {big} {left} {small}" if left else f"{count} {big}")
    return f"{sign}{round(rest)} s"


_STEPS = ((("d", DAY), ("h", HOUR)), (("h", HOUR), ("min", MINUTE)), (("min", MINUTE), ("s", 1)))
_LONGEST = 200
"""Characters; no duration that somebody wrote is longer."""


_QUALIFIERS = re.compile(rf"(?:(?:(?:{any_of([*ROUGHLY, *AT_MOST])})\.? |[~≈+] ?)(?=\S))+")
_AT_MOST = re.compile(rf"\b(?:{any_of(AT_MOST)})\b")
_TAIL = re.compile(
    r"(?:( max(?:imum)?| tops| at most| or less)| ?\+| or (?:so|more|longer)| at least| minimum| in total| total"
    r"| more or less| approx(?:imately)?| each)?[.!]?"
)

_FIRST_WORDS = {word.replace("-", " ").split()[0] for word in NUMBERS} | {"between", "zwischen", "mezz'"}
_START = re.compile(rf"(?<![\w.,:/])(?:\d+|[{SCALE}]|(?:{any_of(_FIRST_WORDS)})(?=[ '-]))")
_UNIT_WORDS = frozenset(UNITS)
_DIGIT_UNIT = re.compile(rf"[\d{SCALE}][ -]?(?:{UNIT})")
_DIGIT = re.compile(rf"[\d{SCALE}]")
_BARE = re.compile(rf"(?:{any_of(ARTICLES)})[ -]({UNIT})")
_LAST_WORD = re.compile(r"[\w~≈(]+$")
_NEXT_WORD = re.compile(r"(?:'s?)?[ -]([a-z]+)")
_RATE = re.compile(rf" (?:a|an|each|every|per|pro|par|por|al) (?:{UNIT})")


def _is_time_taken(words: str, start: int, end: int) -> bool:
    """Whether what stands around a duration in a sentence lets it be the time that something takes."""
    last = _LAST_WORD.search(words[max(0, start - 16) : start].rstrip())
    before = last[0] if last else ""
    following = _NEXT_WORD.match(words, end)
    after = following[1] if following else ""
    if before in NOT_BEFORE or after in NOT_AFTER or _RATE.match(words, end):
        return False
    bare = _BARE.match(words, start)
    if bare is None or bare.end() < end:
        return True
    if bare[1] in ("second", "minute") and after and after not in GOES_ON:
        return False  # "a second opinion", "a minute detail"
    return before.removeprefix("(") in BEFORE_ARTICLE or before in ("(", "~", "≈")
