"""Cancelled, drained, asked to replan, given up: nothing more is begun, nothing goes on unseen."""

import asyncio
from dataclasses import replace

import pytest

from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.feedback import Feedback
from groundplan.domain.task import RetryPolicy
from groundplan.execution.agent_registry import AgentRegistry
from groundplan.execution.outside import OutsideWork
from tests.plan_factories import task
from tests.scheduled_runs import LIMITS, ByTask, Doing, ScheduledRun, until

SLOW_RETRY = RetryPolicy(attempts=3, backoff_seconds=60)


class Held:
    """An effect that goes on until it is released or cancelled."""

    def __init__(self, **declared):
        self.release = asyncio.Event()
        self.ended = []
        self.doing = Doing(self._wait, **declared)

    async def _wait(self, call):
        try:
            await self.release.wait()
        finally:
            self.ended.append(call.task.task_id)
        return {"ok": True}

    async def begun(self, count=1):
        await until(lambda: self.doing.begun.total() >= count)


def broke(call):
    raise OSError("broke")


@pytest.mark.parametrize(
    ("declared", "status"), [({"pure": True}, "cancelled"), ({"idempotent": True}, "in_doubt"), ({}, "in_doubt")]
)
async def test_cancelled_in_mid_effect(declared, status):
    held = Held(**declared)
    run = ScheduledRun(task("a"), task("b", "a"), executors=held.doing)
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("cancel")
    assert await asyncio.wait_for(running, 5) == "cancelled"
    assert await run.statuses() == {"a": status, "b": "cancelled"}
    assert held.ended == ["a"]
    assert run.scheduler.stopped_by == "cancelled by ada"


async def test_a_claim_that_commits_while_the_run_is_cancelled_is_not_begun():
    run = ScheduledRun(task("a"), task("b", "a"), executors=(doing := Doing(idempotent=True)))
    await run.open()
    append = run.runs.append

    async def cancelled_meanwhile(lease, entries, events=()):
        await append(lease, entries, events)
        if any(entry.task_id == "b" and entry.kind == "claimed" for entry in entries):
            await run.ask("cancel")

    run.runs.append = cancelled_meanwhile
    assert await run.run() == "cancelled"
    assert await run.statuses() == {"a": "completed", "b": "cancelled"}
    assert doing.begun == {"a": 1}


async def test_cancelled_while_a_task_waits_to_be_tried_again():
    run = ScheduledRun(task("a", retry_policy=SLOW_RETRY), executors=Doing(broke))
    running = asyncio.create_task(run.run())
    await until(lambda: run.scheduler and run.scheduler.states.get("a") and run.scheduler.states["a"].status == "ready")
    await run.ask("cancel")
    assert await asyncio.wait_for(running, 5) == "cancelled"
    assert await run.statuses() == {"a": "cancelled"}


async def test_cancelled_before_it_begins_a_run_begins_nothing():
    run = ScheduledRun(task("a"), task("b", "a"), executors=(doing := Doing()))
    assert await run.run(asked="cancel") == "cancelled"
    assert (await run.statuses(), doing.begun) == ({"a": "cancelled", "b": "cancelled"}, {})


async def test_one_that_ignores_being_cancelled_is_left_in_doubt():
    release = asyncio.Event()

    async def deaf(call):
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    run = ScheduledRun(task("a"), executors=(doing := Doing(deaf)))
    running = asyncio.create_task(run.run())
    await until(lambda: doing.begun)
    await run.ask("cancel")
    assert await asyncio.wait_for(running, 5) == "cancelled"
    assert await run.statuses() == {"a": "in_doubt"}
    release.set()


async def test_drained_what_runs_ends_and_nothing_more_begins():
    held = Held()
    run = ScheduledRun(task("a"), task("b", "a"), executors=held.doing)
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("drain")
    held.release.set()
    assert await asyncio.wait_for(running, 5) == "drained"
    assert await run.statuses() == {"a": "completed"}
    assert await run.run() == "completed"
    assert held.doing.begun == {"a": 1, "b": 1}


async def test_drained_an_effect_that_does_not_end_in_time_is_handed_over():
    held = Held(idempotent=True)
    run = ScheduledRun(task("a"), executors=held.doing)
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("drain")
    assert await asyncio.wait_for(running, 5) == "drained"
    assert await run.statuses() == {"a": "executing"}
    held.release.set()
    assert await run.run() == "completed"
    assert [kind for _, _, kind in await run.story()] == ["claimed", "in_doubt", "retrying", "claimed", "completed"]


