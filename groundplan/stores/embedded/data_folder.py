"""The folder `embedded` of a home: locks, state, log and data of the servers, closed to everybody but its owner."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from groundplan.domain.errors import PlanningError
from groundplan.stores.embedded.failures import ANOTHER_PLACE, embedded_failed


@dataclass(frozen=True)
class DataFolder:
    """What lies where. `uid` and `gid` are the owner's: the supervisor runs as that user."""

    path: Path
    uid: int
    gid: int

    @property
    def clients_lock(self) -> Path:
        """Held shared by every client; the supervisor stops when it can hold it alone."""
        return self.path / "clients.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the one supervisor, from before it is started until it has ended."""
        return self.path / "supervisor.lock"

    @property
    def state(self) -> Path:
        """What the supervisor tells the clients, as JSON."""
        return self.path / "supervisor.json"

    @property
    def log(self) -> Path:
        """What supervisor and servers print."""
        return self.path / "servers.log"

    @property
    def valkey_pid(self) -> Path:
        """The pid of Valkey, for the supervisor after one that was killed."""
        return self.path / "valkey.pid"

    @property
    def postgres(self) -> Path:
        """The data of Postgres."""
        return self.path / "postgres"

    def open(self, path: Path, flags: int) -> int:
        """A descriptor of one of the files here; a new one is readable for the owner only."""
        descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if os.geteuid() == 0 != self.uid:
            os.fchown(descriptor, self.uid, self.gid)
        return descriptor

    def mark(self) -> str:
        """A name for this folder that no other folder has: not one in its place later, nor a copy of it elsewhere.

        To be called by the one who holds the supervisor's lock.
        """
        file = self.path / "id"
        if not file.exists():
            partial = file.with_suffix(".new")
            partial.write_text(secrets.token_hex(8))
            partial.rename(file)
        return "groundplan-" + hashlib.sha256(file.read_bytes() + os.fsencode(self.path)).hexdigest()[:12]


def open_data_folder(home: Path) -> DataFolder:
    """The data folder of this home, made if it is not there. Modes of what was there before stay as they are.

    Raises:
        PlanningError: E5804 if it is somebody else's, or open to others.
        OSError: the system refuses.
    """
    home = home.expanduser().resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "embedded"
    if not os.path.lexists(path):
        _make(path)
    status = check_private(path)
    return DataFolder(path, status.st_uid, status.st_gid)


def check_private(folder: Path, uid: int | None = None) -> os.stat_result:
    """The status of a folder that belongs to `uid` (by default to us, as root to anybody), closed to everybody else.

    Raises:
        PlanningError: E5804 if it is not so; a symbolic link is not, either.
    """
    status = folder.lstat()
    is_mine = status.st_uid == (os.geteuid() if uid is None else uid) or (uid is None and os.geteuid() == 0)
    if not stat.S_ISDIR(status.st_mode) or not is_mine:
        raise _not_trusted(folder, "is not a folder of this user", f"Remove it, or {ANOTHER_PLACE}.")
    if status.st_mode & 0o077:
        raise _not_trusted(folder, "is open to other users", f"Look at what is in it, then: chmod 700 '{folder}'")
    return status


def _make(path: Path) -> None:
    """Make it with its final owner, so that nobody ever sees another one.

    As root in the home of somebody else, what we make there is theirs.
    """
    partial = Path(tempfile.mkdtemp(prefix=f"{path.name}-", dir=path.parent))
    owner = path.parent.stat()
    if os.geteuid() == 0 != owner.st_uid:
        os.chown(partial, owner.st_uid, owner.st_gid)
    try:
        partial.rename(path)
    except OSError:
        partial.rmdir()
        if not os.path.lexists(path):  # if it is there, another process was quicker
            raise


def _not_trusted(folder: Path, why: str, suggestion: str) -> PlanningError:
    return embedded_failed(f"{str(folder)!r} {why}, so it is not trusted", suggestion, folder=str(folder))
