"""Under whom the servers run, and how they get to folders that this user could not reach by path."""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from groundplan.stores.embedded.failures import ANOTHER_PLACE, StartFailed

_UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """The user of the servers; `is_other` if we have to change to it."""

    uid: int
    gid: int
    is_other: bool

    def give(self, folder: Path) -> None:
        """Make this user the owner of a folder of ours."""
        if self.is_other:
            os.chown(folder, self.uid, self.gid)


@dataclass(frozen=True)
class HandedFolder:
    """A folder as the servers name it.

    To a server of another user the folder is handed over open, and named by its descriptor: so it may lie below
    folders which that user cannot enter (`/root`), and none of them has to be opened up.
    """

    path: Path
    name: str
    descriptors: tuple[int, ...] = ()


def server_account() -> Account:
    """Who we are; as root `nobody`, because Postgres refuses to run as root.

    Raises:
        StartFailed: the user is not in the list of users, or this system cannot change to another one.
    """
    uid = os.geteuid()
    if uid != 0:
        return _known(uid)
    if sys.platform != "linux":
        raise StartFailed("Postgres does not run as root", f"Run as another user, or {ANOTHER_PLACE}.")
    with contextlib.suppress(KeyError):
        unprivileged = pwd.getpwnam(_UNPRIVILEGED)
        return Account(unprivileged.pw_uid, unprivileged.pw_gid, is_other=True)
    raise StartFailed(
        f"Postgres does not run as root, and there is no user {_UNPRIVILEGED!r}",
        f"Run as another user, make a user {_UNPRIVILEGED!r}, or {ANOTHER_PLACE}.",
    )


@contextmanager
def handed(folder: Path, account: Account) -> Iterator[HandedFolder]:
    """The folder in the form in which the account's servers can use it, for as long as the context is open."""
    if not account.is_other:
        yield HandedFolder(folder, str(folder))
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield HandedFolder(folder, f"/proc/self/fd/{descriptor}", (descriptor,))
    finally:
        os.close(descriptor)


def _known(uid: int) -> Account:
    try:
        return Account(uid, pwd.getpwuid(uid).pw_gid, is_other=False)
    except KeyError:
        raise StartFailed(
            f"user {uid} is not in the list of users, and Postgres does not run without a name",
            f"Add the user (to /etc/passwd in a container), or {ANOTHER_PLACE}.",
        ) from None
