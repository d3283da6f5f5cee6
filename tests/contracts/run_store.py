"""What every `RunStore` keeps to. A test class inherits it and gives the fixtures `plans` and `runs`, both empty."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from groundplan.domain.errors import ErrorCode
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import Effects, ExecutionRun, FailurePolicy, RunStatus
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.lifecycle import GoalStatus, PlanStatus, TaskStatus
from groundplan.stores.protocols import PlanStore
from groundplan.stores.run_protocol import Asked, Lease, RunChange, RunStore
from tests.contracts.plan_store import NOW, code_of, make_event, make_goal, make_plan, make_run
from tests.plan_factories import json_values

LATER = NOW + timedelta(minutes=5)
CANCEL = Asked("cancel", {"by": "ada", "why": "too dear"})
DRAIN = Asked("drain", {})
REPLAN = Asked("replan", {"strategy": "thorough"})
ANOTHER = Asked("replan", {"by": "bo"})
MONITORS = Asked("replan", {"by": "monitor", "yields": True})


def open_run(run_id: str = "x1", **fields: Any) -> ExecutionRun:
    given = {"run_id": run_id, "plan_id": "p1", "goal_id": "g1", "agent_did": "did:web:ana", "created_at": NOW}
    return ExecutionRun(**given | fields)


def line(task_id: str = "p1-1", attempt: int = 1, kind: str = "claimed", **fields: Any) -> LedgerEntry:
    return LedgerEntry(task_id=task_id, attempt=attempt, kind=EntryKind(kind), **{"at": NOW} | fields)


def told(task_id: str = "p1-1", type: EventType = EventType.TASK_STARTED) -> Event:
    return Event(type=type, at=NOW, goal_id="g1", plan_id="p1", run_id="x1", data={"task_id": task_id})


def step(status: str = "running", **fields: Any) -> RunChange:
    return RunChange(**{"status": RunStatus(status), "now": LATER} | fields)


async def stored(plans: PlanStore, plan_id: str = "p1", **fields: Any) -> None:
    """A goal with a plan that can be run."""
    await plans.receive(make_goal(), make_run(), [])
    await plans.set_goal_status("g1", GoalStatus.DECOMPOSING)
    await plans.set_goal_status("g1", GoalStatus.READY)
    await plans.commit_plan(make_plan(plan_id, **fields), [], reason="first version")


async def running(plans: PlanStore, runs: RunStore, **fields: Any) -> Lease:
    """An open run, and its lease."""
    await stored(plans)
    await runs.open_run(open_run(**fields), [])
    return await runs.take_lease("x1", "me", 15.0)


async def event_types(plans: PlanStore) -> list[str]:
    return [event.type.value for event in await plans.read_events()]


class OpeningContract:
    async def test_an_opened_run_moves_its_plan_and_goal(self, plans: PlanStore, runs: RunStore) -> None:
        await stored(plans)
        run = open_run(policy=FailurePolicy.CONTINUE, max_concurrent_tasks=3, replans_left=7)
        await runs.open_run(run, [make_event(type=EventType.PLAN_STARTED)])
        assert await runs.get_run("x1") == run
        assert (await plans.get_plan("p1")).status is PlanStatus.EXECUTING
        assert (await plans.get_goal("g1")).status is GoalStatus.EXECUTING
        assert await event_types(plans) == ["plan.started"]

    async def test_opening_twice_does_nothing_the_second_time(self, plans: PlanStore, runs: RunStore) -> None:
        await stored(plans)
        for _ in range(2):
            await runs.open_run(open_run(), [make_event()])
        assert len(await runs.list_runs()) == len(await plans.read_events()) == 1

    async def test_a_plan_is_run_by_one_run_at_a_time(self, plans: PlanStore, runs: RunStore) -> None:
        await stored(plans)
        opened = [runs.open_run(open_run(f"x{number}"), []) for number in range(5)]
        refused = [error for error in await asyncio.gather(*opened, return_exceptions=True) if error is not None]
        assert {error.code for error in refused} == {ErrorCode.RUN_CONFLICT}  # type: ignore[union-attr]
        assert len(refused) == 4
        assert len(await runs.list_runs()) == 1

    async def test_a_plan_that_does_not_exist_or_waits_or_is_over_is_not_run(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        assert await code_of(runs.open_run(open_run(), [])) is ErrorCode.PLAN_NOT_FOUND
        await stored(plans, status=PlanStatus.AWAITING_APPROVAL)
        assert await code_of(runs.open_run(open_run(), [])) is ErrorCode.APPROVAL_CONFLICT
        await runs.withdraw_plan("p1", NOW, [])
        assert await code_of(runs.open_run(open_run(), [])) is ErrorCode.ILLEGAL_TRANSITION
        assert await runs.list_runs() == []

    async def test_a_rerun_touches_neither_plan_nor_goal(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        rerun = open_run("x2", forked_from="x1", effects=Effects.STUBBED)
        await runs.open_run(rerun, [])
        await runs.change_run("x2", step("failed", plan=PlanStatus.FAILED, goal=GoalStatus.FAILED))
        assert (await runs.get_run("x2")).status is RunStatus.FAILED
        assert (await plans.get_plan("p1")).status is PlanStatus.EXECUTING
        assert (await plans.get_goal("g1")).status is GoalStatus.EXECUTING

    async def test_runs_are_listed_latest_first_by_plan_and_status(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        for number in (2, 3):
            await runs.open_run(open_run(f"x{number}", forked_from="x1", created_at=NOW + timedelta(hours=number)), [])
        await runs.change_run("x3", step("completed"))
        assert [run.run_id for run in await runs.list_runs(plan_id="p1")] == ["x3", "x2", "x1"]
        assert [run.run_id for run in await runs.list_runs(status=RunStatus.RUNNING, limit=1)] == ["x2"]
        assert await runs.list_runs(plan_id="p2") == []

    async def test_a_run_that_is_not_there_is_said(self, runs: RunStore) -> None:
        for refused in (runs.get_run("no"), runs.change_run("no", step()), runs.take_lease("no", "me", 1.0)):
            assert await code_of(refused) is ErrorCode.GOAL_NOT_FOUND
        assert await runs.read_ledger("no") == []


class ChangingContract:
    async def test_a_run_ends_with_its_plan_goal_and_tasks(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        task = (
            (await plans.get_plan("p1"))
            .tasks[0]
            .model_copy(
                update={"status": TaskStatus.COMPLETED, "attempts": 2, "outputs": {"n": 1}, "completed_at": NOW}
            )
        )
        change = step(
            "failed", plan=PlanStatus.FAILED, goal=GoalStatus.FAILED, tasks={task.task_id: task},
            error={"message": "broke"}, events=[make_event(type=EventType.PLAN_FAILED)],
        )  # fmt: skip
        for _ in range(2):
            run = await runs.change_run("x1", change)
            assert (run.status, run.finished_at, run.error) == (RunStatus.FAILED, LATER, {"message": "broke"})
        assert await runs.get_run("x1") == run
        plan = await plans.get_plan("p1")
        assert (plan.status, plan.tasks[0]) == (PlanStatus.FAILED, task)
        assert (await plans.get_goal("g1")).status is GoalStatus.FAILED
        assert await event_types(plans) == ["plan.failed"]

    async def test_a_final_status_stays_unless_it_is_rolled_back(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        await runs.change_run("x1", step("completed", plan=PlanStatus.COMPLETED))
        assert (await runs.change_run("x1", step("failed"))).status is RunStatus.COMPLETED
        assert (await runs.change_run("x1", step("running"))).status is RunStatus.COMPLETED
        await runs.change_run("x1", step("rolling_back", plan=PlanStatus.ROLLING_BACK))
        await runs.change_run("x1", step("rolled_back", plan=PlanStatus.ROLLED_BACK))
        assert (await runs.change_run("x1", step("rolling_back"))).status is RunStatus.ROLLED_BACK
        assert (await plans.get_plan("p1")).status is PlanStatus.ROLLED_BACK

    async def test_a_plan_moves_though_its_run_stays_as_it_is(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        for _ in range(2):
            await runs.change_run("x1", step(plan=PlanStatus.REPLANNING))
        assert (await plans.get_plan("p1")).status is PlanStatus.REPLANNING

    async def test_an_illegal_step_of_the_plan_changes_nothing(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        refused = runs.change_run("x1", step("rolled_back", plan=PlanStatus.ROLLED_BACK, events=[make_event()]))
        assert await code_of(refused) is ErrorCode.ILLEGAL_TRANSITION
        assert (await runs.get_run("x1")).status is RunStatus.RUNNING
        assert await plans.read_events() == []

    async def test_what_is_found_out_of_a_task_later_is_kept_beside_the_plan(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        await running(plans, runs)
        await runs.change_run("x1", step("failed", plan=PlanStatus.FAILED))
        task = (await plans.get_plan("p1")).tasks[0].model_copy(update={"status": TaskStatus.COMPLETED, "attempts": 2})
        await runs.change_run("x1", step("failed", tasks={task.task_id: task}))
        kept = await plans.get_plan("p1")
        assert (kept.status, kept.tasks[0].status, kept.tasks[0].attempts) == ("failed", "completed", 2)

    async def test_runs_with_a_task_in_doubt_are_found_whatever_became_of_them(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        lease = await running(plans, runs)
        await runs.append(lease, [line(), line(kind="in_doubt")])
        await runs.append(lease, [line("p1-2"), line("p1-2", kind="in_doubt"), line("p1-2", kind="failed")])
        await runs.change_run("x1", step("failed", plan=PlanStatus.FAILED))
        assert [run.run_id for run in await runs.runs_in_doubt()] == ["x1"]
        assert await runs.runs_in_doubt(limit=0) == []
        lease = await runs.take_lease("x1", "me", 15.0)
        await runs.append(lease, [line(kind="retrying")])
        assert await runs.runs_in_doubt() == []

    async def test_a_doubt_is_over_once_the_task_is_tried_again(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.append(lease, [line(), line(kind="in_doubt"), line(attempt=2)])
        assert await runs.runs_in_doubt() == []

    async def test_more_tokens_than_an_integer_has_are_counted(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.append(lease, [line(tokens=10**15)])
        assert [entry.tokens for entry in await runs.read_ledger("x1")] == [10**15]

    async def test_a_plan_that_nobody_has_begun_is_withdrawn_once(self, plans: PlanStore, runs: RunStore) -> None:
        await stored(plans)
        assert await runs.withdraw_plan("p1", LATER, [make_event(type=EventType.PLAN_CANCELLED)])
        assert not await runs.withdraw_plan("p1", LATER, [make_event(type=EventType.PLAN_CANCELLED)])
        assert (await plans.get_plan("p1")).status is PlanStatus.CANCELLED
        assert (await plans.get_goal("g1")).status is GoalStatus.CANCELLED
        assert await event_types(plans) == ["plan.cancelled"]
        assert await code_of(runs.withdraw_plan("no", LATER, [])) is ErrorCode.PLAN_NOT_FOUND

    async def test_a_plan_that_is_being_run_is_not_withdrawn(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        assert not await runs.withdraw_plan("p1", LATER, [])


class LeaseContract:
    async def test_one_runner_holds_a_run_at_a_time(self, plans: PlanStore, runs: RunStore) -> None:
        await stored(plans)
        await runs.open_run(open_run(), [])
        takings = [runs.take_lease("x1", f"runner {number}", 15.0) for number in range(8)]
        results = await asyncio.gather(*takings, return_exceptions=True)
        assert sum(isinstance(result, Lease) for result in results) == 1
        refused = [result for result in results if not isinstance(result, Lease)]
        assert {error.code for error in refused} == {ErrorCode.RUN_CONFLICT}  # type: ignore[union-attr]
        assert all(0 < error.details["seconds_left"] <= 15 for error in refused)  # type: ignore[union-attr]

    async def test_who_comes_after_a_lease_that_ran_out_fences_off_who_was_before(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        await stored(plans)
        await runs.open_run(open_run(), [])
        old = await runs.take_lease("x1", "frozen", 0.01)
        await asyncio.sleep(0.03)
        new = await runs.take_lease("x1", "next", 15.0)
        assert new.epoch == old.epoch + 1
        assert await code_of(runs.append(old, [line()], [told()])) is ErrorCode.RUN_CONFLICT
        assert await code_of(runs.append(old, [], [told()])) is ErrorCode.RUN_CONFLICT
        assert await code_of(runs.renew_lease(old)) is ErrorCode.RUN_CONFLICT
        ended = RunChange(status=RunStatus.FAILED, now=NOW, epoch=old.epoch)
        assert await code_of(runs.change_run("x1", ended)) is ErrorCode.RUN_CONFLICT
        assert (await runs.get_run("x1")).status is RunStatus.RUNNING
        await runs.release_lease(old)
        assert await code_of(runs.take_lease("x1", "third", 1.0)) is ErrorCode.RUN_CONFLICT
        assert await runs.read_ledger("x1") == await plans.read_events() == []

    async def test_a_lease_that_ran_out_and_that_nobody_took_goes_on(self, plans: PlanStore, runs: RunStore) -> None:
        await stored(plans)
        await runs.open_run(open_run(), [])
        lease = await runs.take_lease("x1", "me", 0.01)
        await asyncio.sleep(0.03)
        await runs.append(lease, [line()])
        await runs.renew_lease(Lease(**{**_fields(lease), "seconds": 15.0}))
        assert await code_of(runs.take_lease("x1", "you", 1.0)) is ErrorCode.RUN_CONFLICT

    async def test_a_lease_that_was_given_back_is_free_at_once(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.release_lease(lease)
        assert (await runs.take_lease("x1", "you", 15.0)).epoch == lease.epoch + 1


class AskingContract:
    async def test_the_runner_hears_what_is_asked_when_it_renews(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        assert await runs.renew_lease(lease) is None
        assert await runs.ask("x1", CANCEL)
        assert await runs.renew_lease(lease) == await runs.asked("x1") == CANCEL

    async def test_a_run_that_is_over_is_asked_nothing(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        await runs.ask("x1", CANCEL)
        await runs.change_run("x1", step("cancelled"))
        assert await runs.asked("x1") is None
        assert not await runs.ask("x1", CANCEL)

    @pytest.mark.parametrize("next_request", [DRAIN, None], ids=["drain", "taken back"])
    async def test_a_cancellation_stands_whatever_is_asked_later(
        self, plans: PlanStore, runs: RunStore, next_request: Asked | None
    ) -> None:
        await running(plans, runs)
        await runs.ask("x1", CANCEL)
        assert await runs.ask("x1", next_request)
        assert await runs.asked("x1") == CANCEL

    async def test_a_drain_is_taken_back_and_replaced(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        await runs.ask("x1", DRAIN)
        await runs.ask("x1", None)
        assert await runs.asked("x1") is None
        for request in (DRAIN, CANCEL):
            await runs.ask("x1", request)
            assert await runs.asked("x1") == request

    @pytest.mark.parametrize("known", [CANCEL, DRAIN, REPLAN], ids=["cancel", "drain", "replan"])
    async def test_a_wish_overwrites_nothing(self, plans: PlanStore, runs: RunStore, known: Asked) -> None:
        await running(plans, runs)
        await runs.ask("x1", known)
        for wish in (ANOTHER, MONITORS):
            assert await code_of(runs.ask("x1", wish)) is ErrorCode.ILLEGAL_TRANSITION
            assert await runs.asked("x1") == known
        await runs.ask("x1", CANCEL)
        assert await runs.asked("x1") == CANCEL

    async def test_the_same_wish_again_is_the_same_wish(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        assert [await runs.ask("x1", REPLAN) for _ in range(2)] == [True, True]
        assert await runs.asked("x1") == REPLAN

    async def test_of_many_wishes_at_once_one_is_left(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        wishes = [Asked("replan", {"by": f"person {number}"}) for number in range(5)]
        answers = await asyncio.gather(*(runs.ask("x1", wish) for wish in wishes), return_exceptions=True)
        left = [wish for wish, answer in zip(wishes, answers, strict=True) if answer is True]
        assert left == [await runs.asked("x1")]

    async def test_a_wish_that_yields_is_replaced_until_it_is_taken_up(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        await runs.ask("x1", MONITORS)
        await runs.ask("x1", REPLAN)
        assert await runs.asked("x1") == REPLAN
        await runs.change_run("x1", step(drops_wish=True, plan=PlanStatus.EXECUTING))
        await runs.ask("x1", MONITORS)
        await runs.change_run("x1", step(plan=PlanStatus.REPLANNING))
        assert await code_of(runs.ask("x1", REPLAN)) is ErrorCode.ILLEGAL_TRANSITION
        assert await runs.asked("x1") == Asked("replan", {"by": "monitor"})

    async def test_a_drain_puts_a_wish_aside_for_the_next_runner(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.ask("x1", REPLAN)
        for _ in range(2):
            await runs.ask("x1", DRAIN)
            drained = await runs.asked("x1")
            assert drained is not None and drained.request == "drain"
        await runs.ask("x1", None)
        assert await runs.asked("x1") == REPLAN
        await runs.ask("x1", DRAIN)
        await runs.release_lease(lease)
        await runs.take_lease("x1", "you", 15.0)
        assert await runs.asked("x1") == REPLAN

    async def test_a_wish_that_was_put_aside_is_gone_when_it_is_answered(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        await running(plans, runs)
        await runs.ask("x1", REPLAN)
        await runs.ask("x1", DRAIN)
        await runs.change_run("x1", step(drops_wish=True, plan=PlanStatus.REPLANNING))
        assert await runs.asked("x1") == DRAIN
        await runs.ask("x1", None)
        assert await runs.asked("x1") is None

    async def test_a_cancellation_outlives_every_step_before_the_last(self, plans: PlanStore, runs: RunStore) -> None:
        await running(plans, runs)
        await runs.ask("x1", CANCEL)
        for change in (step("waiting"), step(), step(plan=PlanStatus.REPLANNING), step(replans_left=1)):
            await runs.change_run("x1", change)
            assert await runs.asked("x1") == CANCEL

    async def test_a_wish_to_replan_is_done_with_when_there_is_another_version(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        await running(plans, runs)
        await runs.ask("x1", REPLAN)
        await runs.change_run("x1", step("waiting"))
        assert await runs.asked("x1") == REPLAN
        await plans.commit_plan(make_plan(version=2), [], reason="another way")
        await runs.change_run("x1", step(version=2))
        assert await runs.asked("x1") is None


class LedgerContract:
    async def test_entries_come_back_as_they_were_written_and_in_their_order(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        lease = await running(plans, runs)
        entries = [
            line(agent="ana", key="k1", arguments={"ü": [1, None]}, tokens=5, cost=0.25, record={"prompt": "p"}),
            line(kind="completed", output={"deep": [{"n": 1e16}]}, at=LATER, tokens=7),
            line("p1-2", kind="failed", error={"code": "E5207", "details": {}}),
        ]
        await runs.append(lease, entries[:1])
        await runs.append(lease, entries[1:])
        assert await runs.read_ledger("x1") == [_at_epoch(entry, lease.epoch) for entry in entries]

    @settings(
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,  # the contract runs over several stores: that is what it is for
        ],
        max_examples=10,
    )
    @given(output=json_values)
    async def test_any_json_comes_back(self, plans: PlanStore, runs: RunStore, output: Any) -> None:
        if not await runs.list_runs():
            await running(plans, runs)
        lease = await runs.take_lease("x1", "me", 15.0)
        known = len(await runs.read_ledger("x1"))
        await runs.append(lease, [line(attempt=known + 1, output=output)])
        assert repr((await runs.read_ledger("x1"))[-1].output) == repr(output)

    async def test_a_line_that_is_there_stays_as_it_is_and_its_events_are_told_once(
        self, plans: PlanStore, runs: RunStore
    ) -> None:
        lease = await running(plans, runs)
        for number in range(2):
            await runs.append(lease, [line(output=number)], [told()])
        assert [entry.output for entry in await runs.read_ledger("x1")] == [0]
        assert await event_types(plans) == ["task.started"]

    async def test_what_is_sent_again_with_something_new_adds_only_that(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.append(lease, [line()], [told()])
        await runs.append(lease, [line(), line("p1-2")], [told(), told("p1-2")])
        assert [entry.task_id for entry in await runs.read_ledger("x1")] == ["p1-1", "p1-2"]
        assert [event.data["task_id"] for event in await plans.read_events()] == ["p1-1", "p1-2"]

    async def test_events_alone_are_told(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.append(lease, [], [told(type=EventType.TASK_PROGRESS)])
        await runs.append(lease, [], [])
        assert await event_types(plans) == ["task.progress"]

    async def test_ledgers_of_runs_are_apart(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.open_run(open_run("x2", forked_from="x1"), [])
        other = await runs.take_lease("x2", "me", 15.0)
        await asyncio.gather(runs.append(lease, [line(output=1)]), runs.append(other, [line(output=2)]))
        assert [entry.output for entry in await runs.read_ledger("x1")] == [1]
        assert [entry.output for entry in await runs.read_ledger("x2")] == [2]

    async def test_a_fenced_writer_does_not_keep_others_from_writing(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        await runs.open_run(open_run("x2", forked_from="x1"), [])
        stale = Lease(**{**_fields(lease), "epoch": lease.epoch - 1})
        good = await runs.take_lease("x2", "me", 15.0)
        results = await asyncio.gather(
            runs.append(good, [line("a")]), runs.append(stale, [line("b")]), runs.append(good, [line("c")]),
            return_exceptions=True,
        )  # fmt: skip
        assert [getattr(result, "code", None) for result in results] == [None, ErrorCode.RUN_CONFLICT, None]
        assert [entry.task_id for entry in await runs.read_ledger("x2")] == ["a", "c"]
        assert await runs.read_ledger("x1") == []

    async def test_an_outcome_can_join_a_transaction(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        async with runs.joined(lease) as joined:
            assert not joined.is_lost
            await joined.write(line(kind="completed", output={"n": 1}), [told(type=EventType.TASK_COMPLETED)])
        assert [entry.output for entry in await runs.read_ledger("x1")] == [{"n": 1}]
        assert await event_types(plans) == ["task.completed"]

    async def test_a_joined_outcome_is_fenced(self, plans: PlanStore, runs: RunStore) -> None:
        lease = await running(plans, runs)
        stale = Lease(**{**_fields(lease), "epoch": lease.epoch - 1})

        async def write() -> None:
            async with runs.joined(stale) as joined:
                await joined.write(line(), [])

        assert await code_of(write()) is ErrorCode.RUN_CONFLICT
        assert await runs.read_ledger("x1") == []


class RunStoreContract(OpeningContract, ChangingContract, LeaseContract, AskingContract, LedgerContract):
    """All of it."""


def _fields(lease: Lease) -> dict[str, Any]:
    return {name: getattr(lease, name) for name in ("run_id", "plan_id", "goal_id", "epoch", "owner", "seconds")}


def _at_epoch(entry: LedgerEntry, epoch: int) -> LedgerEntry:
    fields = {name: getattr(entry, name) for name in LedgerEntry.__dataclass_fields__}
    return LedgerEntry(**fields | {"epoch": epoch})
