"""Runs of plans, repeated: no effect happens again unless its tool is released. Effects are counted outside."""

import pytest

from groundplan import ErrorCode, ExecutionPlan, PlanningError, PlanningService, RetryPolicy
from groundplan.domain.execution import Effects as EffectsOf
from groundplan.domain.execution import Fork, RunStatus
from groundplan.domain.ledger import EntryKind
from groundplan.domain.task import Compensation
from groundplan.graph import execution_forks
from groundplan.graph.executor import build_executor
from groundplan.testing import memory_resources
from tests.effects import TOOLS, Effects, chain, do, statuses

ALTERNATIVE = {"alternatives": ["work.other"]}


@pytest.fixture
def effects():
    return Effects()


@pytest.fixture
async def service(effects):
    async with PlanningService(resources=memory_resources(), executors=effects.registry(), tools=TOOLS) as opened:
        yield opened


@pytest.fixture
async def ran(service, effects):
    """A finished run of three tasks, its effects forgotten."""
    await service.execute_plan_direct(chain())
    [run] = await service.list_runs("p")
    effects.done.clear()
    return run


async def everything_about(service, run):
    plan, goal = await service.get_plan("p"), await service.get_goal(run.goal_id)
    events = await service.context.store.read_events()
    return plan, goal, events, await service.ledger(run.run_id), await service.get_run(run.run_id)


async def test_a_rerun_gives_what_was_recorded_and_executes_nothing(service, effects, ran):
    again = await service.rerun(ran.run_id)
    assert again.result.status == "completed"
    assert again.result["b"].output == {"what": "after a"}
    assert effects.done == []


async def test_a_rerun_is_a_run_of_its_own(service, ran):
    again = await service.rerun("p")
    run = await service.get_run(again.run_id)
    assert (run.forked_from, run.effects, run.status) == (ran.run_id, EffectsOf.STUBBED, RunStatus.COMPLETED)
    assert [line.record["recorded_in"] for line in await service.ledger(run.run_id) if line.output] == [ran.run_id] * 3


async def test_it_changes_neither_plan_nor_goal_nor_events_nor_the_run_that_is_repeated(service, ran):
    before = await everything_about(service, ran)
    await service.rerun("p")
    await service.fork("p", "b", {"tasks.b.inputs.what": "anything"})
    assert await everything_about(service, ran) == before


async def test_a_plans_latest_run_is_the_one_that_was_live(service, ran):
    await service.rerun("p")
    assert (await service.get_run("p")).run_id == ran.run_id
    assert (await service.get_execution("p")).status == "completed"


async def test_it_needs_none_of_the_tools(service, ran, effects):
    bare = PlanningService(resources=service._open.resources)
    async with bare as opened:
        assert (await opened.rerun(ran.run_id)).result.status == "completed"


async def test_changed_arguments_are_not_recorded(service, effects, ran):
    forked = await service.fork("p", "b", {"tasks.a.output.what": "X"})
    assert statuses(forked.result) == {"a": "completed", "b": "failed", "c": "pending"}
    assert forked.result["a"].output == {"what": "X"}
    error = forked.result["b"].error
    assert (error["code"], error["details"]["release"]) == (ErrorCode.NOT_RECORDED, "work.do")
    assert "--release work.do" in error["recovery_suggestion"]
    assert effects.done == []


async def test_a_released_tool_is_executed_for_what_was_not_recorded_and_for_nothing_else(service, effects, ran):
    forked = await service.fork("p", "b", {"tasks.a.output.what": "X"}, release=["work.do"])
    assert statuses(forked.result) == {"a": "completed", "b": "completed", "c": "completed"}
    assert effects.done == ["after X"]
    effects.done.clear()
    await service.rerun("p", release=["all"])
    assert effects.done == []


async def test_another_tool_being_released_helps_nothing(service, effects, ran):
    forked = await service.fork("p", "b", {"tasks.b.inputs.what": "Y"}, release=["work.other", "llm"])
    assert forked.result["b"].error["code"] == ErrorCode.NOT_RECORDED
    assert effects.done == []


async def test_inputs_are_set(service, effects, ran):
    forked = await service.fork("p", None, {"tasks.c.inputs.what": "Z"}, release=["work.do"])
    assert effects.done == ["Z"]
    assert forked.result["c"].output == {"what": "Z"}


