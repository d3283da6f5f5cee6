"""Supervisor, Postgres and Valkey killed, and what they left behind: the servers come back, and no one else is hurt."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from groundplan.stores.embedded.account import HandedFolder, server_account
from groundplan.stores.embedded.launching import launch
from groundplan.stores.embedded.processes import started_at
from groundplan.stores.embedded.programs import programs_for
from tests.embedded_home import EmbeddedHome, answers, kill, wait_until

Bystander = Callable[..., subprocess.Popen[bytes]]


def test_a_supervisor_that_is_killed_takes_its_servers_along(home: EmbeddedHome) -> None:
    with home.running():
        servers = [home.postmaster(), home.valkey()]
        kill(home.supervisor())
        wait_until(lambda: not any(started_at(pid) for pid in servers if pid))


def test_the_next_client_recovers_from_a_supervisor_that_was_killed(home: EmbeddedHome) -> None:
    with home.running() as urls:
        kill(home.supervisor())
        with home.running() as the_same:
            assert the_same == urls
            assert answers(urls.database_url)


def test_a_supervisor_that_is_told_to_stop_stops_its_servers(home: EmbeddedHome) -> None:
    with home.running() as urls:
        servers = [home.postmaster(), home.valkey()]
        os.kill(home.supervisor(), signal.SIGTERM)
        home.wait_stopped()
        assert [started_at(pid) for pid in servers if pid] == [None, None]
        assert "database system is shut down" in home.log.read_text()
        assert not Path(urls.redis_url.removeprefix("unix://")).parent.exists()


def test_a_postgres_that_is_killed_is_started_again_with_what_was_committed(home: EmbeddedHome) -> None:
    with home.running() as urls:
        with psycopg.connect(urls.database_url) as connection:
            connection.execute("create table if not exists survives (n int)")
        for _ in range(2):
            before = home.postmaster()
            kill(before)
            wait_until(lambda before=before: home.postmaster() not in (None, before) and answers(urls.database_url))
        with psycopg.connect(urls.database_url) as connection:
            connection.execute("drop table survives")


def test_a_valkey_that_is_killed_is_started_again(home: EmbeddedHome) -> None:
    with home.running() as urls:
        before = home.valkey()
        kill(before)

        def is_back() -> bool:
            with redis.Redis.from_url(urls.redis_url) as client:
                try:
                    return bool(client.ping())
                except redis.ConnectionError:
                    return False

        wait_until(is_back)
        assert home.valkey() != before


@pytest.fixture
def bystander() -> Iterator[Bystander]:
    """Makes processes of the servers' own user, which it may therefore signal."""
    account = server_account()
    made = []

    def make(*command: str) -> subprocess.Popen[bytes]:
        identity = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.is_other else {}
        made.append(subprocess.Popen(command or ["sleep", "60"], cwd="/", **identity))
        return made[-1]

    yield make
    for process in made:
        process.kill()
        process.wait()


def test_a_stale_pid_that_an_unrelated_process_has_now_is_left_alone(home: EmbeddedHome, bystander: Bystander) -> None:
    other = bystander()
    _write_as_server(home.data / "postmaster.pid", f"{other.pid}\n{home.data}\n1\n5432\n\n\n\n")
    _write_as_server(home.folder / "valkey.pid", f"{other.pid}\n")
    with home.running() as urls:
        assert answers(urls.database_url)
    assert other.poll() is None


def test_a_process_that_only_speaks_of_the_data_is_left_alone(home: EmbeddedHome, bystander: Bystander) -> None:
    with home.running() as urls:
        mark = Path(urls.redis_url.removeprefix("unix://")).parent.name
    home.wait_stopped()
    other = bystander("/bin/sh", "-c", "sleep 60; :", "postgres", "-D", str(home.data), f"cluster_name={mark}")
    _write_as_server(home.data / "postmaster.pid", f"{other.pid}\n{home.data}\n1\n5432\n\n\n\n")
    with home.running() as urls:
        assert answers(urls.database_url)
    assert other.poll() is None


def test_the_lock_of_a_socket_does_not_keep_postgres_from_starting(home: EmbeddedHome, bystander: Bystander) -> None:
    with home.running() as urls:
        sockets = Path(urls.redis_url.removeprefix("unix://")).parent
        os.kill(home.supervisor(), signal.SIGSTOP)
        postmaster = home.postmaster()
        os.kill(postmaster, signal.SIGKILL)
        wait_until(lambda: not _is_alive(postmaster))
        other = bystander()
        _write_as_server(sockets / ".s.PGSQL.5432.lock", f"{other.pid}\n{home.data}\n1\n5432\n{sockets}\n")
        os.kill(home.supervisor(), signal.SIGCONT)
        wait_until(lambda: answers(urls.database_url))
        assert other.poll() is None


def test_a_postgres_whose_supervisor_is_gone_is_stopped_before_another_starts(home: EmbeddedHome) -> None:
    with home.running() as urls:
        mark = Path(urls.redis_url.removeprefix("unix://")).parent.name
    home.wait_stopped()
    orphan = _start_orphan(home, mark)
    try:
        with home.running() as urls:
            assert answers(urls.database_url)
            assert home.postmaster() != orphan.pid
        assert orphan.wait(60) == 0
    finally:
        orphan.kill()
        orphan.wait()


def test_data_whose_making_was_cut_off_is_made_anew(new_home: EmbeddedHome) -> None:
    client = new_home.client()
    wait_until(lambda: list(new_home.folder.glob("making-*/base")))
    supervisor = _supervisor_of(new_home)
    kill(supervisor)
    client.kill()
    client.communicate()
    assert list(new_home.folder.glob("making-*"))
    assert not new_home.data.exists()
    with new_home.running() as urls:
        assert answers(urls.database_url)
    assert not list(new_home.folder.glob("making-*"))


def _start_orphan(home: EmbeddedHome, mark: str) -> subprocess.Popen[bytes]:
    """A Postgres on the data, as a killed supervisor would leave it where no signal tells the servers of its death."""
    account = server_account()
    descriptor = os.open(home.data, os.O_RDONLY)
    name = f"/proc/self/fd/{descriptor}" if account.is_other else str(home.data)
    data = HandedFolder(home.data, name, (descriptor,))
    command = [programs_for(account).postgres, "-D", name, "-c", "listen_addresses=", "-c", f"cluster_name={mark}"]
    log = os.open(home.log, os.O_WRONLY | os.O_APPEND)
    orphan = launch([*command, "-c", f"unix_socket_directories={name}"], account, [data], log, signal.SIGKILL)
    os.close(log)
    os.close(descriptor)
    wait_until(lambda: "ready" in _text(home.data / "postmaster.pid"))
    return orphan


def _supervisor_of(home: EmbeddedHome) -> int:
    """The supervisor's pid, while it is not yet announced."""
    for process in Path("/proc").glob("[0-9]*"):
        words = _text(process / "cmdline").split("\0")
        if "groundplan.stores.embedded.supervisor" in words and str(home.path) in words:
            return int(process.name)
    raise AssertionError("there is no supervisor")


def _write_as_server(file: Path, text: str) -> None:
    file.write_text(text)
    account = server_account()
    if account.is_other:
        os.chown(file, account.uid, account.gid)


def _is_alive(pid: int) -> bool:
    return started_at(pid) is not None


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
