"""The world outside the runs of the crash matrix: one file to which every effect adds a line, whoever is killed.

A line is written by one `write` to a file opened with O_APPEND, so it is there in full or not at all, and outlives the
process that wrote it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    """What the world does about effects that come twice, and what can be asked of it.

    `idempotent`: the same key again has no further effect. `reconcile`: it can be asked whether a key's effect
    happened. `plain`: neither.
    """

    IDEMPOTENT = "idempotent"
    RECONCILE = "reconcile"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a task did, once; `pid` is the process that did it."""

    task: str
    kind: Kind
    key: str
    pid: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A person was asked what became of a task, and looked: it `happened` or not."""

    task: str
    happened: bool


class World:
    """The effects of one trial, and what a person was asked about them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def happen(self, task: str, kind: Kind, key: str) -> None:
        """Let the effect happen now."""
        self._add(effect=asdict(Effect(task, kind, key, os.getpid())))

    def decide(self, decided: Decided) -> None:
        """Note what a person has said."""
        self._add(decided=asdict(decided))

    def effects(self) -> list[Effect]:
        """Every line that an effect has written, in that order."""
        told = (line["effect"] for line in self._lines() if "effect" in line)
        return [Effect(line["task"], Kind(line["kind"]), line["key"], line["pid"]) for line in told]

    def decisions(self) -> list[Decided]:
        """Everything that a person was asked, in that order."""
        return [Decided(**line["decided"]) for line in self._lines() if "decided" in line]

    def _add(self, **line: Any) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, json.dumps(line).encode() + b"\n")
        finally:
            os.close(file)

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self._path.exists():
            yield from map(json.loads, self._path.read_text(encoding="utf-8").splitlines())
