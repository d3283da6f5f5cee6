"""Estimates that follow what past runs took, through the whole service."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from groundplan import PlanningService
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.past_task import past_task
from groundplan.domain.pert import interval
from groundplan.service.learning import Learning
from groundplan.service.settings import Settings
from groundplan.testing import memory_resources
from tests.plan_factories import NOW, task
from tests.scheduled_runs import Doing

GOAL = "1. Fetch the prices"


class Kept:
    """Past work that counts how often it is asked, and may be slow or away."""

    def __init__(self, tasks=(), delay=0.0, error=None):
        self.tasks, self.delay, self.error, self.asked = list(tasks), delay, error, 0

    async def take_in(self, limit=20):
        self.asked += 1
        await asyncio.sleep(self.delay)
        if self.error:
            raise self.error
        return 0

    async def latest(self, limit=20_000):
        self.asked += 1
        return self.tasks


def past(seconds=2.0, number=1):
    return past_task(
        task(f"t{number}", name="Fetch the prices"), plan_id="p", run_id="r", began=NOW,
        ended=NOW + timedelta(seconds=seconds),
    )  # fmt: skip


async def planned(past_work, tmp_path, **settings):
    resources = replace(memory_resources(), past_work=past_work)
    given = Settings(home=tmp_path, **settings)
    async with PlanningService(settings=given, resources=resources) as service:
        plans = [await service.create_plan(GOAL) for _ in range(3)]
    return [plan.tasks[0].resource_estimate for plan in plans]


async def test_plans_follow_past_runs_and_the_store_is_asked_once(tmp_path):
    kept = Kept([past() for _ in range(9)])
    found = await planned(kept, tmp_path)
    assert {one.basis for one in found} == {"learned from 9 runs of 'fetch the prices'"}
    assert kept.asked == 2


async def test_learning_can_be_turned_off(tmp_path):
    kept = Kept([past()] * 9)
    found = await planned(kept, tmp_path, learn_from_past_runs=False)
    assert ({one.basis for one in found}, kept.asked) == ({"prior for transfer"}, 0)


async def test_a_database_that_is_away_leaves_the_priors(tmp_path):
    away = PlanningError(ErrorCode.STORE_UNAVAILABLE, "away", recovery_suggestion="wait")
    found = await planned(Kept([past()] * 9, error=away), tmp_path)
    assert {one.basis for one in found} == {"prior for transfer"}


async def test_nobody_waits_long_for_a_slow_one():
    learning = Learning(Kept([past()], delay=60), patience=0.01)
    assert len(await learning.current()) == 0
    await learning.aclose()


async def test_all_who_come_before_the_first_answer_wait_for_it():
    learning = Learning(Kept([past()], delay=0.01))
    assert [len(known) for known in await asyncio.gather(*(learning.current() for _ in range(3)))] == [1, 1, 1]


async def test_who_comes_after_the_first_have_waited_does_not_wait():
    learning = Learning(Kept([past()], delay=60), patience=0.01)
    await learning.current()
    await asyncio.sleep(0.01)
    with pytest.raises(StopIteration):
        learning.current().send(None)  # it answers without letting anybody else run
    await learning.aclose()


async def test_what_is_stale_is_read_anew_behind_the_plan():
    kept = Kept([past()])
    learning = Learning(kept, fresh=0.0)
    assert len(await learning.current()) == 1
    kept.tasks.append(past_task(task("b", name="Bake"), plan_id="p", run_id="r", began=NOW, ended=NOW))
    kept.delay = 0.01
    assert len(await learning.current()) == 1
    await asyncio.sleep(0.1)
    assert len(await learning.current()) == 2
    await learning.aclose()


async def test_a_run_teaches_the_next_plan(tmp_path):
    given = {"settings": Settings(home=tmp_path), "resources": memory_resources(), "executors": Doing()}
    async with PlanningService(**given) as service:
        first = await service.create_plan(GOAL)
        await service.execute_plan(first.plan_id)
        found = await service.calibration()
        assert (found.overall.n, found.overall.below) == (1, 1.0)
        second = await service.create_plan(GOAL)
    before, after = (plan.tasks[0].resource_estimate for plan in (first, second))
    assert (before.basis, after.basis) == ("prior for transfer", "learned from 1 run of 'fetch the prices'")
    assert interval(after.duration).high < interval(before.duration).high


async def test_a_plan_is_simulated_through_the_service(tmp_path):
    async with PlanningService(settings=Settings(home=tmp_path), resources=memory_resources()) as service:
        plan = await service.create_plan(GOAL)
        found = await service.simulate(plan.plan_id, samples=200, deadline=NOW)
        assert (found.samples, found.probability_of_deadline) == (200, 0.0)
        for samples in (0, 10**9):
            with pytest.raises(PlanningError) as raised:
                await service.simulate(plan.plan_id, samples=samples)
            assert raised.value.code is ErrorCode.VALIDATION_FAILED
