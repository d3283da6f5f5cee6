"""Running plans through the service, on stores in memory; nothing here waits for real time."""

import asyncio

import pytest

from groundplan import (
    ErrorCode,
    ExecutionPlan,
    ExecutorRegistry,
    Goal,
    GoalConstraints,
    PlanningError,
    PlanningService,
    RetryPolicy,
    Task,
    TaskDependency,
    ToolSpec,
    declare,
)
from groundplan.domain.resources import ResourceBudget
from groundplan.domain.task import Compensation
from groundplan.testing import ScriptedChatModel, memory_resources


class Effects:
    """Callables for tasks, and what they did."""

    def __init__(self):
        self.done = []
        self.failures = {}

    async def do(self, what: str):
        if self.failures.get(what, 0) > 0:
            self.failures[what] -= 1
            raise RuntimeError(f"{what} broke")
        self.done.append(what)
        return {"what": what}

    async def undo(self, what: str):
        self.done.append(f"undo {what}")
        return {}

    @staticmethod
    async def hang():
        await asyncio.sleep(3600)

    def registry(self):
        callables = {"work.do": self.do, "work.undo": self.undo, "work.hang": declare(self.hang, pure=True)}
        return ExecutorRegistry(callables=callables)


@pytest.fixture
def effects():
    return Effects()


@pytest.fixture
async def service(effects):
    async with PlanningService(resources=memory_resources(), executors=effects.registry()) as opened:
        yield opened


def do(task_id, *after, **fields):
    return Task(
        task_id=task_id,
        name=f"Do {task_id}",
        **{"tool": "work.do", "inputs": {"what": task_id}} | fields,
        dependencies=[TaskDependency(task_id=other) for other in after],
    )


def plan_of(*tasks, **fields):
    return ExecutionPlan(tasks=list(tasks), **fields)


def statuses(result):
    return {task_id: task.status.value for task_id, task in result.items()}


async def test_tasks_run_in_the_order_of_their_waits(service, effects):
    result = await service.execute_plan_direct(plan_of(do("a"), do("b", "a"), do("c", "b")))
    assert (result.status, effects.done) == ("completed", ["a", "b", "c"])
    assert result["b"].output == {"what": "b"}


async def test_an_output_is_bound_to_an_input(service):
    bound = do("b", "a", inputs={"what": "after ${a.output.what}"})
    result = await service.execute_plan_direct(plan_of(do("a"), bound))
    assert result["b"].output == {"what": "after a"}


async def test_a_plan_with_a_task_that_nobody_can_run_is_not_begun(service, effects):
    with pytest.raises(PlanningError) as raised:
        await service.execute_plan_direct(plan_of(do("a"), do("b", tool="work.unknown")))
    assert raised.value.code is ErrorCode.NO_EXECUTOR
    assert (raised.value.details["missing"], effects.done) == (["b"], [])


async def test_abort_raises_with_the_result(service, effects):
    effects.failures["b"] = 9
    with pytest.raises(PlanningError) as raised:
        await service.execute_plan_direct(plan_of(do("a"), do("b", "a"), do("c", "b")), policy="abort")
    assert raised.value.code is ErrorCode.EXECUTION_FAILED
    assert statuses(raised.value.details["result"]) == {"a": "completed", "b": "failed", "c": "pending"}


async def test_continue_does_what_is_still_possible(service, effects):
    effects.failures["b"] = 9
    result = await service.execute_plan_direct(plan_of(do("a"), do("b"), do("c", "b"), do("d", "a")), policy="continue")
    assert result.status == "failed"
    assert statuses(result) == {"a": "completed", "b": "failed", "c": "blocked", "d": "completed"}


async def test_an_attempt_is_repeated_as_its_policy_says(service, effects):
    effects.failures["a"] = 2
    policy = RetryPolicy(attempts=3, backoff_seconds=0)
    result = await service.execute_plan_direct(plan_of(do("a", retry_policy=policy)))
    assert (result.status, result["a"].attempts) == ("completed", 3)


