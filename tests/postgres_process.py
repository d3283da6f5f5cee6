"""A Postgres of a test's own, to be stopped, frozen and started again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from groundplan.stores.embedded.binaries import postgres_bin

_PATIENCE = 60.0


class PostgresProcess:
    """A server in a temporary folder, on a socket there; as root it runs under `nobody`."""

    def __init__(self, name: str = "groundplan") -> None:
        self._identity: dict[str, int] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="gp-pg-", dir="/tmp"))  # short enough for a socket
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
        self.url = f"postgresql://groundplan@/{name}?host={self._folder}"
        self._run("initdb", "-D", self._data, "-U", "groundplan", "--auth=trust", "--encoding=UTF8", "--no-locale")
        self.start()
        with self._connected("postgres") as connection:
            connection.execute(f"create database {name}")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-k {self._folder} -c listen_addresses='' -c max_connections=50"
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", str(self._folder / "log"), "-w", "start")

    def stop(self, mode: str) -> None:
        """Stop: `fast` ends every connection with a word, `immediate` without one and with a recovery to come."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def freeze(self) -> None:
        """Every process of the server stops where it is: connections stand, nothing answers."""
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        for pid in self._pids():
            os.kill(pid, signal.SIGCONT)

    def remove(self) -> None:
        """Stop and delete it."""
        self.thaw()
        subprocess.run(
            [postgres_bin() / "pg_ctl", "-D", self._data, "-m", "immediate", "stop"], **self._identity, check=False,
            capture_output=True,
        )  # fmt: skip
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pids(self) -> list[int]:
        pid_file = Path(self._data) / "postmaster.pid"
        if not pid_file.exists():
            return []
        postmaster = int(pid_file.read_text().split("\n", 1)[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def _connected(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return psycopg.connect(f"postgresql://groundplan@/{name}?host={self._folder}", autocommit=True)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _run(self, program: str, *words: str) -> None:
        # Output goes to a file: the server inherits it, and a pipe would never end.
        with (self._folder / "output").open("ab") as output:
            subprocess.run(
                [postgres_bin() / program, *words], **self._identity, check=True, cwd=self._folder,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=_PATIENCE,
            )  # fmt: skip