async def test_drained_a_task_that_fails_keeps_the_attempts_that_it_has_left():
    release = asyncio.Event()

    async def fail_later(call):
        await release.wait()
        raise OSError("broke")

    run = ScheduledRun(task("a", retry_policy=RetryPolicy(attempts=2, backoff_seconds=0)),
                       executors=(doing := Doing(fail_later)), policy="abort")  # fmt: skip
    running = asyncio.create_task(run.run())
    await until(lambda: doing.begun)
    await run.ask("drain")
    release.set()
    assert await asyncio.wait_for(running, 5) == "drained"
    assert await run.statuses() == {"a": "ready"}


async def test_drained_nobody_waits_for_a_task_that_waits_to_be_tried_again():
    run = ScheduledRun(task("a", retry_policy=SLOW_RETRY), executors=Doing(broke))
    running = asyncio.create_task(run.run())
    await until(lambda: run.scheduler and run.scheduler.states.get("a") and run.scheduler.states["a"].status == "ready")
    await run.ask("drain")
    assert await asyncio.wait_for(running, 0.5) == "drained"


async def test_cancelled_while_it_drains():
    held = Held(pure=True)
    run = ScheduledRun(task("a"), task("b", "a"), executors=held.doing)
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("drain")
    await run.ask("cancel")
    assert await asyncio.wait_for(running, 5) == "cancelled"
    assert await run.statuses() == {"a": "cancelled", "b": "cancelled"}


async def test_asked_to_replan_what_runs_is_let_finish():
    held = Held()
    run = ScheduledRun(task("a"), task("b", "a"), executors=held.doing)
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("replan")
    held.release.set()
    assert await asyncio.wait_for(running, 5) == "replan"
    assert await run.statuses() == {"a": "completed"}


class Reported:
    """Takes the report on a task once it is there."""

    def __init__(self):
        self.there = set()

    async def take_report(self, run_id, task_id, attempt):
        return Feedback(task_id=task_id, status="completed", output={}) if task_id in self.there else None

    async def return_report(self, run_id, task_id, attempt):
        raise AssertionError


def beside_outside_work(reported, held):
    """`gate` is done outside, all else by the held effect."""
    return ByTask(held.doing, gate=OutsideWork(reported, look_every=0.001))


async def test_asked_to_replan_the_run_goes_on_beside_what_is_done_outside():
    reported, held = Reported(), Held()
    run = ScheduledRun(task("gate"), task("a"), task("b", "a"), task("c", "b"), task("last", "gate"),
                       executors=beside_outside_work(reported, held))  # fmt: skip
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("replan")
    held.release.set()
    await until(lambda: held.doing.begun["c"])
    reported.there.add("gate")
    assert await asyncio.wait_for(running, 5) == "replan"
    assert await run.statuses() == dict.fromkeys(["gate", "a", "b", "c"], "completed")


async def test_what_the_wish_is_about_is_not_begun_before_it_is_followed():
    reported, held = Reported(), Held()
    run = ScheduledRun(task("gate"), task("a"), task("b", "a"), task("delete", "a"),
                       executors=beside_outside_work(reported, held))  # fmt: skip
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("replan", holds=["delete"])
    held.release.set()
    await until(lambda: run.scheduler.states.get("b") and run.scheduler.states["b"].status == "completed")
    reported.there.add("gate")
    assert await asyncio.wait_for(running, 5) == "replan"
    assert held.doing.begun == {"a": 1, "b": 1}


async def test_asked_to_replan_a_task_that_does_not_end_is_not_waited_for_for_long():
    silent, held = asyncio.Event(), Held()
    doing = ByTask(silent=Doing(lambda call: silent.wait()), a=held.doing, b=held.doing)
    run = ScheduledRun(task("silent"), task("a"), task("b", "a"), executors=doing,
                       limits=replace(LIMITS, wish=0.05))  # fmt: skip
    running = asyncio.create_task(run.run())
    await held.begun()
    await run.ask("replan")
    held.release.set()
    await until(lambda: run.scheduler.states["a"].status == "completed")
    assert not held.doing.begun["b"]
    await until(lambda: held.doing.begun["b"])
    silent.set()
    assert await asyncio.wait_for(running, 5) == "replan"


async def test_taken_over_by_another_runner_it_ends_and_what_ran_is_stopped():
    held = Held()
    run = ScheduledRun(task("a"), task("b", "a"), executors=held.doing)
    running = asyncio.create_task(run.run())
    await held.begun()
    run.runs._kept["r1"].leased_until = 0.0  # the runner was frozen for as long as its lease lasts
    await run.runs.take_lease("r1", "another", 15.0)
    held.release.set()
    with pytest.raises(PlanningError) as raised:
        await asyncio.wait_for(running, 5)
    assert raised.value.code is ErrorCode.RUN_CONFLICT
    assert await run.statuses() == {"a": "executing"}
    assert held.doing.begun == {"a": 1}


