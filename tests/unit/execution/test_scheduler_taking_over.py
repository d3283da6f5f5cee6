"""A run that a runner has left in the middle: what the next one makes of each line that it finds."""

import asyncio
from datetime import timedelta

import pytest

from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.task import RetryPolicy
from groundplan.execution.protocols import Reconciled, ReconcileVerdict
from tests.plan_factories import NOW, task
from tests.scheduled_runs import ByTask, Doing, ScheduledRun, utc


def line(task_id, attempt, kind, **fields):
    return LedgerEntry(task_id=task_id, attempt=attempt, kind=EntryKind(kind), at=NOW, **fields)


def answering(verdict, **fields):
    asked = []

    async def reconcile(call):
        asked.append((call.idempotency_key, call.attempt, dict(call.inputs)))
        return Reconciled(verdict=ReconcileVerdict(verdict), **fields)

    return Doing(reconcile=reconcile), asked


CLAIM = line("a", 1, "claimed", key="k1")
DOUBT = line("a", 1, "in_doubt")


@pytest.mark.parametrize("found", [[CLAIM], [CLAIM, DOUBT]], ids=["claimed", "in doubt already"])
class TestACutOffEffect:
    async def test_that_may_be_repeated_is_repeated(self, found):
        run = ScheduledRun(task("a"), task("b", "a"), executors=(doing := Doing(idempotent=True)))
        await run.enter(*found)
        assert await run.run() == "completed"
        assert doing.begun == {"a": 1, "b": 1}
        assert [kind for name, _, kind in await run.story() if name == "a"] == [
            "claimed", "in_doubt", "retrying", "claimed", "completed",
        ]  # fmt: skip

    async def test_that_happened_is_not_repeated(self, found):
        doing, asked = answering("done", output={"n": 7})
        run = ScheduledRun(task("a", inputs={"x": 1}), task("b", "a"), executors=doing)
        await run.enter(*found)
        assert await run.run() == "completed"
        assert doing.begun == {"b": 1}
        assert asked == [("k1", 1, {"x": 1})]
        state = (await run.states())["a"]
        assert (state.output, state.records[-1]) == ({"n": 7}, {"reconciled": True})

    async def test_that_did_not_happen_is_done_under_the_same_rules(self, found):
        doing, _ = answering("not_done")
        run = ScheduledRun(task("a"), executors=doing)
        await run.enter(*found)
        assert await run.run() == "completed"
        assert doing.begun == {"a": 1}

    async def test_of_which_nobody_knows_waits_for_a_person_and_others_go_on(self, found):
        doing, _ = answering("unknown")
        run = ScheduledRun(task("a"), task("b", "a"), task("c"), executors=doing)
        await run.enter(*found)
        assert await run.run() == "waiting"
        assert (await run.statuses(), doing.begun) == ({"a": "in_doubt", "c": "completed"}, {"c": 1})

    async def test_whose_tool_says_nothing_waits_for_a_person(self, found):
        run = ScheduledRun(task("a"), executors=(doing := Doing()))
        await run.enter(*found)
        assert await run.run() == "waiting"
        assert doing.begun == {}

    async def test_whose_executor_is_gone_waits_for_a_person(self, found):
        class Nobody:
            def executor_for(self, task):
                return None

        run = ScheduledRun(task("a"), executors=Nobody())
        await run.enter(*found)
        assert await run.run() == "waiting"
        assert await run.statuses() == {"a": "in_doubt"}

    @pytest.mark.parametrize("trouble", ["raises", "hangs", "gives what cannot be kept"])
    async def test_whose_tool_cannot_be_asked_waits_for_a_person(self, found, trouble):
        async def reconcile(call):
            if trouble == "raises":
                raise OSError("no line")
            if trouble == "hangs":
                await asyncio.sleep(3600)
            return Reconciled(verdict=ReconcileVerdict.DONE, output=object())

        run = ScheduledRun(task("a"), executors=Doing(reconcile=reconcile))
        await run.enter(*found)
        assert await run.run() == "waiting"
        assert await run.statuses() == {"a": "in_doubt"}

    async def test_is_cleared_up_though_the_run_was_cancelled_meanwhile(self, found):
        doing, _ = answering("done")
        run = ScheduledRun(task("a"), task("b", "a"), executors=doing)
        await run.enter(*found)
        assert await run.run(asked="cancel") == "cancelled"
        assert await run.statuses() == {"a": "completed", "b": "cancelled"}


