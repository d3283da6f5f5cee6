"""What every `PastWork` keeps to. A test class inherits it and gives the fixtures `plans`, `runs`, `feedback`,
`retention` and `past_work`, all empty and of one place."""

import asyncio
import math
from datetime import timedelta
from typing import Any

import pytest

from groundplan.domain.execution import Effects, RunStatus
from groundplan.domain.feedback import Feedback, KeptFeedback
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.task import Task
from groundplan.stores.past_work import KEPT
from groundplan.stores.run_protocol import RunChange
from tests.contracts.plan_store import NOW, make_plan
from tests.contracts.run_store import line, open_run, stored

FORECAST = ResourceEstimate(duration=ThreePoint(1.0, 2.0, 7.5), basis="prior for transfer")
SECONDS = 3.25


def task(number: int = 1, **fields: Any) -> Task:
    given = {"task_id": f"p1-{number}", "plan_id": "p1", "name": f"Fetch page {number}", "created_at": NOW}
    return Task(**given | {"resource_estimate": FORECAST} | fields)


def attempt(task_id: str = "p1-1", number: int = 1, kind: str = "completed", **fields: Any) -> list[Any]:
    ended = line(task_id, number, kind, at=NOW + timedelta(seconds=SECONDS), **fields)
    return [line(task_id, number, tokens=99, cost=9.0), ended]


async def end(runs: Any, run_id: str = "x1", *, at: Any = NOW, status: RunStatus = RunStatus.COMPLETED) -> None:
    await runs.change_run(run_id, RunChange(status=status, now=at))


async def again(plans: Any, runs: Any, entries: list[Any]) -> None:
    """The plan's next version is run, and ends; its run's ledger holds these entries."""
    await plans.commit_plan(make_plan(version=2, tasks=[task(1, tool="web.fetch"), task(2)]), [], reason="again")
    await runs.open_run(open_run("x2", version=2, created_at=NOW + timedelta(hours=1)), [])
    await runs.append(await runs.take_lease("x2", "me", 15.0), entries)
    await end(runs, "x2", at=NOW + timedelta(hours=2))


