"""Keeping one server running: started, watched, started again when it dies, given up when that does not help."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from typing import Protocol

from groundplan.stores.embedded.cluster import described

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_FIRST_TRIES = 4
_TRIES = 10
_STEADY_S = 30.0


class Server(Protocol):
    """What is to be known of a server to keep it running."""

    @property
    def name(self) -> str: ...

    @property
    def ways_to_end(self) -> tuple[tuple[signal.Signals, float], ...]:
        """Signals, gentle ones first, each with the seconds it is given."""
        ...

    def launch(self) -> subprocess.Popen[bytes]: ...

    def is_ready(self, process: subprocess.Popen[bytes]) -> bool: ...

    def clear_leftovers(self) -> None: ...


class Kept:
    """One server that is kept running. Times are seconds of a monotonic clock.

    The pause before the n-th start in a row is 0.2 · 2ⁿ s, at most 5 s. A server that was never ready is given up after
    4 starts, one that was after 10; 30 s without a death, and the count begins anew.
    """

    def __init__(self, server: Server, now: float) -> None:
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None
        self._launched_at = self._next_at = 0.0
        self._unready_since = now
        self._deaths = 0
        self._was_ready = False
        self.is_ready = False
        self.has_given_up = False
        self.last_words = ""

    def tick(self, now: float) -> None:
        """Look after the server; to be called several times a second."""
        if self.has_given_up:
            return
        if self._process is None:
            if now >= self._next_at:
                self._launch(now)
        elif (code := self._process.poll()) is not None:
            self._process = None
            self._died(now, f"{self._server.name} ended with {described(code)}")
        elif not self.is_ready:
            self.is_ready = self._server.is_ready(self._process)
            self._was_ready |= self.is_ready
        elif now - self._launched_at > _STEADY_S:
            self._deaths = 0

    def is_settled(self, now: float, patience_s: float) -> bool:
        """Whether it is known if the server can be had; after `patience_s` it cannot, for now."""
        return self.is_ready or self.has_given_up or now - self._unready_since > patience_s

    def stop(self) -> None:
        """End the server, gently if it lets us."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        for how, seconds in self._server.ways_to_end:
            process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                return

    def _launch(self, now: float) -> None:
        self._launched_at = now
        try:
            self._server.clear_leftovers()
            self._process = self._server.launch()
        except OSError as error:  # no memory, no processes, no room: may pass
            self._died(now, f"{self._server.name} cannot be started: {error}")

    def _died(self, now: float, why: str) -> None:
        if self.is_ready:
            self._unready_since = now
        self.is_ready = False
        self.last_words = why
        self._deaths += 1
        self.has_given_up = self._deaths >= (_TRIES if self._was_ready else _FIRST_TRIES)
        self._next_at = now + min(_FIRST_PAUSE_S * 2 ** (self._deaths - 1), _LONGEST_PAUSE_S)
        print(f"groundplan: {why}", file=sys.stderr, flush=True)
