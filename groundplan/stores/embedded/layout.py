"""Which files belong to one data folder, and where they can be.

The home folder holds locks, state, log and (if the server's user can reach it) the data. Sockets live in a short
private folder of the temporary directory, because a socket's path may have 107 bytes at most.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from groundplan.domain.errors import ErrorCode, PlanningError

_SYSTEM_FOLDER = Path("/var/lib/groundplan")


@dataclass(frozen=True)
class ServerUser:
    """Under whom the servers run; None for who we are. Postgres refuses to run as root."""

    uid: int | None = None
    gid: int | None = None

    @property
    def real_uid(self) -> int:
        return os.getuid() if self.uid is None else self.uid


@dataclass(frozen=True)
class Layout:
    """The places of one data folder."""

    home: Path
    data: Path
    sockets: Path
    user: ServerUser

    @property
    def clients_lock(self) -> Path:
        """Held shared by every client; the supervisor stops when it can hold it alone."""
        return self.home / "clients.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the one supervisor."""
        return self.home / "supervisor.lock"

    @property
    def state(self) -> Path:
        """What the supervisor says of itself, as JSON."""
        return self.home / "supervisor.json"

    @property
    def log(self) -> Path:
        """What supervisor and servers print."""
        return self.home / "servers.log"

    @property
    def postgres_data(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"


def layout_of(home: Path) -> Layout:
    """Make the folders of this home, and say where everything is.

    Raises:
        PlanningError: E5804 if a folder cannot be made or belongs to somebody else.
    """
    home = home.expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / f".probe-{os.getpid()}-{threading.get_ident()}"
        probe.write_bytes(b"x" * 8192)
        probe.unlink()
    except OSError as error:
        raise unusable(home, error) from error
    user = _server_user(home)
    try:
        # One process at a time: another must not find a folder that is made and not yet given to the servers' user.
        with (home / "layout.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            data = home if user.uid is None else _reachable(home, user)
            return Layout(home, data, _sockets(home, user), user)
    except OSError as error:
        raise unusable(home, error) from error


def unusable(home: Path, error: OSError) -> PlanningError:
    """E5804: the data folder cannot be used, and what to do about it."""
    return PlanningError(
        ErrorCode.EMBEDDED_FAILED,
        f"The data folder {str(home)!r} cannot be used: {error.strerror or error}",
        details={"home": str(home)},
        recovery_suggestion="Free space or set GROUNDPLAN_HOME to a folder you can write, "
        "or set GROUNDPLAN_DATABASE_URL to a Postgres.",
    )


def _server_user(home: Path) -> ServerUser:
    if os.getuid() != 0:
        return ServerUser()
    owner = home.stat()
    if owner.st_uid != 0:
        return ServerUser(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return ServerUser(nobody.pw_uid, nobody.pw_gid)


def _reachable(home: Path, user: ServerUser) -> Path:
    """A folder of the server's user: in the home if that user can get there, else a system folder.

    No folder that was there before is ever opened up for it.
    """
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    base = home if _can_enter(home, user) else _system_folder()
    data = base / ("data" if base == home else digest)
    if not data.exists():
        data.mkdir(mode=0o700)
        os.chown(data, user.uid or 0, user.gid or 0)
    _check_private(data, user.real_uid)
    return data


def _system_folder() -> Path:
    base = _SYSTEM_FOLDER
    try:
        base.mkdir(mode=0o711, exist_ok=True)
    except OSError:
        base = Path(tempfile.gettempdir()) / "groundplan-data"
        base.mkdir(mode=0o711, exist_ok=True)
    _check_owned(base, 0)
    return base


def _can_enter(folder: Path, user: ServerUser) -> bool:
    return all(_may_pass(parent.stat(), user) for parent in (folder, *folder.parents))


def _may_pass(status: os.stat_result, user: ServerUser) -> bool:
    if status.st_uid == user.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _sockets(home: Path, user: ServerUser) -> Path:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR") if user.uid is None and sys.platform == "linux" else None
    base = Path(runtime) if runtime and Path(runtime).is_dir() else Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > 60:
        base = Path("/tmp")  # noqa: S108 - short by need; the folder below it is private and checked
    sockets = base / f"groundplan-{user.real_uid}-{digest}"
    if not sockets.exists():
        sockets.mkdir(mode=0o700)
        if user.uid is not None:
            os.chown(sockets, user.uid, user.gid or 0)
    _check_private(sockets, user.real_uid)
    return sockets


def _check_owned(folder: Path, uid: int) -> os.stat_result:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid:
        raise PlanningError(
            ErrorCode.EMBEDDED_FAILED,
            f"{str(folder)!r} is not a folder of the server's user, so it is not trusted",
            details={"folder": str(folder), "uid": uid},
            recovery_suggestion="Remove it, or set GROUNDPLAN_HOME to another folder.",
        )
    return status


def _check_private(folder: Path, uid: int) -> None:
    status = _check_owned(folder, uid)
    if status.st_mode & 0o077:
        raise PlanningError(
            ErrorCode.EMBEDDED_FAILED,
            f"{str(folder)!r} is open to other users, so it is not trusted",
            details={"folder": str(folder)},
            recovery_suggestion=f"chmod 700 {str(folder)!r} after looking at what is in it.",
        )
