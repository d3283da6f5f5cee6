"""Rules about what is text at all: something visible, of bearable length, without control or steering characters."""

from __future__ import annotations

from groundplan.domain.sanitizing.rule import Finder, Rule, Shape
from groundplan.domain.sanitizing.views import View

MAX_LENGTH = 100_000
"""Characters (code points) that a text may have."""

_visible = Shape("[^\\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


def _nothing_visible(view: View) -> int | None:
    return 0 if _visible(view) is None else None


def _too_long(view: View) -> int | None:
    return MAX_LENGTH if len(view.text) > MAX_LENGTH else None


# Emoji flags (England, Scotland, Wales) are a black flag and up to six tag characters; any other use is hidden text.
_TAG = "[\U000e0000-\U000e007f]"
_HIDDEN = f"(?s){_TAG}(?:(?<!\U0001f3f4.)(?<!{_TAG}.)|{_TAG}{{7}})"


def _unless_printable(pattern: str) -> Finder:
    shape = Shape(pattern)
    return lambda view: None if view.printable else shape(view)


RULES = (
    Rule("too_long", f"more than {MAX_LENGTH:,} characters", (_too_long,), as_written=True),
    Rule("empty", "nothing to read", (_nothing_visible,), as_written=True),
    Rule(
        "not_text",
        "a lone surrogate, a NUL or a noncharacter: binary data rather than text",
        (_unless_printable("[\x00\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"),),
        as_written=True,
    ),
    Rule(
        "control_character",
        "a control character other than a line break or a tab",
        (_unless_printable("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),),
        as_written=True,
    ),
    Rule(
        "bidi_override",
        "a character that reorders the text around it",
        (_unless_printable("[\u202a-\u202e\u2066-\u2069]"),),
        as_written=True,
    ),
    Rule("hidden_text", "invisible tag characters", (_unless_printable(_HIDDEN),), as_written=True),
)
