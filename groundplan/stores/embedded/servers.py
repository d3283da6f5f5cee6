"""The client's side: hold the shared lock, see to it that there is a supervisor, know the URLs."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.embedded.binaries import postgres_bin
from groundplan.stores.embedded.cluster import DATABASE, USER
from groundplan.stores.embedded.layout import Layout, layout_of, unusable
from groundplan.stores.embedded.processes import started_at

_POLL_S = 0.03
_MOST_TRIES = 3


@dataclass(frozen=True)
class EmbeddedUrls:
    """Where the servers answer: Unix sockets in a folder that only their user can enter."""

    database_url: str
    redis_url: str | None


class EmbeddedServers:
    """One client of the servers in a data folder: starts them if nobody has, keeps them as long as it is open.

    Any number of processes may share a folder. When the last one closes, or is killed, the servers stop
    after a moment (`GROUNDPLAN_EMBEDDED_LINGER` seconds, 2 by default). A process made by `fork` without `exec`
    shares its parent's hold on the servers.

    Args:
        home: the data folder; made if it is not there.
        redis: whether a Valkey is wanted beside Postgres; without its wheel there is none.
        start_timeout: seconds that a start, `initdb` included, may take.
    """

    def __init__(self, home: Path, *, redis: bool = False, start_timeout: float = 60.0) -> None:
        self._home = home
        self._redis = redis
        self._timeout = start_timeout
        self._hold: IO[str] | None = None
        self._urls: EmbeddedUrls | None = None

    async def start(self) -> EmbeddedUrls:
        """As `start_sync`, in a thread."""
        return await asyncio.to_thread(self.start_sync)

    async def stop(self) -> None:
        """As `stop_sync`."""
        self.stop_sync()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_sync()

    def start_sync(self) -> EmbeddedUrls:
        """Start or join the servers; doing it again does nothing.

        Raises:
            PlanningError: E5804 with the tail of the servers' log in `details["log"]`.
        """
        if self._urls is not None:
            return self._urls
        postgres_bin()
        layout = layout_of(self._home)
        try:
            urls = self._joined(layout)
        except OSError as error:
            self.stop_sync()
            raise unusable(layout.home, error) from error
        except BaseException:
            self.stop_sync()
            raise
        self._urls = urls
        return urls

    def stop_sync(self) -> None:
        """Let go of the servers; the last one to do so ends them."""
        self._urls = None
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    def _joined(self, layout: Layout) -> EmbeddedUrls:
        until = time.monotonic() + self._timeout
        tries = 0
        while time.monotonic() < until:
            if self._locked(layout):
                state = _state(layout)
                if _is_running(state):
                    return self._urls_of(layout, state)
                if tries and "failed" in state:
                    raise _failed(layout, str(state["failed"]))
                if not _has_supervisor(layout):
                    if tries == _MOST_TRIES:
                        raise _failed(layout, "their supervisor ended without a word")
                    _spawn_supervisor(layout)
                    tries += 1
            time.sleep(_POLL_S)
        raise _failed(layout, f"they did not answer within {self._timeout:.0f} s")

    def _locked(self, layout: Layout) -> bool:
        """Whether this client holds the servers; not while a supervisor is on its way out."""
        if self._hold is not None:
            return True
        hold = layout.clients_lock.open("a")
        try:
            fcntl.flock(hold, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            hold.close()
            return False
        self._hold = hold
        return True

    def _urls_of(self, layout: Layout, state: dict[str, Any]) -> EmbeddedUrls:
        host = quote(str(layout.sockets), safe="")
        redis = f"unix://{quote(str(layout.valkey_socket))}" if self._redis and state.get("redis") else None
        return EmbeddedUrls(f"postgresql://{USER}@/{DATABASE}?host={host}", redis)


def _state(layout: Layout) -> dict[str, Any]:
    try:
        state = json.loads(layout.state.read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _is_running(state: dict[str, Any]) -> bool:
    pid = state.get("pid")
    return isinstance(pid, int) and started_at(pid) == state.get("started") is not None


def _has_supervisor(layout: Layout) -> bool:
    with layout.supervisor_lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _spawn_supervisor(layout: Layout) -> None:
    """Start a supervisor that is nobody's child: it forks, and what we started ends at once."""
    if "failed" in _state(layout):
        layout.state.unlink(missing_ok=True)
    with layout.log.open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", "groundplan.stores.embedded.supervisor", str(layout.home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=False,
        )


def _failed(layout: Layout, why: str) -> PlanningError:
    try:
        tail = layout.log.read_text(errors="replace")[-2000:]
    except OSError:
        tail = ""
    full = "No space left on device" in tail or "No space left on device" in why
    return PlanningError(
        ErrorCode.EMBEDDED_FAILED,
        f"The embedded servers did not start: {'the disk is full' if full else why}",
        details={"home": str(layout.home), "log": tail},
        recovery_suggestion=f"See {str(layout.log)!r}; or set GROUNDPLAN_HOME to another folder, "
        "or GROUNDPLAN_DATABASE_URL to a Postgres.",
    )
