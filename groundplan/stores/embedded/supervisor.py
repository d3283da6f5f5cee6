"""The process that owns the servers of one data folder: `python -m groundplan.stores.embedded.supervisor HOME`.

It is started by the first client and stops the servers when no client is left. Clients hold a shared lock on
`clients.lock`, which the kernel lets go of even if they are killed; the supervisor stops when it can hold that lock
alone, and keeps holding it until it has ended, so that a client that comes at this moment waits and starts another.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from groundplan.domain.errors import PlanningError
from groundplan.stores.embedded import cluster
from groundplan.stores.embedded.binaries import postgres_bin, valkey_server
from groundplan.stores.embedded.launching import launch
from groundplan.stores.embedded.layout import Layout, layout_of
from groundplan.stores.embedded.processes import started_at

_POLL_S = 0.2
_MOST_RESTARTS = 5
_LARGEST_LOG = 10_000_000


class Supervisor:
    """Starts the servers, watches them, and stops them with the last client."""

    def __init__(self, layout: Layout, linger_s: float) -> None:
        self._layout = layout
        self._linger_s = linger_s
        self._log: IO[bytes] = _open_log(layout.log)
        self._postgres: subprocess.Popen[bytes] | None = None
        self._valkey: subprocess.Popen[bytes] | None = None
        self._restarts = 0
        self._stopping = False

    def run(self) -> None:
        """Serve until the last client has gone or SIGTERM comes."""
        signal.signal(signal.SIGTERM, self._stop_soon)
        signal.signal(signal.SIGINT, self._stop_soon)
        with self._layout.clients_lock.open("a") as clients:
            try:
                self._start()
                self._watch(clients)
            finally:
                self._layout.state.unlink(missing_ok=True)
                self._stop_servers()

    def _start(self) -> None:
        bin_folder = postgres_bin()
        cluster.prepare(self._layout, bin_folder, self._log)
        self._postgres = cluster.start(self._layout, bin_folder, self._log)
        self._valkey = _start_valkey(self._layout, self._log)
        self._announce({"database": True, "redis": self._valkey is not None})

    def _announce(self, servers: dict[str, object]) -> None:
        me = {"pid": os.getpid(), "started": started_at(os.getpid()), **servers}
        write_state(self._layout, me)

    def _watch(self, clients: IO[str]) -> None:
        last_seen = time.monotonic()
        while not self._stopping:
            time.sleep(_POLL_S)
            self._restart_what_died()
            if not _locked_alone(clients):
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen >= self._linger_s:
                return  # the lock is kept until this process has ended
            else:
                fcntl.flock(clients, fcntl.LOCK_UN)

    def _restart_what_died(self) -> None:
        if self._postgres is not None and self._postgres.poll() is not None:
            self._restarts += 1
            if self._restarts > _MOST_RESTARTS:
                raise cluster.StartFailed("postgres ends again and again")
            time.sleep(0.2 * self._restarts)
            self._postgres = cluster.start(self._layout, postgres_bin(), self._log)
        if self._valkey is not None and self._valkey.poll() is not None:
            self._valkey = _start_valkey(self._layout, self._log)

    def _stop_servers(self) -> None:
        for server, how in ((self._valkey, signal.SIGTERM), (self._postgres, signal.SIGINT)):
            if server is None or server.poll() is not None:
                continue
            server.send_signal(how)
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait(timeout=10)

    def _stop_soon(self, _signal: int, _frame: object) -> None:
        self._stopping = True


def write_state(layout: Layout, state: dict[str, object]) -> None:
    """Replace the state file in one step."""
    partial = layout.state.with_suffix(".new")
    partial.write_text(json.dumps(state))
    partial.rename(layout.state)


def _locked_alone(clients: IO[str]) -> bool:
    try:
        fcntl.flock(clients, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start_valkey(layout: Layout, log: IO[bytes]) -> subprocess.Popen[bytes] | None:
    program = valkey_server()
    if program is None:
        return None
    layout.valkey_socket.unlink(missing_ok=True)
    command: list[str | Path] = [
        program, "--port", "0", "--unixsocket", layout.valkey_socket, "--unixsocketperm", "700", "--save", "",
        "--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru", "--dir", layout.sockets,
    ]  # fmt: skip
    return launch(layout, command, log, on_our_death=signal.SIGTERM)


def _open_log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.rename(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)


def main(home: str) -> int:
    """Be the supervisor of `home`, unless there is one; 0 when the last client has gone."""
    layout = layout_of(Path(home))
    linger = float(os.environ.get("GROUNDPLAN_EMBEDDED_LINGER", "2"))
    with layout.supervisor_lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        if os.fork():
            os._exit(0)  # whoever started us goes on; the lock stays with the child
        try:
            Supervisor(layout, linger).run()
        except (cluster.StartFailed, PlanningError, OSError, subprocess.SubprocessError) as error:
            message = error.message if isinstance(error, PlanningError) else str(error)
            with contextlib.suppress(OSError):  # a full disk: the client says so itself
                write_state(layout, {"failed": message})
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
