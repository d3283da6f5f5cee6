"""How durations are put together, and reading one at a given place of a text.

    duration := sum | sum ("-" | "to" | "or") sum | "between" number unit? "and" number unit | h ":" mm ":" ss
    sum      := term ((","? "and"?) term)*, its units descending
    term     := number (("-" | "to" | "or") number)? unit ("and a half")?

Texts are in lower case with single spaces (`flat`), which keeps every pattern here free of repetition without bounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundplan.domain.duration_words import FRACTIONS, HOUR, LETTERS, MINUTE, NUMBERS, UNITS, UNITS_WITHOUT_SPACES

Units = Mapping[str, tuple[float, float]]
"""Seconds per unit word, lowest and highest."""


@dataclass(frozen=True, slots=True)
class DurationRange:
    """From `low` to `high` seconds, both included; `0 <= low <= high`, finite."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high < math.inf:
            raise ValueError(f"No range of durations: {self.low!r} to {self.high!r} seconds")


def flat(text: str) -> str:
    """The text in lower case, white space as single spaces."""
    return " ".join(text.lower().split())


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


SCALE = "½¼¾⅓⅔"
_DIGITS = (
    rf"\d{{1,3}}(?:[,' ’]\d{{3}}){{1,4}}(?!\d)(?:\.\d{{1,9}})?|\d{{1,4}} and (?:a |one )?(?:half|quarter)\b"
    rf"|\d{{1,4}} \d/\d{{1,2}}|\d{{1,4}} ?[{SCALE}]|\d{{1,4}}/\d{{1,4}}|[{SCALE}]|\d{{1,15}}(?:[.,]\d{{1,9}})?"
)
_AMOUNT = rf"(?:{_DIGITS}|(?:{any_of(NUMBERS)})(?=[ -])|mezz['’])"
_SPACED_UNITS = any_of((UNITS | LETTERS).keys() - set(UNITS_WITHOUT_SPACES))
UNIT = rf"(?:{any_of(UNITS_WITHOUT_SPACES)}|(?:{_SPACED_UNITS})(?![a-zà-ÿ])\.?)"
_TO = r"(?: ?[-–—~] ?| (?:to|or|until|till|bis|oder|à|a|ou|o|tot|of) )"
_AND = r"(?:and|und|et|y|e|en)"
_TERM = re.compile(
    rf"({_AMOUNT})\+?(?:{_TO}({_AMOUNT}))?[ -]{{0,2}}({UNIT})"
    rf"( {_AND} (?:a |ein |une |uma )?(?:half|quarter|halb|demie?|media|meia|mezza)(?![ a-z]))?"
)
_BETWEEN = re.compile(
    rf"(?:between|zwischen|entre|tra|fra|tussen) ({_AMOUNT})[ -]?({UNIT})? {_AND} ({_AMOUNT})[ -]?({UNIT})"
)
_CLOCK = re.compile(rf"(\d{{1,4}}):([0-5]\d)(?::([0-5]\d)| ?({UNIT}))")
_JOINT = re.compile(rf"(?:,? ?{_AND} |, ?| ?)")
_RANGE = re.compile(_TO)
_BARE_MINUTES = re.compile(r"([0-5]\d)(?![\w:.,/])")
_FROM = re.compile(r"(?:from|von|de|da|van) ")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[,' ’]\d{3})+(?:\.\d+)?")
_ISO = re.compile(
    r"p(?=\d|t\d)(?:(\d{1,9})y)?(?:(\d{1,9})m)?(?:(\d{1,9})w)?(?:(\d{1,9}(?:[.,]\d{1,9})?)d)?"
    r"(?:t(?=\d)(?:(\d{1,9}(?:[.,]\d{1,9})?)h)?(?:(\d{1,9}(?:[.,]\d{1,9})?)m)?(?:(\d{1,9}(?:[.,]\d{1,9})?)s)?)?"
)
_ISO_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")


def read_iso(words: str) -> DurationRange | None:
    """ISO 8601: `PnYnMnWnDTnHnMnS`."""
    found = _ISO.fullmatch(words)
    if not found:
        return None
    parts = [
        (float(number.replace(",", ".")), UNITS[unit])
        for number, unit in zip(found.groups(), _ISO_UNITS, strict=True)
        if number
    ]
    return DurationRange(sum(n * low for n, (low, _) in parts), sum(n * high for n, (_, high) in parts))


def read_at(words: str, start: int, units: Units) -> tuple[DurationRange, int] | None:
    """The longest duration at `start`, and where it ends."""
    if found := _BETWEEN.match(words, start):
        return _between(found, units)
    if found := _CLOCK.match(words, start):
        return _clock(found, units)
    leading = _FROM.match(words, start)
    first = _read_sum(words, leading.end() if leading else start, units)
    if first is None:
        return None
    separator = _RANGE.match(words, first[1])
    second = separator and _read_sum(words, separator.end(), units)
    if second and first[0].low <= second[0].high:
        return DurationRange(first[0].low, second[0].high), second[1]
    return first


def _between(found: re.Match[str], units: Units) -> tuple[DurationRange, int] | None:
    unit = _unit(found[4], units)
    lower, low, high = _unit(found[2], units) or unit, _amount(found[1]), _amount(found[3])
    if not (unit and lower and low and high) or low[0] * lower[0] > high[1] * unit[1]:
        return None
    return DurationRange(low[0] * lower[0], high[1] * unit[1]), found.end()


def _clock(found: re.Match[str], units: Units) -> tuple[DurationRange, int] | None:
    big, small = int(found[1]), int(found[2])
    if found[3] and "s" not in units:
        return None  # in a sentence 9:30:00 is a time of day
    if found[3]:
        seconds = big * HOUR + small * MINUTE + int(found[3])
    elif UNITS.get(found[4].rstrip(".")) in (UNITS["hour"], UNITS["minute"]):
        size = UNITS[found[4].rstrip(".")][0]
        seconds = big * size + small * size / 60
    else:
        return None
    return DurationRange(seconds, seconds), found.end()


def _read_sum(words: str, start: int, units: Units) -> tuple[DurationRange, int] | None:
    read = _term(words, start, units)
    if read is None:
        return None
    low, high, size, end = read
    while True:
        joint = _JOINT.match(words, end)
        after = joint.end() if joint else end
        # Letters stand for units only directly behind another term: "1h30m", not "1 h of 30 m".
        read = _term(words, after, {**units, **LETTERS} if after == end else units)
        if read is None or read[2] >= size:
            break
        low, high, size, end = low + read[0], high + read[1], read[2], read[3]
    if size == HOUR and words[end - 1] == "h" and (minutes := _BARE_MINUTES.match(words, end)):
        low, high, end = low + int(minutes[1]) * MINUTE, high + int(minutes[1]) * MINUTE, minutes.end()
    return DurationRange(low, high), end


def _term(words: str, start: int, units: Units) -> tuple[float, float, float, int] | None:
    """Low and high seconds of the term at `start`, the size of its unit, and where it ends."""
    found = _TERM.match(words, start)
    if not found:
        return None
    unit, amount = _unit(found[3], units), _amount(found[1])
    upper = _amount(found[2]) if found[2] else amount
    if not (unit and amount and upper) or amount[0] > upper[1]:
        return None
    more = 0.0 if not found[4] else 0.25 if "quarter" in found[4] else 0.5
    return (amount[0] + more) * unit[0], (upper[1] + more) * unit[1], unit[1], found.end()


def _unit(word: str | None, units: Units) -> tuple[float, float] | None:
    return units.get(word.rstrip(".")) if word else None


def _amount(text: str) -> tuple[float, float] | None:
    """The number that the text names, as a range ("a few" is 3 to 5); None for a fraction with 0 below."""
    if text in NUMBERS:
        return NUMBERS[text]
    if text.startswith("mezz"):
        return 0.5, 0.5
    whole, _, part = text.partition(" and ")
    if part:
        value = int(whole) + (0.5 if part.endswith("half") else 0.25)
    elif text[-1] in FRACTIONS:
        value = float(text[:-1] or 0) + FRACTIONS[text[-1]]
    elif "/" in text:
        whole, _, fraction = text.rpartition(" ")
        top, _, bottom = fraction.partition("/")
        if not int(bottom):
            return None
        value = int(whole or 0) + int(top) / int(bottom)
    elif _GROUPED.fullmatch(text):
        value = float(re.sub(r"[,' ’]", "", text))
    else:
        value = float(text.replace(",", "."))
    return value, value
