"""A hash of a document that is the same wherever and whenever it is computed."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from groundplan.domain.canonical_json import canonical_json

_SAFE = 2**53 - 1


def fingerprint(document: Any) -> str:
    """The SHA-256 (in hex) of the document's canonical form (RFC 8785).

    What that form cannot carry, and outputs of tools may hold all the same, is taken as text: integers beyond 2^53,
    NaN and infinities, half surrogate pairs.
    """
    return hashlib.sha256(canonical_json(_exact(document))).hexdigest()


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {_text(str(key)): _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _SAFE:
        return str(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _text(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