async def test_a_task_that_takes_too_long_is_cancelled(service):
    slow = do("a", tool="work.hang", inputs={}, timeout_seconds=0.01)
    result = await service.execute_plan_direct(plan_of(slow), policy="continue")
    assert result["a"].error["code"] == ErrorCode.TASK_TIMED_OUT.value


async def test_an_optional_failure_does_not_fail_the_plan(service, effects):
    effects.failures["a"] = 1
    result = await service.execute_plan_direct(plan_of(do("a", optional=True), do("b")))
    assert (result.status, statuses(result)) == ("completed", {"a": "failed", "b": "completed"})


async def test_cancelling_stops_what_runs_and_begins_nothing_more(service, effects):
    plan = await service.store_plan(plan_of(do("a", tool="work.hang", inputs={}), do("b", "a")))
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    async for event in service.stream(plan.plan_id):
        if event.type == "task.started":
            break
    assert await service.cancel_plan(plan.plan_id, by="ada")
    assert statuses(await running) == {"a": "cancelled", "b": "cancelled"}
    assert not await service.cancel_plan(plan.plan_id)


async def test_a_plan_that_nobody_runs_is_cancelled_too(service):
    plan = await service.store_plan(plan_of(do("a")))
    assert await service.cancel_plan(plan.plan_id)
    assert (await service.get_plan(plan.plan_id)).status == "cancelled"
    with pytest.raises(PlanningError) as raised:
        await service.execute_plan(plan.plan_id)
    assert raised.value.code is ErrorCode.ILLEGAL_TRANSITION


async def test_rollback_undoes_completed_tasks_latest_first(service, effects):
    def undoing(name):
        return Compensation(description="undo", tool="work.undo", inputs={"what": name})

    plan = plan_of(do("a", compensation=undoing("a")), do("b", "a", compensation=undoing("b")), do("c", "b"))
    await service.execute_plan_direct(plan)
    result = await service.rollback_plan(plan.plan_id)
    assert effects.done == ["a", "b", "c", "undo b", "undo a"]
    assert (result.status, statuses(result)) == (
        "rolled_back",
        {"a": "compensated", "b": "compensated", "c": "completed"},
    )


async def test_events_tell_the_story_and_can_be_read_on_from_an_id(service):
    result = await service.execute_plan_direct(plan_of(do("a")))
    events = [event async for event in service.stream(result.plan_id)]
    told = [event.type.value for event in events]
    story = ["plan.started", "task.ready", "task.started", "task.completed", "plan.completed"]
    assert told[-5:] == story
    rest = [event async for event in service.stream(result.plan_id, after=events[-3].event_id)]
    assert [event.type.value for event in rest] == story[-2:]


async def test_a_goal_is_planned_and_run_in_one_call(effects):
    registry = ExecutorRegistry(default=lambda: {"ok": True})
    async with PlanningService(resources=memory_resources(), executors=registry) as service:
        done = await service.create_and_execute("1. Fetch the data 2. Clean it")
        assert done["execution_result"].status == "completed"
        assert (await service.get_goal(done["goal_id"])).status == "completed"


async def test_a_failed_task_is_replanned_by_rules_and_finished_work_is_kept(effects):
    effects.failures["b"] = 1
    registry = effects.registry()
    registry.register(effects.do, tool="work.other")
    tools = [ToolSpec(name=name) for name in ("work.do", "work.other")]
    async with PlanningService(resources=memory_resources(), executors=registry, tools=tools) as service:
        plan = plan_of(do("a"), do("b", "a", alternatives=["work.other"]), do("c", "b"))
        result = await service.execute_plan_direct(plan)
        assert (result.status, effects.done) == ("completed", ["a", "b", "c"])
        stored = await service.get_plan(plan.plan_id)
        assert (stored.version, stored.task("b").tool, result["b"].attempts) == (2, "work.other", 2)
        told = [event.type.value async for event in service.stream(plan.plan_id)]
        assert "plan.replanned" in told
        assert told[-1] == "plan.completed"


