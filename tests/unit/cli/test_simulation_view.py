"""What `simulate` and `calibration` show."""

from datetime import timedelta

from groundplan.cli.render.calibration_view import calibration_view
from groundplan.cli.render.simulation_view import simulation_view
from groundplan.cli.render.tables import as_text
from groundplan.domain.calibration import Calibration, Hits
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.simulation import Simulation, simulate
from groundplan.domain.task import Task
from tests.sample_plans import HOSTILE, NOW, small_plan, task
from tests.snapshots import assert_snapshot


def uncertain(number: int, name: str, *after: int) -> Task:
    estimate = ResourceEstimate(
        duration=ThreePoint(1800, 3600, 14_400), tokens=ThreePoint(500, 2000, 8000), cost=ThreePoint(0.1, 0.4, 2)
    )
    return task(number, name, 1, after).model_copy(update={"resource_estimate": estimate})


def simulated(*tasks: Task, hours: float | None = 6) -> tuple[object, Simulation]:
    plan = small_plan(*tasks, resource_budget=ResourceBudget(max_cost=3, max_tokens=20_000))
    deadline = NOW + timedelta(hours=hours) if hours else None
    return plan, simulate(plan, now=NOW, samples=2_000, deadline=deadline)


def test_a_simulation_as_people_see_it() -> None:
    tasks = [uncertain(1, "Collect"), uncertain(2, "Clean", 1), uncertain(3, "Draw"), uncertain(4, "Write", 2, 3)]
    assert_snapshot("cli/simulation.txt", as_text(simulation_view(*simulated(*tasks))))


def test_a_plan_that_is_certain_has_no_histogram() -> None:
    shown = as_text(simulation_view(*simulated(task(1, "Wait", 2), hours=None)))
    assert "2 h" in shown
    assert "Chance of being done" not in shown
    assert "█" not in shown


def test_text_in_names_acts_on_no_terminal() -> None:
    shown = as_text(simulation_view(*simulated(task(1, HOSTILE, 1))))
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_chances_are_never_certain_by_rounding() -> None:
    plan, found = simulated(uncertain(1, "Collect"))
    for share, told in ((1.0, "100 %"), (0.9999, "over 99 %"), (0.001, "below 1 %"), (0.0, "0 %")):
        shown = as_text(simulation_view(plan, found.model_copy(update={"probability_of_deadline": share})))
        assert f"UTC: {told}\n" in shown


def test_calibration_as_people_see_it() -> None:
    hits = Hits(n=1200, inside=0.81, below=0.08, above=0.11, bias=1.04)
    found = Calibration(overall=hits, learned=hits, by_work={"web.fetch": hits.model_copy(update={"n": 40})})
    assert_snapshot("cli/calibration.txt", as_text(calibration_view(found)))


def test_without_finished_tasks_calibration_says_so() -> None:
    assert "run a plan first" in as_text(calibration_view(Calibration()))
