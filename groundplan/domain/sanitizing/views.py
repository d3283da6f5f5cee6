"""Readings of a text: as it will be kept, and with its encodings undone.

An attack hides behind percent escapes, HTML entities, backslash escapes, full-width letters or zero-width characters.
Rules look at both readings; a position found in one is carried back to the text as it was given.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from operator import itemgetter

from groundplan.domain.sanitizing.pattern import LazyPattern

# %25253C needs three rounds to become "<"; what is wrapped more often than that no server unwraps either.
_ROUNDS = 3

# Where the characters lie that NFKC turns into ASCII: long s, Greek question mark, raised and lowered letters, dot
# leader, letter-like and circled signs, ligatures, small forms, full width, mathematical alphabets.
_LOOKALIKES = (
    (0x17F, 0x17F),
    (0x37E, 0x37E),
    (0x2B0, 0x2B8),
    (0x1D2C, 0x1D6A),
    (0x2024, 0x2024),
    (0x2070, 0x209C),
    (0x2100, 0x214F),
    (0x2460, 0x24FF),
    (0xFB00, 0xFB06),
    (0xFE50, 0xFE6F),
    (0xFF01, 0xFF5E),
    (0x1D400, 0x1D7FF),
)
_LOOKALIKE_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _LOOKALIKES)
_LOOKALIKE = LazyPattern(f"[{_LOOKALIKE_CLASS}]")
_ENCODED = LazyPattern(
    rf"""
      %u[0-9a-f]{{4}} | %[0-7][0-9a-f] | (?:%[89a-f][0-9a-f])+                 # percent: ASCII one by one, UTF-8 runs
    | &(?:\#(?:x[0-9a-f]{{1,8}} | [0-9]{{1,9}}) | [a-z][a-z0-9]{{1,30}});?       # HTML entity, with or without the end
    | \\(?:x[0-7][0-9a-f] | u[0-9a-f]{{4}} | u\{{[0-9a-f]{{1,6}}\}} | [nrt])     # \x3c  \u003c  \u{{3c}}  \n
    | (?:\\x[89a-f][0-9a-f])+                                                  # \xe2\x80\xa8
    | [\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]        # soft hyphen, zero width
    | [{_LOOKALIKE_CLASS}]
    """,
    re.IGNORECASE | re.VERBOSE,
)


@cache
def _one_for_one() -> dict[int, str]:
    characters = (chr(code) for first, last in _LOOKALIKES for code in range(first, last + 1))
    folded = ((ord(character), unicodedata.normalize("NFKC", character)) for character in characters)
    return {code: plain for code, plain in folded if len(plain) == 1 and plain.isascii()}


def _folded(text: str) -> str:
    # At once and in place, before anything is decoded one by one: whole languages are punctuated in full width.
    return text if text.isascii() or _LOOKALIKE.search(text) is None else text.translate(_one_for_one())


# The blank characters that `str.strip` knows, but for the control characters among them, and the byte order mark.
_BLANK = "\t\n\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_LINE_ENDING = LazyPattern("\r\n?")

Piece = tuple[str, int, bool]
"""A part of a reading: its text, its start in the reading it comes from, and whether it was copied or replaced."""

_START = itemgetter(0)


class View:
    """One reading of a text, which knows where each of its characters stood in the original.

    Attributes:
        text: the reading.
        lower: the same in lower case, character for character, which is what most patterns are written for.
        characters: the distinct ones of `lower`.
    """

    def __init__(self, text: str, origin: View | None = None, segments: list[tuple[int, int, bool]] | None = None):
        self.text = text
        self._origin = origin
        self._segments = segments or [(0, 0, True)]  # (start here, start in the origin, copied or replaced), ascending

    @cached_property
    def lower(self) -> str:
        # U+0130 is the only character whose lower case is longer than itself.
        return self.text.replace("\u0130", "i").lower()

    @cached_property
    def characters(self) -> frozenset[str]:
        return frozenset(self.lower)

    @cached_property
    def printable(self) -> bool:
        """Whether, line feeds and tabs aside, it holds no control, format, surrogate or unassigned character."""
        return self.text.replace("\n", "").replace("\t", "").isprintable()

    def original(self, offset: int) -> int:
        """The offset in the text as it was given of what stands at `offset` here."""
        if self._origin is None:
            return offset
        here, there, copied = self._segments[bisect_right(self._segments, offset, key=_START) - 1]
        return self._origin.original(there + offset - here if copied else there)


def kept(text: str) -> View:
    """The text as it will be kept: lines end in a line feed, and no blanks surround it."""
    given = View(text)
    unified = _rebuilt(given, _pieces(text, _LINE_ENDING, lambda _: "\n")) if "\r" in text else given
    start = len(unified.text) - len(unified.text.lstrip(_BLANK))
    trimmed = unified.text.strip(_BLANK)
    return unified if len(trimmed) == len(unified.text) else View(trimmed, unified, [(0, start, True)])


def views_of(text: str) -> list[View]:
    """The text as it will be kept, followed by its decoded reading where that differs."""
    written = kept(text)
    decoded = written
    for _ in range(_ROUNDS):
        further = _decoded(decoded)
        if further is decoded:
            break
        decoded = further
    return [written] if decoded is written else [written, decoded]


def _decoded(view: View) -> View:
    text = view.text
    if text.isascii() and not ("%" in text or "&" in text or "\\" in text):
        return view
    decoded = _rebuilt(view, _pieces(_folded(text), _ENCODED, _plain))
    return decoded if decoded.text and decoded.text != text else view


def _pieces(text: str, pattern: LazyPattern, replace: Callable[[str], str]) -> Iterator[Piece]:
    end = 0
    for match in pattern.finditer(text):
        yield text[end : match.start()], end, True
        yield replace(match[0]), match.start(), False
        end = match.end()
    yield text[end:], end, True


def _rebuilt(origin: View, pieces: Iterator[Piece]) -> View:
    parts: list[str] = []
    segments: list[tuple[int, int, bool]] = []
    length = 0
    for part, start, copied in pieces:
        if part:
            parts.append(part)
            segments.append((length, start, copied))
            length += len(part)
    return View("".join(parts), origin, segments)


def _plain(token: str) -> str:
    first = token[0]
    if first == "%":
        return chr(int(token[2:], 16)) if token[1] in "uU" else _from_bytes(token, "%")
    if first == "&":
        return html.unescape(token)
    if first == "\\":
        return _backslash(token)
    return "" if unicodedata.category(token) in ("Cf", "Mn") else unicodedata.normalize("NFKC", token)


def _backslash(token: str) -> str:
    kind = token[1]
    if kind in "nNrRtT":
        return "\t" if kind in "tT" else "\n"
    if kind in "xX":
        return _from_bytes(token.lower(), "\\x")
    code = int(token[2:].strip("{}"), 16)
    return chr(code) if code <= 0x10FFFF else token


def _from_bytes(token: str, mark: str) -> str:
    return bytes.fromhex(token.replace(mark, "")).decode("utf-8", errors="replace")
