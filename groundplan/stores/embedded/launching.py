"""Starting a program under the account of the servers, with next to nothing of our environment."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from groundplan.stores.embedded.account import Account, HandedFolder

Command = Sequence[str | Path]

_PR_SET_PDEATHSIG = 1
_QUICK_S = 30.0
_PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def launch(
    command: Command,
    account: Account,
    folders: Iterable[HandedFolder],
    log: int,
    on_our_death: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start it; what it prints goes to `log`. It gets the signal `on_our_death` when this process dies (Linux)."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=_descriptors(folders),
        preexec_fn=_die_with_parent(on_our_death),
        **_as(account),
    )


def run(
    command: Command, account: Account, folders: Iterable[HandedFolder] = (), stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run it to its end and return what it printed; for programs that are quick.

    Raises:
        subprocess.TimeoutExpired: it was not quick.
    """
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_QUICK_S,
        check=False,
        pass_fds=_descriptors(folders),
        **_as(account),
    )


def _descriptors(folders: Iterable[HandedFolder]) -> list[int]:
    return [descriptor for folder in folders for descriptor in folder.descriptors]


def _as(account: Account) -> dict[str, Any]:
    # The keys and passwords in our environment are not for a process of another user, whose own processes could
    # read them there.
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    common = {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"} | kept}
    if not account.is_other:
        return common
    return common | {"user": account.uid, "group": account.gid, "extra_groups": []}


def _die_with_parent(with_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, with_signal.value)
        if os.getppid() != parent:  # it died before we could ask to be told
            os._exit(1)

    return arrange
