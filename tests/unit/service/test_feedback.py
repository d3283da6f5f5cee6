"""Feedback on plans through the service, on stores in memory."""

import asyncio

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task, TaskDependency
from groundplan.domain.execution import RunStatus
from groundplan.domain.feedback import Actuals, Feedback, IssueReport
from groundplan.execution.executors.declare import declare
from groundplan.execution.outside import OutsideWork
from groundplan.execution.protocols import InDoubtError
from groundplan.service import Settings
from groundplan.testing import memory_resources


class Tools:
    def __init__(self):
        self.done = []
        self.go_on = asyncio.Event()

    async def do(self, what: str = ""):
        self.done.append(what)
        return {"what": what}

    async def wait(self):
        await self.go_on.wait()
        return {}

    @staticmethod
    async def lose():
        raise InDoubtError("the line went dead")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(OutsideWork.__init__, "__defaults__", (0.005,))


@pytest.fixture
def tools():
    return Tools()


def opened(tools, **fields):
    registry = ExecutorRegistry(
        callables={"work.do": tools.do, "work.wait": declare(tools.wait, idempotent=True), "work.lose": tools.lose}
    )
    return PlanningService(**({"resources": memory_resources(), "executors": registry} | fields))


@pytest.fixture
async def service(tools):
    async with opened(tools) as found:
        yield found


def outside(task_id, *after, **fields):
    return a_task(task_id, *after, category="external", **fields)


def a_task(task_id, *after, **fields):
    waits = [TaskDependency(task_id=other) for other in after]
    return Task(task_id=task_id, name=f"Do {task_id}", dependencies=waits, **fields)


class Begun:
    """A plan that is being run."""

    def __init__(self, service, plan, running):
        self.service = service
        self.plan_id = plan.plan_id
        self.running = running

    async def status_of(self, task_id):
        plan = await self.service.get_plan(self.plan_id)
        return plan.task(task_id).status.value

    async def until(self, task_id, status):
        async with asyncio.timeout(5):
            while await self.status_of(task_id) != status:  # noqa: ASYNC110  # the ledger has no event of its own
                await asyncio.sleep(0.002)

    async def update(self, **said):
        return await self.service.update_plan(self.plan_id, Feedback(**said))

    async def refused(self, **said):
        with pytest.raises(PlanningError) as raised:
            await self.update(**said)
        return raised.value

    async def events(self, prefix):
        found = [event async for event in self.service.stream(self.plan_id, follow=False)]
        return [event for event in found if event.type.value.startswith(prefix)]


async def begin(service, *tasks, **options):
    plan = await service.store_plan(ExecutionPlan(tasks=list(tasks)))
    return Begun(service, plan, asyncio.create_task(service.execute_plan(plan.plan_id, **options)))


async def test_a_task_that_is_done_outside_completes_by_feedback(service, tools):
    begun = await begin(
        service, outside("sign"), a_task("send", "sign", tool="work.do", inputs={"what": "${sign.output.by}"})
    )
    await begun.until("sign", "executing")
    took = Actuals(duration_seconds=90, tokens=7, cost=1.5)
    assert await begun.update(task_id="sign", status="completed", output={"by": "ada"}, actuals=took, by="ada")
    result = await begun.running
    assert (result.status, tools.done) == ("completed", ["ada"])
    assert (result["sign"].output, result.tokens, result.cost) == ({"by": "ada"}, 7, 1.5)


async def test_a_task_that_failed_outside_fails_as_its_reporter_says(service):
    begun = await begin(service, outside("sign"), policy="continue")
    await begun.until("sign", "executing")
    await begun.update(task_id="sign", status="failed", note="nobody was there", by="ada")
    result = await begun.running
    assert result.status == "failed"
    assert "'ada' reported that it failed: nobody was there" in result["sign"].error["message"]


async def test_a_report_that_comes_while_nobody_runs_the_plan_counts_when_it_is_resumed(service):
    begun = await begin(service, outside("sign"))
    await begun.until("sign", "executing")
    begun.running.cancel()
    await asyncio.gather(begun.running, return_exceptions=True)
    await begun.update(task_id="sign", status="completed", output=3)
    result = await service.resume(begun.plan_id)
    assert (result.status, result["sign"].output) == ("completed", 3)


