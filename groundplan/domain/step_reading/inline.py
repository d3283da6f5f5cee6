"""Lists within a line: "1. … 2. …", "1) … 2) …", "(a) … (b) …", "Step 1: …", "①…②…", "• … • …"."""

from __future__ import annotations

import re

from groundplan.domain.step_reading.items import Item, Reading
from groundplan.domain.step_reading.markers import CIRCLED, STEP_NOUNS
from groundplan.domain.step_reading.material import is_material

_MARKER = re.compile(
    rf"""(?<![^\s:：;；,，.。(（—–-])(?:
      (?P<word>{STEP_NOUNS})\ (?P<step>\d{{1,4}})\ ?[:.)\-–—](?!\d)\s*
    | [(（](?P<both>\d{{1,4}}|[a-zA-Z])[)）]\s*
    | (?P<paren>\d{{1,4}}|[a-z])\)\s*
    | (?P<dot>\d{{1,4}})(?:[.．]\s|[、．])\s*
    | (?P<bullet>[•‣▪●])\s*
    )|(?P<circled>[①-⑳])\s*|第(?P<nth>\d{{1,4}}|[一二三四五六七八九十])步\s?[:：、,，]?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED_THING = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|versions?|v|top|bottom|chapters?|sections?|pages?|figures?|tables?|volumes?|levels?|"
    r"rooms?|grades?|class(?:es)?|numbers?|no|nr|questions?|steps?|tasks?|items?|points?|lines?|rows?|columns?|"
    r"before|until|than|bis|kapitel|seite|schritt|étape|paso|passo|stap)\s*$",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"\b(?:at|on|in|of|to|from|by|after|about|over|under|is|are|was|were|the|an?|around|for|equals?|plus|minus|times|am|"
    r"vom|zum|der|den|dem|das|ab|seit|nach|bei|le|la|du|au|el|del|al|il|de)\s*$",
    re.IGNORECASE,
)
_TRAILING_JOINT = re.compile(r"[\s,;，；、]*(?:[,;\s](?:and|und|et|y|e|en|then|and then)\s*)?$", re.IGNORECASE)
_CHINESE = "一二三四五六七八九十"


def read_inline(text: str) -> Reading | None:
    """The entries that one of the styles marks within the text, or None if none counts from 1 to 2 at least."""
    best: list[tuple[int, int, str]] = []
    style = ""
    for name, entries in _sequences(text).items():
        if len(entries) > max(1, len(best)) and not is_material(text[: entries[0][0]]):
            best, style = entries, name
    if not best:
        return None
    root = Item(text[: best[0][0]].strip().rstrip(":：").strip())
    ends = [*(start for start, _, _ in best[1:]), len(text)]
    for (_, start, label), end in zip(best, ends, strict=True):
        piece = text[start:end].strip()
        if end < len(text):
            piece = piece[: _joint(piece)]
        root.children.append(Item(" ".join(piece.split()), label))
    if not all(child.text for child in root.children):
        return None
    return Reading(root, "bulleted" if style.startswith("bullet") else "numbered")


def _joint(piece: str) -> int:
    """Where the commas and the "and" begin that lead over to the next entry."""
    found = _TRAILING_JOINT.search(piece, max(0, len(piece) - 16))
    return found.start() if found else len(piece)


def _sequences(text: str) -> dict[str, list[tuple[int, int, str]]]:
    """Per style the markers that count 1, 2, 3 … (or a, b, c …) as (start, end, label)."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for match in _MARKER.finditer(text):
        name = str(match.lastgroup)
        entries = found.setdefault(name if match[name].isdecimal() else f"{name} of letters", [])
        label = _label(match, name, len(entries))
        if label is not None and not _is_something_else(text, match, name, not entries):
            entries.append((match.start(), match.end(), label))
    return found


def _label(match: re.Match[str], name: str, so_far: int) -> str | None:
    """The entry's label if it is the next one of its style, else None."""
    sign = match[name]
    if name == "bullet":
        return ""
    if name == "circled":
        sign = CIRCLED[sign]
    if name == "nth" and sign in _CHINESE:
        sign = str(_CHINESE.index(sign) + 1)
    expected = str(so_far + 1) if sign.isdecimal() else chr(ord("a") + so_far)
    given = str(int(sign)) if sign.isdecimal() else sign.lower()
    return given if given == expected else None


def _is_something_else(text: str, match: re.Match[str], name: str, first: bool) -> bool:
    """ "Version 1. We", "(see a)": a number or letter that ends a phrase or stands in brackets."""
    start = match.start()
    before = text[max(0, start - 200) : start]
    if name == "paren" and before.rfind("(") > before.rfind(")"):
        return True
    if name not in ("paren", "dot"):
        return False
    before = text[max(0, start - 20) : start]
    # A later number is already known to be the next of its list; steps do end in "log in" and "turn it on".
    return bool(_NUMBERED_THING.search(before) or (first and _PREPOSITION.search(before)))
