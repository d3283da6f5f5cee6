"""Looking ahead on the command line, with plans and runs in a real Postgres."""

import pytest

from tests.command_line import InProcess

LISTED = "1. Collect the figures 2. Clean the figures 3. Write the report, using the result of 2"


@pytest.fixture
def plan_id(cli: InProcess) -> str:
    """The id of a plan of three tasks that has a deadline."""
    return str(cli.run("plan", LISTED, "--deadline", "+1h", "--json").document["plan_id"])


def test_a_plan_is_simulated(cli: InProcess, plan_id: str) -> None:
    done = cli.run("simulate", plan_id[:13], "--samples", "500")
    assert (done.code, done.err) == (0, "")
    assert "Simulated 500 times" in done.out
    assert "Chance of being done by" in done.out
    assert "Write the report" in done.out


def test_as_json_the_same_seed_gives_the_same(cli: InProcess, plan_id: str) -> None:
    said = ("simulate", plan_id, "--samples", "500", "--seed", "7", "--json")
    first, second = (cli.run(*said).document for _ in range(2))
    assert first["finish"] == second["finish"]
    assert first["criticality"].keys() == second["criticality"].keys()
    assert len(first["criticality"]) == 3
    assert cli.run(*said[:-3], "--seed", "8", "--json").document["finish"] != first["finish"]


def test_another_deadline_may_be_asked_about(cli: InProcess, plan_id: str) -> None:
    found = cli.run("simulate", plan_id, "--deadline", "+8w", "--json").document
    assert found["probability_of_deadline"] == 1.0


@pytest.mark.parametrize("wrong", [("--samples", "0"), ("--seed", "-1"), ("--deadline", "soon")])
def test_wrong_usage_is_refused(cli: InProcess, wrong: tuple[str, str]) -> None:
    assert cli.run("simulate", "any", *wrong).code == 2


def test_a_plan_that_is_not_there_is_refused(cli: InProcess) -> None:
    assert cli.run("simulate", "no-such-plan").code == 2


def test_calibration_before_anything_was_run(cli: InProcess) -> None:
    assert cli.run("calibration", "--json").document["overall"]["inside"] is None
    assert "run a plan first" in cli.run("calibration").out
