"""The name of a tool in plans, `domain.tool`, and the name that model APIs take for it.

Model APIs take `[a-zA-Z0-9_-]{1,64}`, so the dot has to go: `email.send` is `email__send` on the wire. Where that
could not be read back (it is too long, or has two underscores in a row or at an edge) the wire name ends in a hash
instead, and never has two underscores in a row. So a wire name follows from the name alone and stays the same
whatever other tools there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

from groundplan.domain.task import TOOL_PATTERN

LONGEST = 64
_HASH = 12
_DISALLOWED = re.compile(r"[^A-Za-z0-9_.-]+")
_PLAIN = re.compile(r"[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*")


def qualified(name: str) -> str:
    """A tool's own name as `domain.tool`: characters that plans do not have become `_`, a missing domain `local`."""
    clean = _DISALLOWED.sub("_", name)
    return clean if re.fullmatch(TOOL_PATTERN, clean) else f"local.{clean.replace('.', '_') or '_'}"


def wire_name(name: str) -> str:
    """The name for model APIs of the tool that plans call `name`."""
    segments = name.split(".")
    plain = "__".join(segments)
    if len(plain) <= LONGEST and all(_PLAIN.fullmatch(segment) for segment in segments):
        return plain
    digest = sha256(name.encode()).hexdigest()[:_HASH]
    readable = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_-]", "_", name))[: LONGEST - _HASH - 1].strip("_")
    return f"{readable or 'tool'}_{digest}"


class WireNames:
    """The wire names of a set of tools, in both directions.

    Raises:
        ValueError: two names have one wire name (two hashes of 48 bits were equal).
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        for name in names:
            other = self._names.setdefault(wire_name(name), name)
            if other != name:
                raise ValueError(f"tools {other!r} and {name!r} have the same wire name {wire_name(name)!r}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def tool(self, wire: str) -> str | None:
        """The tool that a model means by this wire name; None if it made the name up."""
        return self._names.get(wire)
