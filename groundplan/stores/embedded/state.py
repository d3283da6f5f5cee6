"""What the supervisor tells the clients, in `supervisor.json`."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass

from groundplan.stores.embedded.data_folder import DataFolder
from groundplan.stores.embedded.processes import started_at


@dataclass(frozen=True)
class Running:
    """The servers are there: who owns them, and where their sockets are."""

    pid: int
    started: str
    sockets: str
    redis: bool

    @property
    def is_true(self) -> bool:
        """Whether the supervisor that said so is still alive."""
        return started_at(self.pid) == self.started


@dataclass(frozen=True)
class Failed:
    """The servers could not be started."""

    why: str
    suggestion: str


def write_state(folder: DataFolder, state: Running | Failed) -> None:
    """Replace the state in one step.

    Raises:
        OSError: there is no room for it.
    """
    partial = folder.state.with_suffix(".new")
    descriptor = folder.open(partial, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(state), file)
    partial.rename(folder.state)


def read_state(folder: DataFolder) -> Running | Failed | None:
    """The state, None if there is none that can be read."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        said = json.loads(folder.state.read_text())
        return Failed(**said) if "why" in said else Running(**said)
    return None


def forget_state(folder: DataFolder) -> None:
    """From now on there is nothing to be told."""
    with contextlib.suppress(OSError):  # a read-only file system has nothing to forget
        folder.state.unlink(missing_ok=True)
