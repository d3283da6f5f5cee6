"""The gates of `make check`, in a copy of the project where Python is a script that says what it was asked."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = """#!/bin/sh
echo "$@" >> asked
[ -e failing ] && exit 1
touch .coverage
"""
COVERAGE = """#!/bin/sh
echo coverage >> asked
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    for folder in ("groundplan", "tests", "venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "groundplan" / "one.py").touch()
    for name, script in (("python", PYTHON), ("coverage", COVERAGE)):
        (tmp_path / "venv" / "bin" / name).write_text(script)
        (tmp_path / "venv" / "bin" / name).chmod(0o755)
    (tmp_path / "venv" / ".ready").touch()
    _age(tmp_path)
    return tmp_path


def _age(project: Path) -> None:
    """Let everything that is there be a little older than what comes now."""
    then = time.time() - 60
    for path in project.rglob("*"):
        os.utime(path, (path.stat().st_atime, min(path.stat().st_mtime, then)))


def asked_by(project: Path, target: str) -> tuple[int, str]:
    (project / "asked").unlink(missing_ok=True)
    done = subprocess.run(["make", target, "VENV=venv"], cwd=project, capture_output=True, text=True, check=False)
    asked = project / "asked"
    return done.returncode, asked.read_text() if asked.exists() else ""


def test_coverage_is_held_over_tests_that_passed_after_the_last_change(project: Path) -> None:
    (project / ".coverage").touch()
    assert "pytest" in asked_by(project, "coverage")[1], "data of an unknown run"
    assert asked_by(project, "coverage") == (0, "coverage\ncoverage\n")
    assert "pytest" in asked_by(project, "test")[1]
    assert asked_by(project, "coverage") == (0, "coverage\ncoverage\n")


@pytest.mark.parametrize("change", ["groundplan/one.py", "groundplan/two.sql", "tests/test_one.py", ".coverage"])
def test_a_change_since_makes_the_tests_run_again(project: Path, change: str) -> None:
    asked_by(project, "test")
    stamp = (project / ".coverage-tested").stat().st_mtime
    (project / change).touch()
    os.utime(project / change, (stamp + 5, stamp + 5))
    assert "pytest" in asked_by(project, "coverage")[1]


def test_tests_that_failed_count_for_nothing(project: Path) -> None:
    asked_by(project, "test")
    (project / "failing").touch()
    assert asked_by(project, "test")[0] != 0
    code, asked = asked_by(project, "coverage")
    assert code != 0
    assert "coverage\n" not in asked


def test_ruff_sees_every_file_of_the_package() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--show-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seen = {Path(line) for line in shown.stdout.splitlines()}
    assert set((ROOT / "groundplan").rglob("*.py")) <= seen
    assert not any((ROOT / link) in path.parents for link in ("graph", "nodes", "prompts") for path in seen)