async def test_it_begins_at_an_entry_of_the_ledger(service, ran):
    lines = await service.ledger(ran.run_id)
    after_b = next(n for n, line in enumerate(lines, 1) if (line.task_id, line.kind) == ("b", EntryKind.COMPLETED))
    again = await service.rerun("p", after_b)
    taken = [line.task_id for line in await service.ledger(again.run_id) if line.kind is EntryKind.COMPLETED]
    assert (taken, again.result.status) == (["a", "b", "c"], "completed")


async def test_it_begins_at_a_checkpoint(service, ran):
    checkpoints = await service.history(ran.run_id)
    again = await service.rerun("p", checkpoints[-1].checkpoint_id)
    assert again.result.status == "completed"


@pytest.mark.parametrize("start", ["nothing", "99", "0"])
async def test_a_place_that_is_not_there_is_refused(service, ran, start):
    with pytest.raises(PlanningError) as raised:
        await service.rerun("p", start)
    assert raised.value.code is ErrorCode.PLACE_NOT_FOUND


@pytest.mark.parametrize(
    "path",
    ["a.inputs.what", "tasks.nobody.inputs.x", "tasks.a.name", "tasks.a.output.what.deeper", "tasks.a.inputs.x.y"],
)
async def test_a_path_that_leads_nowhere_is_refused(service, ran, path):
    with pytest.raises(PlanningError) as raised:
        await service.fork("p", "a", {path: 1})
    assert raised.value.code is ErrorCode.VALIDATION_FAILED
    assert len(await service.list_runs("p")) == 1


async def test_a_fork_of_a_fork_keeps_what_was_set_before(service, effects, ran):
    forked = await service.fork("p", "b", {"tasks.a.output.what": "X"}, release=["work.do"])
    effects.done.clear()
    again = await service.rerun(forked.run_id)
    assert again.result["b"].output == {"what": "after X"}
    assert effects.done == []


async def test_retries_are_repeated_as_they_were_without_waiting(service, effects):
    effects.failures["a"] = 2
    policy = RetryPolicy(attempts=3, backoff_seconds=0.01, retry_on=["OSError"])
    await service.execute_plan_direct(ExecutionPlan(plan_id="p", tasks=[do("a", retry_policy=policy)]))
    [run] = await service.list_runs("p")
    again = await service.rerun("p")
    story = [(line.attempt, line.kind, line.error) for line in await service.ledger(run.run_id)]
    assert [(line.attempt, line.kind, line.error) for line in await service.ledger(again.run_id)] == story
    assert again.result["a"].attempts == 3
    assert effects.done == ["a"]


async def test_a_failure_is_repeated_as_it_was(service, effects):
    effects.failures["after a"] = 1
    await service.execute_plan_direct(chain(), policy="continue")
    result = await service.get_execution("p")
    effects.done.clear()
    again = await service.rerun("p")
    assert (statuses(again.result), effects.done) == (statuses(result), [])
    assert again.result["b"].error == result["b"].error


async def test_a_replan_is_gone_through_again_and_made_once(service, effects):
    effects.failures["after a"] = 1
    await service.execute_plan_direct(chain(**ALTERNATIVE))
    versions = await service.list_versions("p")
    assert (len(versions), effects.done) == (2, ["a", "other after a", "c"])
    effects.done.clear()
    again = await service.rerun("p")
    assert (again.result.status, effects.done) == ("completed", [])
    assert await service.list_versions("p") == versions
    assert (await service.get_run(again.run_id)).version == 2
    failed = [line for line in await service.ledger(again.run_id) if line.kind is EntryKind.FAILED]
    assert [line.error["message"] for line in failed] == ["ConnectionError: after a broke"]


async def test_a_rerun_of_a_replanned_run_begins_at_a_task_of_its_last_version(service, effects):
    effects.failures["after a"] = 1
    await service.execute_plan_direct(chain(**ALTERNATIVE))
    effects.done.clear()
    forked = await service.fork("p", "c", {"tasks.c.inputs.what": "last"}, release=["work.do"])
    assert (forked.result.status, effects.done) == ("completed", ["last"])


