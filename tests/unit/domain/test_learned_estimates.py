import math
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from groundplan.domain.estimation import estimate_task
from groundplan.domain.feedback import Actuals
from groundplan.domain.learned_estimates import NOTHING_LEARNED, LearnedEstimates
from groundplan.domain.past_task import past_task
from groundplan.domain.pert import interval, quantile
from groundplan.domain.resources import NOTHING, ResourceEstimate, ThreePoint
from groundplan.domain.task import TaskType
from tests.plan_factories import NOW, task

CALL = {"task_type": TaskType.TOOL_CALL}


def past(seconds, name="Fetch page", tokens=0, cost=0.0, reported=None, **fields):
    return past_task(
        task("t", name=name, **fields), plan_id="p", run_id="r", began=NOW, ended=NOW + timedelta(seconds=seconds),
        tokens=tokens, cost=cost, reported=reported,
    )  # fmt: skip


def estimate(tasks, name="Fetch page", given=None, **fields):
    one = task("t", name=name, **fields)
    learned = LearnedEstimates(tasks)
    if given is None:
        return learned.estimate(one, estimate_task(one))
    return learned.estimate(one, ResourceEstimate(duration=ThreePoint(*given), basis="given"), is_given=True)


def test_nothing_learned_changes_nothing():
    one = task("t", name="Fetch page")
    before = estimate_task(one)
    assert NOTHING_LEARNED.estimate(one, before) is before
    assert (len(NOTHING_LEARNED), NOTHING_LEARNED.cost(one)) == (0, NOTHING)


def test_runs_of_the_tool_tell_and_the_basis_says_so():
    found = estimate([past(2, tool="web.fetch") for _ in range(23)], "Get the prices", tool="web.fetch")
    assert found.basis == "learned from 23 runs of web.fetch"
    assert quantile(found.duration, 0.5) == pytest.approx(2, rel=0.1)


def test_few_runs_are_shrunk_toward_the_prior():
    prior = quantile(estimate_task(task("t", name="Fetch page")).duration, 0.5)
    medians = [quantile(estimate([past(2)] * number).duration, 0.5) for number in (1, 3, 30)]
    assert prior > medians[0] > medians[1] > medians[2] > 2 * 0.95
    widths = [interval(estimate([past(2)] * number).duration) for number in (1, 3, 30)]
    assert widths[0].high > widths[1].high > widths[2].high


def test_a_text_without_a_tool_is_known_by_its_words():
    found = estimate([past(2, "Fetch page 1"), past(3, "Fetch page 2")], "Fetch page 77")
    assert found.basis == "learned from 2 runs of 'fetch page'"
    assert estimate([past(2)], "Bake the cake").basis == "prior for other work"


def test_one_run_is_one_run():
    assert estimate([past(2)]).basis == "learned from 1 run of 'fetch page'"


def test_a_text_of_a_tool_counts_once_it_was_run_three_times():
    tool = {"tool": "shell.run"}
    short, long = [past(1, "List files", **tool)] * 3, [past(1000, "Train model", **tool)] * 9
    found = estimate([*short, *long], "List files", **tool)
    assert found.basis == "learned from 3 runs of 'list files'"
    assert quantile(found.duration, 0.5) < 30
    assert estimate([*short[:2], *long], "List files", **tool).basis == "learned from 11 runs of shell.run"


def test_a_kind_of_work_tells_once_five_different_tools_or_texts_are_known():
    five = [past(10, f"Fetch {thing}") for thing in ("pages", "logs", "mails", "lists", "news")]
    found = estimate(five, "Download a file")
    assert found.basis == "learned from 5 runs of transfer work"
    assert quantile(found.duration, 0.5) == pytest.approx(10, rel=1.0)
    assert estimate(five[:4], "Download a file").basis == "prior for transfer"


def test_what_a_type_takes_tells_of_other_kinds_of_work():
    calls = [past(0.5, f"Fetch {thing}", **CALL) for thing in ("pages", "logs", "mails", "lists", "news", "maps")]
    found = estimate(calls, "Deploy the shop", **CALL)
    assert found.basis == "learned from 6 runs of tool call tasks"
    prior = estimate_task(task("t", name="Deploy the shop")).duration
    assert quantile(found.duration, 0.5) < quantile(prior, 0.5) / 10


def test_a_text_that_names_a_duration_is_known_by_how_far_that_is_off():
    late = [past(60 * minutes * 2, f"Bake for {minutes} minutes") for minutes in (10, 20, 30, 40)]
    found = estimate(late, "Bake for 100 minutes")
    assert found.basis == "learned from 4 runs of 'bake for minutes'"
    assert quantile(found.duration, 0.5) == pytest.approx(12_000, rel=0.25)


