"""Lists in words: "First …, then … After that … Finally …", in one sentence or several."""

from __future__ import annotations

import re

from groundplan.domain.step_reading.folding import folded
from groundplan.domain.step_reading.items import Item, Reading
from groundplan.domain.step_reading.material import is_material
from groundplan.domain.step_reading.parts import introduces_parts
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
    rf"(?:(?P<first>{FIRST})|(?P<next>{NEXT})|(?P<last>{LAST})|(?P<meanwhile>{MEANWHILE}))(?![\w'’-])"
)
_WORDS_CJK = re.compile(
    r"(?:^|[。！？，,；;、：:\s])(?:并且|并|並)?"
    rf"(?:(?P<first>{FIRST_CJK})|(?P<next>{NEXT_CJK})|(?P<last>{LAST_CJK})|(?P<meanwhile>{MEANWHILE_CJK}))"
)
_HINTS = tuple(f"{NEXT}|{LAST}".split("|"))
_HINTS_CJK = tuple(f"{NEXT_CJK}|{LAST_CJK}".split("|"))
_ADJECTIVES = frozenset(
    ("first", "second", "third", "fourth", "fifth", "sixth", "last", "next", "segundo", "tercero", "primero")
) | {"prima", "depois", "después"}
_NO_STEP = re.compile(rf"\s(?:{NO_STEP_AFTER_FIRST})\b")
_NOT_THEN = re.compile(r"\b(?:by|until|till|since|now|back|just|even|only|before|than)(?: and)?$")
_CONDITION = re.compile(rf"(?:^|[,;(.!?\n]\s?|\b(?:and|but|that|und|et|y|e) )(?:{SUBORDINATE})\b[^.!?\n]*$")
_NARRATIVE = re.compile(rf"(?!(?:{REQUESTS})\b)(?:{NARRATIVE})\b", re.IGNORECASE)
_TOLD = re.compile(rf"(?!(?:{REQUESTS})\b)(?:i|he|she|they)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…。])\s|\n")
_TRAILING = re.compile(rf"(?:\s?[,;:–—-])*(?:\s(?:{AND}))?(?:\s?[,;:–—-])*$", re.IGNORECASE)
_FULL_STOP = re.compile(r"[.!?…][\"'”’)]?")
_END_OF_CLAUSE = re.compile(r"[.!?…;,](?=\s)|\n|[，；。！？](?=.)")
_MOST_BEFORE_FIRST = 2
"""Sentences; a longer text before "first" is the request itself, and what follows says how to answer."""
_LONGEST_PAIR = 400
"""Characters; a longer text with a single "then" is prose."""


def read_worded(text: str) -> Reading | None:
    """The steps that sequence words part, or None if the text tells, asks or conditions rather than lists."""
    words = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    small = folded(words)
    if any(hint in small for hint in _HINTS):
        marks = _marks(small, _WORDS)
    elif any(hint in small for hint in _HINTS_CJK):
        marks = _marks(small, _WORDS_CJK)
    else:
        return None
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
    if any(mark[0].startswith(";") for mark in marks):
        items = [part for item in items for part in _at_semicolons(item)]
    return Reading(Item(title, children=items), "worded") if len(items) > 1 else None


def _marks(words: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """The sequence words that begin a step. "First" counts only before all others."""
    marks: list[re.Match[str]] = []
    for mark in pattern.finditer(words):
        kind = mark.lastgroup or ""
        if (kind == "first" and marks) or _is_other_use(words, mark, mark[kind]):
            continue
        marks.append(mark)
    return marks


def _is_other_use(words: str, mark: re.Match[str], word: str) -> bool:
    """ "The first class", "by then", "if it rains, then …"."""
    if word in _ADJECTIVES and _NO_STEP.match(words, mark.end()):
        return True
    if mark[0][0] in ".!?…\n":
        return False  # a new sentence is free of the condition in the one before; behind a comma it still holds
    before = words[max(0, mark.start() - 300) : mark.start()]
    return bool((word == "then" and _NOT_THEN.search(before)) or _CONDITION.search(before))


def _head(words: str, marks: list[re.Match[str]]) -> tuple[str, str | None]:
    """The title and the first step from the words before the first mark.

    The step is empty if "first" marks it, None if the text is no list. Without "first" only a plain chain is one:
    an opening that asks for something, and as many marks as make it unlikely that commas part steps as well.
    """
    before = words[: _start(marks[0])]
    sentences = _SENTENCE.split(before.strip())
    if marks[0].lastgroup == "first":
        title = before.strip().rstrip(":,;：，").strip()
        return title, "" if len(sentences) <= _MOST_BEFORE_FIRST else None
    title, opening = _title_and_opening(before)
    firm = [mark for mark in marks if mark.lastgroup != "meanwhile"]
    chain = (
        len(sentences) == 1
        and not _NARRATIVE.match(opening)
        and _loose_ends(words, marks, opening) < len(firm)
        and (len(firm) > 1 or (firm[0].lastgroup == "next" and len(words) <= _LONGEST_PAIR))
    )
    return title, opening if chain and opening.strip() else None


def _title_and_opening(before: str) -> tuple[str, str]:
    """Part "Bake a cake: mix the flour" at its colon, but neither "with: a, b" nor a question that is quoted."""
    title, colon, opening = before.partition(": ")
    if not colon or introduces_parts(title + colon) or opening[:1] in "'\"‘“«":
        return "", before
    return title.strip(), opening


def _loose_ends(words: str, marks: list[re.Match[str]], opening: str) -> int:
    """How many commas and sentence ends no mark accounts for; those between parts are accounted for."""
    begin = marks[0].start() if introduces_parts(opening.partition(": ")[0] + ":") else 0
    marked = {position for mark in marks for position in range(mark.start(), mark.end())}
    return sum(1 for found in _END_OF_CLAUSE.finditer(words.rstrip(), begin) if found.start() not in marked)


def _spans(marks: list[re.Match[str]], end: int) -> list[tuple[re.Match[str], int]]:
    """Each mark with the place where the next one begins."""
    return list(zip(marks, [*map(_start, marks[1:]), end], strict=True))


def _start(mark: re.Match[str]) -> int:
    """Where the mark begins, after the full stop and the quotation mark that end the sentence before it."""
    full_stop = _FULL_STOP.match(mark[0])
    return mark.start() + (full_stop.end() if full_stop else 0)


def _at_semicolons(item: Item) -> list[Item]:
    """Where semicolons part steps that have a sequence word, they part those that have none as well."""
    first, *rest = [text for piece in item.text.split("; ") if (text := _clean(piece))]
    return [Item(first, parallel=item.parallel), *map(Item, rest)]


def _clean(piece: str) -> str:
    """The step's words without commas, a closing "and", and the full stop of a single sentence."""
    words = piece.replace("\n", " ").strip().lstrip(",:;，、：；–— ")
    tail = _TRAILING.search(words, max(0, len(words) - 12))
    words = (words[: tail.start()] if tail else words).rstrip("，、；：")
    single = len(words) > 1 and words[-1] in ".。" and words[-2] not in ".。" and len(_SENTENCE.split(words)) == 1
    return words[:-1] if single else words
