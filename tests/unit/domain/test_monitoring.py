"""What is found to be wrong: stuck, late, overspending, and what is not."""

from datetime import timedelta

import pytest

from groundplan.domain.earned_value import earned_value
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.monitoring import MonitorSettings, find_trouble
from groundplan.domain.progress import plan_progress
from groundplan.domain.progress_forecast import forecast_finishes
from groundplan.domain.progress_so_far import SoFar
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.schedule import Schedule, TaskWindow
from tests.plan_factories import NOW, plan, task


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def lasting(seconds, pessimistic=None, cost=0.0, tokens=0.0):
    worst = pessimistic or seconds
    return ResourceEstimate(
        duration=ThreePoint(seconds, seconds, worst),
        cost=ThreePoint(cost, cost, cost),
        tokens=ThreePoint(tokens, tokens, tokens),
    )


def running(since=0.0, heard=None, **fields):
    return SoFar(
        status=TaskStatus.EXECUTING, started_at=at(since), heard_at=at(since if heard is None else heard), attempts=1,
        **fields,
    )  # fmt: skip


def completed(begun=0.0, ended=0.0, **fields):
    known = {"percent": 100.0, "started_at": at(begun), "ended_at": at(ended), "seconds": ended - begun}
    return SoFar(status=TaskStatus.COMPLETED, **(known | fields))


def found(given, progress, now, settings=None):
    forecast = forecast_finishes(given, progress, at(now))
    value = earned_value(given, progress, at(now), started=NOW)
    return find_trouble(given, progress, forecast, value, at(now), settings, started=NOW)


def kinds(findings):
    return [(finding.kind.value, finding.task_id) for finding in findings]


two = plan(task("t1", resource_estimate=lasting(1000)), task("t2", "t1", resource_estimate=lasting(1000)))


def test_all_is_well_with_a_plan_that_goes_as_planned():
    assert found(two, {"t1": completed(0, 1000), "t2": running(1000)}, 1500) == []


def test_nothing_is_wrong_with_a_plan_that_nobody_began():
    assert find_trouble(two, {}, {}, earned_value(two, {}, at(9e6)), at(9e6)) == []


def test_a_task_that_is_silent_for_twice_its_pessimistic_time_is_stuck():
    quick = plan(task("t1", resource_estimate=lasting(200, pessimistic=400)))
    stuck = MonitorSettings(late_tolerance=1e9)
    assert found(quick, {"t1": running()}, 800, stuck) == []
    (one,) = found(quick, {"t1": running()}, 801, stuck)
    assert (one.kind, one.task_id, one.since) == ("stuck", "t1", NOW)
    assert "nothing was heard of it for 13.3 min; it may take 6.7 min" in one.why


def test_a_task_that_was_heard_of_is_not_stuck():
    quick = plan(task("t1", resource_estimate=lasting(200, pessimistic=400)))
    assert kinds(found(quick, {"t1": running(heard=700)}, 1000, MonitorSettings(late_tolerance=1e9))) == []


def test_a_short_task_has_the_least_patience_of_the_settings():
    quick = plan(task("t1", resource_estimate=lasting(1)))
    limits = MonitorSettings(late_tolerance=1e9, stuck_after_seconds=60)
    assert found(quick, {"t1": running()}, 59, limits) == []
    assert kinds(found(quick, {"t1": running()}, 61, limits)) == [("stuck", "t1")]


def test_a_task_past_its_latest_finish_makes_itself_and_the_plan_late_but_not_who_waits_for_it():
    findings = found(two, {"t1": running(heard=1400)}, 1500)
    assert kinds(findings) == [("late", "t1"), ("late", None)]
    assert "8.3 min later than it may, and the plan with it" in findings[0].why
    assert findings[0].severity == "high"


def test_slack_is_not_lateness():
    beside = plan(
        task("long", resource_estimate=lasting(2000)),
        task("short", resource_estimate=lasting(100)),
        task("last", "long", "short", resource_estimate=lasting(100)),
    )
    assert found(beside, {"long": running(heard=1400), "short": running(1500)}, 1550) == []


def test_a_task_that_could_begin_and_does_not_is_late():
    assert kinds(found(two, {"t1": completed(0, 1000)}, 1500)) == [("late", "t2"), ("late", None)]


def test_who_waits_for_a_place_is_not_late_as_long_as_all_are_taken():
    windows = {name: TaskWindow(0, 100, 0, 100, 0, 0) for name in ("t1", "t2")}
    beside = plan(
        *(task(name, resource_estimate=lasting(100)) for name in windows),
        schedule=Schedule(windows=windows, makespan=100, at_once=1),
    )
    assert kinds(found(beside, {"t1": running(10)}, 60)) == [("late", "t1"), ("late", None)]
    assert ("late", "t2") in kinds(found(beside, {"t1": completed(0, 60)}, 60))


def test_a_report_moves_the_forecast():
    slow = running(reported=25.0, percent=25.0, heard=800)
    assert kinds(found(two, {"t1": slow}, 800)) == [("late", "t1"), ("late", None)]


def test_a_forecast_beyond_the_deadline_is_critical():
    window = TaskWindow(0, 1000, 0, 1000, 0, 0)
    due = plan(
        task("t1", resource_estimate=lasting(1000)),
        schedule=Schedule(windows={"t1": window}, makespan=1000, buffer=1e6, deadline=at(1000)),
    )
    (late,) = found(due, {"t1": running(20)}, 500)
    assert (late.task_id, late.severity, late.since) == (None, "critical", at(1000))
    assert "20.0 s after the deadline" in late.why


