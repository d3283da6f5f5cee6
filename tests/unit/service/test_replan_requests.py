"""Plans that are planned anew because somebody asks for it."""

import asyncio

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task, TaskDependency
from groundplan.domain.patch import PlanPatch
from groundplan.execution.executors.declare import declare
from groundplan.run_state import Proposal
from groundplan.testing import memory_resources


class Tools:
    def __init__(self):
        self.done = []
        self.broken = set()
        self.go_on = asyncio.Event()

    async def do(self, what: str):
        if what in self.broken:
            raise RuntimeError(f"{what} broke")
        self.done.append(what)
        return {"what": what}

    async def wait(self):
        await self.go_on.wait()
        return {}


class Proposing:
    """A replanner with one idea."""

    def __init__(self, patch=None):
        self.patch = patch
        self.setbacks = []

    async def propose(self, setback, context):
        self.setbacks.append(setback)
        return Proposal(patch=self.patch, why="it is shorter", by="model") if self.patch is not None else None


@pytest.fixture
def tools():
    return Tools()


@pytest.fixture
def replanner():
    return Proposing()


@pytest.fixture
async def service(tools, replanner):
    registry = ExecutorRegistry(callables={"work.do": tools.do, "work.wait": declare(tools.wait, idempotent=True)})
    async with PlanningService(resources=memory_resources(), executors=registry, replanner=replanner) as opened:
        yield opened


def do(task_id, *after, **fields):
    waits = [TaskDependency(task_id=other) for other in after]
    known = {"tool": "work.do", "inputs": {"what": task_id}}
    return Task(task_id=task_id, name=f"Do {task_id}", dependencies=waits, **(known | fields))


async def stored(service, *tasks):
    return await service.store_plan(ExecutionPlan(tasks=list(tasks)))


async def refused(service, plan_id, **options):
    with pytest.raises(PlanningError) as raised:
        await service.replan(plan_id, **({"by": "ada"} | options))
    return raised.value


async def test_a_plan_that_was_not_begun_gets_its_next_version_at_once(service, replanner):
    plan = await stored(service, do("a"), do("b"))
    replanner.patch = PlanPatch(remove=["b"])
    answer = await service.replan(plan.plan_id, by="ada", why="b is not needed", strategy="llm", breakdown="temporal")
    assert (answer.run_id, answer.plan.version, [task.task_id for task in answer.plan.tasks]) == (None, 2, ["a"])
    [setback] = replanner.setbacks
    assert setback.asked == {
        "by": "ada", "why": "b is not needed", "notes": "b is not needed", "strategy": "llm", "breakdown": "temporal",
    }  # fmt: skip
    versions = await service.list_versions(plan.plan_id)
    assert versions[-1].reason == "replanned by model, as 'ada' asked: it is shorter"
    assert (await service.execute_plan(plan.plan_id)).status == "completed"


async def test_a_plan_that_failed_goes_on_from_what_is_finished(service, tools, replanner):
    plan = await stored(service, do("a"), do("b", "a"), do("c", "b", inputs={"what": "${a.output.what}!"}))
    tools.broken = {"b"}
    assert (await service.execute_plan(plan.plan_id, policy="continue")).status == "failed"
    tools.broken = set()
    replanner.patch = PlanPatch(remove=["b"], add=[do("d", "a")], rewire={"c": [TaskDependency(task_id="d")]})
    answer = await service.replan(plan.plan_id, by="ada")
    assert (answer.plan.version, answer.plan.status) == (2, "validated")
    assert replanner.setbacks[0].states["a"].status == "completed"
    result = await service.execute_plan(plan.plan_id)
    assert (result.status, tools.done) == ("completed", ["a", "d", "a!"])
    assert result["a"].output == {"what": "a"}


async def test_what_is_carried_over_is_undone_with_the_rest(service, tools, replanner):
    plan = await stored(service, do("a"), do("b", "a"))
    tools.broken = {"b"}
    await service.execute_plan(plan.plan_id, policy="continue")
    replanner.patch = PlanPatch(remove=["b"], add=[do("d", "a")])
    await service.replan(plan.plan_id, by="ada")
    result = await service.execute_plan(plan.plan_id)
    first, second = sorted(await service.list_runs(plan.plan_id), key=lambda run: run.version)
    before = await service.run_context.runs.read_ledger(first.run_id)
    after = await service.run_context.runs.read_ledger(second.run_id)
    told = [(entry.task_id, entry.attempt, entry.kind, entry.key) for entry in after if entry.task_id == "a"]
    assert told == [(entry.task_id, entry.attempt, entry.kind, entry.key) for entry in before if entry.task_id == "a"]
    assert result.status == "completed"


