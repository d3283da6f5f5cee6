"""Where the values of secrets come from. A value is read when a task needs it, and never kept."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from groundplan.domain.errors import ErrorCode, PlanningError

_MOST_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")


def is_name(name: str) -> bool:
    """Whether this can be a secret's name: `mail/token`, no way up or out as in `../token` or `mail//token`."""
    return bool(_NAME.fullmatch(name)) and ".." not in name


class SecretProvider(Protocol):
    """Knows the values of some secrets."""

    async def get(self, name: str) -> str | None:
        """The value, or None for a name that it does not know.

        Raises:
            PlanningError: E5401 if it cannot say.
        """
        ...


class EnvironmentSecrets:
    """`secret://mail/api-key` from `GROUNDPLAN_SECRET_MAIL_API_KEY`."""

    def __init__(self, environment: Mapping[str, str] | None = None, prefix: str = "GROUNDPLAN_SECRET_") -> None:
        self._environment = environment
        self._prefix = prefix

    async def get(self, name: str) -> str | None:
        """See `SecretProvider.get`."""
        known = os.environ if self._environment is None else self._environment
        return known.get(self._prefix + re.sub(r"[^A-Za-z0-9]", "_", name).upper())


class FileSecrets:
    """`secret://mail/api-key` from the file `mail/api-key` of a folder that nobody else may read.

    A line break at the end of the file does not belong to the value.
    """

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)

    async def get(self, name: str) -> str | None:
        """See `SecretProvider.get`. E5401 for a file that others may read, is too large, or is no text."""
        return await asyncio.to_thread(self._read, name)

    def _read(self, name: str) -> str | None:
        if "#" in name:  # a field of a secret, which files do not have
            return None
        if not is_name(name):
            raise _unreadable(name, "is no name of a file in the folder of secrets")
        try:
            content = self._content(name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(name, f"cannot be read: {error.strerror}") from None
        if len(content) > _MOST_BYTES:
            raise _unreadable(name, f"is larger than {_MOST_BYTES} bytes")
        try:
            return content.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise _unreadable(name, "is no text in UTF-8") from None

    def _content(self, name: str) -> bytes:
        path = self._folder / name
        for folder in (self._folder, *(self._folder / part for part in path.relative_to(self._folder).parents)):
            if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise _unreadable(name, "lies in a folder in which others may write: chmod it to 700")
        # Not to wait for ever for somebody to write into a pipe of this name.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            _check_kept_well(name, os.fstat(file.fileno()))
            return file.read(_MOST_BYTES + 1)


def _check_kept_well(name: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _unreadable(name, "is no file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _unreadable(name, "lies in a file that others may read: chmod it to 600")
    if status.st_uid not in (0, os.geteuid()):
        raise _unreadable(name, "lies in a file that belongs to somebody else")


class MappedSecrets:
    """Secrets that the program has already: for tests, and for values that come from elsewhere."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __repr__(self) -> str:
        return f"MappedSecrets({len(self._values)} values)"

    async def get(self, name: str) -> str | None:
        """See `SecretProvider.get`."""
        return self._values.get(name)


class ChainedSecrets:
    """The first of several providers that knows the name."""

    def __init__(self, providers: Sequence[SecretProvider]) -> None:
        self._providers = tuple(providers)

    async def get(self, name: str) -> str | None:
        """See `SecretProvider.get`."""
        for provider in self._providers:
            value = await provider.get(name)
            if value is not None:
                return value
        return None


def _unreadable(name: str, what: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SECRET_UNAVAILABLE,
        f"Secret {name!r} {what}",
        details={"secret": name},
        recovery_suggestion="Correct the secret where it is kept, then resume the run.",
    )
