"""The process that owns the servers of one data folder.

    python -m groundplan.stores.embedded.supervisor HOME LINGER LOCK

It is started by a client (`spawning`), which has taken the supervisor's lock and hands it over as descriptor LOCK.
Clients hold a shared lock on `clients.lock`, which the kernel lets go of even if they are killed. When the supervisor
can hold that lock alone, and could for LINGER seconds, it keeps it, stops the servers, and ends: a client that comes at
this very moment does not get its shared lock before the supervisor is gone, and then starts another.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from groundplan.domain.errors import PlanningError
from groundplan.stores.embedded.account import Account, HandedFolder, handed, server_account
from groundplan.stores.embedded.cluster import Stopped, make_cluster
from groundplan.stores.embedded.data_folder import DataFolder, open_data_folder
from groundplan.stores.embedded.failures import StartFailed
from groundplan.stores.embedded.kept import Kept
from groundplan.stores.embedded.locks import FileLock, try_lock
from groundplan.stores.embedded.postgres_server import PostgresServer
from groundplan.stores.embedded.processes import started_at
from groundplan.stores.embedded.programs import Programs, programs_for
from groundplan.stores.embedded.server_log import ServerLog
from groundplan.stores.embedded.sockets import make_sockets_folder
from groundplan.stores.embedded.state import Failed, Running, forget_state, write_state
from groundplan.stores.embedded.valkey_server import ValkeyServer

_POLL_S = 0.2
_STARTING_POLL_S = 0.02
_VALKEY_PATIENCE_S = 5.0


class Supervisor:
    """Starts the servers, watches them, and stops them after the last client."""

    def __init__(self, folder: DataFolder, linger_s: float, lock: FileLock) -> None:
        self._folder = folder
        self._linger_s = linger_s
        self._lock = lock
        self._alone: FileLock | None = None
        self._was_told_to_stop = False
        self._last_client_at = time.monotonic()
        self._log = ServerLog(folder)

    def run(self) -> None:
        """Serve until the last client has gone, SIGTERM comes, or the folder is deleted.

        Raises:
            StartFailed: a server that is needed cannot be kept running.
            PlanningError: E5804, a folder cannot be trusted, or no Postgres is installed.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._log.shorten()
        account = server_account()
        programs = programs_for(account)
        make_cluster(self._folder, programs, account, self._is_over)
        mark = self._folder.mark()
        sockets = make_sockets_folder(mark, account)
        try:
            with handed(self._folder.postgres, account) as data, handed(sockets, account) as handed_sockets:
                self._serve(*self._servers(programs, account, data, handed_sockets, mark), sockets)
        finally:
            shutil.rmtree(sockets, ignore_errors=True)

    def _servers(
        self, programs: Programs, account: Account, data: HandedFolder, sockets: HandedFolder, mark: str
    ) -> tuple[Kept, Kept | None]:
        log, now = self._log.descriptor, time.monotonic()
        postgres = Kept(PostgresServer(programs.postgres, account, data, sockets, mark, log), now)
        if programs.valkey is None:
            return postgres, None
        pid_file = self._folder.valkey_pid
        return postgres, Kept(ValkeyServer(programs.valkey, account, pid_file, sockets, mark, log), now)

    def _serve(self, postgres: Kept, valkey: Kept | None, sockets: Path) -> None:
        both = list(filter(None, (valkey, postgres)))
        told: Running | None = None
        try:
            while not self._is_over():
                now = time.monotonic()
                for server in both:
                    server.tick(now)
                if postgres.has_given_up:
                    raise StartFailed(postgres.last_words)
                told = self._tell(told, self._running(postgres, valkey, sockets, now))
                self._log.shorten()
                time.sleep(_POLL_S if told else _STARTING_POLL_S)
        finally:
            forget_state(self._folder)
            for server in both:
                server.stop()

    def _running(self, postgres: Kept, valkey: Kept | None, sockets: Path, now: float) -> Running | None:
        """What clients are to be told: nothing while Postgres is not ready, or Valkey may still be."""
        if not postgres.is_ready or (valkey and not valkey.is_settled(now, _VALKEY_PATIENCE_S)):
            return None
        me = os.getpid()
        return Running(me, started_at(me) or "", str(sockets), redis=valkey is not None and valkey.is_ready)

    def _tell(self, told: Running | None, running: Running | None) -> Running | None:
        if running is None:
            forget_state(self._folder)
        elif running != told:
            write_state(self._folder, running)
        return running

    def _is_over(self) -> bool:
        if self._was_told_to_stop or not self._lock.is_held:  # not held: the folder was deleted under us
            return True
        now = time.monotonic()
        alone = try_lock(self._folder, self._folder.clients_lock, shared=False)
        if alone is None:
            self._last_client_at = now
            return False
        if now - self._last_client_at < self._linger_s:
            alone.release()
            return False
        self._alone = alone  # held until this process ends
        return True

    def _stop_soon(self, _signal: int, _frame: object) -> None:
        self._was_told_to_stop = True


def main(home: str, linger: str, descriptor: str) -> int:
    """Be the supervisor of `home`; 0 when it has done what it was for."""
    if os.fork():
        os._exit(0)  # so that we are nobody's child: no client has to wait for our end
    os.set_inheritable(int(descriptor), False)
    folder = open_data_folder(Path(home))
    lock = FileLock(folder.supervisor_lock, int(descriptor))
    try:
        Supervisor(folder, float(linger), lock).run()
    except Stopped:
        return 0
    except StartFailed as error:
        return _report(folder, error.why, error.suggestion)
    except PlanningError as error:
        return _report(folder, error.message, error.recovery_suggestion)
    except (OSError, subprocess.SubprocessError) as error:
        return _report(folder, f"{error}", "")
    return 0


def _report(folder: DataFolder, why: str, suggestion: str) -> int:
    print(f"groundplan: {why}", file=sys.stderr, flush=True)
    with contextlib.suppress(OSError):  # no room: the clients find out for themselves
        write_state(folder, Failed(why, suggestion))
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
