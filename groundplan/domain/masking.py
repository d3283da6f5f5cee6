"""Making secrets unreadable in whatever is kept or shown: errors, outputs, records, events, logs."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "•••"
SHORTEST = 4
"""Values with fewer characters are not masked where they stand inside of other text: a secret of "7" would black out
every seven. As a whole value they are."""

_LEAST_CUT = 6
"""Characters of a value's beginning that are masked at the end of a text; fewer are part of many a word."""
_PERCENT = re.compile("%[0-9A-F]{2}")


class Masker:
    """Replaces every occurrence of some values, also in base64 or hexadecimal, percent-encoded, or escaped as in JSON,
    HTML or Python.

    Never printed: its `repr` says how many values it knows.
    """

    __slots__ = ("_inside", "_whole")

    def __init__(self, values: Iterable[str]) -> None:
        self._whole = frozenset(value for value in values if value)
        forms = {form for value in self._whole if len(value) >= SHORTEST for form in _forms(value)}
        # The longest first, so that one that contains another is replaced as a whole.
        self._inside = tuple(sorted(forms, key=len, reverse=True))

    def __repr__(self) -> str:
        return f"Masker({len(self._whole)} values)"

    def __bool__(self) -> bool:
        return bool(self._whole)

    def mask(self, value: Any) -> Any:
        """The text, or the JSON value with every text in it (keys too), masked. Other values come back as they are."""
        if isinstance(value, str):
            return self._masked(value)
        if isinstance(value, Mapping):
            return {self.mask(key): self.mask(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask(item) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and str(value) in self._whole:
            return MASK
        return value

    def _masked(self, text: str) -> str:
        if text in self._whole:
            return MASK
        for form in self._inside:
            if form in text:
                text = text.replace(form, MASK)
        return self._without_cut_end(text)

    def _without_cut_end(self, text: str) -> str:
        """The text without the beginning of a value at its end: it may have been cut there, in the middle of one."""
        cut = max((_cut_at_end(text, form) for form in self._inside), default=0)
        return text[:-cut] + MASK if cut else text


def _cut_at_end(text: str, form: str) -> int:
    """How many characters at the end of the text are the beginning of the form, but not all of it; 0 for too few."""
    end, at = text[-_LEAST_CUT:], -1
    while len(end) == _LEAST_CUT and (at := form.find(end, at + 1)) >= 0:
        length = at + _LEAST_CUT
        if length < len(form) and text.endswith(form[:length]):
            return length
    return 0


def _forms(value: str) -> set[str]:
    """How a value may be written on its way into a message."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, value.strip(), repr(value)[1:-1], html.escape(value), raw.hex(), raw.hex().upper()}
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        forms |= {escaped, json.dumps(escaped)[1:-1]}
    for percent in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        forms |= {percent, _PERCENT.sub(lambda found: found[0].lower(), percent)}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= _inside_base64(encode, raw)
    # A key of several lines is told line by line; its frame is no secret.
    forms |= {line for line in value.splitlines() if len(line) >= 2 * SHORTEST and not line.startswith("-----")}
    return {form for form in forms if len(form) >= SHORTEST}


def _inside_base64(encode: Any, raw: bytes) -> set[str]:
    """The value's base64 by itself, and the part of it that is the same whatever stands before and after it."""
    forms = {encode(raw).decode().rstrip("=")}
    for offset in (0, 1, 2):
        text = encode(b"\0" * offset + raw).decode().rstrip("=")
        begins = offset + 1 if offset else 0
        ends = len(text) if (offset + len(raw)) % 3 == 0 else -1
        core = text[begins:ends]
        if len(core) >= SHORTEST:
            forms.add(core)
    return forms
