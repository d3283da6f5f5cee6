"""Work that is done outside: reports taken, repeated, and given on."""

import asyncio

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.feedback import Feedback
from groundplan.execution.outside import OutsideWork, WithOutside
from groundplan.execution.protocols import TaskCall
from tests.plan_factories import task
from tests.scheduled_runs import Doing


class Reports:
    """Reports to be taken one after the other; an error among them is raised."""

    def __init__(self, *said):
        self.said = list(said)
        self.returned = 0

    async def take_report(self, run_id, task_id, attempt):
        said = self.said.pop(0) if self.said else None
        if isinstance(said, Exception):
            raise said
        return said

    async def return_report(self, run_id, task_id, attempt):
        self.returned += 1


def call():
    return TaskCall(task=task("t"), plan_id="p", run_id="r", attempt=1, idempotency_key="k", inputs={})


DONE = Feedback(task_id="t", status="completed", output=7, by="ada", note="early", actuals={"duration_seconds": 90})
FAILED = Feedback(task_id="t", status="failed")


async def test_it_waits_until_there_is_a_report():
    produced = await OutsideWork(Reports(None, None, DONE), 0).run(call())
    assert produced.output == 7
    assert produced.record == {
        "reported_by": "ada", "feedback": DONE.idempotency_key, "note": "early", "duration_seconds": "90",
    }  # fmt: skip


async def test_a_database_that_is_away_is_waited_for():
    away = PlanningError(ErrorCode.STORE_UNAVAILABLE, "away")
    assert (await OutsideWork(Reports(away, DONE), 0).run(call())).output == 7


async def test_any_other_error_is_one():
    with pytest.raises(PlanningError):
        await OutsideWork(Reports(PlanningError(ErrorCode.STORE_REJECTED, "no")), 0).run(call())


async def test_a_failure_says_who_reported_it():
    with pytest.raises(PlanningError) as raised:
        await OutsideWork(Reports(FAILED), 0).run(call())
    assert raised.value.message == "'somebody' reported that it failed"


async def test_waiting_can_be_cancelled():
    waiting = asyncio.create_task(OutsideWork(Reports(), 0).run(call()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize(
    ("said", "verdict", "returned"), [(None, "unknown", 0), (DONE, "done", 0), (FAILED, "not_done", 1)]
)
async def test_what_was_reported_of_a_cut_off_attempt_is_known(said, verdict, returned):
    reports = Reports(said)
    found = await OutsideWork(reports).declaration(task("t")).reconcile(call())
    assert (found.verdict, reports.returned) == (verdict, returned)


def test_only_external_tasks_that_nobody_takes_are_done_outside():
    class Nobody:
        def executor_for(self, task):
            return None

    outside, own = OutsideWork(Reports()), Doing()
    assert WithOutside(Nobody(), outside).executor_for(task("t", category="external")) is outside
    assert WithOutside(own, outside).executor_for(task("t", category="external")) is own
    assert WithOutside(Nobody(), outside).executor_for(task("t")) is None
    assert WithOutside(Nobody(), outside).executor_for(task("t", category="external", tool="web.get")) is None
