"""The client's side: hold the shared lock, see to it that there is a supervisor, know the URLs."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from groundplan.domain.errors import PlanningError
from groundplan.stores.embedded.binaries import postgres_bin
from groundplan.stores.embedded.cluster import DATABASE, USER
from groundplan.stores.embedded.data_folder import DataFolder, open_data_folder
from groundplan.stores.embedded.failures import ANOTHER_PLACE, embedded_failed, unusable, was_full_disk
from groundplan.stores.embedded.locks import FileLock, try_lock
from groundplan.stores.embedded.server_log import log_since, log_size
from groundplan.stores.embedded.sockets import POSTGRES_SOCKET, VALKEY_SOCKET, answers
from groundplan.stores.embedded.spawning import linger_seconds, spawn_supervisor
from groundplan.stores.embedded.state import Failed, Running, forget_state, read_state

_POLL_S = 0.02
_MOST_TRIES = 3


@dataclass(frozen=True)
class EmbeddedUrls:
    """Where the servers answer: Unix sockets in a folder that only their user can enter."""

    database_url: str
    redis_url: str | None


class EmbeddedServers:
    """One client of the servers in a data folder: starts them if nobody has, keeps them as long as it is open.

    Any number of processes may share a folder. When the last one closes, or is killed, the servers stop after a moment
    (`GROUNDPLAN_EMBEDDED_LINGER` seconds, 2 by default). A child made by `fork` does not hold them; it calls `start`
    itself if it is to outlive its parent.

    Args:
        home: the data folder; made if it is not there.
        redis: whether a Valkey is wanted beside Postgres; without its wheel there is none.
        start_timeout: seconds that a start may take, making the data included.
    """

    def __init__(self, home: Path, *, redis: bool = False, start_timeout: float = 60.0) -> None:
        self._home = home
        self._redis = redis
        self._timeout = start_timeout
        self._hold: FileLock | None = None
        self._one_at_a_time = threading.Lock()
        self._is_unwanted = threading.Event()

    async def start(self) -> EmbeddedUrls:
        """As `start_sync`, in a thread."""
        try:
            return await asyncio.to_thread(self.start_sync)
        except asyncio.CancelledError:
            self._is_unwanted.set()  # or the thread would go on, and hold what nobody closes
            raise

    async def stop(self) -> None:
        """As `stop_sync`, in a thread: it may have to wait for a start that was given up."""
        await asyncio.to_thread(self.stop_sync)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def start_sync(self) -> EmbeddedUrls:
        """Start or join the servers. Doing it again gives the same, and starts what has died meanwhile.

        Raises:
            PlanningError: E5804 with the end of the servers' log in `details["log"]`.
        """
        with self._one_at_a_time:
            self._is_unwanted.clear()
            try:
                return self._started()
            except BaseException:
                self._let_go()
                raise

    def stop_sync(self) -> None:
        """Let go of the servers; the last one to do so ends them."""
        self._is_unwanted.set()
        with self._one_at_a_time:
            self._let_go()

    def _let_go(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.release()

    def _started(self) -> EmbeddedUrls:
        postgres_bin()
        linger_s = linger_seconds()
        try:
            folder = open_data_folder(self._home)
            return self._urls(self._joined(folder, linger_s))
        except OSError as error:
            raise unusable(self._home, error) from error

    def _joined(self, folder: DataFolder, linger_s: float) -> Running:
        until = time.monotonic() + self._timeout
        log_start = log_size(folder)
        tries = 0
        while (left := until - time.monotonic()) > 0 and not self._is_unwanted.is_set():
            if self._holds(folder):
                lock = try_lock(folder, folder.supervisor_lock, shared=False)
                state = read_state(folder)
                if lock is None:
                    if isinstance(state, Running) and _can_be_used(state):
                        return state
                else:  # there is no supervisor: ours has failed, or it is for us to start one
                    if tries and (isinstance(state, Failed) or tries == _MOST_TRIES):
                        lock.release()
                        raise _failed(folder, log_start, state)
                    forget_state(folder)
                    spawn_supervisor(folder, lock, linger_s, left)
                    tries += 1
            self._is_unwanted.wait(_POLL_S)
        raise _too_late(folder, log_start, self._timeout)

    def _holds(self, folder: DataFolder) -> bool:
        """Whether we hold the servers; not while a supervisor is on its way out."""
        if self._hold is None or not self._hold.is_held:
            self._let_go()
            self._hold = try_lock(folder, folder.clients_lock, shared=True)
        return self._hold is not None

    def _urls(self, servers: Running) -> EmbeddedUrls:
        host = quote(servers.sockets, safe="")
        redis = f"unix://{quote(servers.sockets)}/{VALKEY_SOCKET}" if self._redis and servers.redis else None
        return EmbeddedUrls(f"postgresql://{USER}@/{DATABASE}?host={host}", redis)


def _can_be_used(state: Running) -> bool:
    return state.is_true and answers(Path(state.sockets) / POSTGRES_SOCKET)


def _failed(folder: DataFolder, log_start: int, state: Running | Failed | None) -> PlanningError:
    log = log_since(folder, log_start)
    why = state.why if isinstance(state, Failed) else "their supervisor ended without a word"
    suggestion = state.suggestion if isinstance(state, Failed) else ""
    if was_full_disk(log + why, folder.path):
        why, suggestion = "the disk is full", f"Free space (about 100 MB), or {ANOTHER_PLACE}."
    return _not_started(folder, log, why, suggestion)


def _too_late(folder: DataFolder, log_start: int, timeout: float) -> PlanningError:
    suggestion = f"Try again: they may need longer after a crash; or {ANOTHER_PLACE}."
    return _not_started(folder, log_since(folder, log_start), f"they did not answer within {timeout:g} s", suggestion)


def _not_started(folder: DataFolder, log: str, why: str, suggestion: str) -> PlanningError:
    return embedded_failed(
        f"The embedded servers did not start: {why}",
        suggestion or f"See {str(folder.log)!r}, or {ANOTHER_PLACE}.",
        home=str(folder.path.parent),
        log=log,
    )
