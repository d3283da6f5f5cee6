"""Postgres as the supervisor runs it: in the foreground, on a socket only."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from groundplan.stores.embedded.account import Account, HandedFolder
from groundplan.stores.embedded.launching import Command, launch
from groundplan.stores.embedded.processes import end_server, is_server, pid_in
from groundplan.stores.embedded.sockets import POSTGRES_SOCKET

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",  # short statements: compiling costs more than it brings
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # What people plan is nobody's business who reads the log: no statements, no rows in details.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "logging_collector": "off",  # the supervisor bounds the log
}
if sys.platform == "linux":
    _SETTINGS["recovery_init_sync_method"] = (
        "syncfs"  # after a crash, instead of each of 1,300 files: 0.1 s, not seconds
    )
_READY_LINE = 7  # of postmaster.pid, where pg_ctl looks too


@dataclass(frozen=True)
class PostgresServer:
    """One data folder's Postgres; `mark` in its command line tells it from all others."""

    program: Path
    account: Account
    data: HandedFolder
    sockets: HandedFolder
    mark: str
    log: int
    name: str = "postgres"
    ways_to_end: tuple[tuple[signal.Signals, float], ...] = (
        (signal.SIGINT, 20.0),  # fast: takes no new work, writes all there is
        (signal.SIGQUIT, 5.0),  # at once; the next start reads the write-ahead log
        (signal.SIGKILL, 5.0),
    )

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, without waiting until it is ready."""
        settings = _SETTINGS | {"unix_socket_directories": self.sockets.name, "cluster_name": self.mark}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command: Command = [self.program, "-D", self.data.name, *options]
        return launch(command, self.account, [self.data, self.sockets], self.log, signal.SIGINT)

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it takes connections."""
        try:
            lines = self._pid_file.read_text().splitlines()
        except OSError:
            return False
        return len(lines) > _READY_LINE and lines[0] == str(process.pid) and lines[_READY_LINE].strip() == "ready"

    def clear_leftovers(self) -> None:
        """End a postmaster whose supervisor was killed, and remove pid files that would keep Postgres from starting.

        Postgres itself takes a pid file seriously if any process of its user has that pid by now.
        """
        pid = pid_in(self._pid_file)
        if pid is None:
            return
        end_server(pid, "postgres", self.mark, self.ways_to_end)
        if not is_server(pid, "postgres", self.mark):
            self._pid_file.unlink(missing_ok=True)
            for left in self.sockets.path.glob(f"{POSTGRES_SOCKET}*"):
                left.unlink(missing_ok=True)

    @property
    def _pid_file(self) -> Path:
        return self.data.path / "postmaster.pid"
