"""Where the sockets are: a short path, because the system takes 107 bytes at most (103 on macOS)."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from pathlib import Path

from groundplan.stores.embedded.account import Account
from groundplan.stores.embedded.data_folder import check_private

POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"

_LONGEST_BASE = 45
_PATIENCE_S = 2.0


def temporary_folder() -> Path:
    """Where private folders for sockets are made.

    `/tmp` before `TMPDIR`, and no `XDG_RUNTIME_DIR`: those differ between sessions, and the latter is emptied when a
    session ends, while the servers are shared by sessions and may outlive the one that started them.
    """
    usable = (path for path in (Path("/tmp"), Path(tempfile.gettempdir())) if os.access(path, os.W_OK | os.X_OK))  # noqa: S108 - only private folders are made in it
    return next((path for path in usable if len(os.fsencode(path)) <= _LONGEST_BASE), Path("/tmp"))  # noqa: S108


def make_sockets_folder(mark: str, account: Account, base: Path | None = None) -> Path:
    """An empty folder for the sockets of one data folder, in a folder that nobody but us can enter.

    Raises:
        PlanningError: E5804 if somebody else has put something in its place.
        OSError: the system refuses.
    """
    private = (base or temporary_folder()) / f"groundplan-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        private.mkdir(mode=0o700)
    check_private(private, os.geteuid())
    folder = private / mark
    shutil.rmtree(folder, ignore_errors=True)  # what a killed supervisor left
    folder.mkdir(mode=0o700)
    account.give(folder)
    return folder


def answers(path: Path) -> bool:
    """Whether somebody listens on this socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_PATIENCE_S)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