async def test_what_a_person_found_out_is_believed():
    run = ScheduledRun(task("a"), task("b", "a"), executors=(doing := Doing()))
    await run.enter(CLAIM, DOUBT, line("a", 1, "completed", output={"n": 1}))
    assert await run.run() == "completed"
    assert doing.begun == {"b": 1}


async def test_finished_tasks_never_run_again():
    run = ScheduledRun(task("a"), task("b", "a"), executors=(doing := Doing()))
    await run.enter(CLAIM, line("a", 1, "completed", output={"n": 1}))
    assert await run.run() == "completed"
    assert doing.begun == {"b": 1}


@pytest.mark.parametrize(("policy", "ending"), [("abort", "failed"), ("replan", "replan"), ("continue", "failed")])
async def test_a_failure_before_the_crash_still_means_what_the_policy_says(policy, ending):
    run = ScheduledRun(task("a"), task("b"), policy=policy, executors=(doing := Doing()))
    await run.enter(CLAIM, line("a", 1, "failed"))
    assert await run.run() == ending
    assert doing.begun == ({"b": 1} if policy == "continue" else {})


async def test_an_attempt_in_doubt_counts_towards_those_the_policy_allows():
    def broke(call):
        raise OSError("broke")

    run = ScheduledRun(task("a", retry_policy=RetryPolicy(attempts=2, backoff_seconds=0)),
                       executors=(doing := Doing(broke, idempotent=True)))  # fmt: skip
    await run.enter(CLAIM)
    assert await run.run() == "failed"
    assert doing.begun == {"a": 1}


RETRY = line("a", 1, "retrying", record={"retry_in_seconds": 60.0})


@pytest.mark.parametrize(
    ("clock", "waits"), [(30, True), (60, False), (61, False), (-100_000, True), (100_000, False)],
    ids=["half", "just over", "over", "clock jumped back", "clock jumped ahead"],
)  # fmt: skip
async def test_the_wait_between_two_attempts_goes_on_across_a_crash(clock, waits):
    run = ScheduledRun(task("a"), executors=(doing := Doing()), clock=lambda: utc(clock))
    await run.enter(CLAIM, RETRY)
    running = asyncio.create_task(run.run())
    await asyncio.sleep(0.02)
    assert (doing.begun == {}) is waits
    await run.ask("cancel")
    assert await asyncio.wait_for(running, 5) == ("cancelled" if waits else "completed")


async def test_the_wait_after_a_jump_of_the_clock_is_never_longer_than_it_was():
    run = ScheduledRun(task("a"), executors=Doing(), clock=lambda: utc(-100_000))
    await run.enter(CLAIM, line("a", 1, "retrying", record={"retry_in_seconds": 0.05}))
    assert await asyncio.wait_for(run.run(), 2) == "completed"


async def test_a_task_that_was_opened_again_starts_anew():
    def broke(call):
        raise OSError("broke")

    run = ScheduledRun(
        task("a", retry_policy=RetryPolicy(attempts=2, backoff_seconds=0)), task("b", "a"),
        executors=ByTask(a=(doing := Doing(broke))),
    )  # fmt: skip
    await run.enter(CLAIM, line("a", 1, "failed"), line("b", 0, "blocked"), line("a", 2, "reopened"),
                    line("b", 1, "reopened"))  # fmt: skip
    assert await run.run() == "failed"
    assert doing.begun == {"a": 2}
    assert (await run.states())["a"].attempt == 4
    assert await run.statuses() == {"a": "failed", "b": "blocked"}


async def test_clocks_that_jump_change_nothing_but_the_times():
    jumps = iter(range(1_000))
    run = ScheduledRun(
        task("a"), task("b", "a"), task("c", "b"), clock=lambda: NOW + timedelta(days=(-1) ** next(jumps) * 400)
    )
    assert await run.run() == "completed"
    assert set((await run.statuses()).values()) == {"completed"}
