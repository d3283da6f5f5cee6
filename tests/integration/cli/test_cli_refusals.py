"""Input that is refused: in words on stderr, as one document with --json, with its exit code, and with a trace."""

import json
from pathlib import Path

import psycopg
import pytest

from tests.command_line import InProcess


@pytest.mark.parametrize(
    "goal",
    [
        "",
        "   ",
        "Clean up; rm -rf /",
        "Look up the user' OR 1=1; DROP TABLE users --",
        "Say hi <script>alert(1)</script>",
        "Open report\u202efdp.exe",
        "Ring the \x07bell",
    ],
)
def test_a_goal_against_the_rules_is_refused_with_rule_and_position(cli: InProcess, goal: str) -> None:
    done = cli.run("plan", "--json", "--", goal)
    assert (done.code, done.err) == (2, "")
    error = done.document["error"]
    assert error["code"] == "E5004"
    assert {"rule", "position"} <= set(error["details"])


def test_bytes_that_are_no_text_are_refused(cli: InProcess, tmp_path: Path) -> None:
    assert cli.run("plan", "--json", "caf\udce9 \udcff").document["error"]["code"] == "E5004"
    file = tmp_path / "binary"
    file.write_bytes(bytes(range(256)))
    for arguments, stdin in ((["-f", str(file)], b""), (["-"], bytes(range(256)))):
        done = cli.run("plan", "--json", *arguments, stdin=stdin)
        assert done.code == 2
        assert done.document["error"]["details"]["rule"] == "encoding"


def test_a_goal_that_is_too_long_is_refused(cli: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_text("a" * 100_001)
    done = cli.run("plan", "-f", str(file), "--json")
    assert (done.code, done.document["error"]["code"]) == (2, "E5004")


def test_a_refusal_is_said_in_words_and_leaves_a_goal(cli: InProcess) -> None:
    done = cli.run("plan", "Count the sheep; rm -rf /tmp/meadow")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error E5004: ")
    assert "What to do: " in done.err
    goals = cli.run("goals", "--status", "failed", "--limit", "1000", "--json").document["goals"]
    assert "Count the sheep; rm -rf /tmp/meadow" in [goal["goal_text"] for goal in goals]


def test_a_stricter_policy_refuses_more(cli: InProcess) -> None:
    goal = "1. Update the inventory 2. Print the list"
    assert cli.run("plan", goal).code == 0
    assert cli.run("plan", goal, "--policy", "strict").code == 2


def test_an_edit_that_makes_a_cycle_is_an_invalid_plan_told_with_its_path(cli: InProcess, tmp_path: Path) -> None:
    plan = cli.run("plan", "1. Stop the shop 2. Delete the production database", "--json").document
    first, second = (task["task_id"] for task in plan["tasks"])
    patch = tmp_path / "patch.json"
    patch.write_text(json.dumps({"rewire": {first: [{"task_id": second}], second: [{"task_id": first}]}}))
    done = cli.run("approve", plan["plan_id"], "--by", "ada", "--why", "so", "--edit", str(patch), "--json")
    assert done.code == 3
    error = done.document["error"]
    assert error["code"] == "E5301"
    assert first in json.dumps(error["details"])


def test_without_a_model_a_free_goal_is_told_what_is_missing(cli: InProcess) -> None:
    done = cli.run("plan", "Make my grandmother laugh", "--strategy", "llm", "--json")
    assert done.code == 4
    assert done.document["error"]["code"] == "E5101"


@pytest.mark.parametrize("arguments", [["show", "nothing-here"], ["show", "\x1b[31m"], ["history", "nothing-here"]])
def test_what_is_not_there_is_said(cli: InProcess, arguments: list[str]) -> None:
    done = cli.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "\x1b" not in done.err
    assert cli.run(*arguments, "--json").document["error"]["code"] in ("E5002", "E5003")


def test_a_run_that_never_was_cannot_be_resumed(cli: InProcess) -> None:
    done = cli.run("plan", "--resume", "nothing-here", "--json")
    assert (done.code, done.document["error"]["code"]) == (2, "E5003")


def test_a_plan_that_was_changed_in_the_database_is_refused(cli: InProcess, cli_database: str) -> None:
    plan_id = cli.run("plan", "1. Weigh the gold 2. Lock the door", "--json").document["plan_id"]
    with psycopg.connect(cli_database) as connection:
        changed = connection.execute(
            "update tasks set spec = replace(spec::text, 'Lock the door', 'Leave the door open')::json"
            " where plan_id = %s and spec->>'name' = 'Lock the door'",
            (plan_id,),
        )
        assert changed.rowcount == 1
    done = cli.run("show", plan_id, "--json")
    assert (done.code, done.document["error"]["code"]) == (3, "E5801")


def test_hostile_names_reach_no_terminal(cli: InProcess) -> None:
    goal = "1. Paint [bold red]everything[/] red\n2. Use :smile: and \u200bhidden\u200b words"
    done = cli.run("plan", goal, "--policy", "prose")
    if done.code == 0:
        assert "[bold red]everything[/]" in done.out
        assert "\u200b" not in done.out
    assert "\x1b" not in done.out + done.err
