"""Tasks begin when what they need is granted, and give it back however they end."""

import asyncio

import pytest

from groundplan.domain.errors import ErrorCode
from groundplan.domain.execution import Effects, FailurePolicy
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.task import RetryPolicy
from groundplan.execution.protocols import Produced, Usage
from groundplan.execution.resources.allocation import ResourceKind
from groundplan.execution.resources.failures import unavailable, unusable
from groundplan.execution.resources.grants import GrantLimits
from groundplan.execution.resources.pool import LocalPool
from groundplan.execution.scheduler import Scheduler
from tests.contracts.resource_provider import cpus, free
from tests.plan_factories import NOW, task
from tests.resource_values import request
from tests.scheduled_runs import ByTask, Doing, ScheduledRun, until

QUICK = GrantLimits(lease=0.3, wait=0.05, pause=0.01, patience=0.1, farewell=0.5)


class Counted(LocalPool):
    """A pool that counts what it was asked, and may be away or answer nonsense."""

    def __init__(self, kinds, fails=()):
        super().__init__(kinds)
        self.asked = []
        self.most = 0
        self.fails = list(fails)

    async def allocate(self, asked, *, wait=0.0):
        self.asked.append(asked)
        if self.fails:
            raise self.fails.pop(0)
        granted = await super().allocate(asked, wait=wait)
        self.most = max(self.most, len(self.everything()))
        return granted


def needing(task_id, *after, cpu=1.0, **fields):
    """A task that needs CPUs, and whatever else is said."""
    resources = fields.pop("resources", {})
    estimate = ResourceEstimate(cpu_cores=cpu, resources=resources, cost=fields.pop("cost", ThreePoint(0, 0, 0)))
    return task(task_id, *after, resource_estimate=estimate, **fields)


def running(pool, *tasks, **fields):
    return ScheduledRun(*tasks, resources=pool, grants=QUICK, **fields)


async def slowly(call):
    await asyncio.sleep(0.01)
    return {"ok": True}


async def test_no_more_runs_at_a_time_than_there_is_for():
    pool, doing = Counted({"cpu_cores": 2}), Doing(slowly)
    run = running(pool, *(needing(f"t{n}") for n in range(6)), executors=doing)
    assert await run.run() == "completed"
    assert (pool.most, sum(doing.begun.values())) == (2, 6)
    assert (await free(pool), pool.everything()) == (2, [])


async def test_a_task_that_needs_nothing_asks_nobody():
    pool = Counted({"cpu_cores": 1})
    assert await running(pool, task("a"), task("b")).run() == "completed"
    assert pool.asked == []


async def test_tasks_that_need_nothing_do_not_wait_behind_those_that_do():
    pool, doing = Counted({"cpu_cores": 1}), Doing()
    await pool.allocate(request("other", owner="r2"))
    run = running(pool, *(needing(f"t{n}") for n in range(5)), *(task(f"free{n}") for n in range(3)),
                  executors=doing, at_once=2)  # fmt: skip
    ends = asyncio.create_task(run.run())
    await until(lambda: sum(doing.begun.values()) == 3)
    assert 2 <= len({one.purpose for one in pool.asked}) <= 3  # "other", and no more than there are places
    await pool.release("other")
    assert await ends == "completed"


async def test_more_than_there_is_fails_the_task_and_no_other():
    run = running(
        Counted({"cpu_cores": 2}), needing("big", cpu=3.0), needing("gpu", resources={"gpu": 1}), needing("a")
    )
    assert await run.run() == "failed"
    assert await run.statuses() == {"big": "failed", "gpu": "failed", "a": "completed"}
    assert (await run.states())["big"].error["code"] == ErrorCode.RESOURCE_EXCEEDED


async def test_each_attempt_has_an_allocation_of_its_own():
    def fails_once(call):
        if call.attempt == 1:
            raise OSError("broke")
        return {}

    pool = Counted({"cpu_cores": 1})
    retried = needing("a", retry_policy=RetryPolicy(attempts=2, backoff_seconds=0.01))
    assert await running(pool, retried, executors=Doing(fails_once)).run() == "completed"
    assert len({one.allocation_id for one in pool.asked}) == 2
    assert pool.everything() == []


