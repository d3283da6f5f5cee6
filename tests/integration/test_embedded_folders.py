"""Data folders of every kind: oddly named, linked, open, full, broken. They work, or a sentence says why not."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import groundplan
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.embedded import EmbeddedServers
from groundplan.stores.embedded.account import server_account
from groundplan.stores.embedded.sockets import make_sockets_folder
from tests.embedded_home import CLIENT, EmbeddedHome, answers

ROOT = Path(groundplan.__file__).parents[1]
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be other users")


def refusal(home: Path, **options: float) -> PlanningError:
    with pytest.raises(PlanningError) as caught:
        EmbeddedServers(home, **options).start_sync()
    assert caught.value.code is ErrorCode.EMBEDDED_FAILED
    assert "GROUNDPLAN_" in caught.value.recovery_suggestion or "chmod" in caught.value.recovery_suggestion
    return caught.value


def test_any_path_will_do(home_to_break: EmbeddedHome, tmp_path: Path) -> None:
    for name in ("with space, 'quote' and %41", "Pläne-計画", "long" * 50):
        moved = EmbeddedHome(home_to_break.path.rename(tmp_path / name))
        with moved.running() as urls:
            assert answers(urls.database_url)
        moved.wait_stopped()
        moved.path.rename(home_to_break.path)


class TestTrust:
    def test_a_data_folder_that_is_open_to_others_is_not_trusted(self, tmp_path: Path) -> None:
        (tmp_path / "embedded").mkdir()
        (tmp_path / "embedded").chmod(0o755)
        assert "is open to other users" in refusal(tmp_path).message

    def test_a_data_folder_that_is_a_link_is_not_trusted(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        (tmp_path / "embedded").symlink_to(tmp_path / "elsewhere")
        assert "not trusted" in refusal(tmp_path).message

    def test_a_lock_that_is_a_link_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "embedded").mkdir(mode=0o700)
        (tmp_path / "embedded" / "clients.lock").symlink_to(tmp_path / "elsewhere")
        refusal(tmp_path)
        assert not (tmp_path / "elsewhere").exists()

    @pytest.mark.parametrize("kind", ["link", "open", "file"])
    def test_what_somebody_put_in_the_place_of_our_sockets_is_not_trusted(self, tmp_path: Path, kind: str) -> None:
        place = tmp_path / f"groundplan-{os.geteuid()}"
        if kind == "link":
            (tmp_path / "elsewhere").mkdir(mode=0o700)
            place.symlink_to(tmp_path / "elsewhere")
        elif kind == "open":
            place.mkdir()
            place.chmod(0o755)
        else:
            place.touch()
        with pytest.raises(PlanningError, match="so it is not trusted"):
            make_sockets_folder("mark", server_account(), tmp_path)

    @as_root
    def test_a_folder_for_sockets_that_somebody_else_made_is_not_trusted(self, tmp_path: Path) -> None:
        place = tmp_path / "groundplan-0"
        place.mkdir(mode=0o700)
        os.chown(place, NOBODY, NOBODY)
        with pytest.raises(PlanningError, match="so it is not trusted"):
            make_sockets_folder("mark", server_account(), tmp_path)


class TestBroken:
    def test_data_of_another_version_is_refused_in_words(self, new_home: EmbeddedHome) -> None:
        new_home.folder.mkdir(parents=True, mode=0o700)
        new_home.data.mkdir()
        (new_home.data / "PG_VERSION").write_text("14\n")
        error = refusal(new_home.path)
        assert "was made by Postgres 14, and the installed one is 18" in error.message
        assert "dump the data" in error.recovery_suggestion

    def test_a_folder_that_holds_something_else_is_left_alone(self, new_home: EmbeddedHome) -> None:
        new_home.folder.mkdir(parents=True, mode=0o700)
        new_home.data.mkdir()
        (new_home.data / "notes.txt").write_text("mine")
        assert "holds no data of Postgres" in refusal(new_home.path).message
        assert (new_home.data / "notes.txt").read_text() == "mine"

    def test_damaged_data_is_a_sentence_with_the_log_of_this_start(self, home_to_break: EmbeddedHome) -> None:
        with home_to_break.log.open("a") as log:
            log.write("an older line: No space left on device\n")
        (home_to_break.data / "global" / "pg_control").write_bytes(b"")
        error = refusal(home_to_break.path)
        assert "postgres ended with" in error.message
        assert "pg_control" in error.details["log"]
        assert "an older line" not in error.details["log"]

    @pytest.mark.parametrize("state", ["", "[]", "{", '{"pid": "x"}', '{"pid": 1, "started": "", "sockets": "/"}'])
    def test_a_state_that_says_nothing_is_ignored(self, home: EmbeddedHome, state: str) -> None:
        (home.folder / "supervisor.json").write_text(state)
        with home.running() as urls:
            assert answers(urls.database_url)

    def test_a_state_of_servers_that_are_gone_is_not_believed(self, home: EmbeddedHome) -> None:
        with home.running():
            said = home.state()
        home.wait_stopped()
        (home.folder / "supervisor.json").write_text(json.dumps(said | {"pid": os.getpid()}))
        with home.running() as urls:
            assert answers(urls.database_url)

    def test_servers_that_do_not_come_in_time_are_a_sentence(self, new_home: EmbeddedHome) -> None:
        assert "they did not answer within 0.05 s" in refusal(new_home.path, start_timeout=0.05).message
        new_home.wait_stopped()

    def test_without_the_wheels_it_says_what_to_install(self, tmp_path: Path) -> None:
        code = "import sys\nfrom groundplan.stores.embedded import embedded_available\nprint(embedded_available())\n"
        done = subprocess.run(
            [sys.executable, "-S", "-c", code + CLIENT, str(tmp_path), "0"],
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == "{'postgres': None, 'valkey': None}"
        assert "E5804: There is no database: none is configured, and the embedded Postgres" in done.stderr


class TestUnusable:
    def test_a_home_that_is_a_file_is_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "is no folder" in refusal(tmp_path / "file").message
        assert "is no folder" in refusal(tmp_path / "file" / "below").message

    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[Callable[[str], Path]]:
        """Makes small file systems."""
        made = []

        def mount(options: str) -> Path:
            folder = tmp_path / f"disk{len(made)}"
            folder.mkdir()
            command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
            if os.geteuid() != 0 or not shutil.which("mount") or subprocess.run(command, check=False).returncode:
                pytest.skip("needs to be root and allowed to mount")
            made.append(folder)
            return folder

        yield mount
        for folder in made:
            subprocess.run(["umount", "--lazy", folder], check=True)

    def test_a_read_only_home_is_a_sentence(self, disk: Callable[[str], Path]) -> None:
        assert "Read-only file system" in refusal(disk("size=1m,ro") / "home").message

    def test_a_used_home_that_became_read_only_is_a_sentence(
        self, disk: Callable[[str], Path], used_home: EmbeddedHome
    ) -> None:
        folder = disk("size=100m")
        subprocess.run(["cp", "-a", used_home.path, folder / "home"], check=True)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        assert "Read-only file system" in refusal(folder / "home").message

    def test_a_full_disk_is_a_sentence(self, disk: Callable[[str], Path]) -> None:
        folder = disk("size=1m")
        with contextlib.suppress(OSError):
            (folder / "ballast").write_bytes(bytes(2_000_000))
        assert "No space left on device" in refusal(folder / "home").message

    def test_a_disk_that_fills_while_data_are_made_is_a_sentence_and_leaves_no_half(
        self, disk: Callable[[str], Path]
    ) -> None:
        home = EmbeddedHome(disk("size=20m") / "home")
        error = refusal(home.path)
        assert error.message == "The embedded servers did not start: the disk is full"
        assert "Free space" in error.recovery_suggestion
        assert "No space left on device" in error.details["log"]
        assert not [path for path in home.folder.iterdir() if path.is_dir()]

    def test_a_disk_that_is_full_when_used_data_is_opened_is_a_sentence_and_works_again_later(
        self, disk: Callable[[str], Path], used_home: EmbeddedHome, quick_end: None
    ) -> None:
        folder = disk("size=100m")
        home = EmbeddedHome(folder / "home")
        subprocess.run(["cp", "-a", used_home.path, home.path], check=True)
        with contextlib.suppress(OSError):
            (folder / "ballast").write_bytes(bytes(100_000_000))
        assert "No space left on device" in refusal(home.path).message
        (folder / "ballast").unlink()
        with home.running() as urls, psycopg.connect(urls.database_url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        home.wait_stopped()
