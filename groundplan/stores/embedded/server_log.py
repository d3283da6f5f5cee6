"""The log of supervisor and servers: one file, bounded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from groundplan.stores.embedded.data_folder import DataFolder

LARGEST = 4_000_000
"""Bytes after which the log moves to `servers.log.1`; there is never more than the two."""


class ServerLog:
    """Opened for appending, so that all who print into it may go on while it is shortened."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.log
        self.descriptor = folder.open(folder.log, os.O_WRONLY | os.O_APPEND)

    def shorten(self) -> None:
        """Move what is there out of the way if it is too much. Lines of this very moment may be lost."""
        if os.fstat(self.descriptor).st_size > LARGEST:
            old = Path(f"{self._path}.1")
            shutil.copyfile(self._path, old)
            old.chmod(0o600)
            os.truncate(self.descriptor, 0)


def log_since(folder: DataFolder, offset: int, most: int = 2000) -> str:
    """The end of what was logged after `offset` bytes; a log that was shortened since counts whole."""
    try:
        with folder.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = offset if offset <= size else 0
            file.seek(max(start, size - most))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def log_size(folder: DataFolder) -> int:
    """Bytes of the log; 0 if there is none."""
    try:
        return folder.log.stat().st_size
    except OSError:
        return 0