@pytest.mark.parametrize("asked", ["cancel", "drain"])
async def test_whoever_is_stopped_gives_back_what_runs_and_what_waits(asked):
    pool = Counted({"cpu_cores": 2})
    begun = asyncio.Event()

    async def works(call):
        begun.set()
        await asyncio.sleep(30)

    run = running(pool, *(needing(f"t{n}", cpu=2.0) for n in range(3)), executors=Doing(works))
    ends = asyncio.create_task(run.run())
    await begun.wait()
    await run.ask(asked)
    assert await ends in ("cancelled", "drained")
    assert pool.everything() == []
    assert await free(pool) == 2


async def test_a_runner_gives_back_what_one_before_it_has_left():
    pool = Counted({"cpu_cores": 4})
    await pool.allocate(request("left", owner="r1", amounts=cpus(4)))
    await pool.allocate(request("others", owner="r2", amounts={"cpu_cores": 1e-9}), wait=0)
    run = running(pool, needing("a"))
    await run.enter(LedgerEntry(task_id="a", attempt=1, kind=EntryKind.CLAIMED, at=NOW, key="k"))
    assert await run.run() == "waiting"  # for a person: nobody knows what became of it
    assert [one.owner for one in pool.everything() if one.owner == "r1"] == []


async def test_a_run_that_goes_on_under_the_same_lease_asks_anew():
    """As it does with the next version of its plan."""

    def fails_once(call):
        if call.task.task_id == "a" and call.attempt == 1:
            raise OSError("broke")
        return {}

    pool = Counted({"cpu_cores": 1})
    run = running(pool, needing("a"), needing("b", sequence_order=1), executors=Doing(fails_once), policy="abort")
    await run.open()
    async with run.leases.hold("r1") as held:
        known, endings = await run.runs.get_run("r1"), []
        for policy in (FailurePolicy.ABORT, FailurePolicy.CONTINUE):
            states = {name: state for name, state in (await run.states()).items() if state.status == "completed"}
            going_on = known.model_copy(update={"policy": policy})
            endings.append(str(await Scheduler(run.plan, going_on, states, held, run.runs, run.work).run()))
    assert endings[0] == "failed"
    assert (await run.statuses())["b"] == "completed"
    assert pool.everything() == []


async def test_a_provider_that_is_away_for_a_moment_is_waited_for():
    pool = Counted({"cpu_cores": 1}, fails=[unavailable("x")] * 3)
    assert await running(pool, needing("a")).run() == "completed"


async def test_a_provider_that_stays_away_fails_what_needs_it_and_nothing_else():
    pool = Counted({"cpu_cores": 1}, fails=[unavailable("x")] * 1000)
    run = running(pool, needing("a"), task("b"))
    assert await run.run() == "failed"
    assert await run.statuses() == {"a": "failed", "b": "completed"}
    told = (await run.states())["a"].error
    assert (told["code"], told["retryable"]) == (ErrorCode.RESOURCES_UNAVAILABLE, True)


async def test_a_provider_with_a_bug_fails_the_task_and_does_not_hang_the_run():
    run = running(Counted({"cpu_cores": 1}, fails=[ZeroDivisionError("x")]), needing("a"))
    assert await run.run() == "failed"
    told = (await run.states())["a"].error
    assert (told["code"], "ZeroDivisionError" in told["message"]) == (ErrorCode.RESOURCE_ANSWER_UNUSABLE, True)


async def test_a_provider_that_hangs_counts_as_away():
    class Hanging(Counted):
        async def allocate(self, asked, *, wait=0.0):
            await asyncio.sleep(60)

    run = running(Hanging({"cpu_cores": 1}), needing("a"), task("b"))
    assert await run.run() == "failed"
    assert await run.statuses() == {"a": "failed", "b": "completed"}
    assert (await run.states())["a"].error["code"] == ErrorCode.RESOURCES_UNAVAILABLE


async def test_an_answer_that_makes_no_sense_fails_the_task_at_once():
    run = running(Counted({"cpu_cores": 1}, fails=[unusable("status 418")]), needing("a"))
    assert await run.run() == "failed"
    assert (await run.states())["a"].error["code"] == ErrorCode.RESOURCE_ANSWER_UNUSABLE


