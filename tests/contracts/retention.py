"""What every `Retention` keeps to. A test class inherits it and gives the fixtures `plans`, `runs` and `retention`,
over the same empty stores."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from groundplan.domain.errors import ErrorCode
from groundplan.domain.events import EventType
from groundplan.domain.execution import Effects, RunStatus
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.stores.protocols import PlanStore
from groundplan.stores.retention import Due, Retention
from groundplan.stores.run_protocol import RunChange, RunStore
from tests.contracts.plan_store import NOW, code_of, make_event, make_goal, make_plan, make_request, make_run
from tests.contracts.run_store import line, open_run, stored, told

ENDED = NOW + timedelta(minutes=5)
AFTER = NOW + timedelta(days=30)
"""A moment by which everything here is old."""


async def ended(runs: RunStore, run_id: str = "x1", at: datetime = ENDED, **fields: Any) -> None:
    """A run with two lines in its ledger that has completed."""
    await runs.open_run(open_run(run_id, **fields), [make_event(type=EventType.PLAN_STARTED)])
    lease = await runs.take_lease(run_id, "me", 15.0)
    await runs.append(lease, [line(), line(kind="completed", output={"n": 1})], [told()])
    await runs.release_lease(lease)
    await runs.change_run(
        run_id, RunChange(status=RunStatus.COMPLETED, now=at, plan=PlanStatus.COMPLETED, goal=GoalStatus.COMPLETED)
    )


def rerun(source: str) -> dict[str, Any]:
    return {"forked_from": source, "effects": Effects.STUBBED}


class RetentionContract:
    async def test_what_ended_before_the_moment_is_due(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        assert await retention.due(AFTER) == Due(executions=["x1"], plannings=["r1"])
        assert await retention.due(NOW) == Due()
        assert not await retention.due(ENDED - timedelta(minutes=1)) & Due(executions=["x1"])

    async def test_what_is_due_goes_with_its_ledger_and_events(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        gone = await retention.forget(await retention.due(AFTER), AFTER)
        assert gone == Due(executions=["x1"], plannings=["r1"])
        assert (await code_of(runs.get_run("x1")), await runs.read_ledger("x1")) == (ErrorCode.GOAL_NOT_FOUND, [])
        assert await code_of(plans.get_run("r1")) is ErrorCode.GOAL_NOT_FOUND
        assert await plans.read_events() == []
        assert await retention.due(AFTER) == Due()

    async def test_the_plan_and_what_became_of_its_tasks_stay(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        before = await plans.get_plan("p1"), await plans.get_goal("g1")
        await retention.forget(await retention.due(AFTER), AFTER)
        assert (await plans.get_plan("p1"), await plans.get_goal("g1")) == before

    @pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.WAITING])
    async def test_what_is_not_over_stays_however_old(
        self, plans: PlanStore, runs: RunStore, retention: Retention, status: RunStatus
    ) -> None:
        await stored(plans)
        await runs.open_run(open_run(), [])
        await runs.change_run("x1", RunChange(status=status, now=ENDED))
        assert await retention.due(AFTER, plans=True) == Due()

    async def test_a_goal_that_is_not_planned_yet_keeps_its_run(self, plans: PlanStore, retention: Retention) -> None:
        await plans.receive(make_goal(), make_run(), [])
        assert await retention.due(AFTER) == Due()
        await plans.set_goal_status("g1", GoalStatus.FAILED)
        assert (await retention.due(AFTER)).plannings == ["r1"]

    async def test_a_plan_that_waits_for_approval_keeps_its_run(self, plans: PlanStore, retention: Retention) -> None:
        await plans.receive(make_goal(), make_run(), [])
        waiting = make_plan(status=PlanStatus.AWAITING_APPROVAL)
        await plans.commit_plan(waiting, [], reason="first version", approval=make_request())
        assert await retention.due(AFTER) == Due()

    async def test_what_a_kept_rerun_was_forked_from_stays_along_the_whole_chain(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        await ended(runs, "x2", **rerun("x1"))
        await ended(runs, "x3", at=AFTER + timedelta(days=1), **rerun("x2"))
        await ended(runs, "x4", **rerun("x1"))
        assert (await retention.due(AFTER)).executions == ["x4"]
        assert (await retention.due(AFTER + timedelta(days=2))).executions == ["x1", "x2", "x3", "x4"]

    async def test_a_planning_run_stays_while_one_that_was_forked_from_it_does(
        self, plans: PlanStore, retention: Retention
    ) -> None:
        await plans.receive(make_goal(), make_run(), [])
        forked = make_goal("g2", metadata={"fork": {"run_id": "r1", "released": []}})
        await plans.receive(forked, make_run("r2", "g2"), [])
        await plans.set_goal_status("g1", GoalStatus.FAILED)
        assert await retention.due(AFTER) == Due()
        await plans.set_goal_status("g2", GoalStatus.FAILED)
        assert (await retention.due(AFTER)).plannings == ["r1", "r2"]

    async def test_what_is_needed_again_meanwhile_stays(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        due = await retention.due(AFTER)
        await runs.open_run(open_run("x2", **rerun("x1")), [])
        assert (await retention.forget(due, AFTER)).executions == []
        assert len(await runs.read_ledger("x1")) == 2

    async def test_a_run_that_is_rolled_back_meanwhile_stays(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        due = await retention.due(AFTER)
        change = RunChange(status=RunStatus.ROLLING_BACK, now=ENDED, plan=PlanStatus.ROLLING_BACK)
        await runs.change_run("x1", change)
        assert (await retention.forget(due, AFTER)).executions == []

    async def test_plans_go_only_if_asked_for_and_over_with_their_goals(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        due = await retention.due(AFTER, plans=True)
        assert due == Due(executions=["x1"], plannings=["r1"], plans=["p1"])
        await retention.forget(due, AFTER)
        assert await code_of(plans.get_plan("p1")) is ErrorCode.PLAN_NOT_FOUND
        assert await code_of(plans.get_goal("g1")) is ErrorCode.GOAL_NOT_FOUND

    async def test_a_plan_that_a_kept_run_repeats_stays(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs)
        await runs.open_run(open_run("x2", **rerun("x1")), [])
        assert (await retention.due(AFTER, plans=True)).plans == []

    async def test_many_go_with_the_reruns_of_them(
        self, plans: PlanStore, runs: RunStore, retention: Retention
    ) -> None:
        await stored(plans)
        await ended(runs, "x0")
        for number in range(1, 120):
            await ended(runs, f"x{number}", **rerun(f"x{number - 1}"))
        due = await retention.due(AFTER, plans=True)
        gone = await retention.forget(due, AFTER)
        assert (len(gone.executions), gone.plannings, gone.plans) == (120, ["r1"], ["p1"])
        assert await runs.list_runs() == []
