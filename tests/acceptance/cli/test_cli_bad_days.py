"""Processes that are killed and stopped, folders and servers that are not there, two of everything at once."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from groundplan.stores.embedded.servers import EmbeddedUrls
from tests.command_line import CommandLine, Done
from tests.fake_ollama import ANSWER, MODEL, FakeOllama, Reply, fake_ollama

FREE = "Organize a {} exhibition for our local library"
HANG = 60.0
"""A guard against hanging, in seconds."""


@contextlib.contextmanager
def nobody_can_store_plans(servers: EmbeddedUrls) -> Iterator[None]:
    """Whoever commits a plan waits until this is over."""
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("lock table plan_versions in access exclusive mode")
        yield
        connection.rollback()


def wait_for_an_answer_kept(servers: EmbeddedUrls, before: int) -> None:
    until = time.monotonic() + HANG
    while answers_kept(servers) == before:
        assert time.monotonic() < until, "no answer was kept"
        time.sleep(0.05)


def answers_kept(servers: EmbeddedUrls) -> int:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute("select count(*) from model_answers").fetchone()
    assert row is not None
    return row[0]


def newest_run(cli: CommandLine) -> str:
    return cli.run("history", "--limit", "1", "--json").document["runs"][0]["run_id"]


@pytest.mark.parametrize("mode", ["steps", "ends"])
def test_a_run_killed_after_the_models_answer_is_resumed_without_asking_again(
    cli_with_model: CommandLine, model: FakeOllama, servers: EmbeddedUrls, mode: str
) -> None:
    assert cli_with_model.run("plans").code == 0  # migrations are done before the table is locked
    before = answers_kept(servers)
    with nobody_can_store_plans(servers):
        running = cli_with_model.start("plan", FREE.format(f"stamp {mode}"), "--strategy", "llm", "--mode", mode)
        wait_for_an_answer_kept(servers, before)
        running.kill()
        assert running.ended().code == -9
    resumed = cli_with_model.run("plan", "--resume", newest_run(cli_with_model), "--json")
    assert resumed.code == 0, resumed.out + resumed.err
    assert resumed.document["status"] == "validated"
    assert len(model.calls) == 1
    assert len(resumed.document["tasks"]) == 4


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(cli: CommandLine) -> None:
    replies = iter([Reply(ANSWER, seconds=HANG), Reply(ANSWER)])
    with fake_ollama(lambda body: next(replies)) as model:
        with_model = cli.with_settings(MODEL=f"ollama:{MODEL}", OLLAMA_HOST=model.url)
        running = with_model.start("plan", FREE.format("coin"), "--strategy", "llm")
        assert model.asked.wait(HANG)
        running.interrupt()
        stopped = running.ended()
        assert (stopped.code, stopped.out) == (130, "")
        assert "Traceback" not in stopped.err
        run_id = stopped.err.split("groundplan plan --resume ")[1].split()[0]
        resumed = with_model.run("plan", "--resume", run_id, "--json")
        assert resumed.code == 0, resumed.out + resumed.err
        assert resumed.document["metadata"]["run_id"] == run_id


def test_ctrl_c_as_json_is_a_document_with_the_run(cli: CommandLine) -> None:
    with fake_ollama(lambda body: Reply(ANSWER, seconds=HANG)) as model:
        with_model = cli.with_settings(MODEL=f"ollama:{MODEL}", OLLAMA_HOST=model.url)
        running = with_model.start("plan", FREE.format("map"), "--strategy", "llm", "--json")
        assert model.asked.wait(HANG)
        running.interrupt()
        stopped = running.ended()
    assert stopped.code == 130
    assert stopped.document["error"]["code"] == "interrupted"
    assert stopped.document["error"]["details"]["run_id"]


def test_two_processes_on_one_empty_home_both_work(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "empty home", {"EMBEDDED_LINGER": "1"})
    both = [cli.start("plan", f"1. Wash car {number} 2. Dry car {number}", "--json") for number in (1, 2)]
    done = [running.ended() for running in both]
    assert [one.code for one in done] == [0, 0], done
    listed = {row["plan_id"] for row in cli.run("plans", "--json").document["plans"]}
    assert listed == {one.document["plan_id"] for one in done}


@pytest.mark.parametrize("command", [["plans"], ["plan", "1. Sit 2. Stand"]])
def test_a_home_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "a file"
    file.touch()
    cli = CommandLine(file / "home", {})
    done = cli.run(*command, cwd=tmp_path)
    assert done.code in (2, 4)
    assert done.out == ""
    assert done.err.startswith("Error E58")
    assert "GROUNDPLAN_HOME" in done.err
    assert "Traceback" not in done.err


def test_the_doctor_names_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.touch()
    done = CommandLine(file / "home", {}).run("doctor", "--json", cwd=tmp_path)
    assert done.code == 4
    assert done.document["components"]["home"]["status"] == "down"


def test_a_database_that_is_away_is_said_soon(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home", {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    done = cli.run("plans", "--json")
    assert (done.code, done.document["error"]["code"]) == (4, "E5800")
    found = cli.run("doctor", "--json")
    assert found.code == 4
    assert found.document["components"]["database"]["status"] == "down"
    assert found.document["components"]["database"]["advice"]


def test_the_doctor_names_a_model_and_a_redis_that_are_away(cli: CommandLine) -> None:
    away = cli.with_settings(MODEL="ollama:tiny", OLLAMA_HOST="http://127.0.0.1:1", REDIS_URL="redis://127.0.0.1:1/0")
    found = away.run("doctor", "--json")
    assert found.code == 0
    components = found.document["components"]
    assert components["database"]["status"] == "ok"
    assert "127.0.0.1:1" in components["model"]["detail"] + components["model"]["advice"]
    assert components["redis"]["status"] != "ok"


def test_a_redis_that_is_away_costs_a_warning_and_no_plan(cli: CommandLine) -> None:
    done = cli.with_settings(REDIS_URL="redis://127.0.0.1:1/0").run("plan", "Process all CSV files in data", "--json")
    assert done.code == 0
    assert done.document["status"] == "validated"
    assert done.err.count("redis_unavailable") == 1


def test_a_model_that_is_away_leaves_a_run_to_resume(cli: CommandLine, model: FakeOllama) -> None:
    away = cli.with_settings(MODEL=f"ollama:{MODEL}", OLLAMA_HOST="http://127.0.0.1:1")
    failed = away.run("plan", FREE.format("map"), "--strategy", "llm")
    assert (failed.code, failed.out) == (4, "")
    run_id = failed.err.split("groundplan plan --resume ")[1].split()[0]
    back = cli.with_settings(MODEL=f"ollama:{MODEL}", OLLAMA_HOST=model.url)
    assert back.run("plan", "--resume", run_id).code == 0


def test_a_reader_that_goes_away_is_no_error_in_words(cli: CommandLine) -> None:
    script = "import sys\nfrom groundplan.cli import main\nsys.exit(main(['version']))"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=HANG
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_the_output_is_said() -> None:
    script = "import sys\nfrom groundplan.cli import main\nsys.exit(main(['version']))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True, timeout=HANG
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_many_at_once_keep_their_output_apart(cli: CommandLine) -> None:
    running = [cli.start("plan", f"1. Feed hen {number} 2. Count eggs {number}", "--json") for number in range(3)]
    done: list[Done] = [one.ended() for one in running]
    assert [one.document["goal_text"] for one in done] == [f"1. Feed hen {n} 2. Count eggs {n}" for n in range(3)]
