"""Reports through the service, on stores in memory."""

import subprocess
import sys

import pytest

from groundplan import ErrorCode, ExecutorRegistry, PlanningError, PlanningService, Task, TaskDependency, ToolSpec
from groundplan.domain.feedback import Feedback, IssueReport
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.report import as_html, as_markdown
from groundplan.run_state import Proposal
from groundplan.testing import memory_resources

DELETES = "1. List the old accounts 2. Delete these accounts from the production database 3. Tell the support team"


def fail() -> None:
    raise ValueError("the printer is on fire")


@pytest.fixture
async def service():
    registry = ExecutorRegistry(callables={"work.do": lambda: {"done": True}, "work.fail": fail})
    async with PlanningService(resources=memory_resources(), executors=registry) as found:
        yield found


def two_tasks(tool: str = "work.do") -> ExecutionPlan:
    estimate = ResourceEstimate(duration=ThreePoint(1, 2, 3), cost=ThreePoint(1, 2, 3))
    first = Task(task_id="t1", name="Collect", tool="work.do", resource_estimate=estimate)
    second = Task(
        task_id="t2", name="Print", tool=tool, resource_estimate=estimate, dependencies=[TaskDependency(task_id="t1")]
    )
    return ExecutionPlan(goal_text="Print it", tasks=[first, second])


async def test_a_plan_that_waits_says_for_what(service):
    plan = await service.create_plan(DELETES)
    report = await service.report(plan.plan_id)
    assert report.status is PlanStatus.AWAITING_APPROVAL
    [waiting] = report.waiting
    assert waiting.why == plan.approval_reasons
    assert plan.plan_id in waiting.how
    assert report.priority == 5
    assert [line.version for line in report.versions] == [1]
    assert report.simulation is not None
    assert report.simulation.finish.p50 > 0
    await service.approve_plan(plan.plan_id, by="Ana")
    assert (await service.report(plan.plan_id)).waiting == []


async def test_a_plan_that_was_run_is_done(service):
    plan = await service.store_plan(two_tasks())
    await service.execute_plan(plan.plan_id)
    report = await service.report(plan.plan_id)
    assert report.status is PlanStatus.COMPLETED
    assert report.percent == 100
    assert all(line.status is TaskStatus.COMPLETED and line.started_at for line in report.tasks)
    assert report.earned is not None
    assert report.earned.ev == report.earned.bac == pytest.approx(4)
    assert report.goal_text == "Print it"
    assert report.simulation is None
    assert report.recommendations == []


async def test_a_cheaper_way_is_recommended():
    dear, cheap = ToolSpec(name="print.shop", cost_per_call=9.0), ToolSpec(name="print.home", cost_per_call=1.0)
    task = Task(task_id="t1", name="Print", tool="print.shop", alternatives=["print.home"])
    async with PlanningService(resources=memory_resources(), tools=[dear, cheap]) as service:
        plan = await service.store_plan(ExecutionPlan(goal_text="Print it", tasks=[task]))
        [advice] = (await service.report(plan.plan_id)).recommendations
    assert "print.home would save 8" in advice


async def test_failures_and_issues_are_told(service):
    plan = await service.store_plan(two_tasks("work.fail"))
    await service.execute_plan(plan.plan_id, policy="continue")
    await service.update_plan(plan.plan_id, Feedback(issues=[IssueReport(title="It smells")], by="ada"))
    report = await service.report(plan.plan_id)
    assert report.status is PlanStatus.FAILED
    assert "the printer is on fire" in report.tasks[1].trouble
    assert "It smells" in [issue.title for issue in report.open_issues]
    assert "the printer is on fire" in as_markdown(report)
    assert "the printer is on fire" in as_html(report)


async def test_a_new_version_says_what_changed(service):
    plan = await service.create_plan(DELETES)
    patch = PlanPatch(remove=[plan.tasks[2].task_id])
    await service.approve_plan(plan.plan_id, by="Ana", why="nobody has to be told", patch=patch)
    first, second = (await service.report(plan.plan_id)).versions
    assert first.changes == []
    assert second.changes == [f"removed {plan.tasks[2].task_id}"]


async def test_no_plan_no_report(service):
    with pytest.raises(PlanningError) as caught:
        await service.report("nonsense")
    assert caught.value.code is ErrorCode.PLAN_NOT_FOUND


def test_nothing_of_it_is_imported_before_a_report_is_wanted():
    code = "import sys, groundplan.cli.app; print([m for m in sys.modules if m.startswith('groundplan.report')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Deletes:
    """A replanner whose way a person has to approve."""

    async def propose(self, setback, context):
        patch = PlanPatch(change={"t2": {"name": "Delete the production database", "tool": "work.do"}})
        return Proposal(patch=patch, why="nothing else works", by="rules")


async def test_while_a_next_version_waits_the_report_is_on_the_one_that_is_run():
    registry = ExecutorRegistry(callables={"work.do": lambda: {"done": True}, "work.fail": fail})
    async with PlanningService(resources=memory_resources(), executors=registry, replanner=Deletes()) as service:
        plan = await service.store_plan(two_tasks("work.fail"))
        waiting = await service.execute_plan(plan.plan_id, policy="replan")
        assert waiting.status is PlanStatus.AWAITING_APPROVAL
        report, progress = await service.report(plan.plan_id), await service.get_progress(plan.plan_id)
    assert (report.version, progress.version) == (1, 1)
    assert [line.name for line in report.tasks] == ["Collect", "Print"]
    assert [line.version for line in report.versions] == [1, 2]
