"""When the tasks of a plan were to run: as scheduled, from when its run went on with this version."""

from datetime import timedelta

from groundplan.domain.baseline import planned_spans
from groundplan.domain.earned_value import earned_value
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.progress_so_far import SoFar
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.schedule import Schedule, TaskWindow
from tests.plan_factories import NOW, plan, task


def window(start, finish, latest):
    return TaskWindow(start, finish, latest - (finish - start), latest, latest - finish, 0)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def made_at(seconds):
    """A plan of a, b, c after each other, 100 s each, of whose version `a` is over and `b` has 40 s left."""
    estimate = ResourceEstimate(duration=ThreePoint(100, 100, 100))
    windows = {"a": window(0, 0, 0), "b": window(0, 40, 50), "c": window(40, 140, 140)}
    tasks = [task("a"), task("b", "a"), task("c", "b")]
    return plan(
        *(one.model_copy(update={"resource_estimate": estimate}) for one in tasks),
        schedule=Schedule(windows=windows, makespan=140),
        execution_started_at=after(seconds),
    )


DONE = SoFar(status=TaskStatus.COMPLETED, percent=100, started_at=after(0), ended_at=after(300), seconds=300)
UNDER_WAY = SoFar(status=TaskStatus.EXECUTING, percent=60, started_at=after(340), seconds=60)


def test_as_scheduled_in_the_version_that_was_begun_with():
    assert planned_spans(made_at(0), {}, NOW) == planned_spans(made_at(0))
    assert planned_spans(made_at(0))["b"] == (0, 40, 50)


def test_a_later_version_is_planned_from_then_on_and_what_was_before_as_it_was():
    spans = planned_spans(made_at(400), {"a": DONE, "b": UNDER_WAY}, NOW)
    assert spans == {"a": (0, 300, 300), "b": (340, 440, 450), "c": (440, 540, 540)}


def test_what_ends_after_that_is_held_against_the_plan():
    late = SoFar(status=TaskStatus.COMPLETED, percent=100, started_at=after(340), ended_at=after(490), seconds=150)
    assert planned_spans(made_at(400), {"a": DONE, "b": late}, NOW)["b"] == (340, 440, 450)


def test_nobody_is_behind_for_what_was_before():
    value = earned_value(made_at(400), {"a": DONE, "b": UNDER_WAY}, after(400), started=NOW)
    assert (value.pv, value.ev, value.spi) == (160, 160, 1)


def test_what_was_completed_before_the_run_began_is_planned_at_its_start():
    before = SoFar(status=TaskStatus.COMPLETED, percent=100, started_at=after(-900), ended_at=after(-500))
    assert planned_spans(made_at(0), {"a": before}, NOW)["a"] == (0, 0, 0)
