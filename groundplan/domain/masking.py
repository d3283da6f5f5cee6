"""Making secrets unreadable in whatever is kept or shown: errors, outputs, records, events, logs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "•••"
SHORTEST = 4
"""Values with fewer characters are not masked where they stand inside of other text: a secret of "7" would black out
every seven. As a whole value they are."""


class Masker:
    """Replaces every occurrence of some values, also base64, percent-encoded or JSON-escaped ones.

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
        return text


def _forms(value: str) -> set[str]:
    """How a value may be written on its way into a message."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1], repr(value)[1:-1]}
    forms |= {json.dumps(value, ensure_ascii=False)[1:-1], raw.hex()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= _inside_base64(encode, raw)
    return {form for form in forms if len(form) >= SHORTEST}


def _inside_base64(encode: Any, raw: bytes) -> set[str]:
    """The value's base64 by itself, and the part of it that is the same whatever stands before and after it."""
    forms = {encode(raw).decode().rstrip("=")}
    for offset in (1, 2):
        text = encode(b"\0" * offset + raw).decode().rstrip("=")
        core = text[offset + 1 : -1]
        if len(core) >= 2 * SHORTEST:
            forms.add(core)
    return forms