def test_a_given_duration_is_believed_more_than_a_prior():
    three = [past(2)] * 2
    given = quantile(estimate(three, given=(50, 60, 70)).duration, 0.5)
    assert quantile(estimate(three).duration, 0.5) < given < 60


def test_tokens_are_learned_where_they_were_told():
    found = estimate([past(2, "Write it", tokens=n) for n in (900, 1000, 1100)], "Write it")
    assert quantile(found.tokens, 0.5) == pytest.approx(1000, rel=0.2)
    untold = estimate([past(2, "Write it") for _ in range(9)], "Write it")
    assert untold.tokens == estimate_task(task("t", name="Write it")).tokens


def test_costs_are_learned_where_somebody_paid():
    learned = LearnedEstimates([past(2, cost=0.1, tool="web.fetch"), past(2, cost=0.1, tool="web.fetch")])
    assert quantile(learned.cost(task("t", tool="web.fetch")), 0.5) == pytest.approx(0.1, rel=0.2)
    assert learned.cost(task("t", tool="mail.send")) == NOTHING


def test_cores_and_memory_are_learned_from_reports():
    reports = [past(2, reported=Actuals(cpu_cores=n, memory_mb=100 * n)) for n in (1, 2, 3)]
    assert (estimate(reports).cpu_cores, estimate(reports).memory_mb) == (3, 300)
    assert estimate(reports[:2]).cpu_cores == 0


def test_a_tool_takes_cores_and_memory_by_its_kind_and_a_person_does_not():
    assert estimate_task(task("t", name="Build it", tool="ci.build")).cpu_cores == 1
    assert estimate_task(task("t", name="Build it")).cpu_cores == 0


def test_a_few_reports_among_many_runs_say_nothing_of_the_machine():
    reports = [past(2, reported=Actuals(memory_mb=300))] * 3
    assert estimate([*reports, *[past(2)] * 3]).memory_mb == 0
    assert estimate([*reports, *[past(2)] * 2]).memory_mb == 300


def test_reports_in_another_unit_are_passed_over():
    in_bytes = [past(2, tool="web.fetch", reported=Actuals(memory_mb=5e8, cpu_cores=2))] * 3
    found = estimate(in_bytes, tool="web.fetch")
    assert (found.cpu_cores, found.memory_mb) == (2, 128)


EXTREME = [0.0, 1e-300, 1.0, 1e15, 1e300, math.inf]


@pytest.mark.parametrize("name", ["Fetch page", "Bake for 3 years"])
@pytest.mark.parametrize("worst", EXTREME)
@pytest.mark.parametrize("best", EXTREME)
def test_whatever_was_kept_makes_an_estimate_that_can_be_kept(name, best, worst):
    """By hand, or by a version without bounds."""
    kept = [replace(past(2, name), seconds=value, tokens=value, cost=value) for value in (best, worst, worst)]
    one, learned = task("t", name=name), LearnedEstimates(kept)
    found = learned.estimate(one, estimate_task(one)).model_copy(update={"cost": learned.cost(one)})
    assert found.basis.startswith("learned from 3 runs")
    assert ResourceEstimate.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 1e9])
def test_any_duration_can_be_learned(seconds):
    found = estimate([past(seconds)] * 30)
    assert 0 <= found.duration.optimistic <= found.duration.pessimistic < math.inf
    assert ResourceEstimate.model_validate(found.model_dump()) == found


def test_the_order_of_past_tasks_does_not_matter():
    some = [past(seconds, tool="web.fetch") for seconds in (1, 2, 5, 9)]
    assert estimate(some, tool="web.fetch") == estimate(some[::-1], tool="web.fetch")


def test_four_of_five_next_tasks_take_what_the_forecast_says():
    rng = random.Random(1)
    hits = 0
    for tool in range(60):
        took = [math.exp(rng.gauss(tool % 7, 0.6)) for _ in range(20)]
        fields = {"tool": f"tool.t{tool}"}
        found = interval(estimate([past(seconds, **fields) for seconds in took[:10]], **fields).duration)
        hits += sum(found.low <= seconds <= found.high for seconds in took[10:])
    assert 0.75 < hits / 600 < 0.87


def test_many_different_tasks_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("groundplan.domain.learned_estimates._MOST_ANSWERS", 5)
    learned = LearnedEstimates([past(2)] * 3)
    for letter in "abcdefghijklmnopqrst":
        one = task("t", name=f"Fetch {letter}")
        assert learned.estimate(one, estimate_task(one)).basis == "prior for transfer"
    assert learned._answers
    assert len(learned._answers) <= 5
