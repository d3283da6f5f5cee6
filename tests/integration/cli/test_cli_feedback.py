"""Feedback, requests to plan anew, and scores, on the command line."""

import json
import threading
import time
from pathlib import Path

import psycopg
import pytest

from groundplan.cli import main
from tests.command_line import InProcess


def plan_file(folder: Path, *tasks: dict[str, object]) -> str:
    file = folder / "plan.json"
    file.write_text(json.dumps({"tasks": tasks}))
    return str(file)


@pytest.fixture
def plan_id(cli: InProcess) -> str:
    """A plan that nobody runs."""
    return str(cli.run("plan", "1. Collect the figures 2. Write the report", "--json").document["plan_id"])


def test_progress_issues_and_news_are_noted(cli: InProcess, plan_id: str) -> None:
    task = cli.run("show", plan_id, "--json").document["tasks"][0]["task_id"]
    told = cli.run("update", plan_id[:13], "--task", task, "--percent", "40", "--cost", "2", "--issue", "No pen",
                   "--news", "We moved", "--note", "slowly", "--by", "ada", "--key", "k1", "--json")  # fmt: skip
    assert (told.code, told.document) == (0, {"plan_id": plan_id, "is_new": True, "idempotency_key": "k1"})
    again = cli.run("update", plan_id, "--task", task, "--percent", "40", "--cost", "2", "--issue", "No pen",
                    "--news", "We moved", "--note", "slowly", "--by", "ada", "--key", "k1")  # fmt: skip
    assert (again.code, again.out) == (0, f"Plan {plan_id} had this feedback already.\n")
    events = [json.loads(line) for line in cli.run("watch", plan_id, "--once", "--json").out.splitlines()]
    told_of = {event["type"]: event["data"] for event in events if event["type"] in ("task.progress", "issue.opened")}
    assert told_of["task.progress"]["percent"] == 40
    issue = told_of["issue.opened"]["issue_id"]
    assert cli.run("update", plan_id, "--close", issue).code == 0
    assert cli.run("update", plan_id, "--escalate", issue).code == 2


def test_feedback_may_be_a_file(cli: InProcess, plan_id: str, tmp_path: Path) -> None:
    file = tmp_path / "feedback.json"
    file.write_text('{"new_information": "We moved", "by": "ada"}')
    assert cli.run("update", plan_id, "--file", str(file)).out == f"Noted for plan {plan_id}.\n"
    file.write_text('{"percent": 3}')
    assert cli.run("update", plan_id, "--file", str(file)).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--by", "ada"],
        ["--percent", "40"],
        ["--task", "t", "--output", "{"],
        ["--task", "t", "--percent", "400"],
        ["--news", "x", "--file", "f.json"],
        ["--task", "nope", "--percent", "4"],
        ["--close", "nope"],
        ["--news", "a\x1b[2J"],
    ],
)
def test_what_cannot_be_said_is_refused(cli: InProcess, plan_id: str, arguments: list[str]) -> None:
    assert cli.run("update", plan_id, *arguments).code == 2


def test_a_run_waits_for_what_is_done_outside_and_is_scored_afterwards(
    cli: InProcess, tmp_path: Path, cli_database: str
) -> None:
    task = {"task_id": "write", "name": "Write it down", "category": "external", "success_criteria": ["output.n > 1"]}
    file = plan_file(tmp_path, task)
    with psycopg.connect(cli_database, autocommit=True) as connection:
        reporter = threading.Thread(target=report_when_begun, args=(connection,))
        reporter.start()
        ran = cli.run("run", "--file", file, "--json")
        reporter.join()
    assert (ran.code, ran.document["status"]) == (0, "completed")
    whole = ran.document["plan_id"]
    [judged] = cli.run("evaluations", whole, "--judge", "--json").document["evaluations"]
    assert (judged["judge"], judged["score"], judged["criterion"]) == ("rule", 1.0, "output.n > 1")
    assert cli.run("evaluations", whole, "--score", "0.5").code == 2
    scored = cli.run("evaluations", whole, "--task", "write", "--score", "0.5", "--by", "ada", "--why", "so so")
    assert scored.code == 0
    assert all(words in scored.out for words in ("0.50", "person ada", "as a whole", "so so", "1.00"))
    assert "No plan that was made from a template" in cli.run("evaluations").out
    assert cli.run("evaluations", "--judge").code == 2


def report_when_begun(connection: psycopg.Connection) -> None:
    """What another terminal does: a report on the task, in a process of its own."""
    import subprocess
    import sys

    query = "select runs.plan_id from runs join ledger using (run_id) where task_id = 'write' and kind = 'claimed'"
    until = time.monotonic() + 30
    while not (found := connection.execute(query).fetchall()) and time.monotonic() < until:
        time.sleep(0.05)
    arguments = ["update", found[0][0], "--task", "write", "--status", "completed", "--output", '{"n": 2}']
    subprocess.run([sys.executable, "-m", "groundplan.cli", *arguments], check=True, capture_output=True, timeout=60)


def test_a_plan_is_planned_anew_only_if_there_is_another_way(cli: InProcess, plan_id: str) -> None:
    done = cli.run("replan", plan_id, "--by", "ada", "--strategy", "template", "--json")
    assert (done.code, done.document["error"]["code"]) == (4, "E5101")
    assert main(["replan", plan_id]) == 2


def test_progress_shows_what_was_told(cli: InProcess, plan_id: str) -> None:
    task = cli.run("show", plan_id, "--json").document["tasks"][0]["task_id"]
    assert cli.run("update", plan_id, "--task", task, "--percent", "40").code == 0
    seen = cli.run("progress", plan_id[:13], "--json")
    assert (seen.code, seen.document["tasks"][0]["percent"], seen.document["earned_value"]["spi"]) == (0, 40, None)
    assert cli.run("progress", plan_id, "--task", task).document["reported"] == 40
    words = cli.run("progress", plan_id)
    assert words.code == 0
    assert "████████░░░░░░░░░░░░" in words.out
    assert "Earned value" in words.out


def test_progress_of_what_is_not_there_is_refused(cli: InProcess, plan_id: str) -> None:
    assert cli.run("progress", "nope").code == 2
    assert cli.run("progress", plan_id, "--task", "nope").code == 2
    assert cli.run("progress", plan_id, "--task", "x", "--watch").code == 2


def test_progress_is_watched_until_the_plan_has_ended(cli: InProcess, plan_id: str) -> None:
    assert cli.run("cancel", plan_id, "--by", "ada", "--why", "enough").code == 0
    lines = cli.run("progress", plan_id, "--watch", "--json").out.splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["cancelled"]
    assert "cancelled" in cli.run("progress", plan_id, "--watch").out
