"""Rolling back: what was done last is undone first, and a rollback that is cut off goes on where it was."""

import asyncio

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.task import Compensation
from groundplan.execution.compensation import compensate_all
from tests.plan_factories import LATER, NOW, task
from tests.scheduled_runs import ByTask, Doing, ScheduledRun


class Undoing:
    """A tool with a compensation; remembers what was undone, and may fail at it."""

    def __init__(self, error=None):
        self.undone = []
        self.calls = []
        self.error = error
        self.doing = Doing(compensate=self._undo)

    async def _undo(self, call, output):
        self.calls.append((call.idempotency_key, output))
        if self.error is not None:
            raise self.error
        self.undone.append(call.task.task_id)


def line(task_id, kind, at=NOW, **fields):
    return LedgerEntry(task_id=task_id, attempt=1, kind=EntryKind(kind), at=at, **fields)


def done(task_id, at=NOW, **fields):
    return [line(task_id, "claimed", key=f"key of {task_id}"), line(task_id, "completed", at=at, **fields)]


async def rolled_back(run):
    await run.open()
    async with run.leases.hold("r1") as held:
        entries = await run.runs.read_ledger("r1")
        return await compensate_all(run.plan, entries, held, run.runs, run.work)


async def test_what_was_completed_last_is_undone_first_whatever_the_clock_said():
    run = ScheduledRun(task("b"), task("a"), task("c", "a"), executors=(undoing := Undoing()).doing)
    await run.enter(*done("a", at=LATER), *done("c"), *done("b"))
    assert await rolled_back(run) == (3, [], [])
    assert undoing.undone == ["b", "c", "a"]
    assert set((await run.statuses()).values()) == {"compensated"}


async def test_it_is_told_what_the_task_gave_and_gets_a_key_of_its_own():
    run = ScheduledRun(task("a"), executors=(undoing := Undoing()).doing)
    await run.enter(*done("a", output={"n": 1}))
    await rolled_back(run)
    assert undoing.calls == [("key of a:undo", {"n": 1})]


async def test_a_tool_of_its_own_undoes_it_bound_to_the_tasks_output():
    given = []
    undo = Compensation(description="undo", tool="work.undo", inputs={"n": "${a.output.n}"})
    doing = Doing(lambda call: given.append((call.task.tool, dict(call.inputs))))
    run = ScheduledRun(task("a", tool="work.do", compensation=undo), executors=doing)
    await run.enter(*done("a", output={"n": 5}))
    assert await rolled_back(run) == (1, [], [])
    assert given == [("work.undo", {"n": 5})]


async def test_what_cannot_be_undone_is_named_and_keeps_nothing_else_from_it():
    broken = Undoing(OSError("gone \x00 for good"))
    run = ScheduledRun(
        task("a"), task("b"), task("plain"), task("doubtful"),
        executors=ByTask(Doing(), a=(undoing := Undoing()).doing, b=broken.doing),
    )  # fmt: skip
    await run.enter(*done("a"), *done("b"), *done("plain"), line("doubtful", "claimed"), line("doubtful", "in_doubt"))
    assert await rolled_back(run) == (1, ["plain", "doubtful"], ["b"])
    assert undoing.undone == ["a"]
    [error] = [entry.error for entry in await run.runs.read_ledger("r1") if entry.kind == "not_compensated"]
    assert "gone \\x00 for good" in error["message"]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit()], ids=["cancels itself", "exits"])
async def test_code_that_cancels_itself_or_exits_takes_nobody_with_it(error):
    run = ScheduledRun(task("a"), executors=Undoing(error).doing)
    await run.enter(*done("a"))
    assert await rolled_back(run) == (0, [], ["a"])


async def test_one_that_hangs_is_given_up_after_its_time():
    async def hang(call, output):
        await asyncio.sleep(3600)

    run = ScheduledRun(task("a", timeout_seconds=0.01), executors=Doing(compensate=hang))
    await run.enter(*done("a"))
    assert await asyncio.wait_for(rolled_back(run), 5) == (0, [], ["a"])


async def test_a_rollback_that_was_cut_off_goes_on_where_it_was():
    run = ScheduledRun(task("a"), task("b"), task("c"), executors=(undoing := Undoing()).doing)
    await run.enter(
        *done("a"),
        *done("b"),
        *done("c"),
        line("c", "compensating"),
        line("c", "compensated"),
        line("b", "compensating"),
    )
    assert await rolled_back(run) == (2, [], [])
    assert undoing.undone == ["b", "a"]  # b once more, with the same key: nobody knows how far it came


async def test_what_could_not_be_undone_can_be_tried_again():
    run = ScheduledRun(task("a"), executors=(undoing := Undoing(OSError())).doing)
    await run.enter(*done("a"))
    assert await rolled_back(run) == (0, [], ["a"])
    undoing.error = None
    assert await rolled_back(run) == (1, [], [])
    assert await run.statuses() == {"a": "compensated"}


async def test_a_runner_that_was_taken_over_undoes_nothing_more():
    run = ScheduledRun(task("a"), task("b"), executors=(undoing := Undoing()).doing)
    await run.enter(*done("a"), line("a", "compensating"))
    async with run.leases.hold("r1") as held:
        held._until = 0.0  # frozen for longer than the lease
        run.runs._kept["r1"].leased_until = 0.0
        await run.runs.take_lease("r1", "another", 15.0)
        with pytest.raises(PlanningError) as raised:
            await compensate_all(run.plan, await run.runs.read_ledger("r1"), held, run.runs, run.work)
    assert (raised.value.code, undoing.undone) == (ErrorCode.RUN_CONFLICT, [])
