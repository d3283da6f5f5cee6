"""Text from anywhere, made safe to show on one line and short enough for its place."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1: escape sequences, bells, backspaces
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, reordering
    "\ufffe\uffff"  # no characters at all, which XML refuses
    "\U000e0000-\U000e007f\ud800-\udfff]"  # tags, lone surrogates
)


def plain(text: str) -> str:
    """The text on one line, with what a terminal or a browser would act on (or not show) spelled out.

    Line breaks and tabs become spaces; control characters, bidi overrides, invisible characters and lone surrogates
    become `\\x1b`, `\\u202e` …; the joiners that scripts and emoji need stay.
    """
    return _UNSAFE.sub(lambda found: _spelled(found[0]), " ".join(text.split()))


def shortened(text: str, limit: int) -> str:
    """`plain(text)`, cut to so many characters, the last of them an ellipsis if something was cut."""
    safe = plain(text[: limit * 4])
    whole = len(text) <= limit * 4 and len(safe) <= limit
    return safe if whole else safe[: limit - 1].rstrip() + "…"


def _spelled(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
