"""The life of plans on the command line: made, looked at, approved, changed, rejected."""

import json
from pathlib import Path

import pytest

from tests.command_line import InProcess
from tests.fake_ollama import FakeOllama

LISTED = "1. Collect the figures 2. Clean the figures 3. Write the report, using the result of 2"
RISKY = (
    "1. Back the customer table up\n2. List the accounts that were closed before 2020\n"
    "3. Delete these accounts from the production database\n4. Tell the support team"
)
FREE = "Organize a small photo exhibition for our local library"


@pytest.fixture
def waiting(cli: InProcess) -> str:
    """The id of a plan that waits for a person."""
    plan = cli.run("plan", RISKY, "--json").document
    assert plan["status"] == "awaiting_approval"
    return plan["plan_id"]


def test_a_goal_becomes_a_plan_that_can_be_looked_at_in_every_way(cli: InProcess) -> None:
    made = cli.run("plan", LISTED, "--priority", "8", "--deadline", "+3d", "--json")
    assert (made.code, made.err) == (0, "")
    plan = made.document
    assert plan["status"] == "validated"
    assert len(plan["tasks"]) == 3
    assert cli.run("show", plan["plan_id"], "--json").document == plan

    shown = cli.run("show", plan["plan_id"][:13])
    assert "Critical path 1 → 2 → 3" in shown.out
    assert plan["plan_id"] in shown.out
    assert cli.run("show", plan["plan_id"], "--tree").out.count("\n") == 3
    assert cli.run("show", plan["plan_id"], "--mermaid").out.startswith("flowchart")

    rows = cli.run("plans", "--goal", plan["goal_id"], "--json").document["plans"]
    assert [row["plan_id"] for row in rows] == [plan["plan_id"]]
    goals = cli.run("goals", "--limit", "1000", "--json").document["goals"]
    [goal] = [goal for goal in goals if goal["goal_id"] == plan["goal_id"]]
    assert (goal["status"], goal["priority"]) == ("ready", 8)

    run = plan["metadata"]["run_id"]
    history = cli.run("history", run, "--json").document
    assert history["run_id"] == run
    nodes = [view["node"] for view in history["checkpoints"]]
    assert {"sanitize", "schedule", "validate", "commit"} <= set(nodes)
    assert run in [found["run_id"] for found in cli.run("history", "--json").document["runs"]]


def test_a_plan_is_printed_for_people(cli: InProcess) -> None:
    made = cli.run("plan", LISTED)
    assert made.code == 0
    assert made.err == ""
    for words in ("Collect the figures", "Critical path", "validated"):
        assert words in made.out


def test_goals_come_from_files_and_pipes_too(cli: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "goal.txt"
    file.write_text("- Book a room\n- Invite the team\n", encoding="utf-8")
    from_file = cli.run("plan", "-f", str(file), "--json").document
    from_pipe = cli.run("plan", "-", "--json", stdin=b"- Book a room\n- Invite the team\n").document
    assert [task["name"] for task in from_file["tasks"]] == [task["name"] for task in from_pipe["tasks"]]
    assert from_file["plan_id"] != from_pipe["plan_id"]


def test_a_goal_for_a_model_is_broken_down_by_it(cli: InProcess, model: FakeOllama) -> None:
    plan = cli.run("plan", FREE, "--strategy", "llm", "--json").document
    assert [task["name"] for task in plan["tasks"]][:2] == ["Choose the pictures", "Print the pictures"]
    assert plan["metadata"]["strategy"] == "llm"
    assert len(model.calls) == 1


def test_a_waiting_plan_is_approved_with_who_and_why(cli: InProcess, waiting: str) -> None:
    shown = cli.run("show", waiting)
    assert "waits for the decision of a person" in shown.out
    assert waiting in [
        row["plan_id"] for row in cli.run("plans", "--status", "awaiting_approval", "--json").document["plans"]
    ]
    approved = cli.run("approve", waiting, "--by", "ada", "--why", "the backup was checked")
    assert approved.code == 0
    assert "Decided: approve by ada: the backup was checked" in approved.out
    again = cli.run("approve", waiting, "--by", "bob", "--why", "me too", "--json")
    assert again.code == 2
    assert again.document["error"]["code"] == "E5202"


def test_a_waiting_plan_is_changed_and_approved(cli: InProcess, waiting: str, tmp_path: Path) -> None:
    tasks = cli.run("show", waiting, "--json").document["tasks"]
    patch = tmp_path / "patch.json"
    bad = {"remove": ["no-such-task"]}
    patch.write_text(json.dumps(bad))
    refused = cli.run("approve", waiting, "--by", "ada", "--why", "shorter", "--edit", str(patch), "--json")
    assert refused.code == 3
    assert refused.document["error"]["code"] == "E5600"
    assert cli.run("show", waiting, "--json").document["status"] == "awaiting_approval"

    patch.write_text(
        json.dumps({"remove": [tasks[3]["task_id"]], "change": {tasks[0]["task_id"]: {"name": "Copy it"}}})
    )
    edited = cli.run("approve", waiting, "--by", "ada", "--why", "shorter", "--edit", str(patch), "--json")
    assert edited.code == 0
    plan = edited.document
    assert (plan["version"], plan["revises"], plan["status"]) == (2, 1, "validated")
    assert plan["tasks"][0]["name"] == "Copy it"
    assert len(plan["tasks"]) == 3
    assert cli.run("show", waiting, "--version", "1", "--json").document["version"] == 1


def test_a_waiting_plan_is_rejected_and_its_goal_with_it(cli: InProcess, waiting: str) -> None:
    rejected = cli.run("reject", waiting[:13], "--by", "ada", "--why", "too risky", "--json")
    assert rejected.code == 0
    assert rejected.document["status"] == "cancelled"
    goals = cli.run("goals", "--status", "cancelled", "--limit", "1000", "--json").document["goals"]
    assert rejected.document["goal_id"] in [goal["goal_id"] for goal in goals]


def test_templates_are_listed_and_shown(cli: InProcess) -> None:
    listed = cli.run("templates", "--json").document["templates"]
    assert len(listed) >= 15
    one = cli.run("templates", listed[0]["id"])
    assert one.code == 0
    assert listed[0]["id"] in one.out


def test_the_doctor_finds_all_that_there_is(cli: InProcess, model: FakeOllama) -> None:
    found = cli.run("doctor", "--json")
    assert found.code == 0
    states = {name: part["status"] for name, part in found.document["components"].items()}
    assert states["database"] == states["redis"] == states["model"] == states["home"] == "ok"
