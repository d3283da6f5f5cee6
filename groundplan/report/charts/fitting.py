"""How wide text is, roughly, before anybody has drawn it."""

from __future__ import annotations

import unicodedata

from groundplan.domain.plain_text import plain

_NARROW = frozenset("iIjlft.,:;'|!()[]{}-/\\ `\"")
_BROAD = frozenset("mwMW@%&—…")
_MOST = 400


def text_width(text: str, size: float = 12) -> float:
    """Pixels that the text takes in a sans-serif font of this size; rather too many than too few."""
    return size * sum(map(_em, text))


def fitting(text: str, width: float, size: float = 12) -> str:
    """`plain(text)`, cut to so many pixels, with an ellipsis if something was cut."""
    safe = plain(text[:_MOST])
    if len(text) <= _MOST and text_width(safe, size) <= width:
        return safe
    room = width - size * _em("…")
    for index, character in enumerate(safe):
        room -= size * _em(character)
        if room < 0:
            return safe[:index].rstrip() + "…"
    return safe + "…"


def in_lines(text: str, width: float, most: int, size: float = 12) -> list[str]:
    """The text in at most so many lines of so many pixels, broken between words; the last one is cut to fit."""
    words, lines = plain(text[:_MOST]).split(" "), list[str]()
    while words and len(lines) < most - 1:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size) <= width:
            line += f" {words.pop(0)}"
        lines.append(fitting(line, width, size))
    rest = " ".join(words) + ("…" if len(text) > _MOST else "")
    return [*lines, fitting(rest, width, size)] if rest else lines


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.36
    if character in _BROAD:
        return 0.95
    if character.isascii():
        return 0.7 if character.isupper() else 0.58
    if unicodedata.combining(character):
        return 0.0
    return 1.05 if unicodedata.east_asian_width(character) in "WF" else 0.68
