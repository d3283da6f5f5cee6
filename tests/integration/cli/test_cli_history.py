"""Looking at runs on the command line, repeating them, and letting them go. Effects are counted in a file."""

import json
from pathlib import Path

import pytest

from tests.command_line import InProcess

APP = """
from pathlib import Path

from groundplan import ExecutorRegistry, ToolSpec

def do(what: str):
    with Path(__file__).with_name("effects.txt").open("a") as effects:
        effects.write(what + "\\n")
    return {"what": what}

def app():
    return {"executors": ExecutorRegistry(callables={"work.do": do}), "tools": [ToolSpec(name="work.do")]}
"""
PLAN = {
    "tasks": [
        {"task_id": "a", "name": "Do a", "tool": "work.do", "inputs": {"what": "a"}},
        {"task_id": "b", "name": "Do b", "tool": "work.do", "inputs": {"what": "after ${a.output.what}"},
         "dependencies": [{"task_id": "a"}]},
    ]
}  # fmt: skip


@pytest.fixture
def effects(cli_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where effects are counted, by the application that every command is given."""
    file = cli_home / "effects.txt"
    file.write_text("")
    (cli_home / "history_app.py").write_text(APP)
    monkeypatch.setenv("GROUNDPLAN_APP", str(cli_home / "history_app.py"))
    return file


@pytest.fixture
def run_id(cli: InProcess, cli_home: Path, effects: Path) -> str:
    """A run of two tasks that is over."""
    (cli_home / "history_plan.json").write_text(json.dumps(PLAN))
    done = cli.run("run", "--file", str(cli_home / "history_plan.json"), "--json")
    assert (done.code, effects.read_text()) == (0, "a\nafter a\n")
    plan_id = done.document["plan_id"]
    [run] = cli.run("runs", "--plan", plan_id, "--json").document["runs"]
    return str(run["run_id"])


def test_a_run_of_a_plan_is_told_line_by_line(cli: InProcess, run_id: str) -> None:
    document = cli.run("history", run_id[:13], "--json").document
    assert [line["kind"] for line in document["ledger"]] == ["claimed", "completed"] * 2
    assert "finish" in [view["node"] for view in document["checkpoints"]]
    shown = cli.run("history", run_id)
    assert "after a" in shown.out
    assert "finish" in shown.out


def test_the_view_has_the_same_hash_every_time(cli: InProcess, run_id: str, effects: Path) -> None:
    first, again = (cli.run("view", run_id, "--json").document for _ in range(2))
    assert first == again
    assert len(first["sha256"]) == 64
    early = cli.run("view", run_id, "--at", "2", "--json").document
    assert {task_id: task["status"] for task_id, task in early["tasks"].items()} == {"a": "completed"}
    shown = cli.run("view", run_id)
    assert first["sha256"] in shown.out
    assert effects.read_text() == "a\nafter a\n"


def test_a_place_that_is_not_there_is_refused(cli: InProcess, run_id: str) -> None:
    refused = cli.run("view", run_id, "--at", "99", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (2, "E5005")


def test_two_lines_are_compared(cli: InProcess, run_id: str) -> None:
    [status, output] = cli.run("diff", run_id, "1", "2", "--json").document["changes"]
    assert (status["path"], status["before"], status["after"]) == ("a.status", "executing", "completed")
    assert output["path"] == "a.output"
    assert "a.status" in cli.run("diff", run_id, "1", "2").out
    assert "Nothing differs" in cli.run("diff", run_id, "2", "2").out


def test_two_versions_are_compared(cli: InProcess, cli_home: Path) -> None:
    risky = "1. Back the table up 2. Delete all customer accounts from the production database"
    plan = cli.run("plan", risky, "--json").document
    (cli_home / "edit.json").write_text(json.dumps({"change": {plan["tasks"][0]["task_id"]: {"name": "Copy it"}}}))
    edit = ("--edit", str(cli_home / "edit.json"))
    edited = cli.run("approve", plan["plan_id"], "--by", "ada", "--why", "safer", *edit, "--json")
    assert edited.code == 0
    found = cli.run("diff", plan["plan_id"], "--versions", "1", "2", "--json").document
    assert found["changed"][plan["tasks"][0]["task_id"]]["name"][1] == "Copy it"
    assert "Copy it" in cli.run("diff", plan["plan_id"], "--versions", "1", "2").out


@pytest.mark.parametrize(
    "arguments", [["x"], ["x", "1"], ["x", "1", "2", "--versions", "1", "2"]], ids=["nothing", "one place", "both"]
)
def test_a_comparison_of_nothing_is_wrong_usage(cli: InProcess, arguments: list[str]) -> None:
    assert cli.run("diff", *arguments).code == 2


def test_a_rerun_repeats_no_effect(cli: InProcess, run_id: str, effects: Path) -> None:
    done = cli.run("rerun", run_id, "--json")
    assert (done.code, done.document["forked_from"]) == (0, run_id)
    assert done.document["result"]["tasks"]["b"]["output"] == {"what": "after a"}
    assert effects.read_text() == "a\nafter a\n"
    assert "repeats" in cli.run("rerun", run_id, "--from", "b").out


def test_a_fork_that_needs_an_effect_fails_and_one_that_may_have_it_does_it(
    cli: InProcess, run_id: str, effects: Path
) -> None:
    change = ("--from", "b", "--set", 'tasks.a.output.what="X"')
    failed = cli.run("fork", run_id, *change, "--json")
    assert failed.code == 5
    assert failed.document["result"]["tasks"]["b"]["error"]["code"] == "E5213"
    assert effects.read_text() == "a\nafter a\n"
    assert cli.run("fork", run_id, *change, "--release", "work.do", "--json").code == 0
    assert effects.read_text() == "a\nafter a\nafter X\n"


@pytest.mark.parametrize("change", ["tasks.a.output", "=1", "tasks.a.output=text"])
def test_what_is_no_change_is_wrong_usage(cli: InProcess, run_id: str, change: str) -> None:
    assert cli.run("fork", run_id, "--set", change).code == 2


def test_a_planning_run_is_forked_to_another_plan(cli: InProcess) -> None:
    plan = cli.run("plan", "1. Boil water 2. Make tea", "--json").document
    run = plan["metadata"]["run_id"]
    steps = {view["next"][0]: view["step"] for view in cli.run("history", run, "--json").document["checkpoints"]
             if view["next"]}  # fmt: skip
    made = cli.run(
        "fork", run, "--from", str(steps["resolve"]), "--set", 'outline.steps.1.name="Make coffee"', "--json"
    )
    assert [task["name"] for task in made.document["plan"]["tasks"]] == ["Boil water", "Make coffee"]
    assert cli.run("show", made.document["plan"]["plan_id"], "--json").document["status"] == "validated"
    assert "Make tea" in cli.run("rerun", run).out


def test_old_runs_go_when_asked_for(cli: InProcess, run_id: str) -> None:
    young = cli.run("prune", "--older-than", "30d", "--json").document
    assert run_id not in young["runs"]
    planned = cli.run("prune", "--older-than", "0min", "--dry-run", "--json").document
    assert run_id in planned["runs"]
    assert cli.run("view", run_id, "--json").code == 0
    assert "runs of plans" in cli.run("prune", "--older-than", "0min").out
    assert cli.run("view", run_id, "--json").document["error"]["code"] == "E5003"
    assert "Nothing is that old" in cli.run("prune", "--older-than", "0min").out


@pytest.mark.parametrize("age", ["soon", "-3d", "3 years"])
def test_what_is_no_age_is_wrong_usage(cli: InProcess, age: str) -> None:
    assert cli.run("prune", f"--older-than={age}").code == 2