async def test_without_another_way_the_plan_has_failed(service, effects):
    effects.failures["b"] = 9
    result = await service.execute_plan_direct(plan_of(do("a"), do("b", "a")))
    assert (result.status, statuses(result)) == ("failed", {"a": "completed", "b": "failed"})
    [run] = await service.list_runs(result.plan_id)
    assert "no other way" in run.error["message"]


async def test_a_model_proposes_another_way(effects):
    effects.failures["b"] = 1
    registry = effects.registry()
    registry.register(effects.do, tool="work.other")
    change = {"number": 2, "action": "replace", "name": "Do b", "tool": "work.other", "inputs": {"what": "b"}}
    model = ScriptedChatModel(turns=[{"answer": {"why": "the first tool is broken", "changes": [change]}}])
    tools = [ToolSpec(name=name) for name in ("work.do", "work.other")]
    async with PlanningService(resources=memory_resources(), executors=registry, model=model, tools=tools) as service:
        result = await service.execute_plan_direct(plan_of(do("a"), do("b", "a"), do("c", "b")))
        assert (result.status, effects.done) == ("completed", ["a", "b", "c"])
        assert (await service.list_versions(result.plan_id))[-1].reason.startswith("replanned by model")


async def test_the_budget_holds_what_calls_of_tools_have_cost(effects):
    tools = [ToolSpec(name="work.do", cost_per_call=4.0, irreversible=False)]
    async with PlanningService(
        resources=memory_resources(), executors=effects.registry(), tools=tools, replanner=None
    ) as service:
        plan = await service.store_plan(
            plan_of(do("a"), do("b", "a"), do("c", "b"), resource_budget=ResourceBudget(max_cost=100))
        )
        result = await service.execute_plan(plan.plan_id)
        assert (result.status, result.cost) == ("completed", 12.0)
        effects.failures["x"] = 2
        retried = do("x", retry_policy=RetryPolicy(attempts=3, backoff_seconds=0))
        plan = await service.store_plan(plan_of(retried, do("y", "x"), resource_budget=ResourceBudget(max_cost=20)))
        result = await service.execute_plan(plan.plan_id, policy="continue")
        assert statuses(result) == {"x": "completed", "y": "completed"}
        assert result.cost == 16.0


async def test_planning_warns_of_tasks_that_nobody_can_run(service):
    plan = await service.create_plan("1. Fetch the data 2. Clean it")
    assert [warning for warning in plan.metadata.warnings if "nobody can run 2 of 2 tasks" in warning]


async def test_where_plans_are_only_made_nobody_is_missed():
    async with PlanningService(resources=memory_resources()) as service:
        assert (await service.create_plan("1. Fetch the data 2. Clean it")).metadata.warnings == []


async def test_a_goal_says_how_many_tasks_may_run_at_once(effects):
    at_once, most = 0, 0

    async def counted():
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1

    async with PlanningService(resources=memory_resources(), executors=ExecutorRegistry(default=counted)) as service:
        goal = Goal(goal_text="Do with:\n- Fetch\n- Check\n- Draw", constraints=GoalConstraints(max_parallel=1))
        plan = await service.create_plan(goal)
        await service.execute_plan(plan.plan_id, max_concurrent_tasks=5)
    assert most == 1


class Panic(BaseException):
    """As an extension raises it that is written in another language."""


@pytest.mark.parametrize("sync", [True, False])
async def test_a_tool_that_panics_fails_its_task(sync):
    async def panics():
        raise Panic("at the disco")

    def panics_in_a_thread():
        raise Panic("at the disco")

    registry = ExecutorRegistry(callables={"work.do": panics_in_a_thread if sync else panics})
    async with PlanningService(resources=memory_resources(), executors=registry) as service:
        running = service.execute_plan_direct(plan_of(do("a", inputs={})), policy="continue")
        result = await asyncio.wait_for(running, 10)
    assert "Panic" in result["a"].error["message"]


