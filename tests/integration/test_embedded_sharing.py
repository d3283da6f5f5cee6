"""Many clients of one data folder: all get the same servers, and the last one, however it goes, ends them."""

import asyncio
import contextlib
import multiprocessing
import shutil
import time
from pathlib import Path

import psycopg
import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.embedded import EmbeddedServers
from groundplan.stores.embedded.processes import started_at
from tests.embedded_home import EmbeddedHome, answers, kill, wait_until


def test_an_empty_folder_becomes_servers_that_answer(new_home: EmbeddedHome) -> None:
    with new_home.running() as urls:
        assert answers(urls.database_url)
        assert urls.redis_url is not None
    new_home.wait_stopped()
    assert new_home.postmaster() is None
    assert new_home.valkey() is None


def test_data_outlives_the_servers(home: EmbeddedHome) -> None:
    with home.running() as urls, psycopg.connect(urls.database_url) as connection:
        connection.execute("create table kept (n int)")
    home.wait_stopped()
    with home.running() as urls, psycopg.connect(urls.database_url) as connection:
        connection.execute("drop table kept")


def test_the_servers_stay_until_the_last_client_has_gone(home: EmbeddedHome) -> None:
    with home.running() as urls:
        with home.running() as the_same:
            assert the_same == urls
        time.sleep(0.6)
        assert answers(urls.database_url)
    home.wait_stopped()
    assert not answers(urls.database_url)


def test_they_linger_for_the_next_client(home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDPLAN_EMBEDDED_LINGER", "60")
    with home.running():
        before = home.postmaster()
    time.sleep(0.6)
    with home.running():
        assert home.postmaster() == before


def test_a_client_that_is_killed_leaves_nothing_running(home: EmbeddedHome) -> None:
    client = home.client()
    assert client.stdout is not None
    assert client.stdout.readline().startswith("postgresql://")
    all_of_them = [home.postmaster(), home.valkey(), home.supervisor()]
    client.kill()
    client.communicate()
    home.wait_stopped()
    wait_until(lambda: not any(started_at(pid) for pid in all_of_them if pid))


def test_processes_that_start_on_an_empty_folder_at_once_all_work(new_home: EmbeddedHome) -> None:
    clients = [new_home.client(0.5) for _ in range(3)]
    outputs = [client.communicate(timeout=60) for client in clients]
    assert [client.returncode for client in clients] == [0, 0, 0], outputs
    assert len({output for output, _ in outputs}) == 1


def test_a_client_that_comes_at_the_moment_of_the_end_gets_servers(
    home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDPLAN_EMBEDDED_LINGER", "0")
    for pause in (0.0, 0.1, 0.2, 0.22, 0.25):
        with home.running() as urls:
            time.sleep(0.25)  # longer than the supervisor looks away
            assert answers(urls.database_url)
        time.sleep(pause)


def test_starting_twice_is_starting_once(home: EmbeddedHome) -> None:
    servers = EmbeddedServers(home.path)
    assert servers.start_sync() == servers.start_sync()
    servers.stop_sync()
    servers.stop_sync()
    home.wait_stopped()


async def test_as_a_context_it_stops_when_the_context_ends(home: EmbeddedHome) -> None:
    async with EmbeddedServers(home.path) as servers:
        urls = await servers.start()
        assert answers(urls.database_url)
        assert urls.redis_url is None
    await asyncio.to_thread(home.wait_stopped)


async def test_a_start_that_is_cancelled_holds_nothing(new_home: EmbeddedHome) -> None:
    servers = EmbeddedServers(new_home.path)
    starting = asyncio.create_task(servers.start())
    await asyncio.to_thread(wait_until, (new_home.folder / "supervisor.lock").exists)
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting
    await servers.stop()
    await asyncio.to_thread(new_home.wait_stopped)


def test_a_folder_has_one_name_by_whatever_path_it_is_reached(
    home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = home.path.with_name("link")
    link.symlink_to(home.path)
    monkeypatch.chdir(home.path.parent)
    with home.running() as urls:
        for path in (link, Path(home.path.name), home.path / ".." / home.path.name):
            with EmbeddedHome(path).running() as the_same:
                assert the_same == urls


def test_clients_of_different_sessions_find_each_other(
    home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with home.running() as urls:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        with home.running() as the_same:
            assert the_same == urls


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forking beside threads is what is tested
def test_a_forked_child_does_not_hold_the_servers_and_can_start_them_itself(home: EmbeddedHome) -> None:
    servers = EmbeddedServers(home.path)
    servers.start_sync()
    fork = multiprocessing.get_context("fork")
    may_start, has_started = fork.Event(), fork.Event()

    def live_on() -> None:
        may_start.wait(60)
        servers.start_sync()
        has_started.set()
        time.sleep(60)

    child = fork.Process(target=live_on)
    child.start()
    try:
        servers.stop_sync()
        home.wait_stopped()
        may_start.set()
        assert has_started.wait(60)
        time.sleep(0.5)
        assert home.postmaster()
    finally:
        child.kill()
        child.join()


def test_a_folder_that_is_deleted_under_the_servers_ends_them_and_can_be_begun_anew(
    home_to_break: EmbeddedHome,
) -> None:
    home = home_to_break
    first = EmbeddedServers(home.path)
    first.start_sync()
    old = [home.postmaster(), home.valkey(), home.supervisor()]
    shutil.rmtree(home.path, ignore_errors=True)
    shutil.rmtree(home.path, ignore_errors=True)  # Postgres may have written into it meanwhile
    with home.running() as urls, psycopg.connect(urls.database_url) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
        wait_until(lambda: not any(started_at(pid) for pid in old if pid))
    first.stop_sync()


def test_a_second_start_brings_back_what_was_killed(home: EmbeddedHome) -> None:
    servers = EmbeddedServers(home.path)
    urls = servers.start_sync()
    kill(home.supervisor())
    assert servers.start_sync() == urls
    assert answers(urls.database_url)
    servers.stop_sync()


@pytest.mark.parametrize("linger", ["soon", "-1", "nan"])
def test_a_linger_that_is_no_number_of_seconds_is_refused(
    new_home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch, linger: str
) -> None:
    monkeypatch.setenv("GROUNDPLAN_EMBEDDED_LINGER", linger)
    with pytest.raises(PlanningError, match=linger) as caught:
        EmbeddedServers(new_home.path).start_sync()
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