def test_the_buffer_is_the_plans_to_use():
    window = TaskWindow(0, 1000, 0, 1000, 0, 0)
    buffered = plan(
        task("t1", resource_estimate=lasting(1000)),
        schedule=Schedule(windows={"t1": window}, makespan=1000, buffer=200),
    )
    assert kinds(found(buffered, {"t1": running(150)}, 500)) == [("late", "t1")]


def test_more_than_the_pessimistic_cost_is_overspending_also_afterwards():
    dear = plan(task("t1", resource_estimate=lasting(100, cost=2.0)))
    (one,) = found(dear, {"t1": completed(0, 90, cost=2.5)}, 95)
    assert (one.kind, one.why) == ("overspending", "it has used 2.5 USD; 2 was expected at most")
    assert found(dear, {"t1": completed(0, 90, cost=2.0)}, 95) == []


def test_without_an_estimate_a_share_of_the_plans_limit_is_the_bound():
    limited = plan(task("t1", resource_estimate=lasting(100)), resource_budget=ResourceBudget(max_tokens=1000))
    assert found(limited, {"t1": running(tokens=250)}, 50) == []
    assert kinds(found(limited, {"t1": running(tokens=251)}, 50)) == [("overspending", "t1")]


def test_a_plan_over_its_limit_or_on_the_way_there_overspends():
    priced = plan(
        *(task(f"t{n}", resource_estimate=lasting(100, cost=10)) for n in (1, 2)),
        resource_budget=ResourceBudget(max_cost=25.0),
    )
    on_the_way = found(priced, {"t1": completed(0, 100, cost=13)}, 100)[-1]
    assert (on_the_way.task_id, on_the_way.severity) == (None, "high")
    assert on_the_way.why == "it is on the way to 26 USD, and 25 is the limit"
    over = found(priced, {"t1": completed(0, 100, cost=26)}, 100)[-1]
    assert (over.severity, over.why) == ("critical", "26 USD are used, and 25 is the limit")


def test_a_percent_that_went_back_is_told():
    back = running(reported=50.0, percent=50.0, went_back=True, heard=500)
    assert kinds(found(two, {"t1": back}, 500)) == [("went_back", "t1")]


@pytest.mark.parametrize("estimate", [None, lasting(0)])
def test_estimates_that_are_all_zero_make_nobody_late(estimate):
    nothing = plan(task("t1", resource_estimate=estimate), task("t2", "t1", resource_estimate=estimate))
    assert found(nothing, {"t1": running()}, 200) == []


def test_the_forecast_counts_the_places_that_there_are():
    windows = {name: TaskWindow(0, 100, 0, 100, 0, 0) for name in ("t1", "t2", "t3")}
    beside = plan(
        *(task(name, resource_estimate=lasting(100)) for name in windows),
        schedule=Schedule(windows=windows, makespan=300, at_once=1),
    )
    assert sorted(forecast_finishes(beside, {}, NOW).values()) == [at(100), at(200), at(300)]


def test_what_has_ended_or_cannot_go_on_is_not_forecast():
    states = {"t1": SoFar(status=TaskStatus.FAILED), "t2": SoFar(status=TaskStatus.BLOCKED)}
    assert forecast_finishes(two, states, NOW) == {}
    in_doubt = {"t1": SoFar(status=TaskStatus.IN_DOUBT)}
    assert forecast_finishes(two, in_doubt, NOW) == {"t1": NOW, "t2": at(1000)}


def test_a_forecast_beyond_all_dates_is_left_out():
    assert forecast_finishes(plan(task("t1", resource_estimate=lasting(1e12))), {}, NOW) == {}


def test_progress_tells_all_of_it():
    phased = plan(
        task("t1", phase="build", resource_estimate=lasting(1000)),
        task("t2", "t1", phase="test", resource_estimate=lasting(1000)),
        status="executing",
    )
    seen = plan_progress(phased, {"t1": running(heard=1400)}, at(1500), started=NOW, run_id="r1")
    assert (seen.run_id, seen.at, seen.started_at, seen.planned_finish) == ("r1", at(1500), NOW, at(2000))
    assert seen.forecast_finish == at(2500)
    assert (seen.statuses, seen.percent) == ({"executing": 1, "pending": 1}, 0)
    assert [(phase.name, phase.completed, phase.tasks) for phase in seen.phases] == [("build", 0, 1), ("test", 0, 1)]
    assert kinds(seen.trouble) == [("late", None), ("late", "t1")]
    assert seen.task("t2").planned_start == at(1000)
    with pytest.raises(KeyError):
        seen.task("t3")
    document = seen.document()
    assert document["earned_value"]["spi"] == seen.spi == 0
    assert document["tasks"][0]["findings"][0]["kind"] == "late"


def test_a_plan_that_has_ended_stands_still():
    ended = two.model_copy(update={"status": "completed", "completed_at": at(2000)})
    states = {"t1": completed(0, 1000), "t2": completed(1000, 2000)}
    seen = plan_progress(ended, states, at(9e6), started=NOW)
    assert (seen.at, seen.ended_at, seen.percent, seen.spi, seen.forecast_finish) == (at(2000), at(2000), 100, 1, None)
    assert seen.trouble == []


def test_without_any_estimate_tasks_count_alike():
    seen = plan_progress(plan(task("t1"), task("t2")), {"t1": completed()}, at(5), started=NOW)
    assert (seen.percent, seen.spi) == (50, None)
