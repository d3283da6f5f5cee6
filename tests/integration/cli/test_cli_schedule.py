"""Schedules on the command line: the chart, the document, a shorter one."""

import pytest

from tests.command_line import InProcess

LISTED = "1. Collect the figures 2. Independently, draw the map 3. Write the report, using the result of 1"


@pytest.fixture
def plan_id(cli: InProcess) -> str:
    return cli.run("plan", LISTED, "--json").document["plan_id"]


def test_a_schedule_is_a_chart_or_a_document(cli: InProcess, plan_id: str) -> None:
    shown = cli.run("schedule", plan_id[:13])
    assert (shown.code, shown.err) == (0, "")
    assert "*1 Collect the figures" in shown.out
    assert "█ critical" in shown.out

    told = cli.run("schedule", plan_id, "--json").document
    assert (told["plan_id"], told["stored"], told["proven_optimal"]) == (plan_id, True, True)
    assert told["tasks"][0]["name"] == "Collect the figures"
    first, _, last = told["tasks"]
    assert first["critical"]
    assert last["finish"] == told["makespan"] == told["lower_bound"]
    assert told["finish"] == pytest.approx(told["makespan"] + told["buffer"])


def test_a_plan_can_be_scheduled_again_without_storing_it(
    cli: InProcess, plan_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cli.run("schedule", plan_id, "--json").document
    monkeypatch.setenv("GROUNDPLAN_MAX_CONCURRENT_TASKS", "1")
    again = cli.run("schedule", plan_id, "--seconds", "0.05", "--json").document
    assert (again["stored"], again["at_once"]) == (False, 1)
    assert again["makespan"] > before["makespan"]
    assert again["resources"]["places"]["capacity"] == 1
    assert cli.run("schedule", plan_id, "--json").document == before


def test_an_unknown_plan_is_refused(cli: InProcess) -> None:
    assert cli.run("schedule", "nothing-like-it").code == 2
    assert cli.run("schedule", "x", "--seconds", "-1").code == 2