async def test_an_undoing_that_failed_is_tried_again(effects):
    tries = []

    async def undo(what):
        tries.append(what)
        if len(tries) == 1:
            raise ConnectionError("the bank is away")
        return {}

    registry = ExecutorRegistry(callables={"work.do": effects.do, "work.undo": undo})
    compensation = Compensation(description="undo", tool="work.undo", inputs={"what": "a"})
    async with PlanningService(resources=memory_resources(), executors=registry) as service:
        plan = plan_of(do("a", compensation=compensation))
        await service.execute_plan_direct(plan)
        assert (await service.rollback_plan(plan.plan_id)).status == "rolling_back"
        result = await service.rollback_plan(plan.plan_id)
        assert (result.status, statuses(result)) == ("rolled_back", {"a": "compensated"})
    assert tries == ["a", "a"]


async def tried(tool, *, attempts=1, **declared):
    """What a plan comes to whose tool does its work and then goes wrong, with an alternative at hand."""
    done = []

    async def other(what):
        done.append("other")
        return {}

    async def first(what):
        done.append("first")
        return await tool()

    registry = ExecutorRegistry(callables={"work.do": declare(first, **declared), "work.other": other})
    tools = [ToolSpec(name=name, irreversible=False) for name in ("work.do", "work.other")]
    async with PlanningService(resources=memory_resources(), executors=registry, tools=tools) as service:
        policy = RetryPolicy(attempts=attempts, backoff_seconds=0)
        doing = do("a", alternatives=["work.other"], retry_policy=policy, timeout_seconds=0.05)
        result = await service.execute_plan_direct(plan_of(doing))
        return done, result["a"].status.value


async def unkeepable():
    return "\x00"


async def silent():
    raise TimeoutError("no answer")


async def slow():
    await asyncio.sleep(60)


async def test_what_was_done_but_cannot_be_kept_is_not_done_again():
    assert await tried(unkeepable, attempts=3) == (["first"], "failed")


async def test_an_answer_that_did_not_come_is_a_doubt_unless_repeating_is_harmless():
    assert await tried(silent, attempts=3) == (["first"], "in_doubt")
    assert await tried(silent, attempts=3, idempotent=True) == (["first", "first", "first"], "failed")


async def test_nothing_else_is_done_in_the_place_of_what_may_have_happened():
    assert await tried(slow, idempotent=True) == (["first"], "failed")
    assert await tried(slow, pure=True) == (["first", "other"], "completed")


@pytest.mark.parametrize(
    ("condition", "own", "ends"),
    [
        ("status == 'failed'", None, "completed"),
        ("status == 'failed'", "1 == 2", "failed"),  # the handler never ran
        ("true", None, "failed"),  # it runs in any case: a clean-up makes up for nothing
    ],
)
async def test_a_failure_is_made_up_for_by_a_handler_that_ran(service, effects, condition, own, ends):
    effects.failures["a"] = 1
    wait = TaskDependency(task_id="a", kind="conditional", condition=condition)
    handler = do("b").model_copy(update={"dependencies": [wait], "condition": own})
    result = await service.execute_plan_direct(plan_of(do("a"), handler), policy="continue")
    assert result.status == ends


async def test_the_id_of_another_plans_run_is_refused(service, effects):
    await service.execute_plan_direct(plan_of(do("a")), run_id="run-1")
    other = await service.store_plan(plan_of(do("b")))
    with pytest.raises(PlanningError) as raised:
        await service.execute_plan(other.plan_id, run_id="run-1")
    assert (raised.value.code, effects.done) == (ErrorCode.RUN_CONFLICT, ["a"])
