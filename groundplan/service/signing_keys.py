"""Where the signing keys come from: the environment, or a random one in a 0600 file of the data folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.signing import Keyring

_FILE = "signing.key"
_LOCAL = "local"
"""The name that every local key once had; plans that were signed under it still verify."""


def load_keyring(configured: str | None, home: Path) -> Keyring:
    """The keys of `GROUNDPLAN_SIGNING_KEYS` (`ID:BASE64,ID:BASE64`, the first signs), else the local one.

    Raises:
        PlanningError: E5806 for keys that cannot be read or a data folder that cannot be written.
    """
    if configured:
        return _parsed(configured)
    try:
        key = _local_key(home)
    except OSError as error:
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            f"The signing key cannot be kept in {str(home)!r}: {error.strerror}",
            recovery_suggestion="Set GROUNDPLAN_HOME to a folder you can write, or set GROUNDPLAN_SIGNING_KEYS.",
        ) from error
    try:
        name = _name_of(key)
        return Keyring({name: key, _LOCAL: key}, name)
    except ValueError as error:
        raise _malformed(f"the file {_FILE} in the data folder is damaged") from error


def _parsed(configured: str) -> Keyring:
    keys: dict[str, bytes] = {}
    for entry in configured.split(","):
        name, separator, encoded = entry.strip().partition(":")
        if not (name and separator):
            raise _malformed("each key is ID:BASE64")
        try:
            keys[name] = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise _malformed(f"key {name!r} is not base64") from error
    try:
        return Keyring(keys, next(iter(keys)))
    except ValueError as error:
        raise _malformed("each key has at least 16 bytes") from error


def _malformed(why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SETTINGS_INVALID,
        f"The signing keys cannot be used: {why}",
        recovery_suggestion="Make a key with `openssl rand -base64 32` and give it as ID:BASE64.",
    )


def _name_of(key: bytes) -> str:
    """`local-` and a fingerprint, so that a plan from another data folder is not taken for one that was altered."""
    return f"{_LOCAL}-{hashlib.sha256(b'groundplan signing key ' + key).hexdigest()[:8]}"


def _local_key(home: Path) -> bytes:
    path = home / _FILE
    home.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _create(path)
    return path.read_bytes()


def _create(path: Path) -> None:
    """Write the whole key under a name of its own, then link it: of several processes one wins, none reads half."""
    partial = path.with_name(f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, path)
        except FileExistsError:
            return
    finally:
        partial.unlink()
