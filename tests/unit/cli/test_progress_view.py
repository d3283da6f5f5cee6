"""How the progress of a plan looks."""

from datetime import timedelta

import pytest

from groundplan.cli.render.progress_view import bar, progress_view
from groundplan.cli.render.tables import as_text
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.progress import plan_progress
from groundplan.domain.progress_so_far import SoFar
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from tests.plan_factories import NOW, plan, task
from tests.sample_plans import HOSTILE
from tests.snapshots import assert_snapshot


def lasting(seconds, cost=0.0):
    return ResourceEstimate(duration=ThreePoint(seconds, seconds, seconds), cost=ThreePoint(cost, cost, cost))


def at(seconds):
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("percent", "shown"),
    [(0, "░░░░"), (0.1, "█░░░"), (50, "██░░"), (99.9, "███░"), (100, "████"), (-5, "░░░░"), (130, "████")],
)
def test_a_bar_is_empty_only_at_none_and_full_only_at_all(percent, shown):
    assert bar(percent, 4) == shown


def test_the_view_of_a_plan_in_trouble():
    given = plan(
        task("t1", phase="build", resource_estimate=lasting(3600, 4.0), name="Build it"),
        task("t2", "t1", phase="build", resource_estimate=lasting(7200, 6.0), name=HOSTILE),
        task("t3", "t2", phase="ship", resource_estimate=lasting(600, 1.0), name="Ship it"),
        status="executing",
        resource_budget=ResourceBudget(cost=11.0, max_cost=12.0),
    )
    states = {
        "t1": SoFar(
            status=TaskStatus.COMPLETED, percent=100, started_at=NOW, ended_at=at(5400), seconds=5400, cost=5.5,
            heard_at=at(5400), attempts=1,
        ),
        "t2": SoFar(
            status=TaskStatus.EXECUTING, percent=25, reported=25, started_at=at(5400), heard_at=at(5500),
            seconds=16600, cost=1.0, attempts=1,
        ),
    }  # fmt: skip
    seen = plan_progress(given, states, at(22_000), started=NOW, run_id="r1")
    assert_snapshot("progress.txt", as_text(progress_view(seen), width=120))


def test_the_view_of_a_plan_that_nobody_began():
    shown = as_text(progress_view(plan_progress(plan(), {}, NOW)))
    assert "Nobody has begun it." in shown
    assert "SPI -, CPI -" in shown
