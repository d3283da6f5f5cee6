"""The text of a goal: from the arguments, a file, or standard input; read with a bound, refused if it is no text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import typer

from groundplan.domain.errors import ErrorCode, PlanningError

MOST_CHARACTERS = 100_000
_MOST_BYTES = 4 * MOST_CHARACTERS + 3
"""What so many characters take in UTF-8 at most, with a byte order mark."""

STDIN = "-"


def goal_text(words: Sequence[str] | None, file: str | None) -> str:
    """The goal's text, from exactly one of the two; `-` is standard input in both.

    Raises:
        typer.BadParameter: for both or neither, and for a file that cannot be read.
        PlanningError: E5004 for what is no UTF-8 text, or longer than any goal may be.
    """
    if bool(words) == (file is not None):
        raise typer.BadParameter("give the goal either as GOAL or with --file (use '-' for standard input)")
    if file is not None:
        return read_text(file)
    joined = " ".join(words or ())
    return read_text(STDIN) if joined == STDIN else joined


def read_text(name: str) -> str:
    """What the file (or standard input) holds, without its last line break and byte order mark."""
    try:
        if name == STDIN:
            return _decoded(sys.stdin.buffer, "standard input")
        with Path(name).open("rb") as file:
            return _decoded(file, name)
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise typer.BadParameter(f"{name!r} cannot be read: {reason}") from error


def _decoded(source: BinaryIO, name: str) -> str:
    content = source.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise _refused(f"{name!r} is longer than any goal may be", "length", MOST_CHARACTERS)
    try:
        return content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        # UnicodeDecodeError is a ValueError, but this one is about the text, not about the file's name
        raise _refused(
            f"{name!r} is no UTF-8 text: byte {error.start} cannot be read", "encoding", error.start
        ) from error


def _refused(message: str, rule: str, position: int) -> PlanningError:
    return PlanningError(
        ErrorCode.GOAL_REFUSED,
        message,
        details={"rule": rule, "position": position},
        recovery_suggestion=f"Give a goal in UTF-8 with at most {MOST_CHARACTERS:,} characters.",
    )
