"""A data folder of the embedded servers, for tests that look behind the scenes, kill and break."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from groundplan.stores.embedded import EmbeddedServers, EmbeddedUrls
from groundplan.stores.embedded.processes import started_at

HANG = 60.0
"""A guard against hanging, in seconds."""

CLIENT = """
import sys, time
from pathlib import Path
from groundplan.stores.embedded import EmbeddedServers
servers = EmbeddedServers(Path(sys.argv[1]), redis=True)
print(servers.start_sync().database_url, flush=True)
time.sleep(float(sys.argv[2]))
servers.stop_sync()
"""


class EmbeddedHome:
    """A home, with what can be seen of its servers from outside."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path / "embedded"
        self.data = self.folder / "postgres"
        self.log = self.folder / "servers.log"

    @contextlib.contextmanager
    def running(self) -> Iterator[EmbeddedUrls]:
        """The servers, with us as a client."""
        servers = EmbeddedServers(self.path, redis=True)
        yield servers.start_sync()
        servers.stop_sync()

    def client(self, seconds: float = HANG) -> subprocess.Popen[str]:
        """A process that starts or joins the servers, prints the database's URL and holds them for some seconds."""
        return subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(self.path), str(seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def state(self) -> dict[str, object]:
        """What the supervisor says."""
        return json.loads((self.folder / "supervisor.json").read_text())

    def supervisor(self) -> int:
        """Its pid."""
        return int(str(self.state()["pid"]))

    def postmaster(self) -> int | None:
        """The pid of the running Postgres."""
        return _running(self.data / "postmaster.pid")

    def valkey(self) -> int | None:
        """The pid of the running Valkey."""
        return _running(self.folder / "valkey.pid")

    def is_stopped(self) -> bool:
        """Whether there is no supervisor: its lock is free."""
        try:
            with (self.folder / "supervisor.lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except BlockingIOError:
            return False
        return True

    def wait_stopped(self) -> None:
        """Until the servers have gone with their last client."""
        wait_until(self.is_stopped)

    def stop(self) -> None:
        """Stop the servers, whoever uses them."""
        if not self.is_stopped():
            with contextlib.suppress(OSError, ValueError, KeyError):
                os.kill(self.supervisor(), signal.SIGTERM)
            self.wait_stopped()

    def remove(self) -> None:
        """Stop the servers, delete everything."""
        self.stop()
        shutil.rmtree(self.path, ignore_errors=True)


def answers(url: str) -> bool:
    """Whether the database answers now."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=5) as connection:
        return connection.execute("select 1").fetchone() == (1,)
    return False


def kill(pid: int | None) -> None:
    """As `kill -9`; returns when it is dead."""
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not started_at(pid))


def setting(url: str, name: str) -> str:
    """A setting of the running Postgres."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def wait_until(condition: Callable[[], object], seconds: float = HANG) -> None:
    """Until the condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def _running(pid_file: Path) -> int | None:
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if started_at(pid) else None
