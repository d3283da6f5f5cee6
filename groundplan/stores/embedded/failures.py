"""What is said when the embedded servers cannot be had: always E5804, a sentence, and what to do."""

from __future__ import annotations

import contextlib
import errno
import shutil
from pathlib import Path
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError

ANOTHER_PLACE = "set GROUNDPLAN_HOME to another folder, or GROUNDPLAN_DATABASE_URL to a Postgres of your own"

_ROOM_TO_START = 100_000
_FULL = ("No space left on device", "Disk quota exceeded")


class StartFailed(Exception):
    """A server cannot be started; carries a sentence on why, and one on what to do."""

    def __init__(self, why: str, suggestion: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.suggestion = suggestion


def embedded_failed(message: str, suggestion: str, **details: Any) -> PlanningError:
    """E5804 with this sentence and suggestion."""
    return PlanningError(ErrorCode.EMBEDDED_FAILED, message, details=details, recovery_suggestion=suggestion)


def unusable(folder: Path, error: OSError) -> PlanningError:
    """E5804: the system refused to work with the data folder."""
    why = f"{error.filename!r} is no folder" if error.errno in (errno.EEXIST, errno.ENOTDIR) else error.strerror
    return embedded_failed(
        f"The data folder {str(folder)!r} cannot be used: {why or error}",
        f"Make the folder usable, or {ANOTHER_PLACE}.",
        home=str(folder),
        errno=errno.errorcode.get(error.errno or 0),
    )


def was_full_disk(text: str, folder: Path) -> bool:
    """Whether a server failed for lack of room: this text says so, or there is no room left to say anything."""
    if any(words in text for words in _FULL):
        return True
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free < _ROOM_TO_START
    return False