async def test_a_rerun_makes_no_version_of_the_plan(service, effects, ran):
    forked = await service.fork("p", "b", {"tasks.b.inputs.what": "new"})
    run = await service.get_run(forked.run_id)
    assert run.status is RunStatus.FAILED
    assert "makes no new version" in run.error["message"]
    assert len(await service.list_versions("p")) == 1


async def test_a_rerun_of_a_run_that_was_rolled_back_undoes_nothing(service, effects):
    undo = Compensation(description="Undo it", tool="work.undo", inputs={"what": "a"})
    await service.execute_plan_direct(ExecutionPlan(plan_id="p", tasks=[do("a", compensation=undo)]))
    await service.rollback_plan("p")
    effects.done.clear()
    again = await service.rerun("p")
    assert (again.result.status, effects.done) == ("completed", [])


async def test_a_rerun_is_not_rolled_back(service, effects, ran):
    again = await service.rerun("p")
    with pytest.raises(PlanningError) as raised:
        await service.rollback_plan(again.run_id)
    assert raised.value.code is ErrorCode.ILLEGAL_TRANSITION
    assert effects.done == []


async def test_a_rerun_that_was_cut_off_goes_on_without_effects(service, effects, ran, monkeypatch):
    async def cut_off(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(execution_forks, "drive", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await service.fork("p", "b", {"tasks.b.inputs.what": "set"}, new_run_id="again")
    result = await service.resume("again")
    assert statuses(result) == {"a": "completed", "b": "failed", "c": "pending"}
    assert effects.done == []


async def test_a_rerun_cannot_go_on_with_live_effects(service, effects, ran, monkeypatch):
    """Also by whoever invokes the graph directly."""
    stopped = ran.model_copy(
        update={
            "run_id": "again", "forked_from": ran.run_id, "effects": EffectsOf.STUBBED, "status": RunStatus.RUNNING,
            "fork": Fork(), "finished_at": None,
        }
    )  # fmt: skip
    await service.run_context.runs.open_run(stopped, [])
    graph = build_executor().compile(checkpointer=service.checkpointer)
    config = {"configurable": {"thread_id": "again"}}
    with pytest.raises(PlanningError) as raised:
        await graph.ainvoke({"plan_id": "p"}, config, context=service.run_context)
    assert raised.value.code is ErrorCode.ILLEGAL_TRANSITION
    assert effects.done == []


async def test_a_run_that_never_was_cannot_be_repeated(service):
    with pytest.raises(PlanningError) as raised:
        await service.rerun("nobody")
    assert raised.value.code is ErrorCode.GOAL_NOT_FOUND


async def test_a_rerun_is_cancelled_by_its_own_id_and_the_plan_stays_as_it_is(service, effects, ran, monkeypatch):
    async def cut_off(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(execution_forks, "drive", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await service.rerun("p", new_run_id="again")
    assert await service.cancel_plan("again", by="ada")
    assert (await service.get_run("again")).status is RunStatus.CANCELLED
    assert not await service.cancel_plan("again")
    assert (await service.get_plan("p")).status == "completed"
    assert effects.done == []


async def test_a_task_whose_id_begins_like_anothers_is_the_one_that_is_set(service, effects):
    await service.execute_plan_direct(ExecutionPlan(plan_id="p", tasks=[do("a"), do("a.b", "a")]))
    effects.done.clear()
    forked = await service.fork("p", None, {"tasks.a.b.inputs.what": "set"}, release=["work.do"])
    assert (forked.result["a.b"].output, effects.done) == ({"what": "set"}, ["set"])


async def test_arguments_too_long_to_be_kept_are_told_apart_by_their_hash(service, effects):
    long = "x" * 50_000
    await service.execute_plan_direct(ExecutionPlan(plan_id="p", tasks=[do("a", inputs={"what": long})]))
    effects.done.clear()
    assert (await service.rerun("p")).result.status == "completed"
    forked = await service.fork("p", None, {"tasks.a.inputs.what": long[:-1] + "y"})
    assert forked.result["a"].error["code"] == ErrorCode.NOT_RECORDED
    assert effects.done == []


async def test_a_whole_output_is_set(service, effects, ran):
    forked = await service.fork("p", "b", {"tasks.a.output": {"what": "whole"}}, release=["work.do"])
    assert (forked.result["b"].output, effects.done) == ({"what": "after whole"}, ["after whole"])