async def test_the_runner_of_a_plan_that_is_run_makes_the_next_version(service, tools, replanner):
    plan = await stored(service, do("a", tool="work.wait", inputs={}), do("b", "a"))
    replanner.patch = PlanPatch(change={"b": {"inputs": {"what": "else"}}})
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    async with asyncio.timeout(5):
        while not await service.list_runs(plan.plan_id):  # noqa: ASYNC110  # the store has no event of its own
            await asyncio.sleep(0.002)
    answer = await service.replan(plan.plan_id, by="ada", why="do something else")
    assert (answer.run_id is not None, answer.plan.version) == (True, 1)
    tools.go_on.set()
    assert (await running).status == "completed"
    assert (tools.done, (await service.get_plan(plan.plan_id)).version) == (["else"], 2)


async def test_a_second_wish_is_refused_until_the_first_is_answered(service, tools, replanner):
    plan = await stored(service, do("a", tool="work.wait", inputs={}), do("b", "a"))
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    async with asyncio.timeout(5):
        while not await service.list_runs(plan.plan_id):  # noqa: ASYNC110  # the store has no event of its own
            await asyncio.sleep(0.002)
    await service.replan(plan.plan_id, by="ada", why="do something else")
    with pytest.raises(PlanningError) as raised:
        await service.replan(plan.plan_id, by="bo")
    assert (raised.value.code, raised.value.details["by"]) == (ErrorCode.ILLEGAL_TRANSITION, "ada")
    tools.go_on.set()
    assert (await running).status == "completed"
    assert [setback.asked["by"] for setback in replanner.setbacks] == ["ada"]


async def test_a_wish_that_comes_to_nothing_does_not_fail_the_run(service, tools, replanner):
    plan = await stored(service, do("a", tool="work.wait", inputs={}), do("b", "a"))
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    async with asyncio.timeout(5):
        while not await service.list_runs(plan.plan_id):  # noqa: ASYNC110  # the store has no event of its own
            await asyncio.sleep(0.002)
    await service.replan(plan.plan_id, by="ada")
    tools.go_on.set()
    assert (await running).status == "completed"
    assert [task.task_id for task in (await service.get_plan(plan.plan_id)).tasks] == ["a", "b"]


async def test_no_other_way_is_said_so(service):
    plan = await stored(service, do("a"))
    assert (await refused(service, plan.plan_id)).code is ErrorCode.NO_DECOMPOSER
    assert (await service.get_plan(plan.plan_id)).version == 1


async def test_a_plan_that_is_over_is_not_planned_anew(service):
    plan = await stored(service, do("a"))
    await service.execute_plan(plan.plan_id)
    error = await refused(service, plan.plan_id)
    assert (error.code, error.details["current"]) == (ErrorCode.ILLEGAL_TRANSITION, "completed")


async def test_what_cannot_be_asked_is_refused(service):
    plan = await stored(service, do("a"))
    assert (await refused(service, plan.plan_id, strategy="magic")).code is ErrorCode.VALIDATION_FAILED
    assert (await refused(service, plan.plan_id, breakdown="sideways")).code is ErrorCode.VALIDATION_FAILED
    assert (await refused(service, plan.plan_id, why="a\x1b[2J b")).code is ErrorCode.GOAL_REFUSED
    assert (await refused(service, "nope")).code is ErrorCode.PLAN_NOT_FOUND


async def test_without_a_replanner_there_is_none():
    async with PlanningService(resources=memory_resources(), replanner=None) as service:
        plan = await stored(service, do("a"))
        assert "switched off" in (await refused(service, plan.plan_id)).message


async def test_a_run_is_asked_no_more_than_it_may_be_replanned(tools, replanner):
    from groundplan.service import Settings

    registry = ExecutorRegistry(callables={"work.wait": declare(tools.wait, idempotent=True)})
    async with PlanningService(
        resources=memory_resources(), executors=registry, replanner=replanner, settings=Settings(max_replans=0)
    ) as service:
        plan = await stored(service, do("a", tool="work.wait", inputs={}))
        running = asyncio.create_task(service.execute_plan(plan.plan_id))
        async with asyncio.timeout(5):
            while not await service.list_runs(plan.plan_id):  # noqa: ASYNC110  # the store has no event of its own
                await asyncio.sleep(0.002)
        assert (await refused(service, plan.plan_id)).code is ErrorCode.ILLEGAL_TRANSITION
        tools.go_on.set()
        assert (await running).status == "completed"
