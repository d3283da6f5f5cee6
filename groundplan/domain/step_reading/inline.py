"""Lists within a line: "1. … 2. …", "1) … 2) …", "(a) … (b) …", "Step 1: …", "①…②…", "• … • …"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundplan.domain.step_reading.folding import folded
from groundplan.domain.step_reading.items import Item, Reading
from groundplan.domain.step_reading.markers import CIRCLED, OTHER_NOUNS, STEP_WORDS
from groundplan.domain.step_reading.material import is_material

_BEFORE = r"(?<![^\s:：;；,，.。(（—–-])"
_SIGNS = r"""
      [(（](?P<both>\d{1,4}|[a-z])[)）]\s*
    | (?P<paren>\d{1,4}|[a-z])\)\s*
    | (?P<dot>\d{1,4})(?:[.．]\s|[、．])\s*
    | (?P<bullet>[•‣▪●])\s*
    )|(?P<circled>[①-⑳])\s*|第(?P<nth>\d{1,4}|[一二三四五六七八九十])步\s?[:：、,，]?\s*"""
_NOUN = rf"(?:{STEP_WORDS}|(?:(?<=[.;:!?]\ )|(?<=\n)|(?<![\s\S]))(?:{OTHER_NOUNS}))"
_MARKER = re.compile(rf"{_BEFORE}(?:{_SIGNS}", re.VERBOSE)
_MARKER_OR_NOUN = re.compile(rf"{_BEFORE}(?:{_NOUN}\ (?P<step>\d{{1,4}})\ ?[:.)\-–—](?!\d)\s*|{_SIGNS}", re.VERBOSE)
_NOUN_AND_NUMBER = re.compile(r"[^\W\d_] \d{1,4} ?[:.)\-–—]")
_NUMBERED_THINGS = frozenset(
    (
        *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
        *("december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("version", "versions", "v", "top", "bottom", "chapter", "chapters", "section", "sections", "page", "pages"),
        *("figure", "figures", "table", "tables", "volume", "level", "levels", "room", "rooms", "grade", "class"),
        *(
            "classes",
            "number",
            "numbers",
            "no",
            "nr",
            "question",
            "questions",
            "step",
            "steps",
            "task",
            "tasks",
            "item",
        ),
        *("items", "point", "points", "line", "lines", "row", "rows", "column", "columns", "before", "until", "than"),
        *("bis", "kapitel", "seite", "schritt", "étape", "paso", "passo", "stap"),
    )
)
_PREPOSITIONS = frozenset(
    (
        *("at", "on", "in", "of", "to", "from", "by", "after", "about", "over", "under", "is", "are", "was", "were"),
        *("the", "a", "an", "around", "for", "equals", "equal", "plus", "minus", "times", "am", "vom", "zum", "der"),
        *("den", "dem", "das", "ab", "seit", "nach", "bei", "le", "la", "du", "au", "el", "del", "al", "il", "de"),
    )
)
_TRAILING_JOINT = re.compile(r"[\s,;，；、]*(?:[,;\s](?:and|und|et|y|e|en|then|and then)\s*)?$")
_CHINESE = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A marker in the text; `doubtful` if it may be the number of something else."""

    start: int
    end: int
    label: str
    doubtful: bool


def read_inline(text: str) -> Reading | None:
    """The entries that one of the styles marks within the text, or None if none counts from 1 to 2 at least."""
    words = folded(text)
    style, marks = max(_sequences(words).items(), key=lambda sequence: len(sequence[1]), default=("", []))
    if len(marks) < 2 or is_material(text[: marks[0].start]):
        return None
    root = Item(text[: marks[0].start].strip().rstrip(":：").strip())
    ends = [*(mark.start for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=True):
        cut = end if end == len(text) else _joint(words, mark.end, end)
        root.children.append(Item(" ".join(text[mark.end : cut].split()), mark.label))
    if not all(child.text for child in root.children):
        return None
    return Reading(root, "bulleted" if style == "bullet" else "numbered")


def _joint(words: str, start: int, end: int) -> int:
    """Where the commas and the "and" begin that lead over to the next entry."""
    found = _TRAILING_JOINT.search(words, max(start, end - 16), end)
    return found.start() if found else end


def _sequences(text: str) -> dict[str, list[_Mark]]:
    """Per style the markers that count 1, 2, 3 … (or a, b, c …)."""
    found: dict[str, dict[int, list[_Mark]]] = {}
    pattern = _MARKER_OR_NOUN if _NOUN_AND_NUMBER.search(text) else _MARKER
    for match in pattern.finditer(text):
        style, number, label = _style_number_label(match)
        mark = _Mark(match.start(), match.end(), label, _is_something_else(text, match, number == 1))
        found.setdefault(style, {}).setdefault(number, []).append(mark)
    return {style: _counted(by_number) for style, by_number in found.items()}


def _counted(by_number: dict[int, list[_Mark]]) -> list[_Mark]:
    """The marks of one style that count up from 1, each behind the one before.

    A doubtful mark ("section 2.") counts if no clear one of its number stands between it and the next number.
    """
    if 0 in by_number:
        return by_number[0]
    marks: list[_Mark] = []
    behind = 0
    number = 1
    while candidates := [mark for mark in by_number.get(number, ()) if mark.start >= behind]:
        following = next(
            (mark.start for mark in by_number.get(number + 1, ()) if mark.start > candidates[0].start), None
        )
        clear = next((mark for mark in candidates if not mark.doubtful), None)
        if number == 1 and clear is None:
            break
        chosen = candidates[0] if clear is None or (following and clear.start > following and number > 1) else clear
        marks.append(chosen)
        behind, number = chosen.end, number + 1
    return marks


def _style_number_label(match: re.Match[str]) -> tuple[str, int, str]:
    """How the marker is written, its place in a count, and the label; bullets have place 0."""
    style = str(match.lastgroup)
    sign = match[style]
    if style == "bullet":
        return style, 0, ""
    if style == "circled":
        sign = CIRCLED[sign]
    elif sign in _CHINESE:
        sign = str(_CHINESE.index(sign) + 1)
    if sign.isdecimal():
        return style, int(sign), str(int(sign))
    return f"{style} of letters", ord(sign.lower()) - ord("a") + 1, sign.lower()


def _is_something_else(text: str, match: re.Match[str], first: bool) -> bool:
    """Whether the marker looks like the end of a phrase or stands in brackets: "version 1. We", "(see a)"."""
    if match.lastgroup not in ("paren", "dot"):
        return False
    start = match.start()
    if match.lastgroup == "paren":
        before = text[max(0, start - 200) : start]
        if before.rfind("(") > before.rfind(")"):
            return True
    words = text[max(0, start - 20) : start].rsplit(None, 1)
    last = words[-1] if words else ""
    # Later steps do end in "log in" and "turn it on"; before a list such a word is no end of a sentence.
    return last in _NUMBERED_THINGS or (first and last in _PREPOSITIONS)
