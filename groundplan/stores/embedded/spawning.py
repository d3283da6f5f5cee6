"""Starting a supervisor from a client: detached, with its lock in its hands."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.embedded.data_folder import DataFolder
from groundplan.stores.embedded.failures import ANOTHER_PLACE, embedded_failed
from groundplan.stores.embedded.locks import FileLock

LINGER = "GROUNDPLAN_EMBEDDED_LINGER"
_LINGER_S = 2.0
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
_PASSED_ON_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON", "COVERAGE_")
_PROBE = bytes(65536)


def linger_seconds() -> float:
    """How long the servers stay after the last client, from the environment.

    Raises:
        PlanningError: E5806 if it is no number of seconds.
    """
    text = os.environ.get(LINGER, "")
    try:
        seconds = float(text) if text else _LINGER_S
    except ValueError:
        seconds = math.nan
    if seconds >= 0:
        return seconds
    raise PlanningError(
        ErrorCode.SETTINGS_INVALID,
        f"{LINGER} is {text!r}, which is no number of seconds",
        recovery_suggestion=f"Set it to 0 or more; without it, it is {_LINGER_S:g}.",
    )


def spawn_supervisor(folder: DataFolder, lock: FileLock, linger_s: float, timeout_s: float) -> None:
    """Start a supervisor that owns `lock` from now on. It forks, and what we started ends at once.

    Raises:
        OSError: there is no room in the folder, or it cannot be started.
        PlanningError: E5804 if the owner of the folder cannot run this Python.
    """
    try:
        _require_room(folder)
        log = folder.open(folder.log, os.O_WRONLY | os.O_APPEND)
        try:
            _run_supervisor(folder, lock, log, linger_s, timeout_s)
        finally:
            os.close(log)
    finally:
        lock.leave()


def _run_supervisor(folder: DataFolder, lock: FileLock, log: int, linger_s: float, timeout_s: float) -> None:
    words = [str(folder.path.parent), str(linger_s), str(lock.descriptor)]
    try:
        subprocess.run(
            [sys.executable, "-P", "-m", "groundplan.stores.embedded.supervisor", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock.descriptor],
            start_new_session=True,
            cwd="/",
            timeout=timeout_s,
            check=False,
            env=_environment(),
            **_as_owner(folder),
        )
    except PermissionError as error:
        raise _no_python(folder, error) from error
    except subprocess.TimeoutExpired:
        return  # it was killed, and whoever waits for it runs out of time as well


def _require_room(folder: DataFolder) -> None:
    probe = folder.path / f"probe-{os.getpid()}"
    descriptor = folder.open(probe, os.O_WRONLY)
    try:
        os.write(descriptor, _PROBE)
    finally:
        os.close(descriptor)
        probe.unlink()


def _environment() -> dict[str, str]:
    """What a Python needs; the supervisor lives long, and our keys and passwords are not for it."""
    kept = {
        name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    # Absolute, because the supervisor works in another folder; an empty entry is the folder we work in.
    return kept | {"PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)}


def _as_owner(folder: DataFolder) -> dict[str, Any]:
    """As root in somebody else's data folder: as that user, who could otherwise lead root astray with links in it."""
    if os.geteuid() == folder.uid:
        return {}
    return {"user": folder.uid, "group": folder.gid, "extra_groups": []}


def _no_python(folder: DataFolder, error: OSError) -> PlanningError:
    return embedded_failed(
        f"{str(folder.path)!r} belongs to user {folder.uid}, who cannot run {sys.executable!r}: {error.strerror}",
        f"Run as that user, or {ANOTHER_PLACE}.",
        home=str(folder.path.parent),
    )