async def test_a_failure_that_is_reported_while_nobody_runs_the_plan_counts_too(service):
    begun = await begin(service, outside("sign"), policy="continue")
    await begun.until("sign", "executing")
    begun.running.cancel()
    await asyncio.gather(begun.running, return_exceptions=True)
    await begun.update(task_id="sign", status="failed", note="no")
    assert (await service.resume(begun.plan_id))["sign"].status == "failed"


async def test_a_task_that_takes_too_long_outside_fails(service):
    begun = await begin(service, outside("sign", timeout_seconds=0.03), policy="continue")
    result = await begun.running
    assert result["sign"].error["code"] == ErrorCode.TASK_TIMED_OUT
    late = await begun.refused(task_id="sign", status="completed")
    assert late.code is ErrorCode.ILLEGAL_TRANSITION


async def test_a_doubt_is_settled_by_feedback(service):
    begun = await begin(service, a_task("call", tool="work.lose"), policy="continue")
    assert (await begun.running)["call"].status == "in_doubt"
    await begun.update(task_id="call", status="completed", output={"paid": True}, by="ada")
    result = await service.resume(begun.plan_id)
    assert (result.status, result["call"].output) == ("completed", {"paid": True})


async def test_the_same_feedback_again_settles_a_doubt_that_was_left(service):
    begun = await begin(service, a_task("call", tool="work.lose"), policy="continue")
    await begun.running
    said = Feedback(task_id="call", status="failed", idempotency_key="k")
    resources = service._resources
    lost = resources.feedback.record

    async def cut_off(*args, **options):
        await lost(*args, **options)
        raise ConnectionError

    resources.feedback.record = cut_off
    with pytest.raises(ConnectionError):
        await service.update_plan(begun.plan_id, said)
    assert not await service.update_plan(begun.plan_id, said)
    assert await begun.status_of("call") == "failed"


@pytest.mark.parametrize("status", ["pending", "skipped", "blocked", "cancelled", "in_doubt", "compensated"])
async def test_what_only_the_run_decides_cannot_be_reported(service, status):
    begun = await begin(service, outside("sign"))
    await begun.until("sign", "executing")
    assert (await begun.refused(task_id="sign", status=status)).code is ErrorCode.ILLEGAL_TRANSITION
    await service.cancel_plan(begun.plan_id)
    await begun.running


async def test_a_task_that_was_not_begun_cannot_be_completed(service):
    begun = await begin(service, outside("sign"), outside("send", "sign"))
    await begun.until("sign", "executing")
    error = await begun.refused(task_id="send", status="completed")
    assert (error.code, error.details["current"]) == (ErrorCode.ILLEGAL_TRANSITION, "pending")
    await service.cancel_plan(begun.plan_id)
    await begun.running


async def test_what_becomes_of_a_task_with_an_executor_is_not_for_feedback_to_say(service, tools):
    begun = await begin(service, a_task("wait", tool="work.wait"))
    await begun.until("wait", "executing")
    error = await begun.refused(task_id="wait", status="completed")
    assert "its own executor says" in error.message
    assert await begun.update(task_id="wait", status="executing", percent=30)
    tools.go_on.set()
    assert (await begun.running).status == "completed"


async def test_a_plan_that_is_not_run_takes_no_status_but_all_else(service):
    plan = await service.store_plan(ExecutionPlan(tasks=[outside("sign")]))
    with pytest.raises(PlanningError) as raised:
        await service.update_plan(plan.plan_id, Feedback(task_id="sign", status="completed"))
    assert raised.value.code is ErrorCode.ILLEGAL_TRANSITION
    assert await service.update_plan(plan.plan_id, Feedback(issues=["No pen"], new_information="We moved"))


async def test_an_outcome_is_reported_once(service, monkeypatch):
    begun = await begin(service, outside("sign"))
    await begun.until("sign", "executing")
    begun.running.cancel()
    await asyncio.gather(begun.running, return_exceptions=True)
    await begun.update(task_id="sign", status="failed")
    assert "was reported already" in (await begun.refused(task_id="sign", status="completed")).message


async def test_the_same_again_does_nothing_even_when_it_is_over(service):
    begun = await begin(service, outside("sign"))
    await begun.until("sign", "executing")
    said = {"task_id": "sign", "status": "completed", "percent": 100, "idempotency_key": "k1"}
    assert await begun.update(**said)
    await begun.running
    assert not await begun.update(**said)
    assert len(await begun.events("task.progress")) == 1
    assert (await begun.refused(**(said | {"percent": 99}))).code is ErrorCode.STORE_CONFLICT