async def test_a_lease_that_may_have_run_out_begins_no_effect():
    run = ScheduledRun(task("a"), task("b", "a"), executors=(doing := Doing()))
    await run.open()
    append = run.runs.append

    async def frozen_meanwhile(lease, entries, events=()):
        await append(lease, entries, events)
        if any(entry.task_id == "b" for entry in entries):
            run.leases._held["r1"]._until = 0.0
            run.runs._kept["r1"].leased_until = 0.0
            await run.runs.take_lease("r1", "another", 15.0)

    run.runs.append = frozen_meanwhile
    with pytest.raises(PlanningError) as raised:
        await run.run()
    assert (raised.value.code, doing.begun) == (ErrorCode.RUN_CONFLICT, {"a": 1})


async def test_a_database_that_is_away_for_a_while_is_waited_for():
    run = ScheduledRun(*(task(f"t{number}") for number in range(5)), executors=(doing := Doing()))
    await run.open()
    append, refused = run.runs.append, []

    async def away(lease, entries, events=()):
        if len(refused) < 2:
            refused.append(entries)
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "gone")
        await append(lease, entries, events)

    run.runs.append = away
    assert await run.run() == "completed"
    assert set(doing.begun.values()) == {1}


async def test_a_database_that_stays_away_ends_the_runner_and_not_the_run():
    run = ScheduledRun(task("a"), executors=(doing := Doing(idempotent=True)))
    await run.open()
    append = run.runs.append

    async def away(lease, entries, events=()):
        if entries[0].kind == "completed":
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "gone")
        await append(lease, entries, events)

    run.runs.append = away
    with pytest.raises(PlanningError) as raised:
        await run.run()
    assert raised.value.code is ErrorCode.STORE_UNAVAILABLE
    run.runs.append = append
    assert await run.run() == "completed"
    assert doing.begun == {"a": 2}


async def test_whoever_cancels_the_caller_stops_its_effects():
    held = Held()
    run = ScheduledRun(task("a"), executors=held.doing)
    running = asyncio.create_task(run.run())
    await held.begun()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert held.ended == ["a"]
    assert await run.statuses() == {"a": "executing"}
    assert len(asyncio.all_tasks()) == 1


async def test_agents_are_free_again_however_a_run_ends():
    agents = AgentRegistry([AgentCapability(agent_id="one", capabilities=["typing"], capacity=1)])
    held = Held()
    run = ScheduledRun(task("a", required_capabilities=["typing"]), executors=held.doing, assigner=agents)
    running = asyncio.create_task(run.run())
    await held.begun()
    assert agents.load.get("one", 0) == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert agents.load.get("one", 0) == 0


async def test_who_is_busy_elsewhere_is_waited_for():
    agents = AgentRegistry([AgentCapability(agent_id="one", capabilities=["typing"], capacity=1)])
    elsewhere = agents.assign(task("x", required_capabilities=["typing"]))
    run = ScheduledRun(task("a", required_capabilities=["typing"]), task("b"), executors=ByTask(), assigner=agents)
    running = asyncio.create_task(run.run())
    await asyncio.sleep(0.05)
    assert not running.done()
    agents.release(elsewhere.agent_id)
    assert await asyncio.wait_for(running, 5) == "completed"


async def test_who_becomes_free_elsewhere_is_taken_while_other_tasks_still_run():
    agents = AgentRegistry([AgentCapability(agent_id="one", capabilities=["typing"], capacity=1)])
    elsewhere = agents.assign(task("x", required_capabilities=["typing"]))
    held = Held()
    release = Doing(lambda call: held.release.set())
    run = ScheduledRun(task("long"), task("a", required_capabilities=["typing"]), assigner=agents,
                       executors=ByTask(long=held.doing, a=release))  # fmt: skip
    running = asyncio.create_task(run.run())
    await held.begun()
    agents.release(elsewhere.agent_id)
    assert await asyncio.wait_for(running, 5) == "completed"


async def test_an_agent_never_does_more_at_once_than_it_can():
    agents = AgentRegistry([AgentCapability(agent_id="one", capabilities=["typing"], capacity=2)])
    loads = []

    async def look(call):
        loads.append(agents.load["one"])
        await asyncio.sleep(0)

    run = ScheduledRun(
        *(task(f"t{n}", required_capabilities=["typing"]) for n in range(9)), executors=Doing(look), assigner=agents
    )
    assert await run.run() == "completed"
    assert max(loads) == 2 and agents.load.get("one", 0) == 0
