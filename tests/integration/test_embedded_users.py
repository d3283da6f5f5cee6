"""Whoever runs it: ordinary users on an empty folder, root (Postgres refuses to run as root), both in one folder."""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import groundplan
from groundplan.stores.embedded.account import server_account
from groundplan.stores.embedded.failures import StartFailed
from groundplan.stores.embedded.programs import programs_for
from tests.embedded_home import CLIENT, HANG, EmbeddedHome, answers

ROOT = Path(groundplan.__file__).parents[1]
PYTHONS = (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3")
NOBODY = 65534
UNKNOWN = 54321

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be other users")

ClientOf = Callable[..., subprocess.Popen[str]]


def run_python(program: str, user: int, *arguments: str) -> subprocess.Popen[str]:
    """A Python with our packages, run by this user."""
    path = os.pathsep.join([str(ROOT), *(entry for entry in sys.path if entry.endswith("site-packages"))])
    identity = {"user": user, "group": user, "extra_groups": []} if user != os.geteuid() else {}
    return subprocess.Popen(
        [program, "-c", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "GROUNDPLAN_EMBEDDED_LINGER": "0"},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **identity,
    )


def can_be_run(program: str) -> bool:
    with contextlib.suppress(OSError):
        process = run_python(program, NOBODY, "import groundplan.stores.embedded.servers")
        process.communicate(timeout=HANG)
        return process.returncode == 0
    return False


@pytest.fixture(scope="module")
def client_of() -> ClientOf:
    """Makes a client of a home that runs as this user, for some seconds."""
    for program in PYTHONS:
        if can_be_run(program):
            return lambda user, home, seconds="0": run_python(program, user, CLIENT, str(home), seconds)
    pytest.skip("there is no Python here that other users can run")


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder of an ordinary user. (pytest's own folders are closed to other users.)"""
    folder = Path(tempfile.mkdtemp(prefix="groundplan-test-"))
    folder.chmod(0o755)
    os.chown(folder, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


def said(client: subprocess.Popen[str]) -> str:
    """What a client printed on its good end."""
    output, errors = client.communicate(timeout=HANG)
    assert client.returncode == 0, errors
    return output


def last_words(client: subprocess.Popen[str]) -> str:
    """The last line of a client that failed."""
    _, errors = client.communicate(timeout=HANG)
    assert client.returncode == 1
    return errors.splitlines()[-1]


@as_root
def test_an_ordinary_user_starts_on_an_empty_folder(theirs: Path, client_of: ClientOf) -> None:
    home = EmbeddedHome(theirs / "with space, 'quote' and ü" / ("long" * 50))
    assert said(client_of(NOBODY, home.path)).startswith("postgresql://groundplan@/groundplan?host=")
    assert home.data.stat().st_uid == NOBODY
    home.wait_stopped()


@as_root
def test_root_keeps_data_where_nobody_else_can_go_and_opens_no_folder(home: EmbeddedHome) -> None:
    above = [home.folder, *home.folder.parents]
    modes = [folder.stat().st_mode for folder in above]
    with home.running() as urls:
        assert answers(urls.database_url)
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in (home.postmaster(), home.valkey())}
        assert owners == {pwd.getpwnam("nobody").pw_uid}
    assert [folder.stat().st_mode for folder in above] == modes
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700


@as_root
def test_what_root_makes_in_the_home_of_somebody_else_is_theirs(theirs: Path, client_of: ClientOf) -> None:
    home = EmbeddedHome(theirs)
    said(client_of(0, home.path))
    home.wait_stopped()
    assert {path.stat().st_uid for path in (home.folder, *home.folder.iterdir())} == {NOBODY}
    said(client_of(NOBODY, home.path))
    home.wait_stopped()


@as_root
def test_root_and_the_owner_share_the_servers(theirs: Path, client_of: ClientOf) -> None:
    home = EmbeddedHome(theirs)
    first = client_of(0, home.path, "60")
    assert first.stdout is not None
    assert said(client_of(NOBODY, home.path)) == first.stdout.readline()
    first.kill()
    first.communicate()
    home.wait_stopped()


@as_root
def test_an_owner_who_cannot_run_the_python_of_root_is_named(theirs: Path) -> None:
    if can_be_run(sys.executable):
        pytest.skip("everybody can run this Python")
    client = run_python(sys.executable, 0, CLIENT, str(theirs), "0")
    assert f"belongs to user {NOBODY}, who cannot run" in last_words(client)


@as_root
def test_a_user_without_a_name_is_told_so(theirs: Path, client_of: ClientOf) -> None:
    os.chown(theirs, UNKNOWN, UNKNOWN)
    assert f"user {UNKNOWN} is not in the list of users" in last_words(client_of(UNKNOWN, theirs))


@as_root
def test_a_folder_in_which_the_user_may_not_write_is_a_sentence(theirs: Path, client_of: ClientOf) -> None:
    os.chown(theirs, 0, 0)
    words = last_words(client_of(NOBODY, theirs / "home"))
    assert "E5804: The data folder" in words
    assert "cannot be used: Permission denied" in words


@as_root
def test_a_data_folder_of_somebody_else_is_not_trusted(theirs: Path, client_of: ClientOf) -> None:
    (theirs / "embedded").mkdir(mode=0o700)
    assert "is not a folder of this user, so it is not trusted" in last_words(client_of(NOBODY, theirs))


@as_root
def test_programs_that_the_servers_user_cannot_reach_are_copied(
    tmp_path: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(theirs, 0, 0)
    account = server_account()
    installed = programs_for(account)
    site = tmp_path / "site-packages"  # below a folder that only root can enter
    for program in (installed.postgres, installed.valkey):
        assert program is not None
        package = next(folder for folder in program.parents if folder.parent.name == "site-packages")
        shutil.copytree(package, site / package.name)
    monkeypatch.syspath_prepend(site)
    for _ in range(2):
        copied = programs_for(account, theirs / "copies")
        assert copied.postgres.is_relative_to(theirs)
        assert copied.valkey is not None
        assert copied.valkey.is_relative_to(theirs)
        assert copied.postgres_major == installed.postgres_major
    assert len(list((theirs / "copies").iterdir())) == 2
    theirs.chmod(0o700)
    with pytest.raises(StartFailed, match="do not run"):
        programs_for(account, theirs / "copies")


def test_without_a_user_to_become_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", {}.__getitem__)
    with pytest.raises(StartFailed, match="there is no user 'nobody'"):
        server_account()
