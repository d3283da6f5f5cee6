"""Risks and mitigations on the command line."""

import pytest

from tests.command_line import InProcess


@pytest.fixture
def plan_id(cli: InProcess) -> str:
    """A plan that waits for a person because of a risk."""
    return str(cli.run("plan", "1. Fetch the list 2. Delete the old accounts", "--json").document["plan_id"])


def test_risks_are_shown_and_met(cli: InProcess, plan_id: str) -> None:
    shown = cli.run("risks", plan_id[:13], "--json")
    grave = shown.document["risks"][0]
    assert (shown.code, grave["rule"], grave["score"]) == (0, "irreversible-effect", 0.525)
    assert "add_approval" in cli.run("risks", plan_id).out
    short = grave["risk_id"].rpartition("-")[2]
    looked = cli.run("mitigate", plan_id, short, "--by", "ada", "--json")
    assert (looked.code, looked.document["applied"], looked.document["kind"]) == (0, False, "add_approval")
    assert "say --yes" in looked.err
    done = cli.run("mitigate", plan_id, short, "--by", "ada", "--yes", "--why", "to be sure")
    assert done.code == 0 and "Approve: Delete the old accounts" in done.out
    assert cli.run("mitigate", plan_id, short, "--kind", "add_approval", "--by", "ada", "--yes").code != 0
    met = cli.run("risks", plan_id, "--json").document
    [after] = [one for one in met["risks"] if one["risk_id"] == grave["risk_id"]]
    assert (met["version"], after["status"], after["applied"][0]["why"]) == (2, "mitigated", "to be sure")
    shown_first = cli.run("mitigate", plan_id, short, "--undo", "--by", "ada", "--json")
    assert shown_first.document["patch"]["remove"] == after["applied"][0]["added"]
    assert cli.run("show", plan_id, "--json").document["version"] == 2
    undone = cli.run("mitigate", plan_id, short, "--undo", "--by", "ada", "--yes", "--json")
    assert (undone.code, undone.document["version"], len(undone.document["tasks"])) == (0, 3, 2)


def test_without_an_answer_nothing_is_changed(cli: InProcess, plan_id: str) -> None:
    risk = cli.run("risks", plan_id, "--json").document["risks"][0]["risk_id"]
    shown = cli.run("mitigate", plan_id, risk, "--kind", "add_check", "--by", "ada")
    assert shown.code == 0 and "-check" in shown.out
    assert cli.run("show", plan_id, "--json").document["version"] == 1


def test_alerts_of_all_plans_until_they_are_accepted(cli: InProcess, plan_id: str) -> None:
    alerts = cli.run("risks", "--json").document["alerts"]
    [own] = [one for one in alerts if one["plan_id"] == plan_id]
    assert cli.run("risks", plan_id, "--alerts", "--json").document["risks"] == [own["risk"]]
    accepted = cli.run("mitigate", plan_id, own["risk"]["risk_id"], "--accept", "--by", "ada", "--why", "it is a test")
    assert accepted.code == 0 and "is accepted" in accepted.out
    assert plan_id not in {one["plan_id"] for one in cli.run("risks", "--json").document["alerts"]}
    assert cli.run("risks", plan_id, "--reassess", "--alerts").out == "No risks here.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["mitigate"],
        ["mitigate", "PLAN", "nope", "--by", "ada"],
        ["mitigate", "PLAN", "r", "--by", "ada", "--accept", "--kind", "add_check"],
        ["mitigate", "PLAN", "r", "--by", "ada", "--kind", "pray"],
        ["risks", "--reassess"],
        ["risks", "no-such-plan"],
    ],
)
def test_what_cannot_be_said_is_refused(cli: InProcess, plan_id: str, arguments: list[str]) -> None:
    assert cli.run(*(plan_id if word == "PLAN" else word for word in arguments)).code == 2
