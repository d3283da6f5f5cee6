"""Lists in words: "First …, then … After that … Finally …", in one sentence or several."""

from __future__ import annotations

import re

from groundplan.domain.step_reading.items import Item, Reading
from groundplan.domain.step_reading.material import is_material
from groundplan.domain.step_reading.sequence_words import (
    AND,
    FIRST,
    FIRST_CJK,
    LAST,
    LAST_CJK,
    MEANWHILE,
    MEANWHILE_CJK,
    NARRATIVE,
    NEXT,
    NEXT_CJK,
    NO_STEP_AFTER_FIRST,
    REQUESTS,
    SUBORDINATE,
)

_WORDS = re.compile(
    rf"(?:^|[.!?…][\"'”’)]?\s|\n|[,;:]\s?(?:(?:{AND})\s)?|[–—-]\s|\s(?:{AND})\s|\s(?=then\s))"
    rf"(?:(?P<first>{FIRST})|(?P<next>{NEXT})|(?P<last>{LAST})|(?P<meanwhile>{MEANWHILE}))(?![\w'’-])",
    re.IGNORECASE,
)
_WORDS_CJK = re.compile(
    r"(?:^|[。！？，,；;、：:\s])(?:并且|并|並)?"
    rf"(?:(?P<first>{FIRST_CJK})|(?P<next>{NEXT_CJK})|(?P<last>{LAST_CJK})|(?P<meanwhile>{MEANWHILE_CJK}))"
)
_HINT = re.compile(rf"\b(?:{NEXT}|{LAST})\b", re.IGNORECASE)
_HINT_CJK = re.compile(rf"{NEXT_CJK}|{LAST_CJK}")
_ADJECTIVES = frozenset(
    ("first", "second", "third", "fourth", "fifth", "sixth", "last", "next", "segundo", "tercero", "primero")
) | {"prima", "depois", "después"}
_NO_STEP = re.compile(rf"\s(?:{NO_STEP_AFTER_FIRST})\b", re.IGNORECASE)
_NOT_THEN = re.compile(r"\b(?:by|until|till|since|now|back|just|even|only|before|than)(?: and)?$", re.IGNORECASE)
_CONDITION = re.compile(
    rf"(?:^|[,;(.!?\n]\s?|\b(?:and|but|that|und|et|y|e) )(?:{SUBORDINATE})\b[^.!?\n]*$", re.IGNORECASE
)
_NARRATIVE = re.compile(rf"(?!(?:{REQUESTS})\b)(?:{NARRATIVE})\b", re.IGNORECASE)
_TOLD = re.compile(rf"(?!(?:{REQUESTS})\b)(?:i|he|she|they)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…。])\s|\n")
_TRAILING = re.compile(rf"(?:\s?[,;:–—-])*(?:\s(?:{AND}))?(?:\s?[,;:–—-])*$", re.IGNORECASE)
_LONGEST_PAIR = 400
"""Characters; a longer text with a single "then" is prose."""


def read_worded(text: str) -> Reading | None:
    """The steps that sequence words part, or None if the text tells, asks or conditions rather than lists."""
    pattern = _WORDS if _HINT.search(text) else _WORDS_CJK if _HINT_CJK.search(text) else None
    if pattern is None:
        return None
    words = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    marks = _marks(words, pattern)
    if not any(mark.lastgroup in ("next", "last") for mark in marks):
        return None
    title, head = _head(words, marks)
    if head is None:
        return None
    pieces = [words[mark.end() : after] for mark, after in _spans(marks, len(words))]
    told = sum(1 for piece in pieces if _TOLD.match(piece.lstrip(" ,:，、：")))
    if is_material(title) or told * 2 > len(pieces):
        return None
    items = [Item(_clean(head))] if head else []
    items += [
        Item(_clean(piece), parallel=mark.lastgroup == "meanwhile") for mark, piece in zip(marks, pieces, strict=True)
    ]
    items = [item for item in items if item.text]
    return Reading(Item(title, children=items), "worded") if len(items) > 1 else None


def _marks(words: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """The sequence words that begin a step. "First" counts only before all others."""
    marks: list[re.Match[str]] = []
    for mark in pattern.finditer(words):
        kind = mark.lastgroup or ""
        if (kind == "first" and marks) or _is_other_use(words, mark, mark[kind].lower()):
            continue
        marks.append(mark)
    return marks


def _is_other_use(words: str, mark: re.Match[str], word: str) -> bool:
    """ "The first class", "by then", "if it rains, then …"."""
    if word in _ADJECTIVES and _NO_STEP.match(words, mark.end()):
        return True
    before = words[max(0, mark.start() - 300) : mark.start()]
    if word == "then" and _NOT_THEN.search(before):
        return True
    # A new sentence is free of the condition in the one before; a comma is not.
    return mark[0][0] not in ".!?…\n" and bool(_CONDITION.search(before))


def _head(words: str, marks: list[re.Match[str]]) -> tuple[str, str | None]:
    """The title and the first step from the words before the first mark.

    The step is empty if "first" marks it, None if those words ask for nothing.
    """
    before = words[: marks[0].start() + 1] if marks[0][0][0] in ".!?…" else words[: marks[0].start()]
    if marks[0].lastgroup == "first":
        return before.strip().rstrip(":,;：，").strip(), ""
    sentences = _SENTENCE.split(before.strip())
    told = 0
    while told < len(sentences) and _NARRATIVE.match(sentences[told]):
        told += 1
    asked = " ".join(sentences[told:])
    firm = sum(1 for mark in marks if mark.lastgroup != "meanwhile")
    brief = len(words) <= _LONGEST_PAIR and len(sentences) - told == 1
    return " ".join(sentences[:told]), asked if asked and (firm > 1 or brief) else None


def _spans(marks: list[re.Match[str]], end: int) -> list[tuple[re.Match[str], int]]:
    """Each mark with the place where the next one begins."""
    starts = [mark.start() + 1 if mark[0][0] in ".!?…" else mark.start() for mark in marks[1:]]
    return list(zip(marks, [*starts, end], strict=True))


def _clean(piece: str) -> str:
    """The step's words without commas, a closing "and", and the full stop of a single sentence."""
    words = piece.replace("\n", " ").strip().lstrip(",:;，、：；–— ")
    tail = _TRAILING.search(words, max(0, len(words) - 12))
    words = (words[: tail.start()] if tail else words).rstrip("，、；：")
    single = len(words) > 1 and words[-1] in ".。" and words[-2] not in ".。" and len(_SENTENCE.split(words)) == 1
    return words[:-1] if single else words
