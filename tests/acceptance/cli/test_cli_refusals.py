"""Input that is refused: in words on stderr, as one document with --json, with its exit code, and with a trace."""

from pathlib import Path

import psycopg
import pytest

from groundplan.stores.embedded.servers import EmbeddedUrls
from tests.command_line import CommandLine


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
def test_a_goal_against_the_rules_is_refused_with_rule_and_position(cli: CommandLine, goal: str) -> None:
    done = cli.run("plan", "--json", "--", goal)
    assert (done.code, done.err) == (2, "")
    error = done.document["error"]
    assert error["code"] == "E5004"
    assert {"rule", "position"} <= set(error["details"])


def test_bytes_that_are_no_text_are_refused(cli: CommandLine, tmp_path: Path) -> None:
    assert cli.run("plan", "--json", b"caf\xe9 \xff").document["error"]["code"] == "E5004"
    file = tmp_path / "binary"
    file.write_bytes(bytes(range(256)))
    for arguments, stdin in ((["-f", str(file)], b""), (["-"], bytes(range(256)))):
        done = cli.run("plan", "--json", *arguments, stdin=stdin)
        assert done.code == 2
        assert done.document["error"]["details"]["rule"] == "encoding"


def test_a_goal_that_is_too_long_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_text("a" * 100_001)
    done = cli.run("plan", "-f", str(file), "--json")
    assert (done.code, done.document["error"]["code"]) == (2, "E5004")


def test_a_refusal_is_said_in_words_and_leaves_a_goal(cli: CommandLine) -> None:
    done = cli.run("plan", "Count the sheep; rm -rf /tmp/meadow")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error E5004: ")
    assert "What to do: " in done.err
    goals = cli.run("goals", "--status", "failed", "--limit", "1000", "--json").document["goals"]
    assert "Count the sheep; rm -rf /tmp/meadow" in [goal["goal_text"] for goal in goals]


def test_a_stricter_policy_refuses_more(cli: CommandLine) -> None:
    goal = "1. Update the inventory 2. Print the list"
    assert cli.run("plan", goal).code == 0
    assert cli.run("plan", goal, "--policy", "strict").code == 2


def test_a_cycle_is_an_invalid_plan(cli: CommandLine) -> None:
    done = cli.run("plan", "1. Dig the hole, after 2\n2. Fill the hole, after 1", "--json")
    assert done.code == 3
    assert "E5301" in done.out


def test_without_a_model_a_free_goal_is_told_what_is_missing(cli: CommandLine) -> None:
    done = cli.run("plan", "Make my grandmother laugh", "--strategy", "llm", "--json")
    assert done.code == 4
    assert done.document["error"]["code"] == "E5101"


@pytest.mark.parametrize("arguments", [["show", "nothing-here"], ["show", "\x1b[31m"], ["history", "nothing-here"]])
def test_what_is_not_there_is_said(cli: CommandLine, arguments: list[str]) -> None:
    done = cli.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "\x1b" not in done.err
    assert cli.run(*arguments, "--json").document["error"]["code"] in ("E5002", "E5003")


def test_a_run_that_never_was_cannot_be_resumed(cli: CommandLine) -> None:
    done = cli.run("plan", "--resume", "nothing-here", "--json")
    assert (done.code, done.document["error"]["code"]) == (2, "E5003")


def test_a_plan_that_was_changed_in_the_database_is_refused(cli: CommandLine, servers: EmbeddedUrls) -> None:
    plan_id = cli.run("plan", "1. Weigh the gold 2. Lock the door", "--json").document["plan_id"]
    with psycopg.connect(servers.database_url) as connection:
        changed = connection.execute(
            "update tasks set name = 'Leave the door open' where plan_id = %s and name = 'Lock the door'", (plan_id,)
        )
        assert changed.rowcount == 1
    done = cli.run("show", plan_id, "--json")
    assert (done.code, done.document["error"]["code"]) == (3, "E5801")


def test_hostile_names_reach_no_terminal(cli: CommandLine) -> None:
    goal = "1. Paint [bold red]everything[/] red\n2. Use :smile: and \u200bhidden\u200b words"
    done = cli.run("plan", goal, "--policy", "prose")
    if done.code == 0:
        assert "[bold red]everything[/]" in done.out
        assert "\u200b" not in done.out
    assert "\x1b" not in done.out + done.err
