"""Locks of files that the kernel lets go of when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import weakref
from pathlib import Path

from groundplan.stores.embedded.data_folder import DataFolder


class FileLock:
    """A lock that is held until `release`, or until the process ends.

    A child made by `os.fork` closes its copy: a child that lives on would otherwise hold the lock after its parent.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        _held.add(self)

    @property
    def descriptor(self) -> int:
        """The open file; -1 when the lock is not held."""
        return self._descriptor

    @property
    def is_held(self) -> bool:
        """Whether we hold it, and on the file that is there: not on one that was deleted."""
        if self._descriptor < 0:
            return False
        try:
            there, ours = self._path.stat(), os.fstat(self._descriptor)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def release(self) -> None:
        """Let go, also on behalf of all who have a copy of the descriptor; doing it again does nothing."""
        if self._descriptor >= 0:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self.leave()

    def leave(self) -> None:
        """Close our copy of the descriptor; the lock goes on if another process has one."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.release()


def try_lock(folder: DataFolder, path: Path, *, shared: bool) -> FileLock | None:
    """The lock, or None if others hold it in a way that excludes us.

    Raises:
        OSError: the system refuses, or the file system knows no locks.
    """
    lock = FileLock(path, folder.open(path, os.O_RDWR))
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(lock.descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.release()
        return None
    if not lock.is_held:  # the file was deleted between opening and locking it
        lock.release()
        return None
    return lock


_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _let_go_in_child() -> None:
    for lock in list(_held):
        lock.leave()


os.register_at_fork(after_in_child=_let_go_in_child)
