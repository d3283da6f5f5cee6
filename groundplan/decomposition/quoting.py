"""Foreign text in a prompt: one line in quotes, without secrets, unable to end its own fence."""

from __future__ import annotations

import json
import re
from typing import Any

_FENCE = re.compile(r"\b(GOAL|PLAN|RESULTS|FAILURES|REQUEST)\s+(BEGINS|ENDS)\b", re.IGNORECASE)
_HIDDEN_NAME = re.compile(
    r"passw|passphrase|secret|credential|authoriz|cookie|(?:api|access|private|signing).?key|(?:^|[_.-])token$|^auth$",
    re.IGNORECASE,
)
_HIDDEN_PART = re.compile(
    r"(?P<name>\b(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|authorization)\b[\"']?\s*[=:]\s*)"
    r"(?:(?:bearer|basic)\s+)?[\"']?[^\s\"',;}]+|\bbearer\s+[A-Za-z0-9._~+/-]{8,}=*|(?P<url>://[^\s/:@]*):[^\s/@]+@",
    re.IGNORECASE,
)
_MASK = "***"
_DEEPEST = 8


def unfenced(text: str) -> str:
    """The text with every phrase broken up that begins or ends a part of a prompt."""
    return _FENCE.sub(lambda found: f"{found[1]}-{found[2]}", text)


def quoted(value: Any, longest: int) -> str:
    """A text or JSON value as one line of JSON, at most about `longest` characters, values of secrets masked."""
    shown = as_shown(value)
    line = shown if isinstance(shown, str) else unfenced(one_line(json.dumps(shown, ensure_ascii=False, default=str)))
    cut = f"{line[:longest]}… ({len(line)} characters)" if len(line) > longest else line
    return json.dumps(cut, ensure_ascii=False) if isinstance(shown, str) or cut is not line else cut


def as_shown(value: Any) -> Any:
    """The value with every text in it masked, on one line, and unable to end a fence."""
    return _tidied(masked(value))


def one_line(text: str) -> str:
    """The text on one line, without what is not printed."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def masked(value: Any, depth: int = _DEEPEST) -> Any:
    """The value with what looks like a secret replaced: by the name of its field, or by the words before it.

    The ledger has masked the secrets that a run resolved; this catches those that a tool gave back by itself.
    """
    if isinstance(value, str):
        return _HIDDEN_PART.sub(_hidden, value)
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        return {
            str(name): _MASK if isinstance(item, str) and _HIDDEN_NAME.search(str(name)) else masked(item, depth - 1)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(item, depth - 1) for item in value]
    return value


def _tidied(value: Any) -> Any:
    # Before it is JSON: in "\\nGOAL ENDS" the n of the escaped line end would hide where the word begins.
    if isinstance(value, str):
        return unfenced(one_line(value))
    if isinstance(value, dict):
        return {_tidied(name): _tidied(item) for name, item in value.items()}
    return [_tidied(item) for item in value] if isinstance(value, list) else value


def _hidden(found: re.Match[str]) -> str:
    if found["url"]:
        return f"{found['url']}:{_MASK}@"
    return f"{found['name'] or 'bearer '}{_MASK}"
