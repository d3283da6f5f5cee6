"""Making the Postgres data folder, once and whole, and running the server on it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from groundplan.stores.embedded.binaries import major_version
from groundplan.stores.embedded.launching import identity, launch
from groundplan.stores.embedded.layout import Layout
from groundplan.stores.embedded.processes import stop_stale_postmaster

DATABASE = USER = "groundplan"

_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "'64MB'",
    "wal_compression": "on",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "max_wal_size": "'512MB'",
    "log_min_messages": "warning",
    "jit": "off",
}


class StartFailed(Exception):
    """A server did not start; the text is a sentence for the user."""


def prepare(layout: Layout, bin_folder: Path, log: IO[bytes]) -> None:
    """Make the data folder if there is none, in a temporary one that is renamed when it is whole."""
    data = layout.postgres_data
    if data.exists():
        _check_version(data, bin_folder)
        return
    for left_over in layout.data.glob("initdb-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix="initdb-", dir=layout.data))
    _give(partial, layout)
    done = subprocess.run(
        [bin_folder / "initdb", "-D", partial, "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-locale",
         "--no-sync", "--no-instructions"],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False, **identity(layout),
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise StartFailed(f"initdb ended with exit code {done.returncode}")
    lines = [f"{name} = {value}" for name, value in _SETTINGS.items()]
    with (partial / "postgresql.conf").open("a") as conf:
        conf.write("\n# groundplan\n" + "\n".join(lines) + "\n")
    os.sync()
    partial.rename(data)


def start(layout: Layout, bin_folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the server and wait until its socket answers; the first time, make the database."""
    stop_stale_postmaster(layout.postgres_data)
    command: list[str | Path] = [bin_folder / "postgres", "-D", layout.postgres_data, "-k", layout.sockets]
    server = launch(layout, command, log, on_our_death=signal.SIGINT)
    try:
        _wait_ready(layout, server)
    except BaseException:
        server.send_signal(signal.SIGINT)
        raise
    return server


def _wait_ready(layout: Layout, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            raise StartFailed(f"postgres ended with exit code {server.returncode}")
        try:
            with psycopg.connect(
                host=str(layout.sockets), user=USER, dbname="postgres", autocommit=True, connect_timeout=5
            ) as connection:
                _make_database(connection)
                return
        except psycopg.OperationalError:
            time.sleep(0.03)
    raise StartFailed("postgres did not answer within 60 s")


def _make_database(connection: object) -> None:
    import psycopg

    assert isinstance(connection, psycopg.Connection)  # noqa: S101 - narrows the lazily imported type
    known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
    if known is None:
        connection.execute(f"create database {DATABASE}")


def _check_version(data: Path, bin_folder: Path) -> None:
    version_file = data / "PG_VERSION"
    made_by = version_file.read_text().strip() if version_file.exists() else "unknown"
    ours = str(major_version(bin_folder))
    if made_by != ours:
        raise StartFailed(f"the data was made by Postgres {made_by}, the installed one is {ours}")


def _give(folder: Path, layout: Layout) -> None:
    if layout.user.uid is not None:
        os.chown(folder, layout.user.uid, layout.user.gid or 0)