async def test_progress_is_told_without_words(service):
    begun = await begin(service, outside("sign"))
    await begun.until("sign", "executing")
    await begun.update(task_id="sign", percent=40, note="the secret is out", by="ada")
    [event] = await begun.events("task.progress")
    assert event.data == {"task_id": "sign", "attempt": 1, "percent": 40.0}
    [kept] = await service.list_feedback(begun.plan_id, "sign")
    assert (kept.feedback.note, kept.attempt, kept.run_id) == ("the secret is out", 1, event.run_id)
    await service.cancel_plan(begun.plan_id)
    await begun.running


async def test_an_issue_is_opened_escalated_and_closed(service):
    plan = await service.store_plan(ExecutionPlan(tasks=[outside("sign")]))
    begun = Begun(service, plan, None)
    await begun.update(task_id="sign", issues=[IssueReport(title="No pen", severity="high")], by="ada")
    [issue] = await service.list_issues(plan.plan_id)
    assert (issue.title, issue.task_id, issue.severity, issue.opened_by) == ("No pen", "sign", "high", "ada")
    for status in ("escalated", "closed"):
        await begun.update(issues=[{"issue_id": issue.issue_id, "status": status}])
        assert [one.issue_id for one in await service.list_issues(status=status)] == [issue.issue_id]
    told = await begun.events("issue.")
    assert [event.type for event in told] == ["issue.opened", "issue.escalated", "issue.closed"]
    assert told[0].data == {"task_id": "sign", "issue_id": issue.issue_id, "severity": "high"}
    again = await begun.refused(issues=[{"issue_id": issue.issue_id, "status": "escalated"}])
    assert again.code is ErrorCode.ILLEGAL_TRANSITION


async def test_what_is_not_there_cannot_be_reported_on(service):
    plan = await service.store_plan(ExecutionPlan(tasks=[outside("sign")]))
    begun = Begun(service, plan, None)
    assert (await begun.refused(task_id="nope", percent=1)).code is ErrorCode.NOT_IN_PLAN
    assert (await begun.refused(issues=[{"issue_id": "nope", "status": "closed"}])).code is ErrorCode.NOT_IN_PLAN
    with pytest.raises(PlanningError) as raised:
        await service.update_plan("nope", Feedback(new_information="x"))
    assert raised.value.code is ErrorCode.PLAN_NOT_FOUND


@pytest.mark.parametrize("field", ["note", "new_information", "by"])
async def test_texts_pass_the_sanitizer(service, field):
    plan = await service.store_plan(ExecutionPlan(tasks=[outside("sign")]))
    begun = Begun(service, plan, None)
    assert (await begun.refused(**{field: "a\x1b[2J b"})).code is ErrorCode.GOAL_REFUSED
    assert (await begun.refused(issues=["a\x1b[2J b"])).code is ErrorCode.GOAL_REFUSED


@pytest.mark.parametrize("output", [object(), float("nan"), "a\x00b", "\ud800", b"x", {"a": {1, object()}}])
async def test_an_output_that_is_no_json_is_refused(service, output):
    begun = await begin(service, outside("sign"))
    await begun.until("sign", "executing")
    error = await begun.refused(task_id="sign", status="completed", output=output)
    assert error.code is ErrorCode.OUTPUT_INVALID
    await begun.update(task_id="sign", status="completed", output={"big": 2**60, "ü": [None, 1.5]})
    assert (await begun.running)["sign"].output == {"big": 2**60, "ü": [None, 1.5]}


class Asked:
    """A replanner that keeps what it was asked and has no idea."""

    def __init__(self):
        self.wishes = []

    async def propose(self, setback, context):
        self.wishes.append(dict(setback.asked))


@pytest.mark.parametrize("replans", [True, False])
async def test_new_information_lets_the_run_plan_anew_if_the_setting_says_so(tools, replans):
    replanner = Asked()
    settings = Settings(replan_on_new_information=replans)
    async with opened(tools, replanner=replanner, settings=settings) as service:
        begun = await begin(service, a_task("wait", tool="work.wait"), a_task("go", "wait", tool="work.do"))
        await begun.until("wait", "executing")
        await begun.update(new_information="The office is closed on Friday", by="ada")
        tools.go_on.set()
        result = await begun.running
        assert result.status == "completed"
        assert (await service.get_run(begun.plan_id)).status is RunStatus.COMPLETED
    notes = [wish["notes"] for wish in replanner.wishes]
    assert notes == (["The office is closed on Friday"] if replans else [])
