"""Telling one process from another that has got the same pid."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_POLL_S = 0.02


def started_at(pid: int) -> str | None:
    """When the process was started, as the system writes it; None if there is none, or only its remains (a zombie)."""
    if sys.platform == "linux":
        try:
            state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            return None
        return None if state in "ZX" else rest[18]
    return _ps(pid, "lstart") or None


def command_of(pid: int) -> list[str]:
    """The words of the process's command line; empty if there is none or it cannot be seen."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            return []
    words = [_ps(pid, "comm"), _ps(pid, "command")]  # the program's path may have spaces, so it comes by itself
    return words if words[0] else []


def is_server(pid: int, program: str, mark: str) -> bool:
    """Whether this process is `program`, started for the data folder that `mark` stands for.

    A pid in a file says little: it may belong to anybody by now.
    """
    words = command_of(pid)
    if not words or not words[0]:
        return False
    # A server that writes a title over its command line (Valkey) leaves all of it in the first word.
    names = {Path(words[0]).name, Path(words[0].split()[0]).name}
    return program in names and any(mark in word for word in words)


def end_server(pid: int, program: str, mark: str, ways: tuple[tuple[signal.Signals, float], ...]) -> None:
    """End a server that nobody owns any more, each way given its seconds; do nothing to any other process."""
    started = started_at(pid)
    for how, seconds in ways:
        # Looked at again before each signal: while we waited, the pid may have gone to another process.
        if started_at(pid) != started or not is_server(pid, program, mark):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        until = time.monotonic() + seconds
        while started_at(pid) == started and time.monotonic() < until:
            time.sleep(_POLL_S)


def pid_in(file: Path) -> int | None:
    """The pid in the first line of a pid file."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _ps(pid: int, column: str) -> str:
    command = ["/bin/ps", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
