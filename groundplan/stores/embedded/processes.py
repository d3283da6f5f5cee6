"""Telling one process from another that has got the same pid."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def started_at(pid: int) -> str | None:
    """When the process was started, as the system writes it; None if there is no such process."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        except OSError:
            return None
    said = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return said.stdout.strip() or None


def command_of(pid: int) -> str:
    """The command line of the process; empty if there is none or it cannot be seen."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    said = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return said.stdout


def dies_with_parent(with_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program, so that it gets `with_signal` when its parent dies (Linux)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, with_signal.value)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def stop_stale_postmaster(data: Path) -> None:
    """Get a postmaster out of the way whose supervisor was killed, and the pid file of one that is gone.

    The pid in the file may belong to anybody by now: only a process whose command line names this very data
    folder is stopped.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if str(data) in command_of(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        _wait_gone(pid)
    else:
        pid_file.unlink(missing_ok=True)


def _wait_gone(pid: int) -> None:
    import time

    before = started_at(pid)
    for _ in range(200):
        if started_at(pid) != before:
            return
        time.sleep(0.05)
