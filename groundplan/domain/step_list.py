"""Reading a goal that lists its own steps, as it is written, without a model.

Steps follow each other, unless the text says otherwise: parts introduced by "with:" or "including:" are independent,
"after 2", "using the result of 1" and "meanwhile" are taken at their word. What is no list of at least two steps gives
None, and so does prose that only happens to hold a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from groundplan.domain.durations import DurationRange, find_duration
from groundplan.domain.worded_steps import split_worded


@dataclass(frozen=True, slots=True)
class ListedStep:
    """One listed step: its key (`s1`, `s2`, …), its text, the keys it waits for, and of these the ones whose result
    it uses; the heading it stands under; how long it says it takes."""

    key: str
    text: str
    depends_on: tuple[str, ...]
    data_from: tuple[str, ...]
    parent: str | None
    duration: DurationRange | None


@dataclass(frozen=True, slots=True)
class StepList:
    """The steps of a goal, how they were marked (`numbered`, `bulleted`, `worded`, `inline`), and how they were read."""

    title: str
    steps: tuple[ListedStep, ...]
    style: str
    reason: str


@dataclass(slots=True)
class _Item:
    """A listed item before its waits are known. `number` is the one it is called by, if it has one."""

    text: str
    number: int | None = None
    indent: int = 0
    parts: list[_Item] = field(default_factory=list)


_NUMBER = r"(?:\(\d{1,4}\)|\d{1,4}\s?[.)、:](?!\d)|(?:step|schritt|paso|étape|passo|stap)\s+\d{1,4}\s*[.:)–-]|[a-z]\))"
_BULLET = r"(?:[-*•‣▪●–]\s+(?:\[[ xX]?\]\s+)?|\[[ xX]?\]\s+)"
_LINE = re.compile(
    rf"^(?P<indent>[ \t]*)(?:(?P<number>{_NUMBER})\s*|(?P<bullet>{_BULLET}))(?P<text>\S.*)$", re.IGNORECASE
)
_INLINE = re.compile(r"(?:^|(?<=[\s:;,.]))(?:\((\d{1,3})\)|(\d{1,3})[.)](?!\d))\s{1,20}(?=\S)")
_DIGITS = re.compile(r"\d+")
_CIRCLED = {ord("①") + offset: f"{offset + 1}. " for offset in range(20)}
_FULL_WIDTH = {ord("０") + offset: str(offset) for offset in range(10)} | {
    ord("．"): ".",
    ord("）"): ")",
    ord("："): ":",
}

_LIST = r"\d{1,4}(?:\s*(?:,|and|&|or|to|-|–|und|et|y|e|en)\s*(?:steps?\s+|tasks?\s+)?\d{1,4})*"
_NOUN = r"(?:(?:the\s+)?(?:steps?|tasks?|items?|points?|numbers?|no\.?|#)\s*)?"
_AFTER = re.compile(
    rf"\b(?:after|once|when|following|depends\s+on|depending\s+on|requires|needs|waits?\s+for)\s+{_NOUN}#?({_LIST})\b(?!\s*(?:min|hour|day|week|month|year|second|%|am\b|pm\b|:))",
    re.IGNORECASE,
)
_USING = re.compile(
    rf"\b(?:using|with|from|on|of|based\s+on)\s+(?:the\s+)?(?:results?|outputs?|outcomes?|data|findings)\s+(?:of|from)\s+{_NOUN}#?({_LIST})\b"
    rf"|\b(?:using|from)\s+(?:steps?|tasks?)\s*#?({_LIST})(?:'s)?\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d{1,4})\s*(?:-|–|to)\s*(?:steps?\s+)?(\d{1,4})", re.IGNORECASE)
_MEANWHILE = re.compile(
    r"^(?:meanwhile|in\s+parallel|at\s+the\s+same\s+time|simultaneously|in\s+the\s+meantime|while\s+(?:step\s+)?\d+\s+is)\b"
    r"|\b(?:in\s+parallel|simultaneously)\b(?:\s+with\s+(?:the\s+)?(?:previous|last|above)\b.*)?[.)]?$",
    re.IGNORECASE,
)
_WHILE = re.compile(
    r"\b(?:while|in\s+parallel\s+(?:with|to)|at\s+the\s+same\s+time\s+as)\s+(?:step\s+|task\s+)?(\d{1,4})\b",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\bindependent(?:ly)?\b(?!\s+(?:of|from)\s+\w+\s+(?:agency|review))", re.IGNORECASE)
_ALL_BEFORE = re.compile(
    r"\b(?:once|when|after)\s+(?:all|everything|both)\b.{0,30}\b(?:done|finished|complete[d]?|ready|steps)\b",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\b(?:with|including)\s*:\s*$", re.IGNORECASE)
_INLINE_PARTS = re.compile(r"\b(?:with|including)\s*:\s*(?=\S)", re.IGNORECASE)


def read_step_list(text: str) -> StepList | None:
    """The steps that the text lists, or None if it is no list. Linear in its length."""
    plain = text.translate(_CIRCLED).translate(_FULL_WIDTH) if not text.isascii() else text
    found = _from_lines(plain) or _from_inline(plain) or _from_words(plain)
    if found is None:
        return None
    title, items, style, independent = found
    steps, remarks = _linked(items, independent)
    if len(steps) < 2:
        return None
    kind = f"{len(steps)} {style} steps, read as written"
    return StepList(title, tuple(steps), style, "; ".join([kind, *remarks]))


_Found = tuple[str, list[_Item], str, bool]


def _from_lines(text: str) -> _Found | None:
    if "\n" not in text:
        return None
    title: list[str] = []
    items: list[_Item] = []
    style = ""
    for line in text.splitlines():
        marked = _LINE.match(line)
        if marked is None:
            _continue(line, title, items)
            continue
        style = style or ("numbered" if marked["number"] else "bulleted")
        _place(_item(marked), items, bool(marked["bullet"]) and style == "numbered")
    if len(items) < 2 and not (items and len(items[0].parts) >= 2):
        return None
    head = " ".join(title).strip()
    return head.rstrip(":").strip(), items, style, bool(_PARTS.search(head))


def _item(marked: re.Match[str]) -> _Item:
    digits = _DIGITS.search(marked["number"] or "")
    indent = len(marked["indent"].expandtabs(4))
    return _Item(marked["text"].strip(), int(digits[0]) if digits else None, indent)


def _continue(line: str, title: list[str], items: list[_Item]) -> None:
    """A line without a mark goes on with the item before it if it is indented, and is the title before the first."""
    if not items:
        title.append(line.strip())
    elif line.strip() and line[0] in " \t":
        last = items[-1].parts[-1] if items[-1].parts else items[-1]
        last.text = f"{last.text} {line.strip()}"


def _place(item: _Item, items: list[_Item], bullet_below_number: bool) -> None:
    deeper = items and item.indent > items[-1].indent
    if items and (deeper or bullet_below_number):
        items[-1].parts.append(item)
    else:
        items.append(item)


def _from_inline(text: str) -> _Found | None:
    marks = list(_INLINE.finditer(text))
    numbers = [int(mark[1] or mark[2]) for mark in marks]
    if len(marks) < 2 or numbers != list(range(1, len(marks) + 1)):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    bodies = [text[mark.end() : end].strip(" \t\n;,") for mark, end in zip(marks, ends, strict=True)]
    if any(not body for body in bodies):
        return None
    head = text[: marks[0].start()].strip()
    items = [_Item(body, number) for body, number in zip(bodies, numbers, strict=True)]
    return head.rstrip(":").strip(), items, "inline", bool(_PARTS.search(head))


def _from_words(text: str) -> _Found | None:
    worded = split_worded(text)
    if worded is not None:
        head, bodies = worded
        return head, [_Item(body) for body in bodies], "worded", False
    parts = _INLINE_PARTS.search(text)
    if parts is None or "\n" in text:
        return None
    bodies = [
        body.strip(" .")
        for body in re.split(r"[,;] ?(?:and )?| and ", " ".join(text[parts.end() :].split()))
        if body.strip(" .")
    ]
    if len(bodies) < 2:
        return None
    return text[: parts.start()].strip(), [_Item(body) for body in bodies], "inline", True


class _Linker:
    """Gives each item its key and its waits, in order of the text."""

    def __init__(self, items: Sequence[_Item]) -> None:
        self.steps: list[ListedStep] = []
        self.remarks: list[str] = []
        self._keys = _keys_by_number(items)
        self._starts: dict[str, tuple[str, ...]] = {}

    def add(self, item: _Item, follows: tuple[str, ...], parent: str | None) -> str:
        """Append the item; it waits for `follows` unless it says otherwise. Gives its key."""
        key = f"s{len(self.steps) + 1}"
        before = self._keys_before()
        data = self._named(_USING, item.text, key, before)
        after = self._named(_AFTER, item.text, key, before)
        waits = self._waits(item, follows, after, data, before)
        self._starts[key] = waits
        self.steps.append(ListedStep(key, item.text, waits, data, parent, find_duration(item.text)))
        return key

    def _waits(
        self,
        item: _Item,
        follows: tuple[str, ...],
        after: tuple[str, ...],
        data: tuple[str, ...],
        before: Sequence[str],
    ) -> tuple[str, ...]:
        if after or data:
            return tuple(dict.fromkeys((*after, *data)))
        beside = _WHILE.search(item.text)
        if beside and self._keys.get(int(beside[1])) in self._starts:
            return self._starts[self._keys[int(beside[1])]]
        if _MEANWHILE.search(item.text) and self.steps:
            return self._starts[self.steps[-1].key]
        if _ALL_BEFORE.search(item.text):
            return _ends(self.steps)
        return () if _ALONE.search(item.text) and before else follows

    def _named(self, pattern: re.Pattern[str], text: str, key: str, before: Sequence[str]) -> tuple[str, ...]:
        if not any(sign.isdigit() for sign in text):
            return ()
        named: list[str] = []
        for found in pattern.finditer(text):
            for number in _numbers(next(group for group in found.groups() if group)):
                other = self._keys.get(number)
                if other in self._starts and other != key:
                    named.append(other)
                else:
                    self.remarks.append(f"{key} names {number}, which is not before it; the order is kept")
        return tuple(dict.fromkeys(named))

    def _keys_before(self) -> list[str]:
        return list(self._starts)[-1:]


def _linked(items: Sequence[_Item], independent: bool) -> tuple[list[ListedStep], list[str]]:
    linker = _Linker(items)
    previous: tuple[str, ...] = ()
    for item in items:
        parts = item.parts
        if parts:
            previous = _with_parts(linker, item, () if independent else previous)
        else:
            key = linker.add(item, () if independent else previous, None)
            previous = (key,)
    return linker.steps, linker.remarks[:10]


def _with_parts(linker: _Linker, item: _Item, previous: tuple[str, ...]) -> tuple[str, ...]:
    """The parts instead of their heading: independent below "with:", else one after the other."""
    heading = item.text.rstrip(":").strip()
    if _PARTS.search(item.text):
        return tuple(linker.add(part, previous, heading) for part in item.parts)
    for part in item.parts:
        previous = (linker.add(part, previous, heading),)
    return previous


def _keys_by_number(items: Sequence[_Item]) -> dict[int, str]:
    """Which key a reference by number means: the item's own number, or its place if it has none."""
    keys: dict[int, str] = {}
    position = 0
    for place, item in enumerate(items, start=1):
        position += len(item.parts) or 1
        keys.setdefault(item.number if item.number is not None else place, f"s{position}")
    return keys


def _numbers(listed: str) -> Iterator[int]:
    spans = list(_RANGE.finditer(listed))
    for span in spans:
        first, last = int(span[1]), int(span[2])
        yield from range(first, min(last, first + 100) + 1)
    for single in _DIGITS.finditer(_RANGE.sub(" ", listed)):
        yield int(single[0])


def _ends(steps: Sequence[ListedStep]) -> tuple[str, ...]:
    waited = {key for step in steps for key in step.depends_on}
    return tuple(step.key for step in steps if step.key not in waited)