class PastWorkContract:
    @pytest.fixture
    async def lease(self, plans: Any, runs: Any) -> Any:
        """A run of a plan of two tasks; the first has a tool."""
        await stored(plans, tasks=[task(1, tool="web.fetch"), task(2, resource_estimate=None)])
        await runs.open_run(open_run(), [])
        return await runs.take_lease("x1", "me", 15.0)

    async def test_what_a_finished_task_took_is_kept_beside_its_forecast(self, runs, past_work, lease):
        await runs.append(lease, attempt(tokens=7, cost=0.5))
        await end(runs)
        assert await past_work.take_in() == 1
        (found,) = await past_work.latest()
        assert (found.plan_id, found.run_id, found.task_id, found.tool) == ("p1", "x1", "p1-1", "web.fetch")
        assert (found.seconds, found.tokens, found.cost) == (SECONDS, 7, 0.5)
        assert (found.text, found.kind, found.said, found.forecast) == ("fetch page", "transfer", None, FORECAST)
        assert found.at == NOW + timedelta(seconds=SECONDS)

    async def test_a_run_is_taken_in_once_and_only_when_it_has_ended(self, runs, past_work, lease):
        await runs.append(lease, attempt())
        assert await past_work.take_in() == 0
        await end(runs)
        assert [await past_work.take_in() for _ in range(2)] == [1, 0]
        assert len(await past_work.latest()) == 1

    async def test_at_the_same_time_too(self, runs, past_work, lease):
        await runs.append(lease, attempt())
        await end(runs)
        assert sum(await asyncio.gather(*(past_work.take_in() for _ in range(4)))) == 1
        assert len(await past_work.latest()) == 1

    async def test_of_an_attempt_that_was_repeated_the_last_one_counts_and_what_all_have_used(
        self, runs, past_work, lease
    ):
        later = NOW + timedelta(seconds=100)
        failed = line(kind="retrying", tokens=5, cost=1.0, at=NOW + timedelta(seconds=50))
        again = [
            line(attempt=2, at=later),
            line(attempt=2, kind="completed", at=later + timedelta(seconds=2), tokens=6),
        ]
        await runs.append(lease, [line(), failed, *again])
        await end(runs)
        await past_work.take_in()
        (found,) = await past_work.latest()
        assert (found.seconds, found.tokens, found.cost) == (2.0, 11, 1.0)

    @pytest.mark.parametrize("kind", ["failed", "cancelled"])
    async def test_what_was_not_finished_tells_nothing(self, runs, past_work, lease, kind):
        await runs.append(lease, attempt(kind=kind))
        await end(runs, status=RunStatus.FAILED)
        assert (await past_work.take_in(), await past_work.latest()) == (1, [])

    async def test_what_was_in_doubt_tells_nothing(self, runs, past_work, lease):
        claimed, done = attempt()
        await runs.append(lease, [claimed, line(kind="in_doubt"), done])
        await end(runs)
        await past_work.take_in()
        assert await past_work.latest() == []

    async def test_repetitions_of_a_run_tell_nothing(self, runs, past_work, lease):
        await end(runs)
        await runs.open_run(open_run("x2", forked_from="x1", effects=Effects.STUBBED), [])
        await runs.append(await runs.take_lease("x2", "me", 15.0), attempt())
        await end(runs, "x2")
        await past_work.take_in()
        assert await past_work.latest() == []

    async def test_what_was_reported_of_a_task_goes_first(self, runs, feedback, past_work, lease):
        for key, seconds in (("k1", 5.0), ("k2", 60.0)):
            actuals = {"duration_seconds": seconds, "tokens": 3, "cpu_cores": 2}
            said = Feedback(task_id="p1-1", actuals=actuals, idempotency_key=key)
            await feedback.record(KeptFeedback(plan_id="p1", at=NOW, feedback=said), [], [], is_report=False)
        note = Feedback(task_id="p1-1", note="fine", idempotency_key="k3")
        await feedback.record(KeptFeedback(plan_id="p1", at=NOW, feedback=note), [], [], is_report=False)
        await runs.append(lease, attempt(tokens=9))
        await end(runs)
        await past_work.take_in()
        (found,) = await past_work.latest()
        assert (found.seconds, found.tokens, found.cpu_cores, found.memory_mb) == (60.0, 3, 2.0, None)

    async def test_what_a_run_took_over_from_the_run_before_is_learned_from_once(self, plans, runs, past_work, lease):
        await runs.append(lease, attempt("p1-1", tokens=1))
        await end(runs, status=RunStatus.FAILED)
        await again(plans, runs, [*attempt("p1-1", tokens=1), *attempt("p1-2")])
        assert await past_work.take_in() == 2
        assert [(one.task_id, one.run_id) for one in await past_work.latest()] == [("p1-2", "x2"), ("p1-1", "x1")]

    async def test_also_where_the_run_before_was_taken_in_long_ago(self, plans, runs, past_work, lease):
        await runs.append(lease, attempt("p1-1"))
        await end(runs, status=RunStatus.FAILED)
        assert await past_work.take_in() == 1
        await again(plans, runs, attempt("p1-1"))
        assert await past_work.take_in() == 1
        assert [one.run_id for one in await past_work.latest()] == ["x1"]

    async def test_a_report_of_one_run_says_nothing_of_another(self, plans, runs, feedback, past_work, lease):
        await runs.append(lease, attempt("p1-1"))
        await end(runs, status=RunStatus.FAILED)
        said = Feedback(task_id="p1-1", actuals={"duration_seconds": 60.0}, idempotency_key="k1")
        kept = KeptFeedback(plan_id="p1", run_id="x1", at=NOW, feedback=said)
        await feedback.record(kept, [], [], is_report=False)
        later = NOW + timedelta(hours=1)
        done = line("p1-1", kind="completed", at=later + timedelta(seconds=2))
        await again(plans, runs, [line("p1-1", at=later), done])
        await past_work.take_in()
        assert [(one.run_id, one.seconds) for one in await past_work.latest()] == [("x2", 2.0), ("x1", 60.0)]

    async def test_any_number_of_tokens_is_kept(self, runs, past_work, lease):
        await runs.append(lease, [*attempt("p1-1", tokens=3_000_000_000, cost=1e308), *attempt("p1-2", cost=math.inf)])
        await end(runs)
        assert await past_work.take_in() == 1
        found = {one.task_id: one for one in await past_work.latest()}
        assert (found["p1-1"].tokens, found["p1-1"].cost, found["p1-2"].cost) == (3_000_000_000, 1e12, 1e12)

    async def test_the_latest_come_first(self, runs, past_work, lease):
        await runs.append(lease, [*attempt("p1-1"), *attempt("p1-2")])
        await end(runs)
        await past_work.take_in()
        assert [one.task_id for one in await past_work.latest()] == ["p1-2", "p1-1"]
        assert [one.task_id for one in await past_work.latest(limit=1)] == ["p1-2"]
        assert (await past_work.latest())[0].forecast is None

    async def test_only_the_latest_of_each_tool_or_text_are_kept(self, plans, runs, past_work):
        many = [task(number, sequence_order=number) for number in range(1, KEPT + 31)]
        await stored(plans, tasks=[*many, task(0, name="Bake bread")])
        await runs.open_run(open_run(), [])
        lease = await runs.take_lease("x1", "me", 15.0)
        await runs.append(lease, [entry for one in [task(0), *many] for entry in attempt(one.task_id)])
        await end(runs)
        await past_work.take_in()
        found = await past_work.latest()
        assert [one.task_id for one in found[:2]] == [f"p1-{KEPT + 30}", f"p1-{KEPT + 29}"]
        assert (len(found), found[-1].text) == (KEPT + 1, "bake bread")

    async def test_they_go_with_their_plan(self, runs, past_work, retention, lease):
        await runs.append(lease, attempt())
        change = RunChange(status=RunStatus.COMPLETED, now=NOW, plan=PlanStatus.COMPLETED, goal=GoalStatus.COMPLETED)
        await runs.change_run("x1", change)
        await past_work.take_in()
        assert len(await past_work.latest()) == 1
        month = NOW + timedelta(days=30)
        gone = await retention.forget(await retention.due(month, plans=True), month)
        assert gone.plans == ["p1"]
        assert await past_work.latest() == []