async def test_a_resource_that_vanishes_lets_what_runs_go_on_and_fails_what_waits():
    pool, goes_on = Counted({"cpu_cores": 2}), asyncio.Event()

    async def works(call):
        await goes_on.wait()
        return {}

    doing = Doing(works)
    run = running(pool, needing("a", cpu=2.0), needing("b", cpu=2.0, sequence_order=1), executors=doing)
    ends = asyncio.create_task(run.run())
    await until(lambda: doing.begun["a"])
    pool.set_kind(ResourceKind(name="cpu_cores", capacity=1))
    await asyncio.sleep(0.02)
    goes_on.set()
    assert await ends == "failed"
    assert await run.statuses() == {"a": "completed", "b": "failed"}
    assert pool.everything() == []


async def test_what_runs_longer_than_its_lease_keeps_what_it_has():
    async def works(call):
        await asyncio.sleep(0.8)

    pool = Counted({"cpu_cores": 1})
    run = running(pool, needing("a"), executors=Doing(works))
    ends = asyncio.create_task(run.run())
    await asyncio.sleep(0.6)
    assert len(pool.everything()) == 1
    assert await ends == "completed"


async def test_an_allocation_that_was_lost_is_asked_for_again():
    async def works(call):
        pool.book._held.clear()  # the service was restarted and has forgotten everything
        await asyncio.sleep(0.4)

    pool = Counted({"cpu_cores": 1})
    run = running(pool, needing("a"), executors=Doing(works))
    ends = asyncio.create_task(run.run())
    await until(lambda: len(pool.asked) == 2)
    assert pool.asked[0] == pool.asked[1]
    assert await ends == "completed"
    assert pool.everything() == []


async def test_an_allocation_that_cannot_be_had_again_keeps_no_other_from_being_asked_for():
    goes_on = asyncio.Event()

    async def works(call):
        await goes_on.wait()

    pool = Counted({f"r{n}": 1.0 for n in range(6)})
    run = running(pool, *(needing(f"t{n}", cpu=0, resources={f"r{n}": 1}) for n in range(6)), executors=Doing(works))
    ends = asyncio.create_task(run.run())
    await until(lambda: len(pool.everything()) == 6)
    pool.book._held.clear()  # the service was restarted and has forgotten everything
    for n in range(5):
        pool.remove_kind(f"r{n}")
    await until(lambda: [one.purpose for one in pool.everything()] == ["t5"])
    goes_on.set()
    assert await ends == "completed"


async def test_what_nobody_can_be_asked_for_fails_the_task_and_no_other():
    """No estimate that was checked says so; one that was copied without a check might."""
    unchecked = ResourceEstimate().model_copy(update={"memory_mb": 1e13})
    run = running(Counted({"cpu_cores": 1}), task("big", resource_estimate=unchecked), needing("a"))
    assert await run.run() == "failed"
    assert await run.statuses() == {"big": "failed", "a": "completed"}
    assert (await run.states())["big"].error["code"] == ErrorCode.RESOURCE_EXCEEDED


async def test_a_task_that_is_too_dear_gives_back_what_it_was_granted():
    def costs(call):
        return {}

    pool = Counted({"cpu_cores": 2})
    dear = ThreePoint(6, 6, 6)
    run = running(pool, needing("a", cost=dear), needing("b", cost=dear), executors=Doing(costs),
                  budget=ResourceBudget(max_cost=9))  # fmt: skip
    await run.run()
    assert sorted((await run.statuses()).values()) in (["completed", "completed"], ["completed", "failed"])
    assert pool.everything() == []


async def test_a_task_that_is_too_dear_keeps_nothing_from_one_that_asks_for_the_same():
    """Else it would wait for budget, the other for what it has, and the run for both."""
    pool, dear = Counted({"cpu_cores": 1}), ThreePoint(5, 5, 5)
    await pool.allocate(request("other", owner="r2"))
    spent = asyncio.Event()

    async def spends(call):
        await spent.wait()
        return Produced(output={}, usage=Usage(cost=8))

    doing = Doing(spends)
    spending = task("spends", "first", resource_estimate=ResourceEstimate(cost=ThreePoint(8, 8, 8)))
    run = running(pool, task("first"), spending, needing("x", cost=dear), needing("y", cost=dear),
                  executors=ByTask(first=Doing(), default=doing), budget=ResourceBudget(max_cost=10))  # fmt: skip
    ends = asyncio.create_task(run.run())
    await until(lambda: doing.begun["spends"] and {"x", "y"} <= {one.purpose for one in pool.asked})
    await pool.release("other")
    spent.set()
    async with asyncio.timeout(5):
        assert await ends == "failed"
    assert await run.statuses() == {"first": "completed", "spends": "completed", "x": "failed", "y": "failed"}
    assert pool.everything() == []


