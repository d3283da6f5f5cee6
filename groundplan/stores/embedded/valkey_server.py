"""Valkey as the supervisor runs it: a cache on a socket, nothing on disk."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from groundplan.stores.embedded.account import Account, HandedFolder
from groundplan.stores.embedded.launching import Command, launch
from groundplan.stores.embedded.processes import end_server, pid_in
from groundplan.stores.embedded.sockets import VALKEY_SOCKET, answers

_PROGRAM = "valkey-server"
_OPTIONS = {
    "--port": "0",
    "--unixsocketperm": "700",
    "--save": "",
    "--appendonly": "no",
    "--maxmemory": "64mb",
    "--maxmemory-policy": "allkeys-lru",
    "--loglevel": "warning",
}


@dataclass(frozen=True)
class ValkeyServer:
    """One data folder's Valkey; `mark` in its title tells it from all others."""

    program: Path
    account: Account
    pid_file: Path
    sockets: HandedFolder
    mark: str
    log: int
    name: str = "valkey"
    ways_to_end: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, without waiting until it is ready."""
        own = {
            "--unixsocket": f"{self.sockets.name}/{VALKEY_SOCKET}",
            "--dir": self.sockets.name,
            "--proc-title-template": f"{_PROGRAM} {self.mark}",
        }
        command: Command = [self.program, *(word for option in (_OPTIONS | own).items() for word in option)]
        process = launch(command, self.account, [self.sockets], self.log, signal.SIGKILL)
        self.pid_file.write_text(f"{process.pid}\n")
        return process

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool:  # noqa: ARG002 - Postgres needs it
        """Whether it takes connections."""
        return answers(self.sockets.path / VALKEY_SOCKET)

    def clear_leftovers(self) -> None:
        """End a Valkey whose supervisor was killed, and remove its socket."""
        pid = pid_in(self.pid_file)
        if pid is not None:
            end_server(pid, _PROGRAM, self.mark, self.ways_to_end)
        (self.sockets.path / VALKEY_SOCKET).unlink(missing_ok=True)