async def test_no_more_is_held_than_there_are_places_for_of_all_resources_together():
    pool = Counted({f"r{n}": 1 for n in range(8)})
    run = running(pool, *(needing(f"t{n}", cpu=0, resources={f"r{n}": 1}) for n in range(8)),
                  executors=Doing(slowly), at_once=1)  # fmt: skip
    assert await run.run() == "completed"
    assert pool.most == 1


async def test_one_that_waits_for_its_resource_keeps_nobody_from_asking_for_another():
    pool, doing = Counted({"gpu": 1, "cpu_cores": 1}), Doing()
    await pool.allocate(request("other", owner="r2", amounts={"gpu": 1.0}))
    waits = needing("waits", cpu=0, resources={"gpu": 1})
    run = running(pool, waits, *(needing(f"t{n}", sequence_order=n) for n in (1, 2, 3)), executors=doing, at_once=1)
    ends = asyncio.create_task(run.run())
    await until(lambda: sum(doing.begun.values()) == 3)
    await pool.release("other")
    assert await ends == "completed"


async def test_no_more_is_kept_than_there_are_places_though_more_is_granted_at_once():
    kinds = [f"r{n}" for n in range(6)]
    pool, goes_on = Counted(dict.fromkeys(["cpu_cores", *kinds], 1)), asyncio.Event()

    async def works(call):
        await goes_on.wait()

    long = Doing(works)
    await pool.allocate(request("cpu", owner="r2"))
    await pool.allocate(request("others", owner="r2", amounts=dict.fromkeys(kinds, 1.0)))
    waiting = [needing(f"needs-{kind}", cpu=0, resources={kind: 1}) for kind in kinds]
    run = running(pool, needing("long"), *waiting, executors=ByTask(long=long), at_once=1)
    ends = asyncio.create_task(run.run())
    await until(lambda: len(pool._line) == 7)
    await pool.release("cpu")
    await until(lambda: long.begun["long"])
    await pool.release("others")
    await asyncio.sleep(0.05)
    assert len(pool.everything()) == 2  # that of the one that runs, and of the one that goes next
    goes_on.set()
    assert await ends == "completed"
    assert pool.everything() == []


@pytest.mark.parametrize(("first", "dear", "ends_as"), [("gpu", 5, "failed"), ("cpu_cores", 0, "completed")])
async def test_one_that_has_what_it_needs_does_not_hang_a_run_in_which_another_goes_first(first, dear, ends_as):
    """The place is for one of the two; the first in line asks for nothing while the second has it."""
    pool, goes_on = Counted({"cpu_cores": 1, "gpu": 1}), asyncio.Event()
    await pool.allocate(request("other", owner="r2"))

    async def spends(call):
        await goes_on.wait()
        return Produced(output={}, usage=Usage(cost=8))

    long = Doing(spends)
    run = running(pool, task("spends", sequence_order=9, resource_estimate=ResourceEstimate()),
                  needing("has", cost=ThreePoint(dear, dear, dear), sequence_order=5),
                  needing("before", "spends", cpu=0, resources={first: 1}, sequence_order=1),
                  executors=ByTask(spends=long), budget=ResourceBudget(max_cost=10), at_once=1)  # fmt: skip
    ends = asyncio.create_task(run.run())
    await until(lambda: long.begun["spends"] and pool._line)
    await pool.release("other")
    await until(lambda: [one.purpose for one in pool.everything()] == ["has"])
    await asyncio.sleep(0.05)  # or what is done because of the grant wakes the other
    goes_on.set()
    async with asyncio.timeout(5):
        assert await ends == ends_as
    assert (await run.statuses())["before"] == "completed"
    assert pool.everything() == []


async def test_a_rerun_without_effects_takes_up_nothing():
    pool = Counted({"cpu_cores": 1})
    await running(pool, needing("a"), effects=Effects.STUBBED).run()
    assert pool.asked == []
